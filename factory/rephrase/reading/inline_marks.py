"""Marks of reStructuredText and HTML inside running text as Markdown has them.

Rows and README files mix them. Left alone, a link's address would be read as a name, an unpaired
quote as the beginning of code, and a comment as prose.
"""

from __future__ import annotations

import re

_FENCED = re.compile(r"(?ms)^ {0,3}(```|~~~).*?^ {0,3}\1[`~]*[ \t]*$")
_COMMENT = re.compile(r"(?s)<!--.*?-->")
_LINK = re.compile(r"`([^`<>\n]+(?:\n[^`<>\n]+)?)\s+<(https?://[^>\s]+)>`__?(?!\w)")
_NAMED = re.compile(r"(?<![\w`])`([^`<>\n]{1,80})`__?(?![\w`])")
_ROLE = re.compile(r":(?:[\w+-]+:){0,2}[\w+-]+:`~?!?([^`<>\n]{1,120})`(?!_)")
_TITLED_ROLE = re.compile(r":(?:[\w+-]+:){0,2}[\w+-]+:`([^`<>\n]{1,120})\s+<[^>\n]+>`")
_DOUBLED = re.compile(r"(?<!`)``(?!`)([^`\n]{1,200})``(?!`)")
_DIRECTIVE = re.compile(r"(?m)^[ \t]*\.\. (?:code-block|code|sourcecode|highlight)::.*\n?")


def plain_marks(text: str) -> str:
    """`text` with links, roles and literals of reStructuredText in Markdown, comments left out.

    What stands between fences is left as it is.
    """
    parts: list[str] = []
    at = 0
    for fenced in _FENCED.finditer(text):
        parts += [_plain(text[at : fenced.start()]), fenced[0]]
        at = fenced.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    text = _DIRECTIVE.sub("", _COMMENT.sub("", text))
    text = _TITLED_ROLE.sub(r"\1", text)
    text = _ROLE.sub(r"`\1`", text)
    text = _LINK.sub(r"[\1](\2)", text)
    text = _NAMED.sub(r"\1", text)
    return _DOUBLED.sub(r"`\1`", text)
