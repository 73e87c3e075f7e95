"""Recall per kind of error and false alarms per kind of faithful change, with intervals.

The text to falsify is a faithful rewrite of the source: the source itself in each faithful form,
and the offline author's rewrites. What the gate rejects before any falsification is a false alarm;
the others are falsified in each way, and what the gate then rejects is caught. Nothing here is
used to tune the checks, and the text should not be either (`--documents`).
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from factory.records import Record, digest
from factory.rephrase.applicability import fitting
from factory.rephrase.author import Rewriter
from factory.rephrase.bench.mutators import MATH, PROSE, Mutator
from factory.rephrase.bench.transforms import FAITHFUL
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.scores import Report, check
from factory.rephrase.knowledge import write
from factory.rephrase.settings import Thresholds
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.rephrase.tokens import count_tokens

LIMITS = Thresholds(max_copy_rate=1.0, min_novelty=0.0, max_length_ratio=3.0)
"""The recipe's defaults without those on novelty: a faithful copy is no error of fact."""

LEXICAL = frozenset(
    {"sentence_lost", "sentence_invented", "low_coverage", "low_support", "repetition"}
    | {"length_ratio", "empty"}
)
"""Reasons that come from shared words alone; all others come from the ledger of facts."""
Z95 = 1.96


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a proportion; (0, 1) without a trial."""
    if not trials:
        return 0.0, 1.0
    share, z = successes / trials, Z95
    middle = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass
class Tally:
    """Trials and hits of one kind, the reasons that fired first, and hits of each ablation."""

    trials: int = 0
    hits: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    lexical: int = 0
    symbolic: int = 0

    def add(self, found: Sequence[str]) -> None:
        """Count one trial whose verdict gave these reasons."""
        self.trials += 1
        self.hits += bool(found)
        self.by_reason.update(found[:1])
        self.lexical += any(reason in LEXICAL for reason in found)
        self.symbolic += any(reason not in LEXICAL for reason in found)

    def row(self) -> dict[str, Any]:
        """The tally as plain data: rate, interval, ablations, what fired."""
        low, high = wilson(self.hits, self.trials)
        per = max(1, self.trials)
        return {
            "trials": self.trials,
            "hits": self.hits,
            "rate": self.hits / per,
            "low": low,
            "high": high,
            "lexical_only": self.lexical / per,
            "symbolic_only": self.symbolic / per,
            "by_reason": dict(self.by_reason.most_common()),
        }


@dataclass
class Bench:
    """What was measured: by error kind, by faithful kind, and how fast."""

    errors: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    faithful: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    seconds: float = 0.0
    tokens: int = 0

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        alarms = sum(tally.hits for tally in self.faithful.values())
        trials = sum(tally.trials for tally in self.faithful.values())
        return {
            "errors": {name: tally.row() for name, tally in sorted(self.errors.items())},
            "faithful": {name: tally.row() for name, tally in sorted(self.faithful.items())},
            "false_alarms": alarms / max(1, trials),
            "milliseconds_per_256_tokens": 1000 * self.seconds * 256 / max(1, self.tokens),
        }


async def measure(
    passages: Iterable[Record], author: Rewriter, *, seed: int = 0, limits: Thresholds = LIMITS
) -> Bench:
    """Run the bench over passages of one chunk; deterministic in (passages, author, seed)."""
    bench = Bench()
    for number, passage in enumerate(passages):
        mutators = {**PROSE, **MATH} if passage["subject"] == "math" else PROSE
        for kind, text in (await faithful_forms(passage, number, author, seed)).items():
            found = _verdict(bench, passage, text, limits)
            bench.faithful[kind].add(found)
            if not found:
                rng = random.Random(digest(str(seed), kind, passage["id"]))
                _falsify(bench, passage, text, mutators, rng, limits)
    return bench


async def faithful_forms(
    passage: Record, number: int, author: Rewriter, seed: int
) -> Mapping[str, str]:
    """One form by a transform and one rewrite by the author, their kinds taken in turn."""
    rng = random.Random(digest("faithful", str(seed), passage["id"]))
    name, transform = list(FAITHFUL.items())[number % len(FAITHFUL)]
    fits = fitting(passage["text"])
    styles = [style for style in STYLES.values() if style.name in fits]
    perspectives = list(PERSPECTIVES.values())
    forms = {name: transform(passage["text"], rng)}
    if passage["subject"] == "knowledge" and styles:
        style = styles[number % len(styles)]
        reading = Reading(style, perspectives[number % len(perspectives)])
        forms[f"author:{style.name}"] = (await write(passage, reading, author, rng)).text
    return forms


def _verdict(bench: Bench, passage: Record, text: str, limits: Thresholds) -> list[str]:
    started = time.process_time()
    report: Report = check(passage["text"], text, passage.get("title") or "")
    found = list(reasons(text, report, limits, passage["language"]))
    bench.seconds += time.process_time() - started
    bench.tokens += count_tokens(passage["text"])
    return found


def _falsify(
    bench: Bench,
    passage: Record,
    text: str,
    mutators: Mapping[str, Mutator],
    rng: random.Random,
    limits: Thresholds,
) -> None:
    for name, mutate in mutators.items():
        wrong = mutate(text, rng)
        if wrong != text:
            bench.errors[name].add(_verdict(bench, passage, wrong, limits))
