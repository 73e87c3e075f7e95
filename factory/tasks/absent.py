"""The kind of task in which the user names something that isn't there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.tasks.draft import Bench, Draft
from factory.tasks.goals import Goal
from factory.tasks.plan import Planner
from factory.tasks.tables import Fact
from factory.worlds.interpreter import execute

NAME_TRIES = 8


def absent(bench: Bench) -> Draft | None:
    """A change to a row of somebody, or of something, that nobody has on file: to be looked up,
    and reported honestly when the search comes back empty."""
    planner = bench.planner(tell_ids=0.0)
    for tool in bench.rng.sample(bench.writers(), len(bench.writers())):
        required = [p for p in bench.tools[tool]["program"]["params"] if p["required"]]
        table, _, column = str(required[0]["semantic"]).partition(".") if required else ("", "", "")
        if len(required) != 1 or column != "id" or table not in bench.world.tables:
            continue
        for path, named in _named_tables(bench, table):
            if _plan(planner, bench, tool, required[0]["name"], table, path, named):
                return Draft(planner.plan)
    return None


def _named_tables(bench: Bench, table: str) -> list[tuple[tuple[str, ...], str]]:
    """The table itself and those it refers to, as (path, table)."""
    references = bench.state.schema.references[table]
    return [((), table), *(((name,), target) for name, target in references)]


def _plan(
    planner: Planner,
    bench: Bench,
    tool: str,
    param: str,
    table: str,
    path: tuple[str, ...],
    named: str,
) -> bool:
    """Add the search that finds nothing and the wish that it is for, if some tool searches rows of
    `named` by a name."""
    for finder in planner.finders(named):
        program = bench.tools[finder]["program"]
        search = _name_param(bench, program, named)
        out = next(n for n, r in program["returns"].items() if r.get("table") == named)
        if search is None or program["returns"][out].get("type") != "array":
            continue
        field = search["match"]["field"]
        value = _nobody(bench, program, search["name"], out, named, field)
        if value is None:
            continue
        fact = Fact(path, named, field, value)
        planner.plan.referents[table, "absent"] = [fact]
        step = planner.add_step(finder, {search["name"]: {"slot": planner.fact_slot(fact)}}, "find")
        planner.plan.steps[-1]["absent"] = out
        goal = Goal(tool, step, False, targets={param: (table, "absent")}, absent=out)
        planner.plan.goals.append(goal)
        return True
    return False


def _name_param(bench: Bench, program: Mapping[str, Any], table: str) -> Mapping[str, Any] | None:
    """The param by which a finder searches for a name, if it needs no other."""
    for param in program["params"]:
        match = param.get("match") or {}
        if match.get("table") == table and match.get("op") in ("eq", "contains"):
            others = [p for p in program["params"] if p["required"] and p is not param]
            kind = bench.world.fields[table].get(match["field"], {}).get("kind")
            if kind == "name" and not others:
                found: Mapping[str, Any] = param
                return found
    return None


def _nobody(
    bench: Bench, program: Mapping[str, Any], param: str, out: str, table: str, field: str
) -> str | None:
    """A name like those of the domain, made of two of them, under which nothing is found."""
    names = [str(row[field]) for row in bench.state.rows(table) if row.get(field)]
    for _ in range(NAME_TRIES):
        if len(names) < 2:
            return None
        one, other = (name.split(" ") for name in bench.rng.sample(names, 2))
        if len(one) < 2 or len(other) < 2:
            continue
        value = f"{one[0]} {' '.join(other[1:])}"
        outcome = execute(program, bench.state, {param: value})
        if outcome.value is not None and not outcome.value[out] and value not in names:
            return value
    return None
