"""How much of a rewriter's prompts a server has read before, by the order of their parts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from os.path import commonprefix
from typing import Any

from factory.llm.prompt import Asked
from factory.rephrase.drafts import write
from factory.rephrase.llm import LlmRewriter
from factory.rephrase.styles import Reading
from factory.rephrase.text.tokens import token_counter


class Listening:
    """In a model's place: keeps the prompts, answers with the part in capitals, so that nothing is
    alike by chance."""

    label = "listening"

    def __init__(self) -> None:
        self.prompts: list[str] = []

    async def ask(self, asked: Asked, check: Any = None, *, divisible: bool = False) -> Any:
        """See `factory.llm.asker.Asker`."""
        self.prompts.append("\n".join(message["content"] for message in asked.messages))
        part = self.prompts[-1].rpartition('name="part">\n')[2].rpartition("\n</data")[0]
        return {"text": part.upper()}


def prompts_of(passage: dict[str, Any], readings: Sequence[Reading]) -> list[str]:
    """Every prompt that a model gets for a passage, one reading after the other."""
    listening = Listening()
    author = LlmRewriter(listening)  # type: ignore[arg-type]
    for number, reading in enumerate(readings):
        asyncio.run(write(passage, reading, author, random.Random(number)))
    return listening.prompts


def reused(prompts: Sequence[str]) -> tuple[int, int]:
    """(tokens that begin an earlier prompt, all tokens) by the built-in tokenizer."""
    count, _ = token_counter("builtin")
    known = total = 0
    for i, prompt in enumerate(prompts):
        shared = max((commonprefix([prompt, old]) for old in prompts[:i]), key=len, default="")
        known += count(shared)
        total += count(prompt)
    return known, total
