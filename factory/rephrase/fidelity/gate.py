"""From scores to a verdict: keep, or the reason code of the first check that fails.

Reason codes, in the order they are tried: empty, wrong_language, repetition, length_ratio,
numbers_lost, names_lost, facts_invented, negation_changed, quantifier_changed, roles_swapped,
equation_false, equation_unknown, symbol_undefined, sentence_lost, sentence_invented, word_changed,
low_coverage, low_support, copied, no_novelty, language_unchecked.
"""

from __future__ import annotations

from collections.abc import Iterator

from factory.rephrase.fidelity.cues_abroad import CHECKED
from factory.rephrase.fidelity.scores import Report
from factory.rephrase.reading.language import UNDETERMINED, detect_language
from factory.rephrase.settings import Thresholds

TOLERANCE = 1e-9


def reason(text: str, report: Report, limits: Thresholds, language: str) -> str | None:
    """The first reason not to keep `text`, or None. `language` is the one it must be in."""
    return next(reasons(text, report, limits, language), None)


def reasons(text: str, report: Report, limits: Thresholds, language: str) -> Iterator[str]:
    """All reasons not to keep `text`."""
    if not text.strip():
        yield "empty"
        return
    found = detect_language(text)
    s = report.scores
    if s["foreign"] or (UNDETERMINED not in (found, language) and found != language):
        yield "wrong_language"
    checks = (
        (
            "repetition",
            s["repetition"] <= limits.max_repetition and s["repeated"] <= limits.max_repeated,
        ),
        (
            "length_ratio",
            limits.min_length_ratio <= s["length_ratio"] <= limits.max_length_ratio,
        ),
        ("numbers_lost", s["number_recall"] + TOLERANCE >= limits.min_number_recall),
        ("names_lost", s["entity_recall"] + TOLERANCE >= limits.min_entity_recall),
        ("facts_invented", s["invented_facts"] <= limits.max_invented_facts),
        ("negation_changed", s["negation_delta"] <= limits.max_negation_delta),
        ("quantifier_changed", s["quantifier_delta"] <= limits.max_quantifier_delta),
        ("roles_swapped", s["role_swaps"] <= limits.max_role_swaps),
        ("equation_false", all(e.status != "false" for e, _ in report.equations)),
        (
            "equation_unknown",
            all(e.status != "unknown" for e, new in report.equations if new),
        ),
        ("symbol_undefined", not s["undefined_symbols"]),
        (
            "sentence_lost",
            s["coverage_min"] >= limits.min_sentence_coverage
            and s["lost_clauses"] <= limits.max_lost_clauses
            and s["lost_words"] <= limits.max_lost_words,
        ),
        (
            "sentence_invented",
            s["support_min"] >= limits.min_sentence_support
            and s["invented_run"] <= limits.max_invented_run
            and s["invented_clauses"] <= limits.max_invented_clauses
            and s["invented_words"] <= limits.max_invented_words,
        ),
        ("word_changed", s["edited_words"] <= limits.max_edited_words),
        ("low_coverage", s["coverage"] >= limits.min_coverage),
        ("low_support", s["support"] >= limits.min_support),
        ("copied", s["copy_rate"] <= limits.max_copy_rate),
        ("no_novelty", s["novelty"] >= limits.min_novelty),
    )
    yield from (code for code, holds in checks if not holds)
    spoken = found if language == UNDETERMINED else language
    if spoken != UNDETERMINED and spoken not in CHECKED:
        yield "language_unchecked"
