"""Composition operators over several rows: select one by an extreme, work a number out of all.

Both start from a *group*: rows that share something a person can say ("the open orders of Ana
Ruiz"), listed by one reading tool exactly as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.tasks.goals import Goal, Group
from factory.tasks.language.labels import is_many
from factory.tasks.language.measures import adds_up, is_amount
from factory.tasks.plan import Planner
from factory.tasks.sources import Source, extreme, steps_used, total
from factory.tasks.tables import Fact, matching, reference_facts, words
from factory.worlds.interpreter import execute
from factory.worlds.state import Row

LEAST, MOST = 2, 8
"""How many rows a group has: one is no group, and nobody adds up twenty by hand."""


@dataclass(frozen=True)
class Listed:
    """A group as a tool lists it: `base` is the source of the list, without a field."""

    table: str
    facts: tuple[Fact, ...]
    rows: Sequence[Row]
    base: Mapping[str, Any]


def list_group(planner: Planner, table: str) -> Listed | None:
    """Add the calls that list a random group of a table's rows; None if nothing can."""
    rows = planner.state.rows(table)
    if not rows:
        return None
    row = planner.rng.choice(rows)
    facts = _shared(planner, table, row)
    group = matching(planner.state, table, facts) if facts else []
    if not LEAST <= len(group) <= MOST:
        return None
    names = planner.finders(table)
    planner.rng.shuffle(names)
    for name in names:
        saved = planner.snapshot()
        base = _list(planner, name, table, row, facts, group)
        if base is not None:
            return Listed(table, tuple(facts), group, base)
        planner.restore(saved)
    return None


def _shared(planner: Planner, table: str, row: Row) -> list[Fact]:
    """What rows of a group have in common: whose they are, their category, or both."""
    rng, fields = planner.rng, planner.world.fields[table]
    categories = [
        Fact((), table, name, row[name])
        for name, spec in fields.items()
        if spec["type"] == "enum" and row[name] is not None
    ]
    owners = []
    for name, target in planner.state.schema.references[table]:
        if row.get(name):
            facts = reference_facts(
                planner.world, planner.state, target, row[name], name, rng, depth=1
            )
            owners += [facts] if facts else []
    chosen = rng.choice(owners) if owners and rng.random() < 0.7 else []
    if categories and (not chosen or rng.random() < 0.25):
        chosen = [*chosen, rng.choice(categories)]
    return chosen


def _list(
    planner: Planner,
    tool: str,
    table: str,
    row: Row,
    facts: Sequence[Fact],
    group: Sequence[Row],
) -> dict[str, Any] | None:
    """The source of exactly these rows in the result of one finder, its step added."""
    for fact in facts:
        planner.fact_slot(fact)
    program = planner.tools[tool]["program"]
    arguments: dict[str, Source] = {}
    for param in program["params"]:
        source = planner.finder_argument(param, table, row, facts)
        if source is not None:
            arguments[param["name"]] = source
        elif param["required"]:
            return None
    values = {name: planner.value(source) for name, source in arguments.items()}
    outcome = execute(program, planner.state, values)
    out = next(name for name, r in program["returns"].items() if r.get("table") == table)
    if outcome.value is None or not isinstance(outcome.value[out], list):
        return None
    found = outcome.value[out]
    where: list[tuple[str, Source]] = []
    for fact in facts:
        name = fact.path[0] if fact.path else fact.field
        kept = [other for other in found if other.get(name) == row[name]]
        if len(kept) < len(found):
            source = (
                planner.through_reference(name, table, row, facts)
                if fact.path
                else {"slot": planner.fact_slot(fact)}
            )
            if source is None:
                return None
            where.append((name, source))
        found = kept
    key = planner.world.key(table)
    if [r[key] for r in found] != [r[key] for r in group] and {r[key] for r in found} != {
        r[key] for r in group
    }:
        return None
    if len(planner.plan.steps) >= planner.max_calls:
        return None
    step = planner.add_step(tool, arguments, "find")
    planner.shown[step] = outcome.value
    used = set().union(*(steps_used(source) for _, source in where))
    planner.plan.steps[-1]["after"] = sorted(set(planner.plan.steps[-1]["after"]) | used)
    return {"step": step, "out": out, "where": [list(pair) for pair in where]}


def _measures(planner: Planner, table: str, kinds: Sequence[str]) -> list[str]:
    fields = planner.world.fields[table]
    return [
        name
        for name, spec in fields.items()
        if spec["kind"] in kinds and spec["type"] in ("date", "number", "integer")
    ]


def select_row(planner: Planner) -> tuple[str, str] | None:
    """(table, row id) of a row found as the extreme of a group; its id becomes known."""
    tables = sorted(t for t in planner.world.tables if planner.finders(t))
    if not tables:
        return None
    saved = planner.snapshot()
    table = planner.rng.choice(tables)
    listed = list_group(planner, table)
    if listed is None:
        return None
    measures = _measures(planner, table, ("date", "money", "value"))
    planner.rng.shuffle(measures)
    order = planner.rng.choice(("min", "max"))
    for name in measures:
        best = extreme(listed.rows, name, order)
        if len(best) == 1 and all(row.get(name) is not None for row in listed.rows):
            row = dict(best[0])
            row_id = row[planner.world.key(table)]
            pick = {"field": name, "order": order}
            planner.learn_row(table, row, {**listed.base, "pick": pick})
            planner.plan.extremes[table, row_id] = Group(table, listed.facts, name, order)
            return table, row_id
    planner.restore(saved)
    return None


def ask_total(planner: Planner) -> Goal | None:
    """A question for a sum or an average over a group that one result lists in full."""
    tables = sorted(
        t
        for t in planner.world.tables
        if planner.finders(t) and _measures(planner, t, ("money", "value"))
    )
    if not tables:
        return None
    saved = planner.snapshot()
    table = planner.rng.choice(tables)
    listed = list_group(planner, table)
    name = planner.rng.choice(_measures(planner, table, ("money", "value")))
    if not is_amount(words(name)):
        planner.restore(saved)
        return None
    whole = listed is not None and not listed.base["where"]
    if listed is None or not whole or any(row.get(name) is None for row in listed.rows):
        planner.restore(saved)
        return None
    kind = planner.rng.choice(("sum", "sum", "mean"))
    kind = kind if adds_up(words(name)) else "mean"
    step = str(listed.base["step"])
    answer = {
        "name": f"{kind}_{name}",
        "label": _total_label(planner, table, name, kind),
        "value": total(kind, [row[name] for row in listed.rows]),
        "source": {**listed.base, "field": name, "total": kind},
    }
    tool = next(s["tool"] for s in planner.plan.steps if s["id"] == step)
    goal = Goal(tool, step, False, answers=[answer], group=Group(table, listed.facts))
    goal.stage = planner.stage
    planner.plan.goals.append(goal)
    if planner.needless():
        planner.restore(saved)
        return None
    return goal


def _total_label(planner: Planner, table: str, field: str, kind: str) -> str:
    """ "total price", "average number of seats"."""
    word = "total" if kind == "sum" else "average"
    label = words(field)
    counted = planner.world.fields[table][field]["type"] == "integer" and is_many(label)
    return f"{word} {'number of ' if counted else ''}{label}"
