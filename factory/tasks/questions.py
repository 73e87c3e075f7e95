"""Reading goals: what a user may ask about the state, and where the answer is observed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tasks.goals import Goal
from factory.tasks.plan import Planner
from factory.tasks.sources import Source
from factory.tasks.tables import World, words
from factory.worlds.interpreter import execute
from factory.worlds.state import Row

MAX_LISTED = 6
DONE = ("taken", "sold", "sent", "held", "left", "lost", "drawn", "met", "paid")
"""Participles that a count may be named by: "the number taken"."""
YES_OR_NO = ("can", "is", "are", "does", "has")
"""First words of titles that are questions themselves: no noun to ask for."""
ASKABLE = ("name", "date", "category", "money", "email", "value", "text")


def ask_about_row(
    planner: Planner, table: str, prefer: Sequence[tuple[str, str]] = ()
) -> Goal | None:
    """A question about one or two fields of one row, read where the row was found.

    When the user gives the id itself, a tool that takes it does the reading.
    """
    rng = planner.rng
    rows = planner.state.rows(table)
    wished = [row_id for t, row_id in prefer if t == table]
    if not rows:
        return None
    chosen = planner.state.get(table, rng.choice(wished)) if wished else rng.choice(rows)
    if chosen is None:
        return None
    row_id = chosen[planner.world.key(table)]
    saved = planner.snapshot()
    source = planner.reach(table, chosen)
    if source is None:
        planner.restore(saved)
        return None
    if not planner.shows_row(source, table):
        read = _read_by_id(planner, table, row_id, source)
        if read is None:
            planner.restore(saved)
            return None
        source = read
    known = {f.field for f in planner.plan.referents.get((table, row_id), ()) if not f.path}
    known |= {str(field) for t, row, field in planner.touched if (t, row) == (table, row_id)}
    fields = _askable(planner.world, table, chosen, known)
    if not fields:
        planner.restore(saved)
        return None
    picked = rng.sample(fields, min(len(fields), rng.choices((1, 2, 3), (5, 4, 1))[0]))
    answers = [
        {
            "name": f"{table}.{name}",
            "label": words(name),
            "value": chosen[name],
            "source": {**source, "field": name},
        }
        for name in picked
    ]
    tool = next(s["tool"] for s in planner.plan.steps if s["id"] == source["step"])
    goal = Goal(
        tool, source["step"], False, {}, {}, answers, about=(table, row_id), stage=planner.stage
    )
    planner.plan.goals.append(goal)
    if planner.needless():
        planner.restore(saved)
        return None
    return goal


def _askable(world: World, table: str, row: Row, known: set[str]) -> list[str]:
    return [
        name
        for name, spec in world.fields[table].items()
        if spec["kind"] in ASKABLE
        and spec["type"] not in ("array", "boolean")
        and row.get(name) is not None
        and name not in known
    ]


def _read_by_id(planner: Planner, table: str, row_id: str, source: Source) -> Source | None:
    """Add a call of a tool that needs nothing but the row's id and returns the row."""
    for name, tool in sorted(planner.tools.items()):
        program = tool["program"]
        required = [p for p in program["params"] if p["required"]]
        outs = [
            out
            for out, r in program["returns"].items()
            if r.get("type") == "object" and r.get("table") == table
        ]
        if (
            tool["annotations"]["readOnlyHint"]
            and outs
            and [p["semantic"] for p in required] == [f"{table}.id"]
        ):
            param = required[0]["name"]
            outcome = execute(program, planner.state, {param: row_id})
            if not outcome.ok or len(planner.plan.steps) >= planner.max_calls:
                continue
            step = planner.add_step(name, {param: source}, "goal")
            assert outcome.value is not None
            planner.shown[step] = outcome.value
            return {"step": step, "out": outs[0], "where": [], "field": ""}
    return None


