"""Hard-wrapped plain text as paragraphs: what a `.txt` file means rather than how it was set.

Text files are often indented as a whole and broken at some column. Taken literally, indented prose
would be code and a date could straddle two lines. Manual pages and docstrings tell headings and
definitions by indentation alone.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

MIN_WRAP = 40
"""A line shorter than this, unless the last of its paragraph, was ended by its author."""
TAB = 8
MAX_TAG = 72
"""A longer line is no heading and no term."""
_BULLET = re.compile(r"^(\s*)[•·—–](?=\s+\S)")
_ITEM = re.compile(r"^\s*(?:[-*+•·]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?[a-z][.)])\s+\S")
_MARK = re.compile(r"^\s*(?:[-*+•·o]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_COLUMNS = re.compile(r"\S {3,}\S|\t\S")
_RULED = re.compile(r"^\s*[|+=_*#~-]{4,}\s*$")
_QUOTED = re.compile(r"(?<![\w`])`([^`'\n]{1,60})'(?!\w)")
"""`word' as typewriters and GNU quote it."""
_LITERAL = re.compile(r"``([^`\n]{1,80})``")
_TEX_QUOTED = re.compile(r"``([^`']{1,300})''")
_RULER = re.compile(r"\s*([=\-~^\"'*#+])\1{2,}\s*")
_SEPARATOR = re.compile(r"(?m)^[ ]*%{2,}[ ]*$")
"""A line that only keeps entries apart."""
_CODE = re.compile(
    r"[{};]\s*$|^\s*(?:[$#>%] |>>> |\.\.\. )|[=<>]{2}|\w\(\w*\)\s*$|\\$"
    r"|^\s*(?:def|class|import|return|export|setenv) "
)
_PROMPT = re.compile(r"^\s*>>> ")
_BROKEN = re.compile(r"(?<=[a-zA-Z])\u2010\n[ \t]*(?=[a-zA-Z])")
"""A word that was broken at the end of a line."""
_HYPHEN = re.compile(r"(?<=\w)\u2010(?=\w)")
_DESCRIBED = re.compile(r"\s*([\w.]+(?:, [\w.]+)*) : (?=[A-Z])")
"""A name and what it is, as numpydoc lists them under "See Also"."""
_PROSE = re.compile(r"[^\W\d_]{2,}(?:,? [^\W\d_]{2,}){2}")
_LITERAL_TERM = r"-|(?=\S*[=_()\[\]<>*$\\])\S+(?: \S+){0,5}$|[\w*., ]{1,40} : "
"""An option, a call, a name with its type."""
_HEADING = re.compile(r"[A-Z][\w /&'’,()-]*[\w)]")


def reflow(text: str) -> str:
    """`text` with prose paragraphs dedented and each on one line; lists an item a line.

    Tables, code and anything broken on purpose keep their lines. A line that stands out to the
    left of its block is a heading, or the term of a definition.
    """
    plain = text.replace("\u00a0", " ").replace("\ufeff", "").expandtabs(TAB)
    plain = _BROKEN.sub("\u2010" if _HYPHEN.search(plain) else "", plain).replace("\u2010", "-")
    plain = _SEPARATOR.sub("", plain)
    plain = _TEX_QUOTED.sub("“\\1”", _LITERAL.sub("`\\1`", plain))
    plain = re.sub(r"(?m)(?<=[\w)])::[ \t]*$", ":", plain)
    plain = _QUOTED.sub("‘\\1’", plain)
    blocks = re.split(r"\n[ \t]*\n+", plain.strip("\n"))
    parts = [part for block in blocks if block.strip() for part in _parts(block)]
    return "\n\n".join(parts) + "\n"


def _parts(block: str) -> list[str]:
    """A block as Markdown blocks: headings by rulers or indentation, an interpreter's session."""
    lines = [_BULLET.sub(r"\1-", line) for line in textwrap.dedent(block).split("\n")]
    if len(lines) >= 3 and _RULER.fullmatch(lines[0]) and _RULER.fullmatch(lines[2]):
        lines = lines[1:]  # ruled above and below
    if len(lines) >= 2 and _RULER.fullmatch(lines[1]) and _title(lines[0]):
        level = 1 + "=-".find(lines[1].strip()[0]) if lines[1].strip()[0] in "=-" else 3
        rest = "\n".join(lines[2:])
        return [
            f"{'#' * level} {lines[0].strip()}",
            *(_parts(rest) if rest.strip() else []),
        ]
    if len(lines) == 1 and lines[0].isupper() and _heads(lines[0]):
        return [f"## {lines[0].strip()}"]
    session = next((i for i, line in enumerate(lines) if _PROMPT.match(line)), 0)
    if session:
        return [*_parts("\n".join(lines[:session])), _verbatim(lines[session:])]
    groups = _outdented(lines)
    if len(groups) == 1 and len(lines) > 1 and _heads(lines[0]):
        return [f"## {lines[0].strip()}", *_parts("\n".join(lines[1:]))]
    if _defines(groups) and not _set_in_columns(lines) and not _looks_like_code(lines):
        return ["\n".join(map(_definition, groups))]
    entries = [_is_entry(group) for group in groups]
    if any(entries) and not _set_in_columns(lines) and not _looks_like_code(lines):
        return [part for run in _runs(groups, entries) for part in run]
    return [_block(lines)]


