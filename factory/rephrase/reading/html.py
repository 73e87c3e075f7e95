"""Web pages as Markdown: headings, lists, tables, code and formulas kept, the page's frame removed.

Parsed by Lexbor (selectolax), which mends broken markup as browsers do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from factory.rephrase.reading.plain_text import reflow
from factory.rephrase.text.tokens import word_set

_DROPPED = word_set(
    "script style noscript template head nav footer aside form button input select textarea svg "
    "iframe object embed canvas video audio img picture map area dialog menu"
)
_FRAME = re.compile(
    r"(?:^|[\s_-])(?:nav|docnav|navbar|navigation|navheader|navfooter|menu|sidebar|breadcrumbs?|footer|"
    r"cookie|banner|toc|toctree|skip[\w-]*|headerlink|advert|share|social|pager|related)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu"})
_BLOCKS = word_set(
    "address article blockquote body center dd details div dl dt fieldset figcaption figure "
    "h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main ol p pre section summary table tbody "
    "td tfoot th thead tr ul"
)
_CODE = frozenset({"code", "kbd", "samp", "tt", "var"})
_PAGE_TURN = re.compile(
    r"[«‹<←\s]*(?:Prev|Previous|Next)(?: page| chapter)?[»›>→\s]*", re.IGNORECASE
)
_TEX = "application/x-tex"


LAID_OUT = 3
"""A paragraph with so many line breaks is plain text set by hand."""


@dataclass(frozen=True)
class Page:
    """A page's title, its text as Markdown, and what its head says of licence and address."""

    title: str
    text: str
    licence: str = ""
    source: str = ""
    language: str = ""


