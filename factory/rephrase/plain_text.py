"""Hard-wrapped plain text as paragraphs: what a `.txt` file means rather than how it was set.

Text files are often indented as a whole and broken at some column. Taken literally, indented prose
would be code and a date could straddle two lines.
"""

from __future__ import annotations

import re
import textwrap

MIN_WRAP = 40
"""A line shorter than this, unless the last of its paragraph, was ended by its author."""
TAB = 8
_ITEM = re.compile(r"^\s*(?:[-*+•·]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?[a-z][.)])\s+\S")
_COLUMNS = re.compile(r"\S {3,}\S|\t\S|^\s*[|+=_*#~-]{4,}\s*$")
_CODE = re.compile(r"[{};]\s*$|^\s*[$#>]\s|[=<>]{2}|\w\(\w*\)\s*$|^\s*(?:def|class|import|return) ")


def reflow(text: str) -> str:
    """`text` with prose paragraphs dedented and each on one line; lists an item a line.

    Tables, code and anything broken on purpose keep their lines.
    """
    plain = text.replace("\u00a0", " ").replace("\ufeff", "").expandtabs(TAB)
    blocks = re.split(r"\n[ \t]*\n+", plain.strip("\n"))
    return "\n\n".join(_block(block) for block in blocks if block.strip()) + "\n"


def _block(block: str) -> str:
    lines = textwrap.dedent(block).split("\n")
    if any(_COLUMNS.search(line) for line in lines) or _looks_like_code(lines):
        return textwrap.indent("\n".join(lines), "    ")
    items = _items(lines)
    if len(items) == 1 and not _ITEM.match(lines[0]) and not _wrapped(lines):
        return "\n".join(line.strip() for line in lines)
    return "\n".join(" ".join(line.strip() for line in item) for item in items)


def _items(lines: list[str]) -> list[list[str]]:
    """Lines grouped into list items; one group where there is no list."""
    groups: list[list[str]] = []
    for line in lines:
        if not groups or _ITEM.match(line):
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _wrapped(lines: list[str]) -> bool:
    """Whether the lines look broken at a column: all but the last long."""
    return all(len(line) >= MIN_WRAP for line in lines[:-1])


def _looks_like_code(lines: list[str]) -> bool:
    marked = sum(bool(_CODE.search(line)) for line in lines)
    return marked * 3 > len(lines)
