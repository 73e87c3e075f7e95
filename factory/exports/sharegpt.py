"""The ShareGPT form as LLaMA-Factory reads it: two sides in strict turns, tools as one string.

The form has one side for the user and the tools' results, one for answers and calls. It can't
say that a turn is to be read but not learned, so conversations with such a turn are left out;
nor can it hold words beside calls, so those words go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from factory.exports import Left
from factory.records import Record

FILES = {"sharegpt.jsonl": "a conversation"}


def lines(row: Record) -> Mapping[str, Any] | Left:
    """One line: {"conversations": [{"from", "value"}], "system", "tools"}."""
    messages = list(row["messages"])
    if any(m["role"] == "assistant" and m.get("train") is False for m in messages):
        return Left("masked_turn")
    system = messages.pop(0)["content"] if messages[0]["role"] == "system" else ""
    turns: list[dict[str, str]] = []
    results: list[Mapping[str, Any]] = []
    for message in messages:
        if message["role"] == "tool":
            results.append(message)
            continue
        if results:
            turns.append({"from": "observation", "value": _observation(results)})
            results = []
        turns.append(_turn(message))
    return {
        "sharegpt.jsonl": {
            "conversations": turns,
            "system": system,
            "tools": json.dumps([tool["function"] for tool in row["tools"]], ensure_ascii=False),
        }
    }


def _turn(message: Mapping[str, Any]) -> dict[str, str]:
    if message["role"] == "user":
        return {"from": "human", "value": message["content"]}
    calls = message.get("tool_calls")
    if not calls:
        return {"from": "gpt", "value": message["content"]}
    made = [
        {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}
        for call in calls
    ]
    value = made[0] if len(made) == 1 else made
    return {"from": "function_call", "value": json.dumps(value, ensure_ascii=False)}


def _observation(results: list[Mapping[str, Any]]) -> str:
    """The result of one call as it is; of several, a list in the order of the calls."""
    if len(results) == 1:
        return str(results[0]["content"])
    values = [json.loads(result["content"]) for result in results]
    return json.dumps(values, ensure_ascii=False)
