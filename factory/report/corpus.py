"""The corpus of rewrites as a whole: do styles collapse into templates, does the cap hold?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.report.language import Sample
from factory.trajectories.diversity import language_figures, masked_words, ngrams

MOST_TEXTS = 200
"""Kept rewrites of a style of which its templates are counted."""
TEMPLATE = 4


@dataclass(frozen=True)
class StyleVariety:
    """A style's `figures` (factory/trajectories/diversity.py); `template` is the 4-gram in most of
    its rewrites, and in what share."""

    figures: dict[str, Any]
    template: tuple[str, float]


@dataclass(frozen=True)
class Kept:
    """What is remembered of a kept rewrite."""

    source_id: str
    text: str
    translation: str


@dataclass
class CorpusStatistics:
    """`per_source`: source → rewrites of it, of all that were written and of those kept."""

    written: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    failed: dict[str, Counter[str]] = field(default_factory=dict)
    """Style → reason → rewrites."""
    passed: Counter[str] = field(default_factory=Counter)
    """Style → rewrites kept."""
    _samples: dict[str, Sample] = field(default_factory=dict)

    def see(self, row: Record) -> None:
        """Count one rewrite."""
        self.written[row["source_id"]] += 1
        failed = self.failed.setdefault(row["style"], Counter())
        if not row["keep"]:
            failed[row.get("reason") or "(none)"] += 1
            return
        self.kept[row["source_id"]] += 1
        self.passed[row["style"]] += 1
        sample = self._samples.setdefault(row["style"], Sample(MOST_TEXTS))
        sample.add(row["id"], Kept(row["source_id"], row["text"], row.get("translation") or ""))

    def sources(self) -> set[str]:
        """Ids of the passages whose text `styles` wants."""
        return {kept.source_id for sample in self._samples.values() for kept in sample.values()}

    def styles(self, sources: Mapping[str, str]) -> dict[str, StyleVariety]:
        """Style → how varied its kept rewrites are; `sources`: passage id → text."""
        found = {}
        for style, sample in sorted(self._samples.items()):
            rows: list[Kept] = sample.values()
            if len(rows) > 1:
                figures = language_figures([row.text for row in rows], random.Random(0))
                pairs = [
                    (row.text, row.translation or sources.get(row.source_id, "")) for row in rows
                ]
                found[style] = StyleVariety(figures, most_common_template(pairs))
        return found


def most_common_template(pairs: Sequence[tuple[str, str]]) -> tuple[str, float]:
    """The 4-gram that stands in most texts of (text, source) without standing in their sources,
    and the share of texts that have it."""
    holders: Counter[tuple[str, ...]] = Counter()
    for text, source in pairs:
        holders.update(_grams(text) - _grams(source))
    if not holders:
        return "", float("nan")
    gram, count = min(holders.items(), key=lambda item: (-item[1], item[0]))
    return " ".join(gram), count / len(pairs)


def _grams(text: str) -> set[tuple[str, ...]]:
    return set(ngrams(masked_words(text), TEMPLATE))
