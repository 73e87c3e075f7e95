"""HTML by small functions. Whatever comes from data passes through `escape`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that a page must not hold or that turn the direction of the text around them."""


def visible(text: str) -> str:
    """Text with control and direction-override characters replaced by the replacement mark."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def escape(value: object) -> str:
    """A value as text that is safe in HTML content and in a double-quoted attribute."""
    return html.escape(visible(str(value)), quote=True)


def clipped(text: str, most: int) -> str:
    """Escaped text of at most `most` characters, with a note of what was left out."""
    if len(text) <= most:
        return escape(text)
    return f'{escape(text[:most])}<span class="more"> … {len(text) - most:,} more characters</span>'


def chip(text: object, css: str = "") -> str:
    """A small label."""
    return f'<span class="chip {css}">{escape(text)}</span>'


def card(title: str, body: str, note: str = "") -> str:
    """A titled figure; `body` is HTML. Nothing at all when there is nothing to show."""
    if not body:
        return ""
    caption = f"<p>{escape(note)}</p>" if note else ""
    return f"<figure><figcaption><h3>{escape(title)}</h3>{caption}</figcaption>{body}</figure>"


def grid(*cards: str, wide: bool = False) -> str:
    """Cards side by side, as many as fit; `wide` ones two at most."""
    css = "grid wide" if wide else "grid"
    return f'<div class="{css}">{"".join(cards)}</div>' if any(cards) else ""


def legend(items: Iterable[tuple[str, str]]) -> str:
    """(name, css class) pairs as a key to colours."""
    entries = "".join(f'<li><i class="{css}"></i>{escape(name)}</li>' for name, css in items)
    return f'<ul class="legend">{entries}</ul>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: bool = True) -> str:
    """A table that scrolls sideways when narrow. `rows` hold HTML, row headings first."""
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    css = "numeric" if numeric else "plain"
    return (
        f'<div class="scroll" tabindex="0"><table class="{css}">'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def section(anchor: str, title: str, lead: str, body: str) -> str:
    """A section of the page; `lead` is plain text, `body` HTML."""
    text = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    return f'<section id="{anchor}"><h2>{escape(title)}</h2>{text}{body}</section>'


def absent(what: str, remedy: str) -> str:
    """Said in the place of a section's figures when there is no data for them."""
    return f'<p class="absent">{escape(what)} {escape(remedy)}</p>'
