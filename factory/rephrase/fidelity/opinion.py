"""What becomes of a rewrite: the symbolic checks, then the extras that the recipe asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from factory.recipe import Recipe
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.judge import ROLE, Judgement
from factory.rephrase.fidelity.meaning import ROLE as EMBEDDER
from factory.rephrase.fidelity.meaning import meaning
from factory.rephrase.fidelity.scores import Report, check
from factory.rephrase.settings import EmbeddingSettings

DOUBTFUL = frozenset(
    {"sentence_lost", "sentence_invented", "word_changed", "low_coverage", "low_support"}
    | {"meaning_lost", "meaning_invented", "language_unchecked"}
)
"""Reasons by how alike two wordings are, or by a language in which not all facts are seen: a judge
may find that the sense is the same. All others stand on a fact and are final."""


@dataclass(frozen=True)
class Opinion:
    """The report, the first reason not to keep the rewrite, and the judge's word if one was
    asked."""

    report: Report
    reason: str | None
    judgement: Judgement | None = None


async def opinion(
    source: str,
    text: str,
    title: str,
    language: str,
    recipe: Recipe,
    authors: Mapping[str, Any] | None,
) -> Opinion:
    """Check a rewrite of `source`. Models are asked only where the recipe names them and no fact
    decides already; without `authors` never. Raises AuthorFailed and RunStopped of a model.

    Further reasons: `meaning_lost`, `meaning_invented`, `judged_unfaithful`.
    """
    settings = recipe.rewrites
    report = check(source, text, title)
    report.scores["weakest"] = min(report.scores["coverage_min"], report.scores["support_min"])
    found = list(reasons(text, report, settings.thresholds, language))
    if authors is None or not DOUBTFUL.issuperset(found):
        return Opinion(report, next(iter(found), None))
    if recipe.llm.dry_run:
        _count(source, text, recipe, authors)
        return Opinion(report, next(iter(found), None))
    if settings.embeddings is not None:
        seen = await meaning(source, text, authors[EMBEDDER])
        report = replace(report, scores={**report.scores, **seen})
        found += far(seen, settings.embeddings)
    band = settings.judge.band if settings.judge is not None else None
    unseen = "language_unchecked" in found
    if band is None or not (unseen or band[0] <= report.scores["weakest"] <= band[1]):
        return Opinion(report, next(iter(found), None))
    judgement = await authors[ROLE].review(source, text)
    return Opinion(report, None if judgement.faithful else "judged_unfaithful", judgement)


def _count(source: str, text: str, recipe: Recipe, authors: Mapping[str, Any]) -> None:
    """What models would be asked: the judge for every rewrite, as nobody knows yet how many of a
    model's fall into its band."""
    if recipe.rewrites.embeddings is not None:
        authors[EMBEDDER].count(source, text)
    if recipe.rewrites.judge is not None:
        authors[ROLE].count(source, text)


def far(seen: Mapping[str, float], limits: EmbeddingSettings) -> list[str]:
    """Reasons by embeddings."""
    checks = (
        ("meaning_lost", seen["source_min"] >= limits.min_source),
        ("meaning_invented", seen["output_min"] >= limits.min_output),
    )
    return [code for code, holds in checks if not holds]
