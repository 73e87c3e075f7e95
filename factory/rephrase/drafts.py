"""Writing a passage chunk by chunk, and writing single chunks of it again (K2 §2.2).

Chunk i is written given the reading (style and perspective), the whole excerpt, and what has been
written so far; the pieces are joined and their seams checked.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from factory.records import Record
from factory.rephrase.author import Rewriter, RewriteRequest
from factory.rephrase.styles import STYLES, Reading
from factory.rephrase.text.segments import segment
from factory.rephrase.text.tokens import words

SEPARATOR = "\n\n"
AS_IT_STANDS = "verbatim"
"""The form of a chunk that stands as the source has it."""
Forms = Mapping[int, str]
"""Chunk → the form it takes instead of the reading's style: a style's name, or `AS_IT_STANDS`."""


@dataclass(frozen=True)
class Draft:
    """A joined rewrite, the spans its chunks came from, and the first seam that failed.

    A chunk that was not written in the reading's style says so in `form`.
    """

    text: str
    chunks: tuple[Mapping[str, Any], ...]
    seam: str | None = None
    seam_at: int | None = None
    """The chunk that the failed seam opens."""


async def write(
    passage: Record,
    reading: Reading,
    author: Rewriter,
    rng: random.Random,
    forms: Forms | None = None,
) -> Draft:
    """All chunks of a passage in one reading, each after those before it.

    Every chunk has draws of its own, so that chunks before one that takes another form stay as
    they were.
    """
    forms = forms or {}
    seed = rng.getrandbits(64)
    pieces: list[str] = []
    spans: list[dict[str, Any]] = []
    seam = seam_at = None
    before: list[list[str]] = []
    for i, chunk in enumerate(passage["chunks"]):
        written = SEPARATOR.join(pieces)
        request = RewriteRequest(
            reading,
            passage.get("title") or "",
            passage["text"],
            chunk["start"],
            chunk["end"],
            written,
            random.Random(f"{seed}/{i}"),
        )
        piece = (await _written(request, author, forms.get(i))).strip("\n").rstrip()
        said = _said(piece)
        failed = _seam_problem(before, said, request.chunk) if piece else _unwritten(request.chunk)
        before = said
        if failed and seam is None:
            seam, seam_at = failed, i
        start = len(written) + len(SEPARATOR) if pieces else 0
        pieces.append(piece)
        spans.append(
            {
                "source_start": chunk["start"],
                "source_end": chunk["end"],
                "start": start,
                "end": start + len(piece),
                **({"form": forms[i]} if i in forms else {}),
            }
        )
    return Draft(SEPARATOR.join(pieces), tuple(spans), seam, seam_at)


async def _written(request: RewriteRequest, author: Rewriter, form: str | None) -> str:
    if form == AS_IT_STANDS:
        return request.chunk
    if form is not None:
        reading = replace(request.reading, style=STYLES[form])  # type: ignore[index]
        request = replace(request, reading=reading)
    return await author.rewrite(request)


def _unwritten(source: str) -> str | None:
    return "seam_empty" if source.strip() else None


def _seam_problem(
    before: Sequence[list[str]], said: Sequence[list[str]], source: str
) -> str | None:
    """`seam_repeated` if a piece opens with a sentence that the one before it ended with, and the
    source does not."""
    ended, opened = before[-3:], said[:3]
    twice = [set(sentence) for sentence in ended if len(sentence) >= 5 and sentence in opened]
    if not twice:
        return None
    meant = [set(sentence) for sentence in _said(source)]
    again = any(not any(_alike(sentence, m) for m in meant) for sentence in twice)
    return "seam_repeated" if again else None


def _alike(a: set[str], b: set[str]) -> bool:
    """Whether a repeated sentence is one that the source says here too."""
    return len(a & b) * 2 > len(a | b)


def _said(text: str) -> list[list[str]]:
    told = (text[s.start : s.end] for s in segment(text) if s.kind == "sentence")
    return [words(sentence) for sentence in told if "?" not in sentence]
