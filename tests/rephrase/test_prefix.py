"""What a server has read before it need not read again: the order of the rewriter's prompt."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.prefix import prompts_of, reused
from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.passages import split
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.settings import StyleName
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading

GOAL = 0.85


async def long_passages() -> list[dict[str, Any]]:
    """Excerpts of about 4,096 tokens in 256-token chunks, of several documents."""
    found = []
    for ref in enumerate_documents(["pydoc:topics"]):
        if ref.name in ("exprlists", "specialnames", "string-methods"):
            document = read_document(ref)
            ctx = lone_context(recipe=Recipe(), record_id=document["id"])
            found.append((await split(document, ctx))[0])
    return [passage for passage in found if len(passage["chunks"]) >= 12]


def share(prompts: list[str]) -> float:
    known, total = reused(prompts)
    return known / total


def told(*styles: StyleName) -> list[Reading]:
    return [Reading(STYLES[style], PERSPECTIVES["teacher"]) for style in styles]


def test_most_of_a_passages_prompts_was_sent_before() -> None:
    passages = asyncio.run(long_passages())
    assert len(passages) >= 2
    for passage in passages:
        once = prompts_of(passage, told("notes"))
        assert len(once) == len(passage["chunks"])
        assert share(once) >= GOAL, passage["title"]
    twice = prompts_of(passages[0], told("notes", "letter"))
    assert share(twice) >= GOAL + 0.02, "a second style begins with the same excerpt"


def test_the_measure_counts_what_begins_an_earlier_prompt_and_nothing_else() -> None:
    rules, part, other = "Say it again, in other words. " * 20, "one two three", "four five six"
    known, total = reused([rules + part, rules + other])
    assert abs(known / total - 0.5) < 0.05
    assert reused([part + rules, other + rules])[0] == 0
