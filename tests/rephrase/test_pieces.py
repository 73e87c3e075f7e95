"""Every piece of a rewrite is traced to the part of the source it was made from."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path
from typing import Any

import pytest

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.applicability import fitting
from factory.rephrase.drafts import write
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.passages import split
from factory.rephrase.pieces import pieces
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.stage import Reject

TEXTS = Path(__file__).parent / "texts"


def passages() -> list[dict[str, Any]]:
    recipe = Recipe.model_validate({"passages": {"excerpt_tokens": 600, "chunk_tokens": 100}})
    made: list[Any] = []
    for ref in enumerate_documents([str(TEXTS)]):
        document = read_document(ref)
        ctx = lone_context(recipe=recipe, record_id=document["id"], stage="passages")
        made += asyncio.run(split(document, ctx))
    return [p for p in made if not isinstance(p, Reject) and p["language"] == "en"]


def traced(passage: dict[str, Any], style: str) -> tuple[str, list[dict[str, Any]]]:
    reading = Reading(STYLES[style], PERSPECTIVES["teacher"])  # type: ignore[index]
    draft = asyncio.run(write(passage, reading, OfflineRewriter(), random.Random(style)))
    return draft.text, pieces(passage["text"], draft.text, draft.chunks)


@pytest.fixture(scope="module")
def found() -> list[tuple[str, str, list[dict[str, Any]]]]:
    return [
        (p["text"], *traced(p, style)) for p in passages() for style in sorted(fitting(p["text"]))
    ]


def test_pieces_tile_the_output(found: list[tuple[str, str, list[dict[str, Any]]]]) -> None:
    assert len(found) > 20
    for source, text, rows in found:
        spans = list(dict.fromkeys((row["start"], row["end"]) for row in rows))
        assert spans[0][0] == 0 and spans[-1][1] == len(text)
        assert all(a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))
        for row in rows:
            if row["source_start"] is not None:
                assert 0 <= row["source_start"] < row["source_end"] <= len(source)


def test_a_number_of_a_piece_stands_in_its_source(
    found: list[tuple[str, str, list[dict[str, Any]]]],
) -> None:
    """By plain search, not by the words the pieces were traced with."""
    seen = 0
    for source, text, rows in found:
        for row in rows:
            same = [r for r in rows if r["start"] == row["start"]]
            said = text[row["start"] : row["end"]]
            if row["source_start"] is None or "$" in said or re.match(r"\d+\. ", said):
                continue  # worked out, or numbered by the form
            origin = " ".join(source[r["source_start"] : r["source_end"]] for r in same)
            for number in re.findall(r"(?<![\w.])\d{2,}(?![\w.])", said):
                seen += 1
                assert number in origin, (number, said, origin)
    assert seen > 50


def test_nearly_all_of_the_source_is_pointed_to(
    found: list[tuple[str, str, list[dict[str, Any]]]],
) -> None:
    for source, _, rows in found:
        reached = set()
        for row in rows:
            reached |= set(range(row["source_start"] or 0, row["source_end"] or 0))
        assert len(reached) >= 0.9 * len(source.rstrip())


def test_words_of_our_own_have_no_source_and_a_merged_sentence_has_two() -> None:
    source = "The oldest bridge was built in 1903 of stone.\n\nRain falls.\n\nIt lies near Kassel."
    text = "Good morning. Let us see.\n\nThe bridge of stone, built in 1903, lies near Kassel."
    chunk = {"source_start": 0, "source_end": len(source), "start": 0, "end": len(text)}
    rows = pieces(source, text, [chunk])
    greeting = [r for r in rows if text[r["start"] :].startswith(("Good", "Let"))]
    assert greeting and all(r["source_start"] is None for r in greeting)
    merged = [r for r in rows if text[r["start"] :].startswith("The bridge")]
    origins = [source[r["source_start"] : r["source_end"]].strip() for r in merged]
    assert [o[:10] for o in origins] == ["The oldest", "It lies ne"]


def test_of_two_sentences_with_the_same_words_the_nearer_is_the_source() -> None:
    """Whatever order a process keeps a set of words in: sums of floats must not tell them apart."""
    rng = random.Random(5)
    for _ in range(200):
        drawn = ["".join(rng.choices("bdfgklmnprtvz", k=6)) for _ in range(60)]
        shared = drawn[:20]
        others = [[*rng.sample(shared, rng.randint(1, 9)), *drawn[20:23]] for _ in range(3)]
        far = [*rng.sample(shared, 20), *drawn[23:26]]
        near = [*rng.sample(shared, 20), *drawn[26:50]]
        sentences = [
            " ".join(row).capitalize() + "." for row in (others[0], far, near, *others[1:])
        ]
        source, text = " ".join(sentences), " ".join([*shared, *drawn[50:]]).capitalize() + "."
        whole = {"start": 0, "end": len(text), "source_start": 0, "source_end": len(source)}
        [row] = pieces(source, text, [whole])
        assert row["source_start"] == source.index(sentences[2])
