"""Which requirements of a program guard its writes: without them a write itself would fail, so no
evolution may lift or drop them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from factory.worlds.programs import is_argument, readings

Step = Mapping[str, Any]
SETTING = ("insert", "update")


def guards_write(
    step: Step, program: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether a ``require`` step of a plain course asks for what a write of it rests on: the field
    that is set (a balance, a stock), an amount computed before, that two rows of a transfer
    differ, that no row stands where a unique rule allows one. ``tables``: of the world, by name."""
    asked = [_node(node) for node in _all_readings(step["that"], program)]
    fields = {field for _, _, field in asked if field}
    if fields & _fields_set(program):
        return True
    return any(
        asked_node in _rests_on(other, program)
        for other in program["steps"]
        for asked_node in asked
    ) or any(_keeps_apart(name, program, tables) for kind, name, _ in asked if kind == "var")


def _node(node: Mapping[str, Any]) -> tuple[str, str, str]:
    kind = "arg" if is_argument(node) else "var"
    return kind, node[kind], node.get("field", "")


def _computed(program: Mapping[str, Any]) -> dict[str, Any]:
    return {step["as"]: step["value"] for step in program["steps"] if step["do"] == "compute"}


def _all_readings(node: Any, program: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The readings of an expression and of what was computed for it before."""
    computed = _computed(program)
    for reading in readings(node):
        yield reading
        name = reading.get("var")
        if name in computed:
            earlier = {**program, "steps": _before(name, program)}
            yield from _all_readings(computed[name], earlier)


def _before(name: str, program: Mapping[str, Any]) -> list[Step]:
    """The steps before the last one that computes a variable."""
    at = max(n for n, step in enumerate(program["steps"]) if step.get("as") == name
             and step["do"] == "compute")  # fmt: skip
    return list(program["steps"][:at])


def _fields_set(program: Mapping[str, Any]) -> set[str]:
    return {
        name
        for step in program["steps"]
        for name in (*step.get("values", ()), step.get("field", ""))
        if step["do"] in ("update", "transfer")
    }


def _rests_on(step: Step, program: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """What must be right for a write to succeed, as far as no error of its own says it: the two
    ends of a transfer, computed values."""
    if step["do"] == "transfer":
        ends = [step["from"], step["to"]]
        return {_node(node) for end in ends for node in readings(end)}
    if step["do"] not in SETTING:
        return set()
    computed = _computed(program)
    found = (_node(node) for node in _all_readings(step["values"], program))
    return {node for node in found if node[0] == "var" and node[1] in computed}


def _keeps_apart(
    name: str, program: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Whether a variable holds the rows found by a field that a unique rule of a table covers
    which the program then writes without an error of its own for a second such row."""
    for search in program["steps"]:
        if search["do"] != "search" or name not in (search["as"], search.get("count")):
            continue
        matched = {match["field"] for match in search["match"]}
        unique = {f for rule in tables[search["table"]].get("unique", ()) for f in rule["fields"]}
        if matched & unique and any(
            step["table"] == search["table"]
            and (step["do"] == "transition" or (step["do"] in SETTING and "error" not in step))
            for step in program["steps"]
            if "table" in step
        ):
            return True
    return False
