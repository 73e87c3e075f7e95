"""Stage `rewrites` for knowledge: k distinct rewrites of a passage, chunk by chunk (K2 §2.2).

Chunk i is written given the reading (style and perspective), the whole excerpt, and what has been
written so far. The pieces are joined, the seams checked, and the whole is measured against its
source: ledger, scores, verdict. A rewrite that fails is kept as a record with `keep=false`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from factory.records import Record
from factory.rephrase import math
from factory.rephrase.applicability import fitting
from factory.rephrase.author import Rewriter, RewriteRequest, languages_of
from factory.rephrase.distance import distance, grams
from factory.rephrase.fidelity.opinion import Opinion, opinion
from factory.rephrase.segments import segment
from factory.rephrase.styles import Reading, draw_readings
from factory.rephrase.tokens import words
from factory.stage import AuthorFailed, Context, Reject

SEPARATOR = "\n\n"


@dataclass(frozen=True)
class Draft:
    """A joined rewrite, the spans its chunks came from, and the first seam that failed."""

    text: str
    chunks: tuple[Mapping[str, int], ...]
    seam: str | None = None


async def rewrite(passage: Record, ctx: Context) -> list[Record | Reject]:
    """`rewrite` records of a passage: a learning note if it is math, else up to `per_source`
    rewrites in readings that fit it.

    Each has its ledger, scores, and `keep` with a reason code (see `fidelity.gate`). Further
    reasons: `seam_repeated`, `seam_empty`, `too_similar` (nearer to another rewrite of the passage
    than `rewrites.min_distance`); `untranslated` for math. A passage in a language that the author
    does not write is a reject `language_not_offered`.
    """
    if passage["subject"] == "math":
        return await math.rewrite(passage, ctx)
    settings = ctx.recipe.rewrites
    author: Rewriter = ctx.authors["rewriter"]
    offered = languages_of(author)
    if offered is not None and passage["language"] not in offered:
        detail = f"{author.label} does not write {passage['language']!r}: name a model as rewriter"
        return [Reject("language_not_offered", detail, {"source": passage["source"]})]
    readings = draw_readings(
        settings.per_source * 2,  # the second half replaces what is too similar
        settings.styles,
        settings.perspectives,
        ctx.child("readings"),
        fitting(passage["text"]),
        getattr(author, "readings_per_style", None),
    )
    if not readings:
        detail = f"none of {', '.join(settings.styles)} fits this passage"
        return [Reject("no_style_fits", detail, {"source": passage["source"]})]
    records: list[Record | Reject] = []
    kept: list[frozenset[int]] = []
    similar = 0
    for variant, reading in enumerate(readings):
        if variant - similar >= settings.per_source:
            break
        try:
            draft = await write(passage, reading, author, ctx.child("variant", variant))
            said = grams(draft.text)
            near = any(distance(said, other) < settings.min_distance for other in kept)
            found = await _opinion(passage, ctx, draft, near)
        except AuthorFailed as error:
            records.append(error.as_reject())
            continue
        record = _record(passage, ctx, draft, reading, variant, author.label, found)
        if record["keep"]:
            kept.append(said)
        similar += record.get("reason") == "too_similar"
        records.append(record)
    return records


async def write(passage: Record, reading: Reading, author: Rewriter, rng: random.Random) -> Draft:
    """All chunks of a passage in one reading, each after those before it."""
    pieces: list[str] = []
    spans: list[dict[str, int]] = []
    seam = None
    for chunk in passage["chunks"]:
        written = SEPARATOR.join(pieces)
        request = RewriteRequest(
            reading,
            passage.get("title") or "",
            passage["text"],
            chunk["start"],
            chunk["end"],
            written,
            rng,
        )
        piece = (await author.rewrite(request)).strip("\n").rstrip()
        seam = seam or seam_problem(pieces[-1] if pieces else "", piece, request.chunk)
        start = len(written) + len(SEPARATOR) if pieces else 0
        pieces.append(piece)
        spans.append(
            {
                "source_start": chunk["start"],
                "source_end": chunk["end"],
                "start": start,
                "end": start + len(piece),
            }
        )
    return Draft(SEPARATOR.join(pieces), tuple(spans), seam)


def seam_problem(before: str, piece: str, source: str) -> str | None:
    """`seam_empty` if nothing was written; `seam_repeated` if the piece repeats a last sentence."""
    if not piece:
        return "seam_empty" if source.strip() else None
    ended, opened = _said(before)[-3:], _said(piece)[:3]
    twice = [set(said) for said in ended if len(said) >= 5 and said in opened]
    if not twice:
        return None
    meant = [set(said) for said in _said(source)]
    again = any(not any(_alike(said, m) for m in meant) for said in twice)
    return "seam_repeated" if again else None


def _alike(a: set[str], b: set[str]) -> bool:
    """Whether a repeated sentence is one that the source says here too."""
    return len(a & b) * 2 > len(a | b)


def _said(text: str) -> list[list[str]]:
    told = (text[s.start : s.end] for s in segment(text) if s.kind == "sentence")
    return [words(sentence) for sentence in told if "?" not in sentence]


async def _opinion(passage: Record, ctx: Context, draft: Draft, near: bool) -> Opinion:
    """What the checks say; models are not asked about what a seam or its likeness decides."""
    title = passage.get("title") or ""
    authors = None if near or draft.seam else ctx.authors
    found = await opinion(
        passage["text"], draft.text, title, passage["language"], ctx.recipe, authors
    )
    why = draft.seam or found.reason or ("too_similar" if near else None)
    return replace(found, reason=why)


def _record(
    passage: Record,
    ctx: Context,
    draft: Draft,
    reading: Reading,
    variant: int,
    label: str,
    found: Opinion,
) -> Record:
    source, report = passage["text"], found.report
    body = {
        **body_of(passage, draft.text, draft.chunks),
        "style": reading.style.name,
        "perspective": reading.perspective.name,
        "variant": variant,
        "language": passage["language"],
        "ledger": report.ledger_rows(source, draft.text),
        "equations": report.equation_rows(),
        "scores": report.scores,
        "judgement": found.judgement.row() if found.judgement else None,
        "keep": found.reason is None,
        "reason": found.reason,
    }
    return ctx.record("rewrite", body, parents=[passage["id"]], author=label)


def body_of(passage: Record, text: str, chunks: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """What every rewrite says of its passage."""
    return {
        "source_id": passage["id"],
        "document_id": passage["document_id"],
        "subject": passage["subject"],
        "licence": passage["licence"],
        "text": text,
        "chunks": list(chunks),
    }
