"""The kinds of task in one turn of wishes: each function drafts a plan with what makes its kind,
or None. Kinds in which the user says more later are in turns.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.tasks.absent import absent
from factory.tasks.cross import cross_domain
from factory.tasks.draft import Bench, Draft, Drafter
from factory.tasks.goals import Plan
from factory.tasks.operators import ask_total, select_row
from factory.tasks.questions import ask_about_row
from factory.tasks.tables import words
from factory.tasks.turns import (
    change_of_mind,
    correction,
    follow_up,
    long_haul,
    missing_function,
)
from factory.tasks.unclear import ambiguous, unknown_value
from factory.tasks.wishes import acting_on, question, write_goal
from factory.worlds.faults import fitting_kinds

SELECT_TRIES = 3


def write(bench: Bench) -> Draft | None:
    """One change, with the lookups it takes."""
    planner = bench.planner()
    goal = write_goal(planner, bench.writers())
    return Draft(planner.plan) if goal else None


def read(bench: Bench) -> Draft | None:
    """One question."""
    planner = bench.planner(tell_ids=0.1)
    return Draft(planner.plan) if question(planner, bench) else None


def multi_step(bench: Bench) -> Draft | None:
    """Two or three wishes about related things, at least one of them a change."""
    planner = bench.planner(tell_ids=0.1)
    first = write_goal(planner, bench.writers())
    if first is None:
        return None
    wanted = bench.rng.choices((2, 3), (4, 1))[0]
    for _ in range(wanted - 1):
        prefer = [*first.targets.values(), *planner.known]
        if bench.rng.random() < 0.35:
            question(planner, bench, prefer)
        else:
            others = [name for name in bench.writers() if name != first.tool]
            write_goal(planner, others, prefer)
    return Draft(planner.plan) if len(planner.plan.goals) >= 2 else None


def parallel(bench: Bench) -> Draft | None:
    """The same wish for two or three different things; the calls do not depend on each other."""
    planner = bench.planner(tell_ids=0.1)
    wanted = bench.rng.choices((2, 3), (3, 1))[0]
    if bench.rng.random() < 0.5 and bench.writers():
        name = bench.rng.choice(bench.writers())
        goals = [planner.add_goal(name) for _ in range(wanted)]
        targets = [tuple(goal.targets.values()) for goal in goals if goal]
    else:
        tables = sorted(t for t in bench.world.tables if planner.finders(t))
        if not tables:
            return None
        table = bench.rng.choice(tables)
        goals = [ask_about_row(planner, table) for _ in range(wanted)]
        targets = [(goal.about,) for goal in goals if goal and goal.about]
    if len(targets) < 2 or len(set(targets)) < len(targets) or None in goals:
        return None
    if len({goal.step for goal in goals if goal}) < len(goals):
        return None  # one call shows them all
    return Draft(planner.plan)


def missing_parameter(bench: Bench) -> Draft | None:
    """A change for which the user forgets one or two values until asked."""
    planner = bench.planner()
    goal = write_goal(planner, bench.writers())
    if goal is None:
        return None
    required = {p["name"] for p in bench.tools[goal.tool]["program"]["params"] if p["required"]}
    referred = {
        planner.plan.slot_of(fact) for facts in planner.plan.referents.values() for fact in facts
    }
    free = [
        slot
        for name, slot in goal.values.items()
        if name in required
        and slot not in referred
        and not isinstance(planner.plan.slots[slot].value, bool)
    ]
    if not free:
        return None
    count = min(len(free), bench.rng.choices((1, 2), (3, 1))[0])
    return Draft(planner.plan, hidden=frozenset(bench.rng.sample(sorted(set(free)), count)))


def fault_recovery(bench: Bench) -> Draft | None:
    """A change or question during which one tool fails for a passing reason."""
    draft = write(bench) if bench.rng.random() < 0.7 else read(bench)
    if draft is None:
        return None
    tool = bench.rng.choice([step["tool"] for step in draft.plan.steps])
    draft.planted[tool] = bench.rng.choice(fitting_kinds(bench.tools[tool]))
    return draft


def confirm_before_write(bench: Bench) -> Draft | None:
    """A change that the agent's policy lets it make only after the user agreed."""
    planner = bench.planner()
    under = [name for name in bench.writers() if name in bench.rules["confirm"]]
    goal = write_goal(planner, under)
    return Draft(planner.plan) if goal else None


def policy_refusal(bench: Bench) -> Draft | None:
    """A change that would succeed, but that the agent's policy forbids."""
    planner = bench.planner()
    names = [name for name in bench.tools if name in bench.rules["forbid"]]
    goal = write_goal(planner, names)
    return Draft(planner.plan, declined="forbidden") if goal else None


