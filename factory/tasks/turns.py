"""The kinds of task in which the opening is not the user's last word."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from factory.tasks.draft import Bench, Draft, Later
from factory.tasks.goals import Goal, Slot
from factory.tasks.plan import Planner
from factory.tasks.wishes import acting_on, question, write_goal
from factory.worlds.interpreter import execute

LONG_CALLS = 9
MIND_TRIES = 5
MOST_TURNS = 46
"""Where a plan stops growing: a conversation has 60 turns, some go to faults and the last wish."""
"""From so many calls on a plan counts as long."""


def follow_up(bench: Bench) -> Draft | None:
    """A wish, and when it is served one or two more about related things."""
    planner = bench.planner(tell_ids=0.1)
    first = write_goal(planner, bench.writers()) if bench.rng.random() < 0.6 else None
    first = first or question(planner, bench)
    if first is None:
        return None
    for _ in range(bench.rng.choice((1, 1, 2))):
        planner.stage += 1
        if not _one_more(planner, bench, 0.4):
            planner.stage -= 1
    if not planner.stage:
        return None
    return Draft(planner.plan, later=[Later("follow_up", "report")] * planner.stage)


def _one_more(planner: Planner, bench: Bench, asks: float) -> bool:
    last = planner.plan.goals[-1]
    prefer = [*last.targets.values(), *planner.known]
    if bench.rng.random() < asks:
        return question(planner, bench, prefer) is not None
    others = [name for name in bench.writers() if name != last.tool]
    return write_goal(planner, others, prefer) is not None


def long_haul(bench: Bench) -> Draft | None:
    """A morning's work: two or three wishes at a time, until the plan is long."""
    planner = bench.long_planner()
    wanted = bench.rng.randint(LONG_CALLS, max(LONG_CALLS, bench.max_calls - 4))
    if write_goal(planner, bench.writers()) is None:
        return None
    misses = 0
    while len(planner.plan.steps) < wanted and misses < 12 and _turns(planner) < MOST_TURNS:
        here = sum(goal.stage == planner.stage for goal in planner.plan.goals)
        if here >= bench.rng.choice((2, 2, 3)) and planner.stage < 7:
            planner.stage += 1
        before = len(planner.plan.steps)
        _one_more(planner, bench, 0.35)
        misses += len(planner.plan.steps) == before
    stages = {goal.stage for goal in planner.plan.goals}
    if len(planner.plan.steps) < LONG_CALLS or stages != set(range(len(stages))):
        return None
    return Draft(planner.plan, later=[Later("follow_up", "report")] * (len(stages) - 1))


def _turns(planner: Planner) -> int:
    """Turns of user and assistant that the plan takes when every change is confirmed first."""
    writes = sum(goal.write for goal in planner.plan.goals)
    return len(planner.plan.steps) + 2 * writes + 2 * (planner.stage + 1)


def correction(bench: Bench) -> Draft | None:
    """A change with a wrong value in it, put right when the assistant asks for a go-ahead."""
    planner = bench.planner()
    under = [name for name in bench.writers() if name in bench.rules["confirm"]]
    goal = write_goal(planner, under)
    if goal is None:
        return None
    referred = {planner.plan.slot_of(f) for facts in planner.plan.referents.values() for f in facts}
    for slot in bench.rng.sample(sorted(set(goal.values.values())), len(set(goal.values.values()))):
        if slot in referred:
            continue
        value = other_value(planner.plan.slots[slot], planner, bench, goal)
        if value is not None:
            return Draft(planner.plan, later=[Later("correction", "confirm")], wrong={slot: value})
    return None


def other_value(slot: Slot, planner: Planner, bench: Bench, goal: Goal) -> Any:
    """Another value for the slot with which the call would have succeeded too, or None."""
    params = {p["name"]: p for p in bench.tools[goal.tool]["program"]["params"]}
    name = next(name for name, used in goal.values.items() if used == slot.name)
    for _ in range(6):
        value = _varied(slot.value, params[name], bench.rng)
        if value is None or value == slot.value:
            continue
        if _would_succeed(planner, bench, goal, {name: value}):
            return value
    return None


def _would_succeed(planner: Planner, bench: Bench, goal: Goal, changed: Mapping[str, Any]) -> bool:
    values = {
        name: row_id
        for name, (table, row_id) in goal.targets.items()
        if bench.before.get(table, row_id)
    }
    if len(values) < len(goal.targets):
        return False
    slots = {name: planner.plan.slots[slot].value for name, slot in goal.values.items()}
    trial = bench.before.copy()
    outcome = execute(bench.tools[goal.tool]["program"], trial, {**values, **slots, **changed})
    return outcome.ok and bool(outcome.changes)


def _varied(value: Any, param: Mapping[str, Any], rng: random.Random) -> Any:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value + rng.choice((-2, -1, 1, 2, 3))
    if isinstance(value, float):
        return round(value + rng.choice((-20, -10, -5, 5, 10, 25)), 2)
    if "enum" in param:
        return rng.choice(list(param["enum"]))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return (day + timedelta(days=rng.choice((-7, -2, -1, 1, 2, 7)))).isoformat()


def change_of_mind(bench: Bench) -> Draft | None:
    """A change taken back when the assistant asks for a go-ahead; another one takes its place."""
    under = [name for name in bench.writers() if name in bench.rules["confirm"]]
    for name in bench.rng.sample(under, min(MIND_TRIES, len(under))):
        mark = bench.state.mark()
        draft = _changed(bench, name)
        if draft is not None:
            return draft
        bench.state.rollback(mark)
    return None


def _changed(bench: Bench, name: str) -> Draft | None:
    """The wish for tool `name`, taken back for another one about the same row."""
    planner = bench.planner()
    mark = planner.state.mark()
    dropped = planner.add_goal(name)
    if dropped is None or not dropped.targets:
        return None
    step = next(s for s in planner.plan.steps if s["id"] == dropped.step)
    planner.state.rollback(mark)
    planner.touched.clear()
    planner.plan.goals.clear()
    planner.plan.steps.remove(step)
    planner.known = {
        row: source for row, source in planner.known.items() if source.get("step") != dropped.step
    }
    planner.stage = 1
    for row in dropped.targets.values():
        others = [other for other in acting_on(bench, row[0]) if other != name]
        goal = write_goal(planner, others, [row])
        if goal is not None and row in goal.targets.values():
            later = [Later("change_of_mind", "confirm")]
            return Draft(planner.plan, later=later, dropped=dropped, dropped_step=step)
        if goal is not None:
            return None
    return None


def missing_function(bench: Bench) -> Draft | None:
    """A change for which the agent has no tool, until somebody connects it."""
    planner = bench.planner()
    goal = write_goal(planner, bench.writers())
    if goal is None or any(s["tool"] == goal.tool for s in planner.plan.steps[:-1]):
        return None
    for step in planner.plan.steps:
        step["stage"] = 1
    goal.stage = 1
    later = [Later("tools_added", "decline")]
    return Draft(planner.plan, later=later, withheld=goal.tool)
