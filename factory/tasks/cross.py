"""The kind of task whose wishes lie in two of an agent's domains."""

from __future__ import annotations

from factory.tasks.draft import Bench, Draft, Later
from factory.tasks.goals import Goal
from factory.tasks.plan import Planner
from factory.tasks.questions import ask_about_row
from factory.tasks.tables import words
from factory.tasks.wishes import question, write_goal

FOLLOWS = 0.35
"""How often the second domain comes up only when the first wish is served."""
ASKS = 0.35
"""How often one of the two wishes is a question."""
JOINED = 0.3
"""How often what is found in the one domain decides whether the other is changed."""


def cross_domain(bench: Bench) -> Draft | None:
    """A wish in one domain and one in another, at least one of them a change: both in the opening,
    or the second when the first is served. One plan, made and proven over both states."""
    other = bench.other
    if other is None or bench.world.tables.keys() & other.world.tables.keys():
        return None
    if bench.rng.random() < JOINED:
        return _joined(bench, other)
    planner = bench.planner(tell_ids=0.1)
    asks_first, asks_then = bench.rng.choices(
        ((False, False), (True, False), (False, True)), (1 - ASKS, ASKS / 2, ASKS / 2)
    )[0]
    if not _wish(planner, bench, asks_first):
        return None
    second = _continued(planner, bench, other)
    later = bench.rng.random() < FOLLOWS
    second.stage = int(later)
    if not _wish(second, other, asks_then):
        return None
    return Draft(second.plan, later=[Later("follow_up", "report")] if later else [])


def _joined(bench: Bench, other: Bench) -> Draft | None:
    """A question about a row's category in one domain, and a change in the other that is wanted
    only if the answer is a certain one; it is, or it is not."""
    planner = bench.planner(tell_ids=0.0)
    asked = _category(planner, bench)
    if asked is None:
        return None
    answer, held = asked.answers[0], asked.answers[0]["value"]
    table, field = str(answer["name"]).split(".")
    enum = planner.world.fields[table][field]["enum"]
    others = [value for value in enum if value != held]
    holds = bench.rng.random() < 0.6 or not others
    before = len(planner.plan.steps)
    second = _continued(planner, bench, other)
    goal = write_goal(second, other.writers())
    if goal is None:
        return None
    steps = second.plan.steps
    wanted = held if holds else bench.rng.choice(others)
    slot = second.slot(words(field), f"{table}.{field}", "category", wanted)
    goal.condition = {"row": asked.about, "label": words(field), "slot": slot}
    goal.condition.update(source=answer["source"], holds=holds)
    if holds:
        steps[-1]["after"] = sorted({*steps[-1]["after"], asked.step})
    else:
        del steps[before:]
        goal.step, goal.write = asked.step, False
    return Draft(second.plan)


def _category(planner: Planner, bench: Bench) -> Goal | None:
    """A question for a category of a row that has to be looked up."""
    tables = sorted(table for table in bench.world.tables if planner.finders(table))
    asked = ask_about_row(planner, bench.rng.choice(tables)) if tables else None
    if asked is None or asked.about is None:
        return None
    fields = planner.world.fields[asked.about[0]]
    fitting = [
        answer
        for answer in asked.answers
        if fields.get(str(answer["source"].get("field")), {}).get("type") == "enum"
        and answer["name"] == f"{asked.about[0]}.{answer['source']['field']}"
    ]
    asked.answers = fitting[:1]
    return asked if fitting else None


def _wish(planner: Planner, bench: Bench, asks: bool) -> bool:
    if asks:
        return question(planner, bench) is not None
    return write_goal(planner, bench.writers()) is not None


def _continued(planner: Planner, bench: Bench, other: Bench) -> Planner:
    """A planner of the other domain that goes on with the same plan. It knows the tools of both,
    which is safe as no table is in both: nothing finds rows of the one in the other."""
    second = other.planner(tell_ids=0.1)
    second.tools = {**bench.tools, **other.tools}
    second.plan, second.shown, second.calls = planner.plan, planner.shown, planner.calls
    return second
