"""Stage `rewrites` for knowledge: k distinct rewrites of a passage, chunk by chunk (K2 §2.2).

Chunk i is written given the reading (style and perspective), the whole excerpt, and what has been
written so far. The pieces are joined, the seams checked, and the whole is measured against its
source: ledger, scores, verdict. A rewrite that fails is kept as a record with `keep=false`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from factory.records import Record
from factory.rephrase.amend import failed_chunks
from factory.rephrase.applicability import fitting
from factory.rephrase.author import Rewriter, languages_of
from factory.rephrase.drafts import Draft, write
from factory.rephrase.fidelity.opinion import Opinion, opinion
from factory.rephrase.mathematics import rewrites as mathematics
from factory.rephrase.pieces import pieces
from factory.rephrase.settings import BARREN
from factory.rephrase.styles import Reading, draw_readings
from factory.rephrase.text.distance import distance, grams
from factory.stage import AuthorFailed, Context, Reject


async def rewrite(passage: Record, ctx: Context) -> list[Record | Reject]:
    """`rewrite` records of a passage: a learning note if it is math, else up to `per_source`
    rewrites in readings that fit it.

    Each has its ledger, scores, and `keep` with a reason code (see `fidelity.gate`). Further
    reasons: `seam_repeated`, `seam_empty`, `too_similar` (nearer to another rewrite of the passage
    than `rewrites.min_distance`); `untranslated` for math. A reading that leaves the passage as it
    is, or as another rewrite has it (`BARREN`), gives its place to the next. A passage in a
    language that the author does not write is a reject `language_not_offered`.
    """
    if passage["subject"] == "math":
        return await mathematics.rewrite(passage, ctx)
    settings = ctx.recipe.rewrites
    author: Rewriter = ctx.authors["rewriter"]
    offered = languages_of(author)
    if offered is not None and passage["language"] not in offered:
        detail = f"{author.label} does not write {passage['language']!r}: name a model as rewriter"
        return [Reject("language_not_offered", detail, {"source": passage["source"]})]
    readings = draw_readings(
        settings.per_source * 2,  # the second half replaces what is barren
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
    barren = 0
    # What stands in for a model in a dry run tells nothing of the model's rewrites.
    replaces = not (ctx.recipe.llm.dry_run and ctx.recipe.mix_of("rewriter"))
    for variant, reading in enumerate(readings):
        if variant - barren >= settings.per_source:
            break
        try:
            draft, found = await _written(passage, ctx, reading, variant, kept)
        except AuthorFailed as error:
            records.append(error.as_reject())
            continue
        record = _record(passage, ctx, draft, reading, variant, author.label, found)
        if record["keep"]:
            kept.append(grams(draft.text))
        barren += replaces and record.get("reason") in BARREN
        records.append(record)
    return records


async def _written(
    passage: Record, ctx: Context, reading: Reading, variant: int, kept: Sequence[frozenset[int]]
) -> tuple[Draft, Opinion]:
    """A draft and what the checks say; chunks that fail written again where the author has
    simpler forms for them."""
    author: Rewriter = ctx.authors["rewriter"]
    limits = ctx.recipe.rewrites.thresholds
    title, language = passage.get("title") or "", passage["language"]
    rng = ctx.child("variant", variant)
    state = rng.getstate()

    async def attempt(forms: Mapping[int, str]) -> tuple[Draft, Opinion]:
        rng.setstate(state)
        draft = await write(passage, reading, author, rng, forms)
        said = grams(draft.text)
        near = any(distance(said, o) < ctx.recipe.rewrites.min_distance for o in kept)
        return draft, await _opinion(passage, ctx, draft, near)

    draft, found = await attempt({})
    forms: dict[int, str] = {}
    for form in getattr(author, "fallbacks", ()):
        at = failed_chunks(passage["text"], title, draft, found, limits, language)
        if not at or len(at | forms.keys()) * 2 > len(draft.chunks):
            break
        forms |= dict.fromkeys(sorted(at), form)
        draft, found = await attempt(forms)
    return draft, found


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
        "pieces": pieces(source, draft.text, draft.chunks),
        "ledger": report.ledger_rows(source, draft.text),
        "equations": report.equation_rows(),
        "scores": report.scores,
        "judgement": found.judgement.row() if found.judgement else None,
        "keep": found.reason is None,
        "reason": found.reason,
    }
    return ctx.record("rewrite", body, parents=[passage["id"]], author=label)


def body_of(passage: Record, text: str, chunks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What every rewrite says of its passage."""
    return {
        "source_id": passage["id"],
        "document_id": passage["document_id"],
        "subject": passage["subject"],
        "licence": passage["licence"],
        "text": text,
        "chunks": list(chunks),
    }
