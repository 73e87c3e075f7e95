"""CPython's own reference prose, `pydoc_data.topics`, as light Markdown.

The topics are Sphinx's plain-text output. Headings, code, signatures and lists are marked as
such; emphasis marks, footnote references and link blocks, which are not prose, are removed.
"""

from __future__ import annotations

import re
from functools import cache
from textwrap import dedent

from factory.rephrase.text.tokens import word_set

LICENCE = "PSF-2.0"
_UNDERLINE = re.compile(r"([*=\-~^\"'])\1{2,}\s*$")
_LEVELS = {"*": 1, "=": 2, "-": 3, "~": 4, "^": 4}
_LITERAL = re.compile(r"(?<![\w`])\"([^\s\"`](?:[^\"`]*[^\s\"`])?)\"(?![\w`])")
_EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}([A-Za-z][^*\n]*?)\*{1,2}(?![\w*])")
_FOOTNOTE = re.compile(r"\s*\[\d{1,2}\](?=[\s.,;:)]|$)")
_SEE = re.compile(
    r"\s*\((?:see|described in|discussed in|as described in|See)(?: also)?[^()`]*\)"
    r"|\s*\(section [A-Z][^()`]*\)"
)
_ITEM = re.compile(r"(?:\*|\d{1,2}\.) +")
_CODE_MARKS = re.compile(r"::=|^>>>|^\.\.\. |^\+[-=+]+\+$|^\|.*\|$|^Traceback|^\$ |^#include", re.M)
_CODE_LINE = re.compile(
    r"^(?:def|class|import|from|if|elif|else|for|while|with|try|except|return|yield|print|async|"
    r"await|raise|del|global|match|case|@)\b.*[:)\]]?$|^[\w.\[\]]+ *[-+*/]?= \S|^[\w.]+\(.*\)$"
    r"|^\"[^\"]*\" {2,}#|^#\s"
)
_STOP = word_set("the of and to a in is that it for be as with are this by from or which")
_SIGNATURE = re.compile(r"(?:class |async )?[\w.]+(?:\[[^\]]*\])?\([^.]*\)$|class [\w.]+$|[\w.]+$")
_EMPTY = ("Note:", "Warning:", "Tip:", "CPython implementation detail:")
_DROPPED = ("Source code:", "See also", "-[ Footnotes ]-", "Related help topics")


@cache
def _topics() -> dict[str, str]:
    from pydoc_data.topics import topics

    return dict(topics)


def names() -> list[str]:
    """The topics' names, sorted."""
    return sorted(_topics())


def read(name: str) -> tuple[str, str]:
    """Title and Markdown text of a topic."""
    text = to_markdown(_topics()[name])
    first = text.partition("\n")[0]
    title = first.lstrip("# ").replace("`", "") if first.startswith("#") else name
    return title, text


def to_markdown(text: str) -> str:
    """Sphinx plain text as Markdown whose prose paragraphs are single lines."""
    body = text.partition("-[ Footnotes ]-")[0]
    return "\n\n".join(_blocks(body)) + "\n"


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n\s*\n", text.expandtabs(4)) if part.strip()]


def _indent(paragraph: str) -> int:
    return min(len(line) - len(line.lstrip()) for line in paragraph.split("\n") if line.strip())


def _blocks(text: str) -> list[str]:
    blocks: list[str] = []
    code: list[str] = []
    skip_deeper_than: int | None = None
    for raw in _paragraphs(text):
        depth = _indent(raw)
        paragraph = dedent(raw).rstrip()
        if skip_deeper_than is not None and depth > skip_deeper_than:
            continue
        skip_deeper_than = None
        if paragraph.startswith(_DROPPED):
            skip_deeper_than = depth
            continue
        if paragraph in _EMPTY or _UNDERLINE.fullmatch(paragraph):
            continue
        marked = _CODE_MARKS.search(paragraph)
        if marked or (depth and _is_code(paragraph, after_code=bool(code))):
            code.append(raw)
            continue
        if code:
            blocks.append(_fence(code))
            code = []
        blocks.extend(_prose(paragraph))
    return [*blocks, _fence(code)] if code else blocks


def _fence(paragraphs: list[str]) -> str:
    return "```\n" + dedent("\n\n".join(paragraphs)).strip("\n") + "\n```"


def _is_code(paragraph: str, *, after_code: bool) -> bool:
    lines = paragraph.split("\n")
    if _ITEM.match(paragraph):
        return False
    found = re.findall(r"[a-z]+", paragraph)
    stops = sum(word in _STOP for word in found)
    if any(_CODE_LINE.match(line.strip()) for line in lines) and stops * 5 < len(found):
        return True
    sentence_like = paragraph[-1] in ".:;,)" and stops * 9 >= len(found) and len(found) >= 3
    return not sentence_like and not (after_code is False and _SIGNATURE.match(lines[0]))


def _prose(paragraph: str) -> list[str]:
    lines = paragraph.split("\n")
    if len(lines) >= 2 and _UNDERLINE.match(lines[1]):
        level = _LEVELS.get(lines[1][0], 3)
        heading = "#" * level + " " + _inline(lines[0])
        return [heading, *(_prose("\n".join(lines[2:])) if lines[2:] else [])]
    if all(_SIGNATURE.match(line) for line in lines):
        return ["#### " + ", ".join(f"`{line}`" for line in lines)]
    if _ITEM.match(lines[0]):
        return ["- " + _inline(_ITEM.sub("", _joined(lines), count=1))]
    if len(lines) >= 2 and _SIGNATURE.match(lines[0]) and lines[1].startswith("  "):
        return ["- `" + lines[0] + "`: " + _inline(_joined(lines[1:]))]
    return [_inline(_joined(lines))]


def _joined(lines: list[str]) -> str:
    """One line; `built-⏎in` becomes `built-in`."""
    return re.sub(r"(?<=\w)-\n\s*(?=[a-z])", "-", "\n".join(lines)).replace("\n", " ")


def _inline(text: str) -> str:
    text = re.sub(r" {2,}", " ", text).strip()
    text = re.sub(r"[‘“](\"[^\"]*\")[’”]", r"\1", text)
    text = _LITERAL.sub(r"`\1`", text)
    text = _FOOTNOTE.sub("", _SEE.sub("", text))
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", _EMPHASIS.sub(r"\1", text))
