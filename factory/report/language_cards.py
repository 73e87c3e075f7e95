"""The language of a run as a table, with the two-sample tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.report.charts import bars, number, percent
from factory.report.language import MOST_TEXTS, LanguageSamples
from factory.report.markup import card, escape, grid, table

TESTS = {
    "templates": "templates",
    "domains": "domains",
}


def language_html(found: LanguageSamples) -> str:
    """Nothing at all without texts."""
    figures = found.figures()
    if not figures:
        return ""
    head = ("text", "texts", "words", "distinct texts", "distinct-1", "distinct-2", "distinct-3",
            "self-BLEU", "type/token", "commonest opening", "commonest closing")  # fmt: skip
    note = (
        f"Of at most {MOST_TEXTS:,} texts of a sort, names, dates and numbers masked, so that the "
        "figures speak of the language and not of the data. distinct-n: different n-grams over "
        "all; self-BLEU: BLEU-4 of 200 texts, each against the others; type/token: different "
        "words in a thousand; opening and closing: the four words that most texts share, and the "
        "share that has them."
    )
    rows = [[escape(sort), *_cells(row)] for sort, row in figures.items()]
    body = table(head, rows) + _tests(found.two_sample())
    return f'<h3>Language</h3><p class="fine">{note}</p>{body}'


def _cells(row: Mapping[str, Any]) -> list[str]:
    shares = ("distinct_1", "distinct_2", "distinct_3", "self_bleu", "type_token")
    return [
        number(row["texts"]),
        number(row["words_mean"]),
        percent(row["distinct_texts"]),
        *(f"{row[name]:.3f}" for name in shares),
        *(_edge(row, name) for name in ("opening", "closing")),
    ]


def _edge(row: Mapping[str, Any], name: str) -> str:
    return f"{percent(row[f'{name}_share'])} <q>{escape(row[name])}</q>"


def _tests(found: Mapping[str, float]) -> str:
    if not found:
        return ""
    rows = [(TESTS[name], value) for name, value in found.items()]
    chart = bars(rows, name="Two-sample classifier", css="c4", show=percent, most=1.0)
    note = (
        "Accuracy of a naive Bayes classifier on held-out texts: 50% when it can't tell the two "
        "halves apart. Templates: the same wishes in the words of two disjoint halves of the "
        "users' grammar. Domains: openings of tasks in two halves of the domains"
    )
    return grid(card("Two-sample test", chart, note))
