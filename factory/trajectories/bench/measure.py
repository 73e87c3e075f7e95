"""Recall per kind of mutation and false alarms on good trajectories, with intervals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.authors import authors_for
from factory.intervals import wilson
from factory.recipe import Recipe
from factory.records import Record
from factory.stage import Context, Reject, Store
from factory.trajectories.bench.calls import CALLS, Mutator
from factory.trajectories.bench.exchanges import EXCHANGES
from factory.trajectories.bench.performance import Material, rng_of
from factory.trajectories.bench.record import RECORD
from factory.trajectories.bench.untruths import UNTRUTHS
from factory.trajectories.bench.words import WORDS
from factory.trajectories.judge import judge

MUTATORS: dict[str, Mutator] = {**CALLS, **WORDS, **UNTRUTHS, **EXCHANGES, **RECORD}
EXAMPLES = 3
DRAWS = {"invented name": 6, "swapped answers": 3, "condition not met": 2, "mixed-up answer": 2}
"""How many different mutants of one trajectory are tried for, where few have any; else 1."""


@dataclass
class Tally:
    """Trials of one kind, how many were found, by which check; ids of some that were not."""

    trials: int = 0
    hits: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def add(self, verdict: Record, trajectory_id: str, want_hit: bool) -> None:
        """Count one verdict."""
        self.trials += 1
        hit = not verdict["keep"]
        self.hits += hit
        if hit:
            self.reasons[verdict["reason"]] += 1
        if hit != want_hit and len(self.missed) < EXAMPLES:
            self.missed.append(trajectory_id)

    def row(self) -> dict[str, Any]:
        """The tally as plain data; `low` and `high` bound the rate at 95 % (Wilson)."""
        low, high = wilson(self.hits, self.trials)
        return {
            "trials": self.trials,
            "found": self.hits,
            "rate": self.hits / max(1, self.trials),
            "low": low,
            "high": high,
            "checks": dict(self.reasons.most_common()),
            "examples": self.missed,
        }


@dataclass
class Bench:
    """What was measured."""

    good: Tally = field(default_factory=Tally)
    again: Tally = field(default_factory=Tally)
    """The good ones performed once more, unchanged: what mutants are made like."""
    kinds: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data, kinds in the order of the table."""
        return {
            "good": self.good.row(),
            "performed_again": self.again.row(),
            "kinds": {name: self.kinds[name].row() for name in MUTATORS if name in self.kinds},
        }

    def short(self, recall: float, alarms: float) -> list[str]:
        """The kinds below the wanted recall, and `false alarms` when there are too many."""
        rows = ((name, tally.row()) for name, tally in self.kinds.items())
        found = [name for name, row in rows if row["rate"] < recall]
        return found + (["false alarms"] if self.good.row()["rate"] > alarms else [])


async def measure(
    materials: Iterable[Material],
    store: Store,
    recipe: Recipe,
    mutators: Mapping[str, Mutator] = MUTATORS,
    tick: Callable[[int], None] = lambda _: None,
) -> Bench:
    """Judge each good trajectory, then each of its mutants. Deterministic in its arguments."""
    bench = Bench()
    authors = authors_for(recipe)

    async def verdict(trajectory: Record) -> Record:
        ctx = Context.of(recipe, "verdicts", trajectory["id"], store, authors)
        made: Sequence[Record | Reject] = await judge(trajectory, ctx)
        assert not isinstance(made[0], Reject)
        return made[0]

    for number, material in enumerate(materials):
        name = material.trajectory["id"]
        bench.good.add(await verdict(material.trajectory), name, False)
        bench.again.add(await verdict(material.perform(material.turns())), name, False)
        for kind, mutate in mutators.items():
            for mutant in _mutants(material, kind, mutate):
                bench.kinds[kind].add(await verdict(mutant), name, True)
        tick(number + 1)
    return bench


def _mutants(material: Material, kind: str, mutate: Mutator) -> list[Record]:
    """The different mutants of one kind that a trajectory gives."""
    made: dict[str, Record] = {}
    for draw in range(DRAWS.get(kind, 1)):
        mutant = mutate(material, rng_of(material, kind, *([draw] if draw else [])))
        if mutant is not None:
            made.setdefault(mutant["id"], mutant)
        elif not made:
            break
    return list(made.values())
