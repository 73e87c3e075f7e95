"""Stage `benchmarks`: texts that must not be in the data, as sketches; and the check against them
that the stages `tools`, `agents` and `tasks` put on what they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from factory.decontamination.likeness import Index, Sketch, sketch, words_of
from factory.decontamination.settings import DecontaminationSettings
from factory.held import Held
from factory.records import Record
from factory.stage import Context, Reject, StageFunction, Store

REASON = "contaminated"
LONG = 40
"""Words from which a text is compared sentence by sentence too."""
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")


async def sketch_file(file: Record, ctx: Context) -> Sequence[Record | Reject]:
    """`file`: {id, file, texts: [[line, text], ...]}. One benchmark record for each text of at
    least `min_words` words, and for each sentence of a long one."""
    least = ctx.recipe.decontamination.min_words
    made: dict[str, Record] = {}
    for line, text in file["texts"]:
        for part in parts_of(text, least):
            one = sketch(part)
            body = {
                "file": file["file"],
                "line": line,
                "words": len(part),
                "shingles": _hex(one.shingles),
                "runs": _hex(one.runs),
            }
            record = ctx.record("benchmark", body)
            made.setdefault(record["id"], record)
    return list(made.values())


def parts_of(text: str, least: int) -> Iterator[list[str]]:
    """A text as words, and if it is long its sentences; what is shorter than `least` left out."""
    words = words_of(text)
    if len(words) >= least:
        yield words
    if len(words) >= LONG:
        for sentence in _SENTENCE.split(text):
            part = words_of(sentence)
            if len(part) >= max(least, 8):
                yield part


def clean(function: StageFunction) -> StageFunction:
    """The stage function, but what it makes too like a benchmark is rejected, naming the file
    and line."""

    async def checked(record: Record, ctx: Context) -> Sequence[Record | Reject]:
        held = _benchmarks(Held(ctx.store), ctx.recipe.decontamination)
        made = await function(record, ctx)
        return [one if isinstance(one, Reject) else held.judged(one) for one in made]

    return checked


def checked_texts(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what it is, text) of all in a tool, agent or task that a benchmark may hold too."""
    if "inputSchema" in record:
        yield "tool", f"{record['original_name']}\n{record.get('description') or ''}"
    elif "system_prompt" in record:
        for policy in record["policies"]:
            yield "policy", policy["text"]
        yield "policy", record["system_prompt"]
    elif "opening" in record:
        yield "opening", record["opening"]
        for item in record["agenda"]["later"]:
            if not item["tools"]:
                yield "opening", item["text"]


@dataclass(frozen=True)
class Benchmarks:
    """All benchmark texts of a run."""

    index: Index
    places: Sequence[tuple[str, int]]
    settings: DecontaminationSettings

    def judged(self, record: Record) -> Record | Reject:
        """The record, or the Reject that names what it is too like."""
        for what, text in checked_texts(record):
            for part in parts_of(text, self.settings.min_words):
                found = self.index.closest(
                    sketch(part), self.settings.jaccard, self.settings.overlap
                )
                if found is not None:
                    file, line = self.places[found.number]
                    detail = (
                        f"{what} is like {file} line {line}: Jaccard {found.jaccard:.2f}, "
                        f"overlap {found.overlap:.2f}"
                    )
                    return Reject(REASON, detail, record)
        return record


@lru_cache(maxsize=2)
def _benchmarks(held: Held[Store], settings: DecontaminationSettings) -> Benchmarks:
    columns = [held.it.column("benchmark", name) for name in ("file", "line", "shingles", "runs")]
    rows = list(zip(*columns, strict=True))
    sketches = [Sketch(_numbers(shingles), _numbers(runs)) for _, _, shingles, runs in rows]
    return Benchmarks(Index(sketches), [(file, line) for file, line, _, _ in rows], settings)


def _hex(values: frozenset[int]) -> str:
    return "".join(f"{value:08x}" for value in sorted(values))


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(text[at : at + 8], 16) for at in range(0, len(text), 8))
