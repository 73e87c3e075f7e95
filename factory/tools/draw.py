"""Draws arguments for a program: plausible ones, and ones made to hit its refusals."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from factory.worlds.state import Row, State
from factory.worlds.values import draw_value

UNKNOWN_ID = "XX-00000"


def draw_arguments(
    program: Mapping[str, Any],
    state: State,
    world: Mapping[str, Any],
    rng: random.Random,
    anchor: Row | None = None,
    unknown_ids: float = 0.0,
    wild: float = 0.0,
) -> dict[str, Any]:
    """Valid arguments (they satisfy the inputSchema). Ids name rows of ``state``, except with
    probability ``unknown_ids``; numbers are boundary values with probability ``wild``; params
    about the same things as ``anchor`` (a row) take its values, which makes collisions and
    coherent requests likely."""
    arguments: dict[str, Any] = {}
    for param in program["params"]:
        if not param["required"] and rng.random() < 0.5:
            continue
        value = draw_argument(param, state, world, rng, anchor, unknown_ids, wild)
        if value is not None:
            arguments[param["name"]] = value
    return arguments


def draw_argument(
    param: Mapping[str, Any],
    state: State,
    world: Mapping[str, Any],
    rng: random.Random,
    anchor: Row | None = None,
    unknown_ids: float = 0.0,
    wild: float = 0.0,
) -> Any:
    """One valid value for a param."""
    if param["type"] == "object":
        inside = {"params": param["properties"]}
        return draw_arguments(inside, state, world, rng, anchor, unknown_ids, wild)
    if param["type"] == "array":
        return _draw_items(param, state, world, rng, anchor, unknown_ids, wild)
    table, _, field = str(param["semantic"]).partition(".")
    if field == "id":
        return _draw_id(table, param, state, rng, anchor, unknown_ids)
    sought = param["type"] == "string" and param["use"] == "filter" and param["required"]
    if sought and rng.random() < unknown_ids:
        return UNKNOWN_ID
    known = anchor.get(field) if anchor and rng.random() < 0.7 else None
    if known is not None and _fits(param, known):
        return known
    if param["type"] == "enum":
        return rng.choice(param["enum"])
    if param["type"] == "boolean":
        return rng.random() < 0.5
    if param["type"] in ("integer", "number") and rng.random() < wild:
        return _draw_by_type(param, table, field, state, world, rng)
    if "gen" in param and (param["use"] == "value" or rng.random() < 0.3):
        place = {"world": world, "row": {}, "state": None, "rows": (), "field": field}
        value = draw_value(param["gen"], rng, place)
        if value is not None and _fits(param, value):
            return value
    return _draw_by_type(param, table, field, state, world, rng)


def _draw_items(
    param: Mapping[str, Any],
    state: State,
    world: Mapping[str, Any],
    rng: random.Random,
    anchor: Row | None,
    unknown_ids: float,
    wild: float,
) -> list[Any] | None:
    """Different items, mostly few; None when there are not enough different ones."""
    low, high = param.get("min_items", 0), param.get("max_items", 5)
    items: list[Any] = []
    for _ in range(rng.randint(max(1, low), max(1, low, min(high, 3)))):
        item = draw_argument(param["items"], state, world, rng, anchor, unknown_ids, wild)
        if item is not None and item not in items:
            items.append(item)
    return items if len(items) >= low else None


def _draw_id(
    table: str,
    param: Mapping[str, Any],
    state: State,
    rng: random.Random,
    anchor: Row | None,
    unknown_ids: float,
) -> str:
    if rng.random() < unknown_ids:
        return UNKNOWN_ID
    if anchor:
        own = state.schema.keys[table]
        if own in anchor and rng.random() < 0.6:
            return str(anchor[own])
        for name, target in state.schema.references.get(str(anchor.get("_table", "")), []):
            if target == table and anchor.get(name) and rng.random() < 0.8:
                return str(anchor[name])
    ids = state.ids(table)
    return rng.choice(ids) if ids else UNKNOWN_ID


def _fits(param: Mapping[str, Any], value: Any) -> bool:
    kind = param["type"]
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if kind == "integer" and not isinstance(value, int):
            return False
        return bool(param.get("minimum", value) <= value <= param.get("maximum", value))
    if kind == "enum":
        return value in param["enum"]
    return isinstance(value, bool) if kind == "boolean" else isinstance(value, str)


def _draw_by_type(
    param: Mapping[str, Any],
    table: str,
    field: str,
    state: State,
    world: Mapping[str, Any],
    rng: random.Random,
) -> Any:
    kind = param["type"]
    if kind in ("integer", "number"):
        low, high = param.get("minimum", 0), param.get("maximum", 1000)
        if param["use"] == "control":
            return param["default"] if rng.random() < 0.5 else min(high, low + rng.randint(0, 9))
        value = rng.choice([low, low + (high - low) / 200, low + (high - low) / 20, high])
        value = math.ceil(value) if rng.random() < 0.5 else value
        return int(value) if kind == "integer" else round(float(value), 2)
    if kind == "date":
        return draw_value({"date": [-20, 20]}, rng, {"world": world})
    if table in state.schema.tables and field in state.schema.fields[table]:
        known = [row[field] for row in state.rows(table) if row[field]]
        if known:
            return rng.choice(known)
    return "note"
