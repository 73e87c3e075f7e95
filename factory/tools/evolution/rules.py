"""Evolution of rules: a new requirement (constrain), another one than before (precondition)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.evolution.guards import guards_write
from factory.tools.evolution.place import (
    Operation,
    Place,
    finds_row,
    free_name,
    listing,
    pick,
    plain,
    plain_course,
    program_of,
    reads_only,
    targets,
    title_words,
)
from factory.tools.evolution.reading import filters


def constrain(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """A new requirement: on the row a tool works on, or that a listing is narrowed at all."""
    parent = parents[0]
    program = parent["program"]
    if not plain_course(program):
        return None
    if reads_only(program):
        return _demand_filter(place, parent, rng)
    found = targets(program)
    if not found:
        return None
    step, _ = rng.choice(found)
    table = place.tables[step["table"]]
    moved = {s["table"] for s in program["steps"] if s["do"] == "transition"}
    life = table.get("life", {}).get("field")
    columns = [
        c
        for c in table["fields"]
        if not (c["name"] == life and table["name"] in moved) and _ruled(c)
    ]
    if not columns:
        return None
    column = rng.choice(columns)
    that, rule = _rule(place, step["as"], column, rng)
    field, noun = plain(column["name"]), table["noun"]
    code = free_name(
        pick(rng, f"{field} not fit", f"unfit {field}", f"{noun} {field} refused").replace(
            " ", "_"
        ),
        {error["code"] for error in program["errors"]},
    )
    shown = "{" + f"{step['as']}.{column['name']}" + "}"
    message = pick(
        rng,
        f"The {field} of this {noun} is {shown}; {rule}.",
        f"Refused: {rule} (it is {shown}).",
    )
    at = program["steps"].index(step) + 1
    steps = [*program["steps"][:at], {"do": "require", "that": that, "error": code},
             *program["steps"][at:]]  # fmt: skip
    errors = [*program["errors"], {"code": code, "message": message}]
    base = title_words(parent)
    title = pick(rng, f"{base} with {field} check", f"{base} by {field} rule", f"checked {base}",
                 f"{base} if {field} allows")  # fmt: skip
    about = pick(
        rng,
        f"Looks at the {noun}'s {field} first: {rule}. Then as in '{base}'.",
        f"A stricter way to {base}: {rule}, else nothing happens.",
        f"Goes ahead only under one more condition: {rule}.",
    )
    made = program_of(program["params"], steps, program["returns"], errors)
    return place.drawn([parent], "constrain", parent["verb"], title, about, made)


def _ruled(column: Mapping[str, Any]) -> bool:
    if column.get("nullable"):
        return False
    if column["type"] == "enum":
        return len(column["enum"]) >= 3
    return column["type"] in ("boolean", "date", "integer", "number")


def _rule(
    place: Place, row: str, column: Mapping[str, Any], rng: random.Random
) -> tuple[dict[str, Any], str]:
    """(condition on a field of a row, the condition in words)."""
    cell = {"var": row, "field": column["name"]}
    field = plain(column["name"])
    if column["type"] == "boolean":
        value = rng.random() < 0.5
        return {"op": "eq", "of": [cell, value]}, f"{field} must be {str(value).lower()}"
    if column["type"] == "enum":
        out = rng.choice(column["enum"])
        kept = [value for value in column["enum"] if value != out]
        return {"op": "in", "of": [cell, {"const": kept}]}, f"{field} must not be {plain(out)}"
    if column["type"] == "date":
        today = place.domain["world"]["today"]
        if rng.random() < 0.5:
            return {"op": "ge", "of": [cell, today]}, f"{field} must not lie in the past"
        return {"op": "le", "of": [cell, today]}, f"{field} must not lie in the future"
    low, high = span(column)
    limit = low + (high - low) * rng.choice([0.35, 0.5, 0.65])
    limit = round(limit, 2) if column["type"] == "number" else max(int(low) + 1, int(limit))
    if rng.random() < 0.5:
        return {"op": "le", "of": [cell, limit]}, f"{field} must be at most {limit}"
    return {"op": "ge", "of": [cell, limit]}, f"{field} must be at least {limit}"


def span(column: Mapping[str, Any]) -> tuple[float, float]:
    """The range from which a numeric field of a sampled row mostly comes."""
    gen = column.get("gen", {})
    for kind in ("money", "int", "float"):
        if isinstance(gen.get(kind), list):
            return float(gen[kind][0]), float(gen[kind][1])
    low = float(column.get("minimum", 0))
    return low, low + 10


def _demand_filter(place: Place, parent: Operation, rng: random.Random) -> Operation | None:
    program = parent["program"]
    shape = listing(program)
    if shape is None:
        return None
    narrowing = filters(program, shape[0])
    if len(narrowing) < 2 or any(p["required"] or "default" in p for p in narrowing):
        return None
    chosen = rng.sample(narrowing, min(len(narrowing), rng.choice([1, 2, 2, 3])))
    names = [param["name"] for param in narrowing if param in chosen]
    plural = place.tables[shape[0]["table"]]["plural"]
    listed = " or ".join(names)
    code = free_name(
        pick(rng, "filter_needed", "too_broad", "narrow_the_search"),
        {error["code"] for error in program["errors"]},
    )
    that = {"op": "given", "of": [{"arg": name} for name in names]}
    message = pick(rng, f"Give {listed}; there are too many {plural}.", f"Say {listed} at least.")
    base = title_words(parent)
    title = pick(rng, f"narrow {base}", f"{base} by {plain(names[0])}", f"targeted {plural} search")
    about = pick(
        rng,
        f"Does not hand out all {plural}: {listed} must be given.",
        f"A search that insists on {listed}, so that answers about {plural} stay short.",
    )
    steps = [{"do": "require", "that": that, "error": code}, *program["steps"]]
    errors = [*program["errors"], {"code": code, "message": message}]
    made = program_of(program["params"], steps, program["returns"], errors)
    return place.drawn([parent], "constrain", parent["verb"], title, about, made)


# ---- change a precondition


def precondition(
    place: Place, parents: Sequence[Operation], rng: random.Random
) -> Operation | None:
    """A requirement changes: a reason lifts it, or fewer states are good enough."""
    parent = parents[0]
    program = parent["program"]
    if not plain_course(program) or reads_only(program):
        return None
    moves = [s for s in program["steps"] if s["do"] == "transition" and isinstance(s["to"], str)]
    firm = [
        s
        for s in program["steps"]
        if s["do"] == "require"
        and not asks_given(s["that"])
        and not finds_row(s["error"])
        and not s["error"].startswith("several_")
        and not guards_write(s, program, place.tables)
    ]
    if firm and (not moves or rng.random() < 0.7):
        return _lifted(place, parent, rng.choice(firm), rng)
    return _fewer_states(place, parent, rng.choice(moves), rng) if moves else None


def asks_given(that: Any) -> bool:
    return isinstance(that, Mapping) and that.get("op") == "given"


def _lifted(
    place: Place, parent: Operation, step: Mapping[str, Any], rng: random.Random
) -> Operation:
    program = parent["program"]
    rule, base = plain(step["error"]), title_words(parent)
    words = pick(rng, "override reason", "approved by", "waiver note", "exception reason")
    name = free_name(place.named(words), {param["name"] for param in program["params"]})
    param = {
        "name": name,
        "type": "string",
        "semantic": "text",
        "use": "value",
        "description": pick(
            rng,
            f"Why the refusal '{rule}' may be passed over; leave it out otherwise.",
            f"Who or what allows this although '{rule}' would apply.",
        ),
        "required": False,
        "min_length": 1,
    }
    that = {"op": "or", "of": [step["that"], {"op": "given", "of": [{"arg": name}]}]}
    steps = [{**step, "that": that} if other is step else other for other in program["steps"]]
    title = pick(rng, f"{base} with override", f"force {base}", f"{base} by exception")
    about = pick(
        rng,
        f"As '{base}', but '{rule}' is no obstacle once {name} is given.",
        f"Lets a supervisor pass over '{rule}'; every other rule still holds.",
    )
    made = program_of([*program["params"], param], steps, program["returns"], program["errors"])
    return place.drawn([parent], "precondition", parent["verb"], title, about, made)


def _fewer_states(
    place: Place, parent: Operation, step: Mapping[str, Any], rng: random.Random
) -> Operation | None:
    program = parent["program"]
    life = place.tables[step["table"]]["life"]
    able = [state for state, following in life["transitions"].items() if step["to"] in following]
    able = [state for state in able if state in step.get("from", able)]
    if len(able) < 2:
        return None
    kept = sorted(rng.sample(able, rng.randint(1, len(able) - 1)), key=able.index)
    steps = [{**step, "from": kept} if other is step else other for other in program["steps"]]
    noun, base = place.tables[step["table"]]["noun"], title_words(parent)
    states = " or ".join(plain(state) for state in kept)
    title = pick(rng, f"{base} from {states}", f"{base} while {states}")
    about = pick(
        rng,
        f"Works only on a {noun} that is {states}; any other is refused.",
        f"As '{base}', limited to a {noun} in the state {states}.",
    )
    made = program_of(program["params"], steps, program["returns"], program["errors"])
    return place.drawn([parent], "precondition", parent["verb"], title, about, made)