def _is_entry(group: list[str]) -> bool:
    """Whether a group in running text is a short term with prose below it."""
    term = group[0]
    short = 0 < len(term) < MIN_WRAP and not _ITEM.match(term) and term[-1] not in ".,;:({"
    return short and len(group) > 1 and _explains(group)


def _runs(groups: list[list[str]], entries: list[bool]) -> Iterator[list[str]]:
    """Blocks of the paragraphs and of the entries between them, entries within entries too."""
    held: list[str] = []
    for group, entry in zip(groups, entries, strict=True):
        if not entry:
            held += group
            continue
        if held:
            yield [_block(held)]
            held = []
        first, *deeper = _parts("\n".join(group[1:]))
        yield [_definition([group[0], first]), *deeper]
    if held:
        yield [_block(held)]


def _title(line: str) -> bool:
    return bool(re.search(r"[^\W\d_]", line)) and not _ITEM.match(line) and len(line) <= 100


def _heads(line: str) -> bool:
    """Whether a line may be the heading of the indented lines after it."""
    said = line.strip()
    return len(said) <= MAX_TAG and len(said.split(" ")) <= 8 and bool(_HEADING.fullmatch(said))


def _outdented(lines: list[str]) -> list[list[str]]:
    """Lines grouped: one without indentation opens a group."""
    groups: list[list[str]] = []
    for line in lines:
        if groups and line.startswith(" "):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _defines(groups: list[list[str]]) -> bool:
    """Whether groups are terms, each with prose indented below it."""
    explained = [group for group in groups if len(group) > 1]
    plain = all(
        len(group[0]) <= MAX_TAG
        and not _ITEM.match(group[0])
        and not group[0].endswith((".", ","))
        and " - " not in group[0]
        for group in groups
    )
    prose = sum(map(_explains, explained))
    return plain and len(explained) * 2 > len(groups) and prose * 3 >= len(explained) * 2


def _explains(group: list[str]) -> bool:
    """Whether what stands below a term is prose: a sentence, or lines filled up, which the term is
    not."""
    text = " ".join(line.strip() for line in group[1:])
    filled = len(group[0]) < MIN_WRAP <= len(group[1].strip())
    return bool((text[:1].isupper() or filled) and _PROSE.search(text))


def _definition(group: list[str]) -> str:
    """A term with what is said of it, as a list item."""
    term, told = group[0].strip().rstrip(":"), _joined([line.strip() for line in group[1:]])
    literal = re.match(_LITERAL_TERM, term) and "`" not in term
    named = f"`{term}`" if literal else term
    return f"- {named}: {told}" if told else f"- {named}"


def _block(lines: list[str]) -> str:
    if _set_in_columns(lines) or _looks_like_code(lines):
        return _verbatim(lines)
    if all(_DESCRIBED.match(line) for line in lines):
        return "\n".join(_DESCRIBED.sub(r"- `\1`: ", line.strip()) for line in lines)
    items = _items(lines)
    if len(items) == 1 and not _ITEM.match(lines[0]) and not _wrapped(lines):
        return "\n".join(line.strip() for line in lines)
    return "\n".join(_joined([line.strip() for line in item]) for item in items)


def _joined(lines: list[str]) -> str:
    """Lines as one; a hyphen at the end of a line binds."""
    return re.sub(r"(?<=[a-z]-)\0(?=[a-z])", "", "\0".join(lines)).replace("\0", " ").strip()


def _verbatim(lines: list[str]) -> str:
    return textwrap.indent("\n".join(lines), "    ")


def _set_in_columns(lines: list[str]) -> bool:
    """Whether lines are a table; not one for a space after a list mark, or justified."""
    if any(_RULED.match(line) for line in lines):
        return True
    wide = sum(bool(_COLUMNS.search(_MARK.sub("", line).strip())) for line in lines)
    ends = {len(line) for line in lines[:-1]}
    justified = len(lines) > 1 and max(ends) - min(ends) <= 1 and max(ends) >= MIN_WRAP
    return wide * 3 >= len(lines) and wide > 0 and not justified


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
    prose = [line.rstrip(";") for line in lines] if _ITEM.match(lines[0]) else lines
    marked = sum(bool(_CODE.search(line)) for line in prose)
    return marked * 3 > len(lines) or bool(re.match(r"\s*(?:[$%] |>>> )", lines[0]))
