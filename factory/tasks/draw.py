"""Arguments with which a tool succeeds on a state, drawn by trying."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.tasks.tables import World
from factory.worlds.interpreter import execute
from factory.worlds.state import Row, State
from factory.worlds.values import draw_value

TRIES = 24


@dataclass
class Drawn:
    """Values by param, the params, and for id params the row each one names."""

    values: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    rows: dict[str, tuple[str, str]] = field(default_factory=dict)


def draw_arguments(
    world: World,
    state: State,
    tool: Record,
    rng: random.Random,
    prefer: Sequence[tuple[str, str]] = (),
) -> Drawn | None:
    """Arguments that make the tool succeed and, for a writing tool, change something.

    `prefer`: rows (table, id) that an argument should name when it can, so that the goals of one
    conversation are about the same things. The state is left as it was. None after `TRIES` tries.
    """
    writes = not tool["annotations"]["readOnlyHint"]
    for _ in range(TRIES):
        drawn = _draw(world, state, tool, rng, prefer, writes)
        if drawn is None:
            continue
        mark = state.mark()
        outcome = execute(tool["program"], state, drawn.values)
        state.rollback(mark)
        if outcome.ok and bool(outcome.changes) == writes:
            return drawn
    return None


PASSING = ("invalid_arguments", "internal_error", "unknown_tool")


def draw_refused(
    world: World, state: State, tool: Record, rng: random.Random
) -> tuple[Drawn, str] | None:
    """Arguments with real rows and legal values that the tool refuses all the same, for a reason
    in its error catalogue, and that error's code. None after `TRIES` tries."""
    for _ in range(TRIES):
        drawn = _draw(world, state, tool, rng, (), True)
        if drawn is None or not drawn.rows:
            continue
        mark = state.mark()
        outcome = execute(tool["program"], state, drawn.values)
        state.rollback(mark)
        code = outcome.error.code if outcome.error is not None else ""
        if code and code not in PASSING and not code.endswith("not_found"):
            return drawn, code
    return None


def _draw(
    world: World,
    state: State,
    tool: Record,
    rng: random.Random,
    prefer: Sequence[tuple[str, str]],
    writes: bool,
) -> Drawn | None:
    params = tool["program"]["params"]
    optional = [p for p in params if not p["required"] and _sayable(p)]
    rng.shuffle(optional)
    wanted = _how_many(params, optional, rng)
    names = {p["name"] for p in params if p["required"]} | {p["name"] for p in optional[:wanted]}
    drawn = Drawn()
    chosen: dict[str, Row] = {}
    probes: dict[str, Row] = {}
    for param in params:
        if param["name"] not in names:
            continue
        name = param["name"]
        table = _named_table(world, param)
        if table is not None:
            row = _choose_row(world, state, table, chosen, prefer, rng)
            if row is None:
                return None
            chosen[table] = row
            drawn.rows[name] = (table, row[world.key(table)])
            drawn.values[name] = row[world.key(table)]
        else:
            value = _draw_plain(world, state, param, rng, drawn, probes, chosen, writes)
            if value is None:
                if param["required"]:
                    return None
                continue
            if value is False and not param["required"]:
                continue  # nobody asks for a thing not to be marked
            drawn.values[name] = value
        drawn.params[name] = param
    return drawn


def _how_many(
    params: Sequence[Mapping[str, Any]], optional: Sequence[Mapping[str, Any]], rng: random.Random
) -> int:
    """How many optional params the user cares about: few, but one where nothing else is said."""
    said = [p for p in params if p["required"] and p["use"] != "id"]
    least = 0 if said else 1
    return min(len(optional), max(least, rng.choices((0, 1, 2), (6, 3, 1))[0]))


def _sayable(param: Mapping[str, Any]) -> bool:
    """Optional params a person would mention: no paging, no switches of the interface."""
    return param["use"] in ("id", "filter", "value") and param["type"] not in ("array", "object")


