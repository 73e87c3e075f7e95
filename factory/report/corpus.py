"""The corpus of rewrites as a whole: do styles collapse into templates, does the cap hold?"""

from __future__ import annotations

import random
from collections import Counter
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
        sample.add(row["id"], row["text"])

    def styles(self) -> dict[str, StyleVariety]:
        """Style → how varied its kept rewrites are."""
        return {
            style: StyleVariety(
                language_figures(texts, random.Random(0)), most_common_template(texts)
            )
            for style, sample in sorted(self._samples.items())
            if len(texts := sample.values()) > 1
        }


def most_common_template(texts: list[str]) -> tuple[str, float]:
    """The 4-gram that stands in most texts, and the share of texts that have it."""
    holders = Counter(gram for text in texts for gram in set(ngrams(masked_words(text), TEMPLATE)))
    if not holders:
        return "", float("nan")
    gram, count = min(holders.items(), key=lambda item: (-item[1], item[0]))
    return " ".join(gram), count / len(texts)
