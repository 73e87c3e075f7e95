"""Berkeley Function Calling Leaderboard's form: what the user asks, and the calls that answer it.

Two kinds of rows. `bfcl_single.jsonl` with `bfcl_single_answer.jsonl`: conversations whose opening
is answered by calls at once, for the AST checker. `bfcl_multi_turn.jsonl` with its answers: all
turns of the user, with the calls of each as Python expressions. Of two calls alike in one turn
that a fault made necessary, the one that counted stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.exports import Left
from factory.records import Record

FILES = {
    "bfcl_single.jsonl": "a question for the AST checker",
    "bfcl_single_answer.jsonl": "its acceptable calls",
    "bfcl_multi_turn.jsonl": "the turns of a user",
    "bfcl_multi_turn_answer.jsonl": "the calls of each turn",
}
TYPES = {"number": "float", "object": "dict"}
"""JSON Schema's names of types that the form calls otherwise."""
Call = tuple[str, Mapping[str, Any]]


def lines(row: Record) -> Mapping[str, Any] | Left:
    """The question and answer of a conversation; single if one answer of calls settles it."""
    if any(m["role"] == "assistant" and m.get("train") is False for m in row["messages"]):
        return Left("masked_turn")
    turns = _turns(row["messages"])
    if not any(calls for _, batches in turns for calls in batches):
        return Left("no_calls")
    functions = [_function(tool["function"]) for tool in row["tools"]]
    system = [m for m in row["messages"] if m["role"] == "system"]
    question = [[{"role": "user", "content": text}] for text, _ in turns]
    question[0] = [*({"role": "system", "content": m["content"]} for m in system), *question[0]]
    body = {"id": row["id"], "question": question, "function": functions}
    if len(turns) == 1 and len(turns[0][1]) == 1:
        calls = turns[0][1][0]
        truth: Any = [{name: _acceptable(arguments)} for name, arguments in calls]
        body["category"] = _category(len(calls), len(functions))
        return _pair("bfcl_single", body, truth)
    truth = [[expression(call) for calls in batches for call in calls] for _, batches in turns]
    return _pair("bfcl_multi_turn", body, truth)


def _pair(name: str, body: Mapping[str, Any], truth: Any) -> dict[str, Any]:
    answer = {"id": body["id"], "ground_truth": truth}
    return {f"{name}.jsonl": body, f"{name}_answer.jsonl": answer}


def _category(calls: int, functions: int) -> str:
    if calls == 1:
        return "simple" if functions == 1 else "multiple"
    return "parallel" if functions == 1 else "parallel_multiple"


def _turns(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[list[Call]]]]:
    """Each user message with the batches of calls that were made for it and did not fail."""
    failed = {m["tool_call_id"] for m in messages if m["role"] == "tool" and _is_error(m)}
    turns: list[tuple[str, list[list[Call]]]] = []
    for message in messages:
        if message["role"] == "user":
            turns.append((message["content"], []))
        elif calls := message.get("tool_calls"):
            made = [
                (call["function"]["name"], call["function"]["arguments"])
                for call in calls
                if call["id"] not in failed
            ]
            if made:
                turns[-1][1].append(made)
    return turns


def _is_error(message: Mapping[str, Any]) -> bool:
    body = json.loads(message["content"])
    return isinstance(body, Mapping) and set(body) == {"error"}


def expression(call: Call) -> str:
    """A call as a Python expression: `name(key=value, ...)` with literal values."""
    name, arguments = call
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def _acceptable(arguments: Mapping[str, Any]) -> dict[str, list[Any]]:
    """For each parameter the values that are right: here one; of objects, key by key."""
    return {key: [_value(value)] for key, value in arguments.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _acceptable(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    """A tool in the form's words. Its checker reads `required` and `properties` unasked."""
    parameters = {"type": "object", "properties": {}, "required": [], **function["parameters"]}
    return {
        "name": function["name"],
        "description": function["description"],
        "parameters": _schema(parameters),
    }


def _schema(schema: Any) -> Any:
    """A JSON Schema with the form's names of types, at every depth; values are left as they are."""
    if isinstance(schema, list):
        return [_schema(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {}
    for key, value in schema.items():
        if key == "type":
            made[key] = _type(value)
        elif key == "properties":
            made[key] = {name: _schema(sub) for name, sub in value.items()}
        elif key in ("enum", "const", "default", "examples"):
            made[key] = value
        else:
            made[key] = _schema(value)
    return made


def _type(value: Any) -> Any:
    """One name of a type; of several the first that is not null."""
    if isinstance(value, list):
        value = next((one for one in value if one != "null"), "string")
    return TYPES.get(value, value)
