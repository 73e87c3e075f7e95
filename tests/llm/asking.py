"""Requests and errands for tests."""

from __future__ import annotations

import asyncio
from typing import Any

from factory.llm.client import Errand
from factory.llm.request import Request, Tag


def request(text: str, sample: int = 0, **more: Any) -> Request:
    """A request with one user message."""
    payload = {"messages": [{"role": "user", "content": text}], "max_tokens": 100, **more}
    return Request("scripted", "", payload, sample)


def errand(seconds: float = 5.0, record: str = "r", role: str = "rewriter") -> Errand:
    """An errand that ends so many seconds from now."""
    return Errand(Tag("stage", role, record), asyncio.get_running_loop().time() + seconds)
