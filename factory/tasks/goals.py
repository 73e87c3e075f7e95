"""What a plan consists of: slots the user knows, calls, and the wishes they serve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from factory.tasks.tables import Fact


@dataclass(frozen=True)
class Slot:
    """A value that the user knows: `kind` as in the world (name, date, id, ...)."""

    name: str
    label: str
    semantic: str
    kind: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        """The slot as the agenda stores it."""
        return {
            "name": self.name,
            "label": self.label,
            "semantic": self.semantic,
            "kind": self.kind,
            "value": self.value,
        }


@dataclass(frozen=True)
class Group:
    """Several rows of a table named by what they share; with `field`, the one of them that has
    the extreme value of that field (`order`: min or max)."""

    table: str
    facts: tuple[Fact, ...]
    field: str = ""
    order: str = ""


@dataclass
class Goal:
    """One wish: the call that fulfils it (`step`), or the answer read from results."""

    tool: str
    step: str
    write: bool
    values: dict[str, str] = field(default_factory=dict)
    """Param name → slot: what the user says besides the referents."""
    targets: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Param name → (table, row id) of the rows the goal is about."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    """{name, label, value, source}: what the user wants to hear."""
    about: tuple[str, str] | None = None
    """(table, row id) of the row that a question is about."""
    counted: str | None = None
    """Noun of what is counted, for a question about a number of rows."""
    group: Group | None = None
    """The rows that a total or an average is taken over."""
    condition: dict[str, Any] | None = None
    """{row, label, slot, source, holds}: the change is wanted only if that field has the slot's
    value; `holds` says whether it has."""
    absent: str = ""
    """The list of the step's result that comes back empty: what the wish is about isn't there."""
    refused: str = ""
    """Error code with which the system refuses the call, where the wish can't be fulfilled."""
    stage: int = 0
    """In which part of the conversation the user comes up with it."""


@dataclass
class Plan:
    """Executable steps in order, the slots they need, the goals they serve."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    slots: dict[str, Slot] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    referents: dict[tuple[str, str], list[Fact]] = field(default_factory=dict)
    via: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Row → the row found before it that refers to it."""
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    """(table, row id) → slot, for rows that the user names by their id."""
    extremes: dict[tuple[str, str], Group] = field(default_factory=dict)
    """Rows that the user names as the first, last, cheapest, ... of several."""
    stages: dict[str, int] = field(default_factory=dict)
    """Slot → the part of the conversation in which it is first needed."""

    def slot_of(self, fact: Fact) -> str:
        """The slot that carries a fact."""
        return next(
            slot.name
            for slot in self.slots.values()
            if slot.semantic == fact.semantic and slot.value == fact.value
        )

    def depth(self) -> int:
        """Length of the longest chain of dependent calls."""
        depths: dict[str, int] = {}
        for step in self.steps:
            before = [depths[other] for other in step["after"]]
            depths[step["id"]] = 1 + max(before, default=0)
        return max(depths.values(), default=0)
