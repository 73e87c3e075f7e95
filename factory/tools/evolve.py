"""Evolution of a domain's tools: new operations made from its own by recorded steps.

Pure: what comes out depends on the domain record, the weights and the generator alone, and nothing
is run here; a tool that does not keep its promises is found by its proof.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from factory.tools.evolution.convention import convention
from factory.tools.evolution.joining import batch, compose
from factory.tools.evolution.merging import merge
from factory.tools.evolution.narrowing import specialise, split
from factory.tools.evolution.place import Operation, Place, fits
from factory.tools.evolution.reading import aggregate, paginate
from factory.tools.evolution.rules import constrain, precondition
from factory.tools.settings import REPLACING, EvolutionStep
from factory.tools.signature import program_signature
from factory.worlds.programs import leaf_params, readings

Transformation = Callable[[Place, Sequence[Operation], random.Random], "Operation | None"]
STEPS: dict[EvolutionStep, Transformation] = {
    "specialise": specialise,
    "constrain": constrain,
    "compose": compose,
    "batch": batch,
    "paginate": paginate,
    "aggregate": aggregate,
    "split": split,
    "merge": merge,
    "convention": convention,
    "precondition": precondition,
}
STAND_IN_TRIES = 5  # draws for a variant that does the work of one authored operation
TRIES = 12  # draws for each variant wanted before a domain has no more to give
SECOND_GENERATION = 0.3  # share of draws that evolve what was itself evolved
MAX_WORDS = 9  # of a title: longer ones come from evolving too often


def evolve(
    domain: Mapping[str, Any],
    count: int,
    weights: Mapping[EvolutionStep, float],
    rng: random.Random,
) -> list[Operation]:
    """Up to ``count`` operations evolved from those of a domain record: first one for each of its
    own that does the same work in another way, then any. No two operations of the domain, old or
    new, then have the same name or the same structural signature."""
    growth = _Growth(Place(domain), weights, rng)
    authored = growth.authored
    standing_in = [step for step in REPLACING if weights.get(step)]
    for parent in rng.sample(authored, len(authored)):
        for _ in range(STAND_IN_TRIES if standing_in else 0):
            if len(growth.found) < count and growth.grow(parent, standing_in):
                break
    for _ in range(TRIES * count):
        if len(growth.found) >= count:
            break
        again = growth.found and rng.random() < SECOND_GENERATION
        growth.grow(rng.choice(growth.found if again else authored), list(weights))
    return growth.found


class _Growth:
    """The operations of a domain while they multiply."""

    def __init__(
        self, place: Place, weights: Mapping[EvolutionStep, float], rng: random.Random
    ) -> None:
        self.place = place
        self.weights = weights
        self.rng = rng
        self.authored: list[Operation] = list(place.domain["operations"])
        self.found: list[Operation] = []
        self.names = {_key(operation["name"]) for operation in self.authored}
        self.structures = {program_signature(o["program"]) for o in self.authored}

    def grow(self, parent: Operation, steps: Sequence[EvolutionStep]) -> bool:
        """Tries one of some steps on an operation; whether that gave a new one."""
        step = self.rng.choices(steps, weights=[self.weights[s] for s in steps])[0]
        others = self.rng.sample(self.authored, len(self.authored))
        made = STEPS[step](self.place, [parent, *others], self.rng)
        if made is None or not _usable(made) or _key(made["name"]) in self.names:
            return False
        structure = program_signature(made["program"])
        if structure in self.structures:
            return False
        self.names.add(_key(made["name"]))
        self.structures.add(structure)
        made["code"] = f"{made['code']}.{len(self.found) + 1}"
        self.found.append(made)
        return True


def _key(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _usable(operation: Operation) -> bool:
    program: Mapping[str, Any] = operation["program"]
    names = [param["name"] for param in program["params"]]
    read = {node["arg"] for node in readings(program["steps"]) if "arg" in node}
    return (
        len(set(names)) == len(names)
        and read <= set(names)
        and len(operation["title"].split()) <= MAX_WORDS
        and len(list(leaf_params(program["params"]))) <= 14
        and len(program["returns"]) > 0
        and fits(program)
    )
