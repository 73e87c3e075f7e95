"""The corpus report on rewrites: templates, rewrites of a source and their cap, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from factory.report.charts import histogram, number, percent
from factory.report.corpus import MOST_TEXTS, CorpusStatistics, StyleVariety
from factory.report.distribution import Distribution
from factory.report.heat import heat_table
from factory.report.markup import card, chip, escape, grid, table


def corpus_html(
    found: CorpusStatistics, sources: Mapping[str, str], recipe: Mapping[str, Any]
) -> str:
    """Cards and tables; `sources`: texts of passages by id, `recipe`: the run's own."""
    return _sources(found, recipe) + _checks(found) + _templates(found.styles(sources))


def _sources(found: CorpusStatistics, recipe: Mapping[str, Any]) -> str:
    if not found.written:
        return ""
    cap = (recipe.get("rewrites") or {}).get("per_source")
    cards = [
        card(
            f"Rewrites of a source, {name}",
            histogram(
                Distribution.of(counts[source] for source in found.written).bins(),
                name=f"Rewrites of a source, {name}",
                unit="rewrites",
            ),
            f"{len(found.written):,} sources; mean "
            f"{number(round(counts.total() / len(found.written), 2))}",
        )
        for name, counts in (("written", found.written), ("kept", found.kept))
    ]
    return f"<h3>Rewrites per source</h3>{_cap(found, cap)}{grid(*cards)}"


def _cap(found: CorpusStatistics, cap: int | None) -> str:
    """Whether any source has more rewrites in the corpus than the recipe allows, counted over all
    rows; drafts that were refused don't count."""
    most = max(found.kept.values(), default=0)
    drafts = f"the most drafts of one is {number(max(found.written.values()))}"
    if cap is None:
        return f'<p class="fine">No source has more than {number(most)} kept; {drafts}.</p>'
    over = sum(count > cap for count in found.kept.values())
    verdict = chip("cap holds", "good") if not over else chip("cap broken", "bad")
    return (
        f"<p>{verdict} The recipe allows {number(cap)} rewrites of a source; of "
        f"{len(found.written):,} sources {number(over)} have more, the most kept of one is "
        f"{number(most)} ({drafts}).</p>"
    )


def _checks(found: CorpusStatistics) -> str:
    total: Counter[str] = sum(found.failed.values(), Counter())
    if not total:
        return ""
    reasons = [reason for reason, _ in sorted(total.items(), key=lambda i: (-i[1], i[0]))]
    rows = []
    for style, failed in sorted(found.failed.items()):
        kept = found.passed[style]
        made = kept + failed.total()
        shares = [failed[reason] / made for reason in reasons]
        rows.append((f"{_words(style)} · {kept / made:.0%}", shares))
    return (
        "<h3>What failed, by style and check</h3>"
        '<p class="fine">Beside each style its pass rate; in the cells the share of its rewrites '
        "that the check refused. Checks are tried in a fixed order and the first one that fails "
        "is recorded, so the cells of a row and the pass rate add up to 100%.</p>"
        + heat_table(
            ["style", *map(_words, reasons)], rows, name="Failed checks by style", most=0.25
        )
    )


def _templates(styles: Mapping[str, StyleVariety]) -> str:
    if not styles:
        return ""
    head = ("style", "texts", "common opening", "common closing", "common 4-gram", "distinct-1",
            "distinct-2", "distinct-3", "self-BLEU", "type/token")  # fmt: skip
    shares = ("distinct_1", "distinct_2", "distinct_3", "self_bleu", "type_token")
    rows = [
        [
            escape(_words(name)),
            number(style.figures["texts"]),
            _quoted(style.figures["opening"], style.figures["opening_share"]),
            _quoted(style.figures["closing"], style.figures["closing_share"]),
            _quoted(*style.template),
            *(f"{style.figures[share]:.3f}" for share in shares),
        ]
        for name, style in styles.items()
    ]
    return (
        "<h3>Template collapse</h3>"
        '<p class="fine">Of the kept rewrites of each style (at most '
        f"{MOST_TEXTS}), names and numbers masked: the four words with which most of them open and "
        "close, and the 4-gram, not of its own source, that stands in most of them; how many do. "
        "distinct-n: different n-grams over all; self-BLEU: BLEU-4 of each text against the "
        "others; type/token: different words in a thousand.</p>" + table(head, rows)
    )


def _quoted(text: str, share: float) -> str:
    """A repeated piece of text and the share of texts with it."""
    return f"{percent(share)} <q>{escape(text)}</q>" if text else "–"


def _words(name: str) -> str:
    return name.replace("_", " ")
