"""Rewrites: figures by style, the fidelity ledger, examples beside their source."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from factory.rephrase.settings import BARREN
from factory.report import statistics as st
from factory.report.charts import Range, bars, histogram, number, percent, ranges, stacked
from factory.report.collect import Example, Findings
from factory.report.corpus_cards import corpus_html
from factory.report.distribution import Distribution
from factory.report.markup import absent, card, chip, clipped, escape, grid, legend, section, table

STATUSES = (("kept", "good"), ("changed", "fair"), ("dropped", "bad"), ("invented", "odd"))
TRUTHS = (("true", "good"), ("unknown", "fair"), ("false", "bad"))
SCORE_TITLES = {
    "novelty": ("Novelty", "Share of 4-grams that the source has not"),
    "coverage": ("Coverage", "Share of the source's content words found again"),
    "length_ratio": ("Length ratio", "Words of the rewrite over words of its source"),
}
OPEN = 2
"""Examples that are unfolded from the start."""
MOST_TEXT = 6000
"""Characters of a passage or rewrite that the page shows."""

Span = tuple[int, int, Mapping[str, Any]]


def rewrites_section(found: Findings) -> str:
    """Figures of rewrites, then examples with their facts marked."""
    s = found.rewrites
    if s is None:
        body = absent("No rewrite dataset.", "Run `factory run` again to make it.")
        return section("rewrites", "Rewrites", "", body)
    lead = (
        "Each rewrite carries a ledger of its source's facts (numbers, dates, names, negations): "
        "kept, changed, dropped, or invented. Of prose, one wrong fact rejects a rewrite; a "
        "learning note may add statements, and its equations are verified."
    )
    body = (
        _source_line(found.passages) + _style_table(s) + grid(*_score_cards(s), *_ledger_cards(s))
    )
    if found.corpus:
        body += corpus_html(found.corpus, found.sources, found.run.get("recipe") or {})
    return section("rewrites", "Rewrites", lead, body + _examples(found))


def _source_line(s: st.PassageStatistics | None) -> str:
    if s is None or not s.n:
        return ""
    languages = ", ".join(f"{name} {count:,}" for name, count in st.ranked(s.language))
    subjects = ", ".join(f"{name} {count:,}" for name, count in st.ranked(s.subject))
    return (
        f'<p class="fine">From {s.n:,} passages, {s.tokens:,} tokens · {escape(subjects)} · '
        f"languages: {escape(languages)} · licences: {escape(', '.join(sorted(s.licence)))}</p>"
    )


def _styles(s: st.RewriteStatistics) -> list[tuple[str, st.StyleStatistics]]:
    return sorted(s.style.items(), key=lambda item: (-item[1].keep.total, item[0]))


def _style_table(s: st.RewriteStatistics) -> str:
    head = ("style", "written", "kept", "keep rate", *(n.replace("_", " ") for n in st.SCORES))
    rows = [
        [
            escape(name.replace("_", " ")),
            number(style.keep.total),
            number(style.keep.hits),
            percent(style.keep.rate),
            *(number(style.scores[score].quantile(0.5)) for score in st.SCORES),
        ]
        for name, style in _styles(s)
    ]
    aside = sum(s.reason[reason] for reason in BARREN)
    rest = s.n - aside
    told = (
        f"Of {s.n:,} written {aside:,} were set aside, too near to the source or to another "
        f"rewrite of it, and another style was drawn; of the other {rest:,} "
        f"{percent(s.kept / rest if rest else math.nan)} were kept. "
    )
    fine = f"{told if aside else ''}Scores are medians over all rewrites of a style."
    return f'{table(head, rows)}<p class="fine">{fine}</p>'


def _score_cards(s: st.RewriteStatistics) -> list[str]:
    keep = [(name.replace("_", " "), style.keep.rate) for name, style in _styles(s)]
    cards = [
        card(
            "Keep rate by style",
            bars(keep, name="Keep rate by style", css="good", show=percent, most=1.0),
        )
    ]
    for score, (title, note) in SCORE_TITLES.items():
        rows = [
            Range(name.replace("_", " "), d.quantile(0.1), d.quantile(0.5), d.quantile(0.9))
            for name, style in _styles(s)
            if (d := style.scores[score]).n
        ]
        text = f"{note}; median, with the 10th to 90th percentile"
        cards.append(card(title, ranges(rows, name=title, css="c1"), text))
    return cards


def _ledger_cards(s: st.RewriteStatistics) -> list[str]:
    cards = []
    for ledger, name in ((s.ledger_kept, "kept"), (s.ledger_rejected, "rejected")):
        if ledger:
            order = sorted(ledger, key=lambda kind: (-ledger[kind].total(), kind))
            rows = [(kind, ledger[kind]) for kind in order]
            title = f"Facts in {name} rewrites"
            chart = stacked(rows, STATUSES, name=title, share=True) + legend(STATUSES)
            cards.append(
                card(title, chart, "By kind of fact; share by status, number at the right")
            )
    if s.equations:
        truths = [("all", s.equations), ("new", s.new_equations)]
        chart = stacked(truths, TRUTHS, name="Equations", share=True) + legend(TRUTHS)
        cards.append(
            card("Equations", chart, "Verified by exact arithmetic; new: not in the source")
        )
    if s.reason:
        reasons = bars(st.ranked(s.reason, 12), name="Reasons of rewrites not kept", css="bad")
        cards.append(card("Why rewrites were not kept", reasons))
    everything = Distribution()
    for style in s.style.values():
        everything.counts.update(style.scores["novelty"].counts)
    if everything.n:
        chart = histogram(everything.bins(20), name="Novelty", unit="novelty", css="c3")
        cards.append(card("Novelty of all rewrites", chart))
    return cards


def _examples(found: Findings) -> str:
    body = "".join(_folded(example, i < OPEN) for i, example in enumerate(found.examples))
    if body:
        body = f"<h3>Sources and their rewrites</h3>{legend(STATUSES)}{body}"
    notes = "".join(_example(note) for note in found.notes)
    return body + (f"<h3>Mathematics as learning notes</h3>{notes}" if notes else "")


def _folded(example: Example, shown: bool) -> str:
    """An example that can be folded away; its summary says what it is."""
    row, passage = example.rewrite, example.passage or {}
    title = passage.get("title") or passage.get("document_id") or "source"
    return (
        f'<details class="talk sides"{" open" * shown}><summary>{_verdict(row)} '
        f"{chip(row['style'].replace('_', ' '))}"
        f'<span class="said">{escape(title)}</span></summary>{_example(example)}</details>'
    )


def _verdict(row: Mapping[str, Any]) -> str:
    if row["keep"]:
        return chip("kept", "good")
    return chip(f"rejected: {row.get('reason', '')}", "bad")


def spans_of(ledger: Iterable[Mapping[str, Any]], start: str, end: str, size: int) -> list[Span]:
    """The ledger's spans on one side, in order, those that overlap an earlier one left out.

    What is not `kept` goes first, so that a changed fact shows through the kept words around it.
    """
    wanted = [f for f in ledger if f.get(start) is not None and f.get(end) is not None]
    wanted.sort(key=lambda f: (f["status"] == "kept", f[start], f[end]))
    taken: list[Span] = []
    for fact in wanted:
        a, b = fact[start], fact[end]
        free = all(b <= low or a >= high for low, high, _ in taken)
        if 0 <= a < b <= size and free:
            taken.append((a, b, fact))
    return sorted(taken, key=lambda span: span[:2])


def marked(text: str, spans: Sequence[Span]) -> str:
    """Text as HTML with each span in a <mark> of its status."""
    css = dict(STATUSES)
    parts, at = [], 0
    for start, end, fact in spans:
        title = escape(f"{st.fact_kind(fact)}: {fact['status']}")
        parts += [
            escape(text[at:start]),
            f'<mark class="{css.get(fact["status"], "none")}" title="{title}">',
            escape(text[start:end]),
            "</mark>",
        ]
        at = end
    return "".join(parts) + escape(text[at:])


def _side(title: str, text: str, ledger: Sequence[Mapping[str, Any]], start: str, end: str) -> str:
    shown = text[:MOST_TEXT]
    body = marked(shown, spans_of(ledger, start, end, len(shown)))
    more = clipped(text[MOST_TEXT:], 0) if len(text) > MOST_TEXT else ""
    return f'<div><h4>{escape(title)}</h4><div class="text" tabindex="0">{body}{more}</div></div>'


def _example(example: Example) -> str:
    row, passage = example.rewrite, example.passage
    original = passage["text"] if passage else ""
    translation = row.get("translation") or ""
    scores = " · ".join(
        f"{name.replace('_', ' ')} {number(float(row['scores'][name]))}"
        for name in st.SCORES
        if row["scores"].get(name) is not None
    )
    language = (passage or {}).get("language", "")
    title = (passage or {}).get("title") or (passage or {}).get("document_id") or "source"
    style = escape(row["style"].replace("_", " "))
    licence = f"licence {row['licence']} · {row['id'][:8]}"
    return (
        f'<article class="example"><header><strong>{style}</strong> '
        f"{_verdict(row)} {chip(row.get('perspective') or row['subject'])}"
        f'<p class="fine">{escape(scores)} · {escape(licence)}</p></header><div class="pair">'
        f"{_side(title, translation or original, row['ledger'], 'source_start', 'source_end')}"
        f"{_side('Rewrite', row['text'], row['ledger'], 'start', 'end')}</div>"
        f"{_original(original, language) if translation else ''}{_moved(row)}{_equations(row)}"
        "</article>"
    )


def _original(text: str, language: str) -> str:
    """The source in its own language; beside the rewrite stands its translation."""
    return (
        f"<details><summary>The source above is translated; the original, in {escape(language)}"
        f'</summary><div class="text" lang="{escape(language)}">{clipped(text, MOST_TEXT)}</div>'
        "</details>"
    )


def _moved(row: Mapping[str, Any]) -> str:
    """What the ledger holds against the rewrite, in words."""
    css = dict(STATUSES)
    facts = [fact for fact in row["ledger"] if fact["status"] != "kept"][:12]
    if not facts:
        return ""
    items = "".join(
        f"<li>{chip(fact['status'], css.get(fact['status'], ''))} {escape(st.fact_kind(fact))} "
        f"{_sides(fact)}</li>"
        for fact in facts
    )
    return f'<ul class="moved">{items}</ul>'


def _sides(fact: Mapping[str, Any]) -> str:
    said = [fact.get("source_text"), fact.get("text")]
    return " → ".join(f"<q>{escape(text)}</q>" for text in said if text)


def _equations(row: Mapping[str, Any]) -> str:
    css = dict(TRUTHS)
    rows = [
        [
            f"<code>{escape(equation['text'])}</code>",
            chip(equation["status"], css.get(equation["status"], "")),
            "added" if equation["new"] else "of the source",
        ]
        for equation in row["equations"]
    ]
    if not rows:
        return ""
    body = table(("equation", "checked", "origin"), rows, numeric=False)
    found = Counter(equation["status"] for equation in row["equations"])
    counts = ", ".join(f"{found[name]} {name}" for name, _ in TRUTHS if found[name])
    title = f"{len(rows)} equation{'s' * (len(rows) != 1)}: {counts}"
    return f"<details><summary>{title}</summary>{body}</details>"
