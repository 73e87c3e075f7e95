"""OpenAI's fine-tuning form: chat messages with string arguments, a weight an assistant message."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.exports import Left
from factory.records import Record

FILES = {"openai.jsonl": "a conversation"}
DESCRIPTION_CHARS = 1024
"""The API refuses longer descriptions of functions."""


def lines(row: Record) -> Mapping[str, Any] | Left:
    """One line: {"messages", "tools"}; masked assistant messages get weight 0."""
    if not any(_learned(message) for message in row["messages"]):
        return Left("nothing_to_learn")
    short = {call["id"]: f"call_{at}" for at, call in enumerate(calls_of(row["messages"]))}
    body: dict[str, Any] = {"messages": [_message(one, short) for one in row["messages"]]}
    if row["tools"]:
        body["tools"] = [_tool(tool) for tool in row["tools"]]
    return {"openai.jsonl": body}


def calls_of(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All tool calls of a conversation, in order."""
    return [call for message in messages for call in message.get("tool_calls") or ()]


def _learned(message: Mapping[str, Any]) -> bool:
    return message["role"] == "assistant" and message.get("train") is not False


def _message(message: Mapping[str, Any], short: Mapping[str, str]) -> dict[str, Any]:
    """A message; ids are shortened, for the API takes 40 characters."""
    role, content = message["role"], message.get("content") or ""
    if role == "tool":
        return {"role": role, "tool_call_id": short[message["tool_call_id"]], "content": content}
    made: dict[str, Any] = {"role": role, "content": content}
    if calls := message.get("tool_calls"):
        made["content"] = content or None
        made["tool_calls"] = [
            {
                "id": short[call["id"]],
                "type": "function",
                "function": {
                    "name": call["function"]["name"],
                    "arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False),
                },
            }
            for call in calls
        ]
    if role == "assistant":
        made["weight"] = int(_learned(message))
    return made


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool["function"]
    description = function["description"]
    if len(description) > DESCRIPTION_CHARS:
        description = description[: DESCRIPTION_CHARS - 1] + "…"
    return {"type": "function", "function": {**function, "description": description}}
