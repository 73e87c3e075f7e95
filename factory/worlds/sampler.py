"""Initial states: every table of a world filled by closed-form generators.

References are drawn among rows already there, unique rules hold, near-duplicates are made on
purpose (values.py, ``person``). The natural handles of a table (``handles`` in its bound form)
are the lists of fields by which a person would name a row.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from factory.worlds.state import Row, Schema, State, StateError, row_id
from factory.worlds.values import draw_value

ATTEMPTS = 12  # draws of a row before a table whose unique rules leave no room stays smaller


def sample_state(world: Mapping[str, Any], rng: random.Random) -> State:
    """A state of ``world`` (a domain record's ``world``), a function of ``rng`` alone."""
    state = State(Schema(world["tables"]))
    for table in world["tables"]:
        _fill(state, table, world, rng)
    return state.copy()


def _fill(
    state: State, table: Mapping[str, Any], world: Mapping[str, Any], rng: random.Random
) -> None:
    low, high = table["size"]
    digits = table.get("digits", 4)
    number = rng.randint(10 ** (digits - 1), 10**digits // 2)
    rows: list[Row] = []
    for _ in range(rng.randint(low, high)):
        number += rng.randint(1, 7)
        for _attempt in range(ATTEMPTS):
            row = draw_row(state, table, world, rng, rows)
            row[table["key"]] = row_id(table, number)
            try:
                rows.append(state.insert(table["name"], row))
            except StateError as refusal:
                if refusal.code in ("duplicate", "bad_value"):
                    continue
                raise
            break


def draw_row(
    state: State,
    table: Mapping[str, Any],
    world: Mapping[str, Any],
    rng: random.Random,
    rows: list[Row],
) -> Row:
    """Values for the fields of one new row, without its key. ``rows``: those already there."""
    row: Row = {}
    refs: dict[str, Row] = {}
    life = table.get("life")
    stage = _draw_stage(life, rng) if life else None
    for field in table["fields"]:
        name = field["name"]
        if life and name == life["field"]:
            row[name] = stage
        elif "gen" not in field and field.get("ref"):
            ids = state.ids(field["ref"])
            row[name] = rng.choice(ids) if ids else None
        else:
            place = {
                "world": world,
                "row": row,
                "rows": rows,
                "refs": refs,
                "field": name,
                "state": stage,
            }
            row[name] = _draw_field(field, rng, place, state)
        if field.get("ref") and row[name] is not None:
            refs[name] = state.get(field["ref"], row[name]) or {}
    return row


def _draw_field(
    field: Mapping[str, Any], rng: random.Random, place: Mapping[str, Any], state: State
) -> Any:
    value = draw_value(field["gen"], rng, place)
    if field.get("ref") and value is True:  # a reference that is there or not: {maybe, by_state}
        return rng.choice(state.ids(field["ref"]))
    return value


def _draw_stage(life: Mapping[str, Any], rng: random.Random) -> str:
    share = life["share"]
    return str(rng.choices(list(share), weights=list(share.values()))[0])
