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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.intervals import wilson
from factory.records import Record, digest
from factory.rephrase.applicability import fitting
from factory.rephrase.author import Rewriter
from factory.rephrase.bench.mutators import MATH, PROSE
from factory.rephrase.bench.relations import MORE
from factory.rephrase.bench.transforms import FAITHFUL
from factory.rephrase.drafts import write
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.meaning import Embedder, meaning
from factory.rephrase.fidelity.opinion import far
from factory.rephrase.fidelity.scores import Report, check
from factory.rephrase.settings import EmbeddingSettings, Thresholds
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.rephrase.text.tokens import count_tokens

ALL = {**PROSE, **{mutator.__name__: mutator for mutator in MORE}}
ABOUT_FACTS = {"max_copy_rate": 1.0, "min_novelty": 0.0, "max_length_ratio": 3.0}
"""Bounds that the bench does not apply: a faithful copy is no error of fact."""
LIMITS = Thresholds(**ABOUT_FACTS)
"""The recipe's defaults without those on novelty."""

LEXICAL = frozenset(
    {"sentence_lost", "sentence_invented", "low_coverage", "low_support", "repetition"}
    | {"word_changed"}
    | {"length_ratio", "empty"}
)
"""Reasons that come from shared words alone."""
MEANT = frozenset({"meaning_lost", "meaning_invented"})
"""Reasons that come from embeddings; all others come from the ledger of facts."""
ABLATIONS = ("facts", "words", "facts_and_words", "meaning", "words_and_meaning")
Z95 = 1.96


@dataclass
class Tally:
    """Trials and hits of one kind, the reasons that fired first, and hits of each ablation."""

    trials: int = 0
    hits: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    caught_by: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)

    def add(self, found: Sequence[str]) -> None:
        """Count one trial whose verdict gave these reasons."""
        self.trials += 1
        self.hits += bool(found)
        self.by_reason.update(found[:1])
        self.caught_by.update(found)
        words, meant = not LEXICAL.isdisjoint(found), not MEANT.isdisjoint(found)
        facts = not LEXICAL.union(MEANT).issuperset(found)
        fired = (facts, words, facts or words, meant, words or meant)
        self.alone.update(name for name, hit in zip(ABLATIONS, fired, strict=True) if hit)

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
            "alone": {name: self.alone[name] / per for name in ABLATIONS},
            "by_reason": dict(self.by_reason.most_common()),
            "caught_by": dict(self.caught_by.most_common()),
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
            "false_alarms_interval": wilson(alarms, trials),
            "ablations": {
                **{name: self._ablation(name) for name in ABLATIONS},
                "all": {
                    "recall": _mean([t.hits / t.trials for t in self.errors.values()]),
                    "false_alarms": alarms / max(1, trials),
                },
            },
            "milliseconds_per_256_tokens": 1000 * self.seconds * 256 / max(1, self.tokens),
        }

    def _ablation(self, name: str) -> dict[str, float]:
        """Mean recall of the error kinds and false alarms with a part of the checks alone."""
        trials = sum(tally.trials for tally in self.faithful.values())
        return {
            "recall": _mean([t.alone[name] / t.trials for t in self.errors.values()]),
            "false_alarms": sum(t.alone[name] for t in self.faithful.values()) / max(1, trials),
        }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


@dataclass(frozen=True)
class Meaning:
    """Embeddings beside the other checks: who embeds for a passage, and the bounds."""

    embedder: Callable[[str], Embedder]
    limits: EmbeddingSettings


async def measure(
    passages: Iterable[Record],
    author: Rewriter,
    *,
    seed: int = 0,
    limits: Thresholds = LIMITS,
    meant: Meaning | None = None,
) -> Bench:
    """Run the bench over passages of one chunk; deterministic in (passages, author, seed) and
    the answers of the embeddings model, if there is one."""
    bench = Bench()
    for number, passage in enumerate(passages):
        mutators = {**ALL, **MATH} if passage["subject"] == "math" else ALL
        for kind, text in (await faithful_forms(passage, number, author, seed)).items():
            found = await _verdict(bench, passage, text, limits, meant)
            bench.faithful[kind].add(found)
            if found:
                continue
            rng = random.Random(digest(str(seed), kind, passage["id"]))
            for name, mutate in mutators.items():
                wrong = mutate(text, rng)
                if wrong != text:
                    found = await _verdict(bench, passage, wrong, limits, meant)
                    bench.errors[name].add(found)
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


async def _verdict(
    bench: Bench, passage: Record, text: str, limits: Thresholds, meant: Meaning | None
) -> list[str]:
    started = time.process_time()
    report: Report = check(passage["text"], text, passage.get("title") or "")
    found = list(reasons(text, report, limits, passage["language"]))
    bench.seconds += time.process_time() - started
    bench.tokens += count_tokens(passage["text"])
    if meant is not None:
        seen = await meaning(passage["text"], text, meant.embedder(passage["id"]))
        found += far(seen, meant.limits)
    return found
