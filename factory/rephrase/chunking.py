"""Excerpts and chunks: spans that tile a text and end where a sentence, list item or block ends.

K2 §2.2: an excerpt of 4096 tokens is rewritten in chunks of 256. A segment longer than a chunk
stays whole, so code and formulas are never cut; `max_tokens` is exceeded by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from factory.rephrase.segments import Segment, segment
from factory.rephrase.tokens import Counter, count_tokens

Span = tuple[int, int]


def excerpts(text: str, max_tokens: int, count: Counter = count_tokens) -> list[Span]:
    """Spans of at most `max_tokens` tokens, cut before a heading where one is near.

    A single segment of more stays whole and stands alone.
    """
    segments = segment(text)
    sizes = [count(text[s.start : s.end]) for s in segments]
    spans: list[Span] = []
    first = 0
    while first < len(segments):
        end = _reach(sizes, first, max_tokens)
        if end < len(segments):
            end = _back_to_heading(segments, sizes, first, end)
        spans.append((segments[first].start, segments[end - 1].end))
        first = end
    return spans


def chunks(text: str, chunk_tokens: int, count: Counter = count_tokens) -> list[Span]:
    """Spans of about `chunk_tokens` tokens tiling `text`, evened out so that none is a stub.

    A heading never ends a chunk: it opens the next.
    """
    segments = segment(text)
    sizes = [count(text[s.start : s.end]) for s in segments]
    total = sum(sizes)
    parts = max(1, round(total / chunk_tokens))
    target = total / parts
    spans: list[Span] = []
    first, filled = 0, 0.0
    for i, size in enumerate(sizes):
        filled += size
        last = i + 1 == len(segments)
        overdue = filled + (0 if last else sizes[i + 1]) / 2 >= target * (len(spans) + 1)
        if last or (overdue and segments[i].kind != "heading" and len(spans) + 1 < parts):
            spans.append((segments[first].start, segments[i].end))
            first = i + 1
    return spans


def _reach(sizes: Sequence[int], first: int, max_tokens: int) -> int:
    """The end of the longest run from `first` that fits; at least one segment."""
    total, end = sizes[first], first + 1
    while end < len(sizes) and total + sizes[end] <= max_tokens:
        total += sizes[end]
        end += 1
    return end


def _back_to_heading(
    segments: Sequence[Segment], sizes: Sequence[int], first: int, end: int
) -> int:
    """Move a cut back to a heading or paragraph start if that keeps at least half the run."""
    whole = sum(sizes[first:end])
    for i in range(end, first, -1):
        if sum(sizes[first:i]) * 2 < whole:
            break
        if segments[i].kind == "heading":
            return i
    for i in range(end, first, -1):
        if sum(sizes[first:i]) * 2 < whole:
            break
        if segments[i].block != segments[i - 1].block:
            return i
    return end
