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
_QUOTED = re.compile(r"(?<![\w`])`([^`'\n]{1,60})'(?!\w)")
"""`word' as typewriters and GNU quote it."""
_LITERAL = re.compile(r"``([^`\n]{1,80})``")
_TEX_QUOTED = re.compile(r"``([^`']{1,300})''")
_RULER = re.compile(r"\s*([=\-~^\"'*#+])\1{2,}\s*")
_CODE = re.compile(r"[{};]\s*$|^\s*[$#>]\s|[=<>]{2}|\w\(\w*\)\s*$|^\s*(?:def|class|import|return) ")


def reflow(text: str) -> str:
    """`text` with prose paragraphs dedented and each on one line; lists an item a line.

    Tables, code and anything broken on purpose keep their lines.
    """
    plain = text.replace("\u00a0", " ").replace("\ufeff", "").expandtabs(TAB)
    plain = _TEX_QUOTED.sub("“\\1”", _LITERAL.sub("`\\1`", plain))
    plain = re.sub(r"(?m)(?<=[\w)])::[ \t]*$", ":", plain)
    plain = _QUOTED.sub("‘\\1’", plain)
    blocks = re.split(r"\n[ \t]*\n+", plain.strip("\n"))
    parts = [part for block in blocks if block.strip() for part in _underlined(block)]
    return "\n\n".join(parts) + "\n"


def _underlined(block: str) -> list[str]:
    """A block whose first line is underlined as a heading and the rest, else the block."""
    lines = textwrap.dedent(block).split("\n")
    if len(lines) >= 3 and _RULER.fullmatch(lines[0]) and _RULER.fullmatch(lines[2]):
        lines = lines[1:]  # ruled above and below
    if len(lines) < 2 or not _RULER.fullmatch(lines[1]) or not _title(lines[0]):
        return [_block(block)]
    level = 1 + "=-".find(lines[1].strip()[0]) if lines[1].strip()[0] in "=-" else 3
    rest = "\n".join(lines[2:])
    heading = f"{'#' * level} {lines[0].strip()}"
    return [heading, *(_underlined(rest) if rest.strip() else [])]


def _title(line: str) -> bool:
    return bool(re.search(r"[^\W\d_]", line)) and not _ITEM.match(line) and len(line) <= 100


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
