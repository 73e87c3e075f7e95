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
from factory.tools.settings import EvolutionStep
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
TRIES = 12  # draws for each variant wanted before a domain has no more to give
SECOND_GENERATION = 0.3  # share of draws that evolve what was itself evolved
MAX_WORDS = 9  # of a title: longer ones come from evolving too often


def evolve(
    domain: Mapping[str, Any],
    count: int,
    weights: Mapping[EvolutionStep, float],
    rng: random.Random,
) -> list[Operation]:
    """Up to ``count`` operations evolved from those of a domain record. No two operations of the
    domain, old or new, then have the same name or the same structural signature."""
    place = Place(domain)
    authored: list[Operation] = list(domain["operations"])
    names = {_key(operation["name"]) for operation in authored}
    structures = {program_signature(operation["program"]) for operation in authored}
    found: list[Operation] = []
    turns = rng.sample(authored, len(authored))
    for turn in range(TRIES * count):
        if len(found) == count:
            break
        step = rng.choices(list(weights), weights=list(weights.values()))[0]
        again = found and rng.random() < SECOND_GENERATION
        first = rng.choice(found) if again else turns[turn % len(turns)]
        others = rng.sample(authored, len(authored))
        made = STEPS[step](place, [first, *others], rng)
        if made is None or not _usable(made):
            continue
        structure = program_signature(made["program"])
        if _key(made["name"]) in names or structure in structures:
            continue
        names.add(_key(made["name"]))
        structures.add(structure)
        made["code"] = f"{made['code']}.{len(found) + 1}"
        found.append(made)
    return found


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
