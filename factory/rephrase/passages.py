"""Stage `passages`: a document is cut into excerpts, each cut into chunks (K2 §2.2, figure 4)."""

from __future__ import annotations

from collections.abc import Mapping

from factory.records import Record
from factory.rephrase.reading.duplicates import left_out
from factory.rephrase.reading.language import UNDETERMINED, detect_language, detect_script
from factory.rephrase.text.chunking import chunks, excerpts
from factory.rephrase.text.segments import VERBATIM, segment
from factory.rephrase.text.tokens import Counter, token_counter, words
from factory.stage import Context, Reject

FEW_WORDS = 40
"""A passage of fewer has few of the words that tell languages apart."""
SHOWN = 2000
"""So many characters of a passage are kept in its reject row."""


async def split(document: Mapping[str, str], ctx: Context) -> list[Record | Reject]:
    """`passage` records of a document, in order; `{id, failure, reason}` is one that can't be read.

    Rejects: those of `files.DocumentError` (naming file, row and remedy); `duplicate_document` and
    `near_duplicate`; `empty` (no text); of single passages `too_short` (fewer than
    `passages.min_tokens` tokens), `too_long` (one block or sentence of more than
    `passages.excerpt_tokens`, which nothing may cut), `no_prose` (code, tables and formulas only,
    when the subject is knowledge).
    """
    settings = ctx.recipe.passages
    if "failure" in document:
        where = {"source": document["uri"]} if "uri" in document else None
        return [Reject(document.get("reason", "unreadable"), document["failure"], where)]
    about = {key: document[key] for key in ("uri", "title", "licence") if key in document}
    text = document["text"]
    if not text.strip():
        return [Reject("empty", "the document has no text", about)]
    dropped = left_out(ctx).get(document["id"])
    if dropped is not None:
        return [Reject(*dropped, about)]
    count, _ = token_counter(settings.tokenizer)
    spans = excerpts(text, settings.excerpt_tokens, count)
    return [_passage(document, ctx, i, start, end) for i, (start, end) in enumerate(spans)]


def _passage(
    document: Mapping[str, str], ctx: Context, position: int, start: int, end: int
) -> Record | Reject:
    settings = ctx.recipe.passages
    count, counter = token_counter(settings.tokenizer)
    text = document["text"][start:end].strip("\n")
    tokens = count(text)
    where = {"document_id": document["id"], "source": document["uri"], "position": position}
    if tokens < settings.min_tokens:
        detail = f"{tokens} tokens, fewer than {settings.min_tokens}"
        return Reject("too_short", detail, {**where, "text": text})
    if document["subject"] == "knowledge" and prose_tokens(text, count) * 2 < settings.min_tokens:
        shown = {**where, "text": text[:SHOWN]}
        return Reject("no_prose", "code, tables or formulas only", shown)
    if tokens > settings.excerpt_tokens and len(segment(text)) == 1:
        detail = f"one {segment(text)[0].kind} of {tokens} tokens, more than an excerpt may hold"
        return Reject("too_long", detail, {**where, "text": text[:SHOWN]})
    body = {
        **where,
        "title": document.get("title", ""),
        "subject": document["subject"],
        "text": text,
        "chunks": [
            {"start": a, "end": b, "tokens": count(text[a:b])}
            for a, b in chunks(text, settings.chunk_tokens, count)
        ],
        "tokens": tokens,
        "counter": counter,
        "language": _language(text, document["language"]),
        "script": detect_script(text),
        "licence": document["licence"],
    }
    return ctx.record("passage", body, parents=[document["id"]])


def _language(text: str, of_document: str) -> str:
    """The language of a passage; a few words tell it less surely than the document does."""
    found = detect_language(text)
    unsure = found == UNDETERMINED or len(words(text)) < FEW_WORDS
    return of_document if unsure and of_document != UNDETERMINED else found


def prose_tokens(text: str, count: Counter) -> int:
    """Tokens of sentences and list items, headings and verbatim blocks left out."""
    skipped = {*VERBATIM, "heading"}
    return sum(count(text[s.start : s.end]) for s in segment(text) if s.kind not in skipped)