def _named_table(world: World, param: Mapping[str, Any]) -> str | None:
    """The table whose row an id-like param names."""
    head, _, tail = str(param["semantic"]).partition(".")
    return head if tail == "id" and head in world.tables and param["type"] == "string" else None


def _choose_row(
    world: World,
    state: State,
    table: str,
    chosen: Mapping[str, Row],
    prefer: Sequence[tuple[str, str]],
    rng: random.Random,
) -> Row | None:
    """A row related to those already chosen or preferred, else any."""
    wished = [state.get(t, row_id) for t, row_id in prefer if t == table]
    wished_rows = [row for row in wished if row]
    if wished_rows and rng.random() < 0.8:
        return rng.choice(wished_rows)
    for other_table, other in chosen.items():
        for name, target in state.schema.references[other_table]:
            if target == table and other.get(name) and rng.random() < 0.7:
                return state.get(table, other[name])
    related = [
        row
        for row in state.rows(table)
        if any(
            row.get(name) == other[world.key(target)]
            for name, target in state.schema.references[table]
            for other_table, other in chosen.items()
            if other_table == target
        )
    ]
    rows = related if related and rng.random() < 0.8 else state.rows(table)
    return rng.choice(rows) if rows else None


def _draw_plain(
    world: World,
    state: State,
    param: Mapping[str, Any],
    rng: random.Random,
    drawn: Drawn,
    probes: dict[str, Row],
    chosen: Mapping[str, Row],
    writes: bool,
) -> Any:
    match = param.get("match")
    if match and match["table"] in world.tables:
        row = probes.get(match["table"]) or _probe(state, match["table"], chosen, rng)
        if row is None:
            return None
        probes[match["table"]] = row
        value = row.get(match["field"])
        return None if isinstance(value, list) else value
    table, _, name = str(param["semantic"]).partition(".")
    spec = world.fields.get(table, {}).get(name)
    if spec is not None and "email" in spec.get("gen", {}):  # an address like those on file
        return _generated(world, state, {**param, "gen": spec["gen"]}, rng, drawn)
    if "gen" in param:
        return _generated(world, state, param, rng, drawn)
    if "enum" in param:
        return rng.choice(list(param["enum"]))
    if spec is not None and not spec.get("ref"):
        if "gen" in spec and "expr" not in spec["gen"]:
            return _generated(world, state, {**param, "gen": spec["gen"]}, rng, drawn)
        values = [row[name] for row in state.rows(table) if row[name] is not None]
        return rng.choice(values) if values else None
    return _by_type(param, rng)


def _by_type(param: Mapping[str, Any], rng: random.Random) -> Any:
    low, high = param.get("minimum", 1), param.get("maximum", 5)
    if param["type"] == "boolean":
        return rng.random() < 0.5
    if param["type"] == "integer":
        return rng.randint(int(low), int(min(high, low + 9)))
    if param["type"] == "number":
        return float(rng.randint(int(low) + 1, int(min(high, low + 90))))
    return None


def _probe(state: State, table: str, chosen: Mapping[str, Row], rng: random.Random) -> Row | None:
    rows = state.rows(table)
    return chosen.get(table) or (rng.choice(rows) if rows else None)


def _generated(
    world: World, state: State, param: Mapping[str, Any], rng: random.Random, drawn: Drawn
) -> Any:
    table, _, name = str(param["semantic"]).partition(".")
    fields = world.fields.get(table, {})
    row = {
        p["semantic"].partition(".")[2]: drawn.values[n]
        for n, p in drawn.params.items()
        if str(p["semantic"]).startswith(f"{table}.")
    }
    place = {
        "world": world.body,
        "row": row,
        "rows": state.rows(table) if name in fields else [],
        "refs": {},
        "field": name,
        "state": None,
    }
    for _ in range(4):
        value = draw_value(param["gen"], rng, place)
        if value is not None and not isinstance(value, list):
            return value
    return None
