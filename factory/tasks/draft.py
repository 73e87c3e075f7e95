"""What a drafter of tasks works with, and what it hands back."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.tasks.goals import Goal, Plan
from factory.tasks.plan import Planner
from factory.tasks.tables import World
from factory.worlds.state import State

USUAL_CALLS = 8
"""Calls of a plan, but for the kinds that are meant to be long."""


@dataclass(frozen=True)
class Bench:
    """One agent's tools in one domain, on one state, for one attempt at a plan."""

    world: World
    state: State
    """Moves on as goals are planned."""
    before: State
    """The state as the task starts; not to be changed."""
    tools: Mapping[str, Record]
    rules: Mapping[str, Sequence[str]]
    """`confirm` and `forbid`: the visible names of the tools under each policy."""
    rng: random.Random
    max_calls: int
    other: Bench | None = None
    """The bench of another of the agent's domains, for a plan over both."""

    def planner(self, tell_ids: float = 0.15) -> Planner:
        """A planner that works on this bench's state."""
        most = min(self.max_calls, USUAL_CALLS)
        return Planner(self.world, self.state, self.tools, self.rng, most, tell_ids)

    def long_planner(self) -> Planner:
        """A planner that may use all the calls the recipe allows."""
        return Planner(self.world, self.state, self.tools, self.rng, self.max_calls, 0.1)

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


@dataclass(frozen=True)
class Later:
    """Something the user says after the opening: `kind` follow_up, correction, change_of_mind,
    tools_added or aside; `on` is the assistant's act that it answers (report, confirm, decline);
    `about` what an aside asks for."""

    kind: str
    on: str
    about: str = ""


@dataclass(frozen=True)
class Unclear:
    """A row named so that several fit: `slot` tells them apart, `base` lists them."""

    slot: str
    field: str
    base: Mapping[str, Any]
    plural: str
    asked: str = ""
    """The field that the assistant will ask for, where it is one that the user doesn't know."""


@dataclass
class Draft:
    """A plan and what its kind adds to it."""

    plan: Plan
    hidden: frozenset[str] = frozenset()
    planted: dict[str, str] = field(default_factory=dict)
    declined: str = ""
    """"no_tool" or "forbidden" where the right answer is a refusal."""
    later: list[Later] = field(default_factory=list)
    """In order; goals of stage n belong to the n-th, those of stage 0 to the opening."""
    wrong: dict[str, Any] = field(default_factory=dict)
    """Slot → the value that the opening wrongly gives it."""
    dropped: Goal | None = None
    """A change asked for in the opening and taken back before it is made."""
    dropped_step: Mapping[str, Any] | None = None
    withheld: str = ""
    """A tool that the agent is given only after the opening."""
    unclear: Unclear | None = None


Drafter = Callable[[Bench], Draft | None]
