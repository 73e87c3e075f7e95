"""Stage `rewrites` for knowledge: k distinct rewrites of a passage, chunk by chunk (K2 §2.2).

Chunk i is written given the reading (style and perspective), the whole excerpt, and what has been
written so far. The pieces are joined, the seams checked, and the whole is measured against its
source: ledger, scores, verdict. A rewrite that fails is kept as a record with `keep=false`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.records import Record
from factory.rephrase import math
from factory.rephrase.author import Rewriter, RewriteRequest
from factory.rephrase.fidelity.gate import reason
from factory.rephrase.fidelity.scores import check
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
    """`rewrite` records of a passage: a learning note if it is math, else `per_source` rewrites.

    Each has its ledger, scores, and `keep` with a reason code (see `fidelity.gate`). Further
    reasons: `seam_repeated`, `seam_empty`, `duplicate`; `untranslated` for math.
    """
    if passage["subject"] == "math":
        return await math.rewrite(passage, ctx)
    settings = ctx.recipe.rewrites
    author: Rewriter = ctx.authors["rewriter"]
    readings = draw_readings(
        settings.per_source, settings.styles, settings.perspectives, ctx.child("readings")
    )
    records: list[Record | Reject] = []
    seen: set[str] = set()
    for variant, reading in enumerate(readings):
        try:
            draft = await write(passage, reading, author, ctx.child("variant", variant))
        except AuthorFailed as error:
            records.append(error.as_reject())
            continue
        record = _record(passage, ctx, draft, reading, variant, author.label, seen)
        seen.add(draft.text)
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
        piece = (await author.rewrite(request)).strip()
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
    again = any(len(said) >= 5 and said in opened for said in ended)
    return "seam_repeated" if again else None


def _said(text: str) -> list[list[str]]:
    told = (text[s.start : s.end] for s in segment(text) if s.kind == "sentence")
    return [words(sentence) for sentence in told if "?" not in sentence]


def _record(
    passage: Record,
    ctx: Context,
    draft: Draft,
    reading: Reading,
    variant: int,
    label: str,
    seen: set[str],
) -> Record:
    source = passage["text"]
    report = check(source, draft.text, passage.get("title") or "")
    why = draft.seam or reason(
        draft.text, report, ctx.recipe.rewrites.thresholds, passage["language"]
    )
    if draft.text in seen:
        why = "duplicate"
    body = {
        **body_of(passage, draft.text, draft.chunks),
        "style": reading.style.name,
        "perspective": reading.perspective.name,
        "variant": variant,
        "language": passage["language"],
        "ledger": report.ledger_rows(source, draft.text),
        "equations": report.equation_rows(),
        "scores": report.scores,
        "keep": why is None,
        "reason": why,
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
