"""A request, its identity, and the answer to it.

Payloads and answers keep the shapes of the `openai` package (chat completions, embeddings).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from factory.records import canonical_json, digest

Path = Literal["/chat/completions", "/embeddings"]


@dataclass(frozen=True)
class Request:
    """One chat completion, or the embeddings of some texts, to be asked for.

    `payload` is the request as OpenAI's API words it, without `model`: what is asked, not how an
    endpoint wants it asked (see adapt.py). `sample` tells apart requests that are alike, and is
    sent as the seed unless it is 0.
    """

    model: str
    revision: str
    payload: Mapping[str, Any]
    sample: int = 0
    path: Path = "/chat/completions"

    @cached_property
    def key(self) -> str:
        """32 hex digits over (payload, model, revision, sample): nothing of stage, order, code."""
        body = [self.model, self.revision, self.sample, self.payload]
        return digest(
            "chat" if self.path == "/chat/completions" else self.path, canonical_json(body)
        )


@dataclass(frozen=True)
class Tag:
    """For whom a request is made: the journal and the costs tell it, the key does not hold it."""

    stage: str = ""
    role: str = ""
    record: str = ""
    prompt: str = ""
    """role@version of the prompt file"""


@dataclass(frozen=True)
class Answer:
    """An answer as the journal keeps it."""

    message: Mapping[str, Any]
    """role, content, tool_calls"""
    finish_reason: str
    usage: Mapping[str, int]
    """prompt_tokens, cached_tokens, completion_tokens"""
    model: str
    """the name the server gave"""
    id: str

    @property
    def text(self) -> str:
        """The content; empty if there is none."""
        return str(self.message.get("content") or "")

    def as_json(self) -> dict[str, Any]:
        """The answer as plain data."""
        return {
            "message": self.message,
            "finish_reason": self.finish_reason,
            "usage": self.usage,
            "model": self.model,
            "id": self.id,
        }
