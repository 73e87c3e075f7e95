"""Kimi K2's token format as text, with the spans that a loss may see.

The layout is that of the released template (docs/training.md); `factory.train.data.chat` renders
the same as tokens, and the exported tokenizer carries it as a Jinja chat template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from factory.exports import Left
from factory.records import Record

FILES = {"kimi_k2.jsonl": "a conversation as one text"}


def lines(row: Record) -> Mapping[str, Any] | Left:
    """One line: {"text", "trained": [[start, end], ...]} with spans in characters."""
    text, trained = "", []
    if row["tools"]:
        declared = json.dumps(row["tools"], ensure_ascii=False, separators=(",", ":"))
        text = f"<|im_system|>tool_declare<|im_middle|>{declared}<|im_end|>"
    for message in row["messages"]:
        head, body = _turn(message)
        start = len(text) + len(head)
        text += head + body
        if message["role"] == "assistant" and message.get("train") is not False:
            trained.append([start, len(text)])
    return {"kimi_k2.jsonl": {"text": text, "trained": trained}}


def _turn(message: Mapping[str, Any]) -> tuple[str, str]:
    """What stands before a message's own words, and these with their end mark."""
    role, content = message["role"], message.get("content") or ""
    name = message.get("name") or role
    if role == "tool":
        head = f"<|im_system|>{name}<|im_middle|>## Return of {message['tool_call_id']}\n"
        return head, f"{content}<|im_end|>"
    calls = "".join(_call(call) for call in message.get("tool_calls") or ())
    if calls:
        calls = f"<|tool_calls_section_begin|>{calls}<|tool_calls_section_end|>"
    return f"<|im_{role}|>{name}<|im_middle|>", f"{content}{calls}<|im_end|>"


def _call(call: Mapping[str, Any]) -> str:
    arguments = json.dumps(call["function"]["arguments"], ensure_ascii=False)
    return (
        f"<|tool_call_begin|>{call['id']}<|tool_call_argument_begin|>{arguments}<|tool_call_end|>"
    )