def read_page(markup: str) -> Page:
    """A page read; its text is empty if the page shows none."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(markup)
    title = tree.css_first("title")
    body = tree.css_first("main, article") or tree.body
    blocks = list(_blocks(body)) if body is not None else []
    if body is not tree.body and tree.body is not None and not _long_enough(blocks):
        blocks = list(_blocks(tree.body))
    text = "\n\n".join(block for block in blocks if block.strip())
    lang = (tree.root.attributes.get("lang") if tree.root is not None else None) or ""
    return Page(
        _single_line(title.text()) if title is not None else "",
        text + "\n" if text else "",
        _attribute(tree, 'link[rel~="license"], a[rel~="license"]', "href")
        or _attribute(tree, 'meta[name="license"], meta[name="dc.rights"]', "content"),
        _attribute(tree, 'link[rel="canonical"]', "href"),
        lang.lower().partition("-")[0],
    )


def _long_enough(blocks: list[str]) -> bool:
    return sum(map(len, blocks)) >= 200


def _attribute(tree: Any, selector: str, name: str) -> str:
    found = tree.css_first(selector)
    return (found.attributes.get(name) or "").strip() if found is not None else ""


def _children(node: Any) -> Iterator[Any]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _skipped(node: Any) -> bool:
    """Whether a node is part of the page's frame, or is not shown."""
    if node.tag == "script" and "math/tex" in (node.attributes.get("type") or ""):
        return False
    if node.tag in _DROPPED or node.tag.startswith(("-comment", "!")):
        return True
    attributes = node.attributes
    if attributes.get("role") in _ROLES or "hidden" in attributes:
        return True
    if attributes.get("aria-hidden") == "true" and not _tex(node):
        return True
    if node.tag in ("html", "body", "main", "article", "p", "table", "td", "span", "code", "pre"):
        return False
    return bool(_FRAME.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"))


def _blocks(node: Any, depth: int = 0) -> Iterator[str]:
    """The Markdown blocks below a node; runs of inline content between blocks are paragraphs."""
    line: list[str] = []
    for child in _children(node):
        if child.tag == "-text" or (child.tag not in _BLOCKS and not _holds_blocks(child)):
            line.append(_inline(child))
            continue
        yield from _paragraph(line)
        line = []
        if not _skipped(child):
            yield from _block(child, depth)
    yield from _paragraph(line)


def _holds_blocks(node: Any) -> bool:
    return any(child.tag in _BLOCKS or _holds_blocks(child) for child in _children(node))


def _paragraph(line: list[str]) -> Iterator[str]:
    text = _spaced("".join(line))
    if text.count("\n") >= LAID_OUT:
        yield reflow(text).strip("\n")
    elif text:
        yield text


def _block(node: Any, depth: int) -> Iterator[str]:
    tag = node.tag
    if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
        text = _single_line(_inline(node)).rstrip("¶#§ ")
        if text:
            yield f"{'#' * int(tag[1])} {text}"
    elif tag == "pre":
        listings = [child for child in _children(node) if child.tag == "code"]
        for listing in listings if len(listings) > 1 else [node]:
            code = _code(listing).strip("\n")
            if code.strip():
                yield f"```\n{code}\n```"
    elif tag in ("ul", "ol"):
        if _turns_pages(node):
            return
        items = "\n".join(_items(node, depth))
        if items:
            yield items
    elif tag == "dl":
        yield from _definitions(node, depth)
    elif tag == "table":
        yield from _table(node, depth)
    elif tag == "hr":
        return
    else:
        yield from _blocks(node, depth)


def _code(node: Any) -> str:
    """The text of a listing, its line breaks kept, without buttons and the like."""
    if node.tag == "-text":
        return node.text_content or ""
    if node.tag in _DROPPED:
        return ""
    return "\n" if node.tag == "br" else "".join(_code(child) for child in _children(node))


def _items(node: Any, depth: int) -> Iterator[str]:
    number = 0
    for child in _children(node):
        if child.tag != "li" or _skipped(child):
            continue
        number += 1
        mark = f"{number}." if node.tag == "ol" else "-"
        blocks = [block for block in _blocks(child, depth + 1) if block.strip()]
        if not blocks:
            continue
        indent = "  " * depth
        yield f"{indent}{mark} {_single_line(blocks[0])}" if _flat(blocks[0]) else blocks[0]
        for block in blocks[1:]:
            # A paragraph of an item is said as an item of its own; code and lists keep their form.
            yield block if not _flat(block) else f"{indent}{mark} {_single_line(block)}"


def _turns_pages(node: Any) -> bool:
    """Whether a list is links to the pages around this one."""
    entries = [child for child in _children(node) if child.tag == "li"]
    told = [_single_line(entry.text()) for entry in entries]
    linked = all(entry.css_first("a") is not None for entry in entries)
    return linked and len(told) <= 5 and any(map(_PAGE_TURN.fullmatch, told))


def _flat(block: str) -> bool:
    return not block.lstrip().startswith(("```", "- ", "1. ", "|", "#", "$$"))


def _definitions(node: Any, depth: int) -> Iterator[str]:
    """A definition list as items `term: definition`."""
    terms: list[str] = []
    lines: list[str] = []
    for child in _children(node):
        if child.tag == "div":
            yield from _definitions(child, depth)
        elif child.tag == "dt":
            terms.append(_single_line(_inline(child)).rstrip("¶#:"))
        elif child.tag == "dd":
            blocks = [block for block in _blocks(child, depth) if block.strip()]
            if blocks and _flat(blocks[0]):
                lines.append(f"- {', '.join(filter(None, terms))}: {_single_line(blocks.pop(0))}")
            elif terms:
                lines.append(f"- {', '.join(terms)}")
            terms = []
            if blocks:
                yield "\n".join(lines)
                lines = []
                yield from blocks
    if lines:
        yield "\n".join(lines)


def _table(node: Any, depth: int) -> Iterator[str]:
    """A table of data as a Markdown table; one that lays out the page as its cells' blocks."""
    rows = [row for row in node.css("tr") if _owner(row) == node]
    cells = [[c for c in _children(row) if c.tag in ("td", "th")] for row in rows]
    wide = max(map(len, cells), default=0)
    filled = sum(bool(_single_line(cell.text())) for row in cells for cell in row)
    if (
        wide < 2
        or filled < 2
        or len(rows) < 2
        or any(_lays_out(cell) for row in cells for cell in row)
    ):
        for row in cells:
            for cell in row:
                yield from _blocks(cell, depth)
        return
    lines = [[_single_line(_inline(cell)).replace("|", "\\|") for cell in row] for row in cells]
    lines = [line + [""] * (wide - len(line)) for line in lines if any(line)]
    if lines:
        rule = ["---"] * wide
        told = [lines[0], rule, *lines[1:]]
        yield "\n".join("| " + " | ".join(line) + " |" for line in told)


def _owner(row: Any) -> Any:
    node = row.parent
    while node is not None and node.tag != "table":
        node = node.parent
    return node


def _lays_out(cell: Any) -> bool:
    return bool(cell.css("table, h1, h2, h3, h4, pre")) or len(cell.css("p, li")) > 3


def _inline(node: Any) -> str:
    """A node's text on one line of Markdown, code in backquotes and formulas in dollars."""
    if node.tag == "-text":
        return re.sub(r"[ \t\n\r\f]+", " ", node.text_content or "")
    if _skipped(node):
        return ""
    tex = _tex(node)
    if tex:
        display = "display" in (node.attributes.get("type") or "") or (
            node.attributes.get("display") == "block"
        )
        return f"\n\n$$\n{tex}\n$$\n\n" if display else f"${tex}$"
    if node.tag == "br":
        return "\n"
    if node.tag in _CODE:
        code = _single_line(node.text())
        return f"`{code}`" if code and "`" not in code else code
    if node.tag == "math":
        return _single_line(node.text())
    inner = "".join(_inline(child) for child in _children(node))
    if node.tag == "sup":
        if node.css_first("a") is not None:
            return ""  # the mark of a footnote
        return f"^{inner.strip()}" if re.fullmatch(r"\s*[\w+-]{1,4}\s*", inner) else inner
    if node.tag == "a" and inner.strip() in ("¶", "#", "§"):
        return ""
    if node.tag in _BLOCKS:
        return f" {inner} "
    return inner


def _tex(node: Any) -> str:
    """The TeX source of a formula: MathJax's script, MathML's annotation, KaTeX's."""
    if node.tag == "script":
        return str(node.text()).strip() if "math/tex" in (node.attributes.get("type") or "") else ""
    classes = (node.attributes.get("class") or "").split()
    if node.tag != "math" and not {"katex", "mwe-math-element", "MathJax"} & set(classes):
        return ""
    found = node.css_first(f'annotation[encoding="{_TEX}"]')
    if found is None:
        return str(node.attributes.get("alttext") or "").strip()
    return str(found.text()).strip()


def _spaced(text: str) -> str:
    """A paragraph with single spaces; line breaks within it and display formulas stay."""
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _single_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
