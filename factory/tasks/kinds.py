"""The kinds of task: each function drafts a plan with what makes its kind, or None."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.tasks.goals import Goal, Plan
from factory.tasks.plan import Planner
from factory.tasks.questions import ask_about_row, ask_tool
from factory.tasks.tables import World
from factory.worlds.faults import fitting_kinds
from factory.worlds.state import State


@dataclass(frozen=True)
class Bench:
    """One agent's tools in one domain, on one state, for one attempt at a plan."""

    world: World
    state: State
    tools: Mapping[str, Record]
    rules: Mapping[str, Sequence[str]]
    """`confirm` and `forbid`: the visible names of the tools under each policy."""
    rng: random.Random
    max_calls: int

    def planner(self, tell_ids: float = 0.15) -> Planner:
        """A planner that works on this bench's state."""
        return Planner(self.world, self.state, self.tools, self.rng, self.max_calls, tell_ids)

    def writers(self) -> list[str]:
        """Tools that change something and are allowed."""
        return [
            name
            for name, tool in self.tools.items()
            if not tool["annotations"]["readOnlyHint"] and name not in self.rules["forbid"]
        ]

    def readers(self) -> list[str]:
        """Tools that only read."""
        return [name for name, tool in self.tools.items() if tool["annotations"]["readOnlyHint"]]


@dataclass
class Draft:
    """A plan and what its kind adds to it."""

    plan: Plan
    hidden: frozenset[str] = frozenset()
    planted: dict[str, str] = field(default_factory=dict)
    declined: str = ""
    """"no_tool" or "forbidden" where the right answer is a refusal."""


Drafter = Callable[[Bench], Draft | None]


def _write_goal(
    planner: Planner, names: Sequence[str], prefer: Sequence[tuple[str, str]] = ()
) -> Goal | None:
    for name in planner.rng.sample(list(names), min(3, len(names))):
        goal = planner.add_goal(name, prefer)
        if goal is not None:
            return goal
    return None


def write(bench: Bench) -> Draft | None:
    """One change, with the lookups it takes."""
    planner = bench.planner()
    goal = _write_goal(planner, bench.writers())
    return Draft(planner.plan) if goal else None


def read(bench: Bench) -> Draft | None:
    """One question."""
    planner = bench.planner(tell_ids=0.1)
    return Draft(planner.plan) if _question(planner, bench) else None


def _question(
    planner: Planner, bench: Bench, prefer: Sequence[tuple[str, str]] = ()
) -> Goal | None:
    if bench.rng.random() < 0.5:
        tables = [t for t in bench.world.tables if planner.finders(t)]
        if tables:
            return ask_about_row(planner, bench.rng.choice(sorted(tables)), prefer)
    readers = bench.readers()
    return ask_tool(planner, bench.rng.choice(readers), prefer) if readers else None


def multi_step(bench: Bench) -> Draft | None:
    """Two or three wishes about related things, at least one of them a change."""
    planner = bench.planner(tell_ids=0.1)
    first = _write_goal(planner, bench.writers())
    if first is None:
        return None
    wanted = bench.rng.choices((2, 3), (4, 1))[0]
    for _ in range(wanted - 1):
        prefer = [*first.targets.values(), *planner.known]
        if bench.rng.random() < 0.35:
            _question(planner, bench, prefer)
        else:
            others = [name for name in bench.writers() if name != first.tool]
            _write_goal(planner, others, prefer)
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
    return Draft(planner.plan)


def missing_parameter(bench: Bench) -> Draft | None:
    """A change for which the user forgets one or two values until asked."""
    planner = bench.planner()
    goal = _write_goal(planner, bench.writers())
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
    goal = _write_goal(planner, under)
    return Draft(planner.plan) if goal else None


def policy_refusal(bench: Bench) -> Draft | None:
    """A change that would succeed, but that the agent's policy forbids."""
    planner = bench.planner()
    names = [name for name in bench.tools if name in bench.rules["forbid"]]
    goal = _write_goal(planner, names)
    return Draft(planner.plan, declined="forbidden") if goal else None


def irrelevance(bench: Bench) -> Draft | None:
    """A wish from another line of work: `bench` is that of a domain the agent has no tools of."""
    draft = write(bench) if bench.rng.random() < 0.6 else read(bench)
    if draft is not None:
        draft.declined = "no_tool"
    return draft


DRAFTERS: dict[str, Drafter] = {
    "write": write,
    "read": read,
    "multi_step": multi_step,
    "parallel": parallel,
    "missing_parameter": missing_parameter,
    "irrelevance": irrelevance,
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
