"""Who speaks in a conversation: the protocols behind the roles `user`, `agent` and `judge`.

Authors hold no state of their own. What one needs to remember lies in the view's `notes`, which
belong to one conversation; randomness is the view's generator. An author that is a model reads
the messages and the tools and ignores `script`, `heard` and `notes`, which exist for the offline
authors: they follow a plan whose sources (factory/tasks/sources.py) hold no hidden value.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from factory.tasks.proof.checks import Evidence, Score

Call = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Turn:
    """What an agent says and calls. `act` is its own account of the turn, if it gives one:
    {"kind": "call" | "ask" | "confirm" | "report" | "decline" | "close", "slots": [names]}.
    `mistake` says that the author knows the turn to be wrong: it is kept but not trained on."""

    text: str
    calls: Sequence[Call] = ()
    act: Mapping[str, Any] = field(default_factory=dict)
    mistake: bool = False


@dataclass(frozen=True)
class Script:
    """What an offline agent follows: the plan's steps (sources only), the goals' phrases, rules."""

    steps: Sequence[Mapping[str, Any]]
    goals: Sequence[Mapping[str, Any]]
    labels: Mapping[str, str]
    kind: str
    declined: str
    later: Sequence[Mapping[str, Any]] = ()
    """{kind, on, about}: in what way the user may go on; what it says is not known before."""
    withheld: Sequence[str] = ()
    """Tools that the agent does not have before the user says that they were connected."""
    unclear: Mapping[str, Any] | None = None
    """{slot, source, plural}: the rows that fit, of which the slot tells one."""
    again: Sequence[tuple[str, str]] = ()
    """(long name of a row, how it is named when it was named before)."""


@dataclass
class AgentView:
    """What an agent sees before its turn."""

    agent: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]
    skill: str
    script: Script
    heard: Mapping[str, Any]
    """Slot name → value, for what the user has said so far."""
    notes: dict[str, Any]
    rng: random.Random


@dataclass(frozen=True)
class Reply:
    """What a user says; `text` None means that the user leaves. `slots`: the names revealed."""

    text: str | None
    kind: str = ""
    slots: Sequence[str] = ()


@dataclass
class UserView:
    """What a simulated user sees before its turn: its own agenda and the conversation."""

    agenda: Mapping[str, Any]
    persona: dict[str, Any]
    messages: Sequence[Mapping[str, Any]]
    act: Mapping[str, Any]
    """The agent's account of its last turn; empty when it gives none."""
    notes: dict[str, Any]
    rng: random.Random


class Agent(Protocol):
    """The role `agent`."""

    async def act(self, view: AgentView) -> Turn:
        """The next assistant turn."""


class User(Protocol):
    """The role `user`."""

    async def reply(self, view: UserView) -> Reply:
        """The answer to the assistant's last message."""


class Judge(Protocol):
    """The role `judge`: scores rubric items, beyond those that a machine checks."""

    name: str

    async def score(
        self, items: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Sequence[Score]:
        """One score for each item, in order."""

    async def review(
        self, tools: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Sequence[tuple[Mapping[str, Any], Score]]:
        """Further items {id, type, weight} with their scores: what no machine can check."""
