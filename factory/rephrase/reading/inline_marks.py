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
_DIRECTIVE = re.compile(
    r"(?m)^[ \t]*\.\. (?:(?:code-block|code|sourcecode|highlight)::.*|_[^\n]{1,80}:[ \t]*$)\n?"
)
"""What says how a listing is set, or marks a place."""
_VERSION = re.compile(
    r"(?m)^([ \t]*)\.\. (versionadded|versionchanged|deprecated):: *(\S+)[ \t]*(.*)$"
)
_VERSIONS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_ADMONITION = re.compile(r"(?m)^([ \t]*)\.\. (note|warning|caution|tip|important|seealso)::[ \t]*")
_ADMONITIONS = {"seealso": "See also"}
_DESCRIBED = re.compile(r"(?m)^([ \t]*)\.\. [a-z][\w:-]*:: +(\S.*)$")
"""What a directive describes: a function, a command, an option."""


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
    text = _VERSION.sub(_versioned, text)
    text = _ADMONITION.sub(lambda m: f"{m[1]}{_named(m[2])}: ", text)
    text = _DESCRIBED.sub(lambda m: f"{m[1]}{m[2]}" if "`" in m[2] else f"{m[1]}`{m[2]}`", text)
    text = _TITLED_ROLE.sub(r"\1", text)
    text = _ROLE.sub(r"`\1`", text)
    text = _LINK.sub(r"[\1](\2)", text)
    text = _NAMED.sub(r"\1", text)
    return _DOUBLED.sub(r"`\1`", text)


def _versioned(match: re.Match[str]) -> str:
    rest = f": {match[4]}" if match[4] else ""
    return f"{match[1]}{_VERSIONS[match[2]]} {match[3].rstrip('.')}{rest or '.'}"


def _named(admonition: str) -> str:
    return _ADMONITIONS.get(admonition, admonition.capitalize())
