"""From what is asked to what an endpoint understands, and back.

A request is worded once, as OpenAI's API has it. An endpoint that ignores `response_format` gets
the schema in words; one that ignores `tools` gets them, and the calls made so far, as text, and
its JSON answer is read back as tool calls. The journal holds the request as asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from factory.llm.errors import Malformed
from factory.llm.profile import Profile
from factory.llm.request import Answer, Request
from factory.llm.settings import ModelSettings
from factory.llm.structured import AnswerProblem, parse_json

Message = dict[str, Any]
SEED_LIMIT = 2**31 - 1
SEED_STEP = 7919

SCHEMA_IN_WORDS = (
    "Answer with exactly one JSON object that satisfies this JSON Schema, with nothing before it "
    "or after it, and no code fence:\n"
)
TOOLS_IN_WORDS = (
    "You have the tools listed below. Answer every turn with exactly one JSON object and nothing "
    'else: {"text": what you say to the user, "calls": [{"name": tool, "arguments": object}]}. '
    "Leave `calls` empty to speak to the user; leave `text` empty when you call. Tools, as JSON:\n"
)


def as_sent(
    request: Request, model: ModelSettings, profile: Profile, failures: int = 0
) -> dict[str, Any]:
    """The body of the HTTP request. After `failures` that the answer itself may have caused (a
    server that can't parse what its model wrote) another seed is sent: the same would fail again.
    """
    body: dict[str, Any] = {"model": model.name, **request.payload}
    if request.path == "/embeddings":
        return body
    if profile.seed and (request.sample or failures):
        body["seed"] = (request.sample + SEED_STEP * failures) % SEED_LIMIT
    wanted = body.get("response_format")
    if wanted and not profile.json_schema:
        del body["response_format"]
        if profile.json_object:
            body["response_format"] = {"type": "json_object"}
        schema = _compact(wanted["json_schema"]["schema"])
        body["messages"] = _with_system(body["messages"], SCHEMA_IN_WORDS + schema)
    if "tools" in body and not profile.tools:
        tools = _compact([tool["function"] for tool in body.pop("tools")])
        body.pop("tool_choice", None)
        messages = [_without_tools(message) for message in body["messages"]]
        body["messages"] = _with_system(_alternating(messages), TOOLS_IN_WORDS + tools)
    return body


def as_answered(answer: Answer, request: Request, profile: Profile) -> Answer:
    """The answer with its tool calls where the API has them. Raises Malformed."""
    if "tools" not in request.payload or profile.tools:
        return answer
    try:
        found = parse_json(answer.text)
        calls = found.get("calls") or []
        made = [_call(call, index) for index, call in enumerate(calls)]
        text = str(found.get("text") or "")
    except AnswerProblem:
        return answer  # plain words: said to the user
    except (AttributeError, KeyError, TypeError) as error:
        raise Malformed(f"calls that can't be read: {error}") from None
    message: Message = {"role": "assistant", "content": text}
    if made:
        message["tool_calls"] = made
    return replace(answer, message=message)


def _call(call: Mapping[str, Any], index: int) -> dict[str, Any]:
    function = {"name": str(call["name"]), "arguments": _compact(call.get("arguments") or {})}
    return {"id": f"call_{index}", "type": "function", "function": function}


def _with_system(messages: Sequence[Message], text: str) -> list[Message]:
    """The messages with `text` at the end of the system message."""
    if messages and messages[0]["role"] == "system":
        first = {"role": "system", "content": f"{messages[0]['content']}\n\n{text}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def _without_tools(message: Mapping[str, Any]) -> Message:
    """A message of a conversation with tools, in plain roles."""
    if message["role"] == "tool":
        result = {"result_of": message.get("tool_call_id"), "content": message.get("content")}
        return {"role": "user", "content": _compact({"tool_result": result})}
    if message.get("tool_calls"):
        calls = [
            {
                "name": call["function"]["name"],
                "arguments": json.loads(call["function"]["arguments"]),
            }
            for call in message["tool_calls"]
        ]
        content = _compact({"text": message.get("content") or "", "calls": calls})
        return {"role": "assistant", "content": content}
    return {"role": message["role"], "content": message.get("content") or ""}


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """Neighbours of one role (several tool results) joined, as strict chat templates want."""
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"] != "system":
            content = f"{joined[-1]['content']}\n{message['content']}"
            joined[-1] = {**joined[-1], "content": content}
        else:
            joined.append(dict(message))
    return joined


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
