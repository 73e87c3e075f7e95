"""Excerpts and chunks: spans that tile a text and end where a sentence, list item or block ends.

K2 §2.2: an excerpt of 4096 tokens is rewritten in chunks of 256. A segment longer than a chunk
stays whole, so code and formulas are never cut; `max_tokens` is exceeded by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from factory.rephrase.text.segments import Segment, segment
from factory.rephrase.text.tokens import Counter, count_tokens

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
    ends = list(accumulate(sizes))
    spans: list[Span] = []
    first = 0
    for part in range(1, parts + 1):
        if first == len(segments):
            break
        last = len(segments) - 1 if part == parts else _cut(segments, ends, first, target * part)
        spans.append((segments[first].start, segments[last].end))
        first = last + 1
    if first < len(segments):  # what the last cuts left over
        spans[-1] = (spans[-1][0], segments[-1].end)
    return spans


PARAGRAPH = 0.2
"""A cut may lie this share of a chunk further off to fall between paragraphs."""


def _cut(segments: Sequence[Segment], ends: Sequence[int], first: int, wanted: float) -> int:
    """The segment to cut after: near `wanted` tokens, between paragraphs, not at a heading."""
    chunk = wanted - (ends[first - 1] if first else 0)
    best, price = first, float("inf")
    for i in range(first, len(segments)):
        last = i + 1 == len(segments)
        inner = not last and segments[i].block == segments[i + 1].block
        if segments[i].kind == "heading" and not last:
            continue
        cost = abs(ends[i] - wanted) + (PARAGRAPH * chunk if inner else 0)
        if cost < price:
            best, price = i, cost
        if ends[i] > wanted + chunk:
            break
    return best


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
