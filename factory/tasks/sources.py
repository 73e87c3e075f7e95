"""Where an argument of a planned call comes from, and how it is found in what was observed.

A source is plain JSON: {"slot": name} (the user says it), {"step": id, "out": name,
"where": [[field, source], ...], "field": name} (read from an earlier result; `where` picks the
row when there are several; "pick": {"field", "order"} then takes the row with the least or
greatest value, "total": "sum" | "mean" works a number out of the field of all), {"list":
[source, ...]} or {"object": {key: source}}.
A plan holds only sources, never the values of ids, so whoever follows it must observe them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Source = Mapping[str, Any]
Results = Mapping[str, Mapping[str, Any]]
"""Step id → the JSON value that the step's call returned."""


class Unresolved(LookupError):
    """A source whose slot was not told, whose step did not run, or whose row is not there."""


def resolve(source: Source, slots: Mapping[str, Any], results: Results) -> Any:
    """The value of a source. Raises Unresolved saying what is missing."""
    if "slot" in source:
        if source["slot"] not in slots:
            raise Unresolved(f"slot {source['slot']} is not known")
        return slots[source["slot"]]
    if "list" in source:
        return [resolve(item, slots, results) for item in source["list"]]
    if "object" in source:
        return {key: resolve(item, slots, results) for key, item in source["object"].items()}
    return _from_result(source, slots, results)


def _from_result(source: Source, slots: Mapping[str, Any], results: Results) -> Any:
    if source["step"] not in results:
        raise Unresolved(f"step {source['step']} has no result")
    value = results[source["step"]].get(source["out"])
    if isinstance(value, list) and "field" in source:
        wanted = [(name, resolve(item, slots, results)) for name, item in source["where"]]
        rows = [row for row in value if all(row.get(name) == want for name, want in wanted)]
        if "total" in source:
            return total(source["total"], [row[source["field"]] for row in rows])
        if "pick" in source:
            rows = extreme(rows, source["pick"]["field"], source["pick"]["order"])
        if len(rows) != 1:
            raise Unresolved(f"{len(rows)} rows of {source['out']} fit, one is needed")
        return rows[0].get(source["field"])
    if isinstance(value, Mapping) and "field" in source:
        return value.get(source["field"])
    if value is None:
        raise Unresolved(f"{source['out']} is empty")
    return value


def extreme(rows: Sequence[Mapping[str, Any]], field: str, order: str) -> list[Mapping[str, Any]]:
    """The rows with the least (`min`) or greatest (`max`) value of a field; more than one on a
    tie. Rows without a value don't count."""
    values = [row[field] for row in rows if row.get(field) is not None]
    if not values:
        return []
    best = min(values) if order == "min" else max(values)
    return [row for row in rows if row.get(field) == best]


def total(kind: str, values: Sequence[float]) -> float:
    """The `sum` or `mean` of some numbers, to two decimals; a sum of whole numbers is whole.
    Raises Unresolved when there are none."""
    if not values:
        raise Unresolved("nothing to add up")
    result = sum(values) if kind == "sum" else sum(values) / len(values)
    return result if isinstance(result, int) else round(result, 2)


def walk(source: Source) -> Iterator[Source]:
    """The source and all sources inside it."""
    yield source
    for _, inner in source.get("where", ()):
        yield from walk(inner)
    for inner in source.get("list", ()):
        yield from walk(inner)
    for inner in source.get("object", {}).values():
        yield from walk(inner)


def steps_used(source: Source) -> set[str]:
    """Ids of the steps that a source reads."""
    return {part["step"] for part in walk(source) if "step" in part}


def slots_used(source: Source) -> set[str]:
    """Names of the slots that a source reads."""
    return {part["slot"] for part in walk(source) if "slot" in part}
