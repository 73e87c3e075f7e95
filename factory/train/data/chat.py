"""A conversation as tokens, with the mask of what the loss may see. Needs no transformers.

Layout of Kimi K2's released template: `<|im_ROLE|>NAME<|im_middle|>BODY<|im_end|>`, tools first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.train.data.tokenizer import ChatTokenizer

Message = Mapping[str, Any]
ROLES = ("system", "user", "assistant", "tool")


@dataclass(frozen=True)
class Conversation:
    """Tokens of a rendered conversation.

    trained: for each token, whether it is an assistant's own word (content, calls, <|im_end|>).
    tools_end: number of tokens of the tool declaration; borders[i]: tokens up to message i's end.
    answers[i]: whether message i is the assistant's.
    """

    tokens: list[int]
    trained: list[bool]
    tools_end: int
    borders: list[int]
    answers: list[bool]


class _Renderer:
    """Collects tokens; text between two special tokens is encoded as one string."""

    def __init__(self, tokenizer: ChatTokenizer) -> None:
        self.tokenizer = tokenizer
        self.tokens: list[int] = []
        self.trained: list[bool] = []

    def special(self, name: str, *, trained: bool = False) -> None:
        self.tokens.append(self.tokenizer.special(name))
        self.trained.append(trained)

    def text(self, text: str, *, trained: bool = False) -> None:
        ids = self.tokenizer.encode(text)
        self.tokens += ids
        self.trained += [trained] * len(ids)

    def turn(self, opening: str, name: str, body: str) -> None:
        self.special(opening)
        self.text(name)
        self.special("<|im_middle|>")
        self.text(body)
        self.special("<|im_end|>")

    def answer(self, message: Message) -> None:
        trained = message.get("train") is not False
        self.special("<|im_assistant|>")
        self.text(message.get("name") or "assistant")
        self.special("<|im_middle|>")
        self.text(message.get("content") or "", trained=trained)
        if calls := message.get("tool_calls"):
            self.special("<|tool_calls_section_begin|>", trained=trained)
            for call in calls:
                self.call(call, trained=trained)
            self.special("<|tool_calls_section_end|>", trained=trained)
        self.special("<|im_end|>", trained=trained)

    def call(self, call: Mapping[str, Any], *, trained: bool) -> None:
        arguments = call["function"]["arguments"]
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        self.special("<|tool_call_begin|>", trained=trained)
        self.text(call["id"], trained=trained)
        self.special("<|tool_call_argument_begin|>", trained=trained)
        self.text(arguments, trained=trained)
        self.special("<|tool_call_end|>", trained=trained)


def render(
    messages: Sequence[Message], tools: Sequence[Any] | None, tokenizer: ChatTokenizer
) -> Conversation:
    """Tokens and loss mask of one conversation.

    An assistant message with `train` false is in the context and out of the loss. `ValueError` for
    a role that chat has not.
    """
    out = _Renderer(tokenizer)
    if tools:
        declared = json.dumps(list(tools), ensure_ascii=False, separators=(",", ":"))
        out.turn("<|im_system|>", "tool_declare", declared)
    tools_end = len(out.tokens)
    borders: list[int] = []
    for message in messages:
        role = message["role"]
        if role not in ROLES:
            raise ValueError(f"unknown chat role {role!r}; roles: {', '.join(ROLES)}")
        name, content = message.get("name") or role, message.get("content") or ""
        if role == "assistant":
            out.answer(message)
        elif role == "tool":
            body = f"## Return of {message['tool_call_id']}\n{content}"
            out.turn("<|im_system|>", name, body)
        else:
            out.turn(f"<|im_{role}|>", name, content)
        borders.append(len(out.tokens))
    answers = [message["role"] == "assistant" for message in messages]
    return Conversation(out.tokens, out.trained, tools_end, borders, answers)


def shorten(conversation: Conversation, limit: int) -> tuple[int, str | None]:
    """How many tokens to keep of a conversation, at most `limit`, and why none if 0.

    Cuts only after a whole assistant message, so that no turn is seen in part and none is context
    for nothing. Reasons: `nothing_to_train`, `tools_too_long` (the tool declaration alone exceeds
    the limit), `first_trained_answer_too_far` (it ends beyond the limit).
    """
    if not any(conversation.trained):
        return 0, "nothing_to_train"
    if conversation.tools_end > limit:
        return 0, "tools_too_long"
    ends = [
        border
        for border, answer in zip(conversation.borders, conversation.answers, strict=True)
        if answer and border <= limit
    ]
    keep = max(ends, default=0)
    if not any(conversation.trained[:keep]):
        return 0, "first_trained_answer_too_far"
    return keep, None