def irrelevance(bench: Bench) -> Draft | None:
    """A wish from another line of work: `bench` is that of a domain the agent has no tools of."""
    draft = write(bench) if bench.rng.random() < 0.6 else read(bench)
    if draft is not None:
        draft.declined = "no_tool"
    return draft


def select(bench: Bench) -> Draft | None:
    """A change or question about the first, last, cheapest, ... of several rows."""
    for _ in range(SELECT_TRIES):
        mark = bench.state.mark()
        draft = _select_once(bench)
        if draft is not None:
            return draft
        bench.state.rollback(mark)
    return None


def _select_once(bench: Bench) -> Draft | None:
    planner = bench.planner(tell_ids=0.0)
    row = select_row(planner)
    if row is None:
        return None
    if bench.rng.random() < 0.65:
        goal = write_goal(planner, acting_on(bench, row[0]), [row])
        return Draft(planner.plan) if goal and row in goal.targets.values() else None
    asked = ask_about_row(planner, row[0], [row])
    if asked is None:
        return None
    group = planner.plan.extremes[row]
    named = {group.field, *(fact.field for fact in group.facts if not fact.path)}
    asked.answers = [a for a in asked.answers if a["source"]["field"] not in named]
    return Draft(planner.plan) if asked.answers and not planner.needless() else None


def aggregate(bench: Bench) -> Draft | None:
    """A question for a sum or an average that the agent has to work out."""
    planner = bench.planner(tell_ids=0.1)
    return Draft(planner.plan) if ask_total(planner) else None


def conditional(bench: Bench) -> Draft | None:
    """A change wanted only if a field of the row has a certain value; it has, or it has not."""
    planner = bench.planner(tell_ids=0.0)
    writers = bench.writers()
    goal = write_goal(planner, writers)
    if goal is None or len(goal.targets) != 1:
        return None
    row = next(iter(goal.targets.values()))
    source = planner.known.get(row, {})
    found = [step for step in planner.plan.steps if step["role"] == "find"]
    if not planner.shows_row(source, row[0]) or not found:
        return None
    before = bench.before.get(*row)
    known = {fact.field for fact in planner.plan.referents.get(row, ()) if not fact.path}
    specs = planner.world.fields[row[0]]
    fields = [
        name
        for name, spec in specs.items()
        if spec["type"] == "enum" and before and before[name] is not None and name not in known
    ]
    if not fields or before is None:
        return None
    name = bench.rng.choice(fields)
    others = [value for value in specs[name]["enum"] if value != before[name]]
    holds = bench.rng.random() < 0.5 or not others
    value = before[name] if holds else bench.rng.choice(others)
    shown = {**source, "field": name}
    slot = planner.slot(words(name), f"{row[0]}.{name}", "category", value)
    goal.condition = {
        "row": row,
        "label": words(name),
        "slot": slot,
        "source": shown,
        "holds": holds,
    }
    if not holds:
        planner.plan.steps = [s for s in planner.plan.steps if s["id"] != goal.step]
        goal.step, goal.write = source["step"], False
        goal.answers = [
            {"name": f"{row[0]}.{name}", "label": words(name), "value": before[name]}
            | {"source": shown}
        ]
    return Draft(planner.plan)


def unachievable(bench: Bench) -> Draft | None:
    """A change that the system refuses for a reason of its own, to be reported honestly."""
    planner = bench.planner()
    writers = bench.writers()
    for name in bench.rng.sample(writers, min(4, len(writers))):
        if planner.add_refused_goal(name):
            return Draft(planner.plan)
    return None


DRAFTERS: dict[str, Drafter] = {
    "write": write,
    "read": read,
    "multi_step": multi_step,
    "parallel": parallel,
    "select": select,
    "aggregate": aggregate,
    "conditional": conditional,
    "follow_up": follow_up,
    "long_haul": long_haul,
    "cross_domain": cross_domain,
    "missing_parameter": missing_parameter,
    "ambiguous": ambiguous,
    "unknown_value": unknown_value,
    "correction": correction,
    "change_of_mind": change_of_mind,
    "missing_function": missing_function,
    "irrelevance": irrelevance,
    "unachievable": unachievable,
    "absent": absent,
    "fault_recovery": fault_recovery,
    "confirm_before_write": confirm_before_write,
    "policy_refusal": policy_refusal,
}


def difficulty(plan: Plan, planted: Mapping[str, Any], tools: int) -> dict[str, int]:
    """The measured difficulty of a plan for an agent that carries so many tools."""
    used = {step["tool"] for step in plan.steps}
    looked_up = {
        (source["step"], source["out"], source.get("field", ""))
        for step in plan.steps
        for source in step["arguments"].values()
        if "step" in source
    }
    return {
        "calls": len(plan.steps),
        "distinct_tools": len(used),
        "dependency_depth": plan.depth(),
        "hidden_facts": len(looked_up),
        "faults": len(planted),
        "distractors": tools - len(used),
    }
