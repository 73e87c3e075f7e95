"""Stage `passages`: a document is cut into excerpts, each cut into chunks (K2 §2.2, figure 4)."""

from __future__ import annotations

from collections.abc import Mapping

from factory.records import Record
from factory.rephrase.chunking import chunks, excerpts
from factory.rephrase.segments import VERBATIM, segment
from factory.rephrase.tokens import count_tokens
from factory.stage import Context, Reject


async def split(document: Mapping[str, str], ctx: Context) -> list[Record | Reject]:
    """`passage` records of a document, in order; `{id, failure}` is one that can't be read.

    Rejects: `unreadable` (naming file, row and remedy), `empty` (no text), `too_short` (fewer than
    `passages.min_tokens` tokens), `no_prose` (code, tables and formulas only, when the subject is
    knowledge).
    """
    settings = ctx.recipe.passages
    if "failure" in document:
        return [Reject("unreadable", document["failure"])]
    text = document["text"]
    if not text.strip():
        return [Reject("empty", "the document has no text", dict(document))]
    spans = excerpts(text, settings.excerpt_tokens)
    return [_passage(document, ctx, i, start, end) for i, (start, end) in enumerate(spans)]


def _passage(
    document: Mapping[str, str], ctx: Context, position: int, start: int, end: int
) -> Record | Reject:
    settings = ctx.recipe.passages
    text = document["text"][start:end].strip("\n")
    tokens = count_tokens(text)
    where = {"document_id": document["id"], "source": document["uri"], "position": position}
    if tokens < settings.min_tokens:
        detail = f"{tokens} tokens, fewer than {settings.min_tokens}"
        return Reject("too_short", detail, {**where, "text": text})
    if document["subject"] == "knowledge" and prose_tokens(text) * 2 < settings.min_tokens:
        return Reject("no_prose", "code, tables or formulas only", {**where, "text": text})
    body = {
        **where,
        "title": document.get("title", ""),
        "subject": document["subject"],
        "text": text,
        "chunks": [
            {"start": a, "end": b, "tokens": count_tokens(text[a:b])}
            for a, b in chunks(text, settings.chunk_tokens)
        ],
        "tokens": tokens,
        "language": document["language"],
        "licence": document["licence"],
    }
    return ctx.record("passage", body, parents=[document["id"]])


def prose_tokens(text: str) -> int:
    """Tokens of sentences and list items, headings and verbatim blocks left out."""
    skipped = {*VERBATIM, "heading"}
    return sum(count_tokens(text[s.start : s.end]) for s in segment(text) if s.kind not in skipped)