def ask_tool(planner: Planner, tool: str, prefer: Sequence[tuple[str, str]] = ()) -> Goal | None:
    """A question that one reading tool answers: a number it computes, or a short list of rows."""
    title = str(planner.tools[tool].get("title") or words(tool)).lower()
    if title.split()[0] in YES_OR_NO:
        return None
    saved = planner.snapshot()
    goal = planner.add_goal(tool, prefer)
    if goal is None:
        return None
    step = planner.plan.steps[-1]
    values = {name: planner.value(source) for name, source in step["arguments"].items()}
    outcome = execute(planner.tools[tool]["program"], planner.state, values)
    if outcome.value is not None and not _names_one(planner, goal):
        returns = planner.tools[tool]["program"]["returns"]
        goal.answers = _answers(planner.world, goal, returns, outcome.value, planner.rng)
    if not goal.answers or planner.needless():
        planner.restore(saved)
        return None
    return goal


def _names_one(planner: Planner, goal: Goal) -> bool:
    """A list filtered by a name or an address is a look-up, not a question about many."""
    kinds = {planner.plan.slots[slot].kind for slot in goal.values.values()}
    return bool(kinds & {"name", "email", "id", "text"})


def _answers(
    world: World,
    goal: Goal,
    returns: Mapping[str, Mapping[str, Any]],
    value: Mapping[str, Any],
    rng: random.Random,
) -> list[dict[str, Any]]:
    lists = [out for out, r in returns.items() if r.get("type") == "array" and r.get("table")]
    for out in lists:
        rows = value[out]
        if 1 <= len(rows) <= MAX_LISTED and rng.random() < 0.7:
            return _listed(world, str(returns[out]["table"]), out, goal.step, rows)
    numbers = [
        out
        for out, r in returns.items()
        if r.get("type") in ("integer", "number", "date", "string", "enum")
        and r.get("kind") != "id"
        and value.get(out) is not None
    ]
    if not numbers:
        return []
    if lists:
        total = next((out for out in numbers if returns[out].get("type") == "integer"), None)
        if total is None:
            return []
        goal.counted = world.plural(str(returns[lists[0]]["table"]))
        return [_scalar(total, f"number of {goal.counted}", value, goal.step)]
    picked = rng.sample(numbers, min(len(numbers), rng.choice((1, 2))))
    return [_scalar(out, _out_label(out, returns[out], goal), value, goal.step) for out in picked]


def _out_label(out: str, described: Mapping[str, Any], goal: Goal) -> str:
    """The result's name as words; a field of another table says whose it is."""
    table, _, column = str(described.get("semantic", "")).partition(".")
    about = {target for target, _ in goal.targets.values()}
    if column and about and table not in about and words(out) == words(column):
        return f"{words(table)} {words(out)}"
    counts = described.get("semantic") == "count" and not out.startswith(("number", "total"))
    first = words(out).partition(" ")[0]
    if counts and (out.lower().startswith("in") or first.endswith("ed") or first in DONE):
        return f"number {words(out)}"
    return f"number of {words(out)}" if counts else words(out)


def _scalar(out: str, label: str, value: Mapping[str, Any], step: str) -> dict[str, Any]:
    source = {"step": step, "out": out, "where": []}
    return {"name": out, "label": label, "value": value[out], "source": source}


def _listed(
    world: World, table: str, out: str, step: str, rows: Sequence[Row]
) -> list[dict[str, Any]]:
    """One answer that stands for a list: the telling fields of each row."""
    fields = telling_fields(world, table)
    if not fields:
        return []
    values = [row[name] for row in rows for name in fields if row.get(name) is not None]
    if not values:
        return []
    return [
        {
            "name": out,
            "label": world.plural(table),
            "values": values,
            "list": {"step": step, "out": out, "fields": fields},
            "value": None,
        }
    ]


def telling_fields(world: World, table: str) -> list[str]:
    """Up to two natural fields that tell rows apart in a list: a name, else a date and one more."""
    specs = world.fields[table]
    names = [n for n, s in specs.items() if s["kind"] in ("name", "email")][:1]
    dates = [n for n, s in specs.items() if s["kind"] == "date"][:1]
    others = [
        n
        for n, s in specs.items()
        if s["kind"] in ("category", "money", "text") and s["type"] != "array"
    ]
    return (names or [*dates, *others[: 2 - len(dates)]])[:2]
