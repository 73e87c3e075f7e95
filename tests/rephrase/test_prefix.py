"""What a server has read before it need not read again: the order of the rewriter's prompt."""

from __future__ import annotations

import asyncio
import random
from os.path import commonprefix
from typing import Any

from factory.llm.prompt import Asked
from factory.recipe import Recipe
from factory.rephrase.documents import enumerate_documents, read_document
from factory.rephrase.drafts import write
from factory.rephrase.llm import LlmRewriter
from factory.rephrase.passages import split
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.rephrase.tokens import token_counter
from factory.stage import Context

GOAL = 0.85


class Listening:
    """Keeps what is asked; answers with the part in capitals: nothing is alike by chance."""

    label = "listening"

    def __init__(self) -> None:
        self.prompts: list[str] = []

    async def ask(self, asked: Asked, check: Any = None, *, divisible: bool = False) -> Any:
        self.prompts.append("\n".join(message["content"] for message in asked.messages))
        part = self.prompts[-1].rpartition('name="part">\n')[2].rpartition("\n</data")[0]
        return {"text": part.upper()}


async def long_passages() -> list[dict[str, Any]]:
    """Excerpts of about 4,096 tokens in 256-token chunks, of several documents."""
    found = []
    for ref in enumerate_documents(["pydoc:topics"]):
        if ref.name in ("exprlists", "specialnames", "string-methods"):
            document = read_document(ref)
            ctx = Context.for_test(recipe=Recipe(), record_id=document["id"])
            found.append((await split(document, ctx))[0])
    return [passage for passage in found if len(passage["chunks"]) >= 12]


def reused(prompts: list[str]) -> float:
    """Share of the prompts' tokens, by the built-in tokenizer, that begin an earlier prompt."""
    count, _ = token_counter("builtin")
    known = total = 0
    for i, prompt in enumerate(prompts):
        shared = max((commonprefix([prompt, old]) for old in prompts[:i]), key=len, default="")
        known += count(shared)
        total += count(prompt)
    return known / total


def test_most_of_a_passages_prompts_was_sent_before() -> None:
    async def asked(passage: dict[str, Any], *styles: str) -> list[str]:
        listening = Listening()
        for style in styles:
            reading = Reading(STYLES[style], PERSPECTIVES["teacher"])
            author = LlmRewriter(listening)  # type: ignore[arg-type]
            await write(passage, reading, author, random.Random(1))
        return listening.prompts

    passages = asyncio.run(long_passages())
    assert len(passages) >= 2
    for passage in passages:
        once = asyncio.run(asked(passage, "notes"))
        assert len(once) == len(passage["chunks"])
        assert reused(once) >= GOAL, passage["title"]
    twice = asyncio.run(asked(passages[0], "notes", "letter"))
    assert reused(twice) >= GOAL + 0.02, "a second style begins with the same excerpt"
