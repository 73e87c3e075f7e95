"""One wish of a user: a change, or a question."""

from __future__ import annotations

from collections.abc import Sequence

from factory.tasks.draft import Bench
from factory.tasks.goals import Goal
from factory.tasks.plan import Planner
from factory.tasks.questions import ask_about_row, ask_tool


def write_goal(
    planner: Planner, names: Sequence[str], prefer: Sequence[tuple[str, str]] = ()
) -> Goal | None:
    """A change by one of the named tools, with the look-ups it takes."""
    for name in planner.rng.sample(list(names), min(3, len(names))):
        goal = planner.add_goal(name, prefer)
        if goal is not None:
            return goal
    return None


def question(planner: Planner, bench: Bench, prefer: Sequence[tuple[str, str]] = ()) -> Goal | None:
    """A question about a row, or one that a reading tool answers."""
    if bench.rng.random() < 0.5:
        tables = [t for t in bench.world.tables if planner.finders(t)]
        if tables:
            return ask_about_row(planner, bench.rng.choice(sorted(tables)), prefer)
    readers = bench.readers()
    return ask_tool(planner, bench.rng.choice(readers), prefer) if readers else None


def acting_on(bench: Bench, table: str) -> list[str]:
    """The writers that need the id of a row of this table."""
    return [
        name
        for name in bench.writers()
        if any(
            p["required"] and p["semantic"] == f"{table}.id"
            for p in bench.tools[name]["program"]["params"]
        )
    ]
