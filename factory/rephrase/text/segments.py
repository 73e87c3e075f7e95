"""What a text is made of: headings, sentences, list items, code, tables, display math.

A segment is the smallest piece that rewriting may move and that chunking never cuts. Segments
tile the text: each runs to the start of the next, trailing white space included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import syntok.segmenter

Kind = Literal["heading", "sentence", "item", "code", "table", "math"]
VERBATIM: frozenset[Kind] = frozenset({"code", "table", "math"})


@dataclass(frozen=True)
class Segment:
    """A span `[start, end)` of a text; `block` numbers the paragraph or block it belongs to."""

    kind: Kind
    start: int
    end: int
    block: int


_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_RULE = re.compile(r"\s{0,3}([=\-*~^])\1{2,}\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)]|\(?[a-z0-9]\))\s+\S")
_TABLE = re.compile(r"\s*(?:\|.*\||\+[-=+]{3,})\s*$")
_RULED = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$")
_CELLS = re.compile(r".*\|.*")
_HTML = re.compile(
    r"\s{0,3}</?(?:table|thead|tbody|tr|td|th|div|p|a|img|picture|details|summary|center|br|hr|h[1-6]|"
    r"ul|ol|li|dl|pre|section|svg|video|iframe|sub|sup|kbd|b|i|span|font|!--)\b[^>]*/?>",
    re.IGNORECASE,
)
"""A line of a Markdown text that opens with an element of HTML: its block stays as it stands."""
_INDENTED = re.compile(r"(?: {4}|\t)")
_MATH_OPEN = {"$$": "$$", "\\[": "\\]"}
_ENVIRONMENT = re.compile(
    r"\s*\\begin\{(equation|align|aligned|gather|multline|eqnarray|cases|array|[bpv]?matrix)\*?\}"
)

_MASKED = re.compile(
    r"\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)|(?<=\s)\.\w[\w.]*\w|\*\.\w[\w.]*\w|`[^`]{1,300}`|\$\$.{1,2000}?\$\$|\$(?=\S)[^$]{1,300}?(?<=\S)\$(?!\d)|\\\(.{1,600}?\\\)"
    r"|\\\[.{1,2000}?\\\]|https?://[^\s<>]*[^\s<>.,;:!?'\")\]}]|\b\w+(?:\.\w+)+\b(?:\(\))?|\d+[.,]\d+|°[CFK]\b",
    re.DOTALL,
)
_WIDE_END = re.compile(r"[。！？।؟]+[」』”’）)]*(?=\s*[^\s。！？।؟」』”’）)])")
_ABBREVIATION = re.compile(
    r"\([cC]\)(?=\s+\d)|(?m:^)(?:Figure|Table|Listing|Example) \d+(?:[.-]\d+)*\.(?=\s+\S)"
    r"|\b(?:(?:e\.g|i\.e|cf|vs|Dr|Mr|Mrs|Ms|Prof|Fig|Figs|Eq|Eqs|Sec|z\.\s?B|d\.\s?h|bzw)\.(?=\s+\S)"
    r"|(?:etc|resp|approx|No|usw|ca|incl|al)\.(?=\s+[^\sA-Z]|\s*,|\s+`))"
)

_MARK = re.compile(r"[.,;:!?]+\s+(?=\S)")


def _lines(text: str) -> list[tuple[int, int]]:
    spans, position = [], 0
    for line in text.splitlines(keepends=True):
        spans.append((position, position + len(line)))
        position += len(line)
    return spans


def _closed_by(lines: list[str], first: int) -> int | None:
    """Index after the block opened at line `first` by a fence or display math, else None."""
    head = lines[first]
    fence = _FENCE.match(head)
    if fence:
        closes = (i for i in range(first + 1, len(lines)) if lines[i].strip() == fence[1])
        return next(closes, len(lines) - 1) + 1
    environment = _ENVIRONMENT.match(head)
    mark = f"\\end{{{environment[1]}" if environment else _MATH_OPEN.get(head.strip()[:2])
    if mark is None:
        return None
    rest = head.strip()[2:]
    if mark in rest:
        return first + 1 if rest.strip().endswith(mark) else None
    closes = (i for i in range(first + 1, len(lines)) if mark in lines[i])
    return next(closes, len(lines) - 1) + 1


def _block_end(lines: list[str], first: int) -> tuple[Kind, int]:
    """Kind and end line of the block that starts at the non-blank line `first`."""
    line = lines[first]
    closed = _closed_by(lines, first)
    if closed is not None:
        return ("code" if _FENCE.match(line) else "math"), closed
    if _HEADING.match(line):
        return "heading", first + 1
    if first + 1 < len(lines) and _RULE.match(lines[first + 1]) and not _RULE.match(line):
        return "heading", first + 2
    if _TABLE.match(line):
        return "table", _while(lines, first, _TABLE)
    if _HTML.match(line):
        return "table", _to_blank(lines, first)
    if _opens_table(lines, first):
        return "table", _while(lines, first, _CELLS)
    if _INDENTED.match(line) and not _ITEM.match(line):
        end = first
        while end < len(lines) and (not lines[end].strip() or _INDENTED.match(lines[end])):
            end += 1
        return "code", end
    if _ITEM.match(line):
        end = first + 1
        while end < len(lines) and lines[end].strip() and not _starts_block(lines, end):
            end += 1
        return "item", end
    end = first + 1
    while end < len(lines) and lines[end].strip() and not _starts_block(lines, end):
        end += 1
    return "sentence", end


def _to_blank(lines: list[str], first: int) -> int:
    return next((i for i in range(first, len(lines)) if not lines[i].strip()), len(lines))


def _while(lines: list[str], first: int, pattern: re.Pattern[str]) -> int:
    end = first
    while end < len(lines) and pattern.match(lines[end]):
        end += 1
    return end


def _opens_table(lines: list[str], i: int) -> bool:
    """Whether a row of cells with a rule below it begins here, without bars around the rows."""
    return i + 1 < len(lines) and bool(_CELLS.match(lines[i]) and _RULED.match(lines[i + 1]))


def _starts_block(lines: list[str], i: int) -> bool:
    line = lines[i]
    return bool(
        _FENCE.match(line)
        or _HEADING.match(line)
        or _ITEM.match(line)
        or _TABLE.match(line)
        or _opens_table(lines, i)
        or _closed_by(lines, i) is not None
    )


def mask(text: str) -> str:
    """`text` with code, math, URLs, dotted names and abbreviations as letters of equal length."""
    masked = _ABBREVIATION.sub(lambda m: "x" * len(m[0]), text)
    return _MASKED.sub(lambda m: "X" + "x" * (len(m[0]) - 1), masked)


@lru_cache(maxsize=8192)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Sentence spans that tile `text`, each with its trailing white space.

    Remembered: a paragraph is split as part of its document, its passage and its chunk.
    """
    if not text.strip():
        return ()
    masked = mask(text)
    if masked.isascii() or not _WIDE_END.search(masked):
        wide: list[int] = []
    else:  # marks that end a sentence where the splitter knows none
        wide = [m.end() for m in _WIDE_END.finditer(masked)]
    starts = wide + [
        sentence[0].offset
        for paragraph in syntok.segmenter.analyze(masked)
        for sentence in paragraph
    ]
    if not starts:
        return ((0, len(text)),)
    starts = sorted({0, *(s for s in starts if s > 0)} - {min(starts)} | {0})
    starts = [_past_mark(text, s) for s in starts if not text[:s].rstrip().endswith(";")]
    return tuple(zip(starts, [*starts[1:], len(text)], strict=True))


def _past_mark(text: str, start: int) -> int:
    """Where a sentence begins that the splitter let begin with the mark of the one before."""
    mark = _MARK.match(text, start) if start else None
    return mark.end() if mark else start


def _segments(text: str) -> Iterator[Segment]:
    spans = _lines(text)
    lines = [text[a:b] for a, b in spans]
    i = block = 0
    while i < len(lines):
        if not lines[i].strip():
            i += 1
            continue
        kind, end = _block_end(lines, i)
        start, stop = spans[i][0], spans[end - 1][1]
        if kind == "sentence":
            for a, b in sentence_spans(text[start:stop]):
                yield Segment("sentence", start + a, start + b, block)
        else:
            yield Segment(kind, start, stop, block)
        block += 1
        i = end


@lru_cache(maxsize=512)
def segment(text: str) -> tuple[Segment, ...]:
    """The segments of `text`, tiling it exactly; empty for blank text."""
    found = list(_segments(text))
    starts = [s.start for s in found]
    if not starts:
        return ()
    starts[0] = 0
    ends = [*starts[1:], len(text)]
    return tuple(
        Segment(s.kind, a, b, s.block) for s, a, b in zip(found, starts, ends, strict=True)
    )
