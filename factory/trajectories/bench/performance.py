"""A recorded conversation as turns that can be edited and performed once more in its world.

What is performed is what would really have happened: every call is executed anew, passing faults
are met and the call repeated, so messages, events and final state belong together.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from factory.records import Record, digest
from factory.tasks.environment import Toolbox, initial_state
from factory.tasks.transcript import Transcript
from factory.trajectories.simulate import environment_of
from factory.worlds.state import State

MOST_RETRIES = 8
Call = tuple[str, dict[str, Any]]


@dataclass
class Turn:
    """A message without its results. `heard` is the simulator's note on a user's message."""

    role: str
    content: str
    calls: list[Call] = field(default_factory=list)
    train: bool = False
    heard: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """A good trajectory and all that its world needs."""

    trajectory: Record
    task: Record
    agent: Record
    toolbox: Toolbox
    domain: Record
    """The domain that the task is about (for a request that no tool serves: a foreign one)."""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The recorded messages."""
        found: list[dict[str, Any]] = self.trajectory["messages"]
        return found

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """The recorded call events."""
        return [e for e in self.trajectory["events"] if e["type"] == "call"]

    @property
    def changes(self) -> Sequence[Mapping[str, Any]]:
        """Net changes of the recorded conversation."""
        changes: Sequence[Mapping[str, Any]] = self.trajectory["events"][-1]["changes"]
        return changes

    @cached_property
    def start(self) -> State:
        """The state the task's domain starts in; not to be changed."""
        return initial_state(self.domain, self.task["state_seed"])

    @property
    def rules(self) -> Mapping[str, Sequence[str]]:
        """The tools to be confirmed (`confirm`) and those not to be used (`forbid`)."""
        rules: Mapping[str, Sequence[str]] = self.agent["behaviour"]["rules"]
        return rules

    def writes(self, name: str) -> bool:
        """Whether a tool may change something."""
        tool = self.toolbox.tools.get(name)
        return bool(tool and tool.get("program") and not tool["annotations"]["readOnlyHint"])

    def schema(self, name: str) -> Mapping[str, Any]:
        """The parameters of a tool as declared."""
        tool = self.toolbox.tools.get(name)
        schema: Mapping[str, Any] = tool["inputSchema"] if tool else {}
        return schema

    def turns(self) -> list[Turn]:
        """The conversation as turns. A call that met a passing fault stands, as it was repeated,
        where it was first tried, and what was said with its repetition is left out: performing the
        turns meets the faults again by itself."""
        noted = {e["message"]: e for e in self.trajectory["events"] if e["type"] == "user"}
        faulted = {e["call"] for e in self.calls if e["fault"] and not e["ok"]}
        turns: list[Turn] = []
        waiting: list[tuple[Turn, Call]] = []  # met a fault, not yet repeated
        number = 0
        for index, message in enumerate(self.messages):
            if message["role"] == "tool":
                continue
            said, heard = message["content"], noted.get(index, {})
            turn = Turn(message["role"], said, [], message["train"], heard)
            repeats = False
            for call in message.get("tool_calls") or ():
                function = call["function"]
                made = (function["name"], copy.deepcopy(function["arguments"]))
                first = _first_try(made, waiting, turns)
                repeats = repeats or first is not None
                if first is not None:
                    waiting.remove(first)
                where = first[0] if first is not None else turn
                where.calls[slice(*_place(where, first))] = [made]
                if number in faulted:
                    waiting.append((where, made))
                number += 1
            turn.content = "" if repeats else said
            if turn.calls or not repeats:
                turns.append(turn)
        return _without_lost(turns, waiting)

    def perform(self, turns: Sequence[Turn]) -> Record:
        """The trajectory that these turns make."""
        environment = environment_of(self.trajectory["events"][0], self.toolbox)
        expected = frozenset(s["refused"] for s in self.task["plan"] if s.get("refused"))
        start = [copy.deepcopy(self.trajectory["events"][0])]
        transcript = Transcript(environment, events=start, expected=expected)
        for turn in turns:
            if turn.role == "assistant":
                _act(transcript, turn)
                continue
            for declared in turn.heard.get("added", ()):
                environment.enable([declared["function"]["name"]])
            message = {"role": turn.role, "content": turn.content, "train": False}
            transcript.messages.append(message)
            if turn.heard:
                transcript.events.append({**turn.heard, "message": len(transcript.messages) - 1})
        evidence = transcript.finish()
        return self.variant(
            messages=list(evidence.messages),
            events=list(evidence.events),
            num_turns=sum(m["role"] in ("user", "assistant") for m in evidence.messages),
            num_tool_calls=len(evidence.calls),
            num_faults=sum(bool(e["fault"]) for e in evidence.calls),
            final_state_hash=environment.hash(),
        )

    def variant(self, **parts: Any) -> Record:
        """The trajectory with some fields replaced, under an id of its own."""
        made = {**self.trajectory, **parts}
        counts = [made[name] for name in ("num_turns", "num_tool_calls", "num_faults")]
        made["id"] = digest("variant", str(made["messages"]), str(made["events"]), str(counts))
        return made

    def edited(self) -> list[dict[str, Any]]:
        """A copy of the messages to be edited without performing them."""
        return copy.deepcopy(self.messages)


def _first_try(
    made: Call, waiting: list[tuple[Turn, Call]], turns: list[Turn]
) -> tuple[Turn, Call] | None:
    """The call that met a fault and is repeated by this one, with its turn: one with the same
    arguments, or with others right before; None if there is none."""
    same = [place for place in waiting if place[1] == made]
    close = [place for place in waiting if place[1][0] == made[0] and place[0] is turns[-1]]
    return next(iter(same or close), None)


def _place(turn: Turn, first: tuple[Turn, Call] | None) -> tuple[int, int]:
    """Where in a turn's calls one goes: in the place of its first try, or behind the others."""
    end = len(turn.calls)
    at = next((i for i, c in enumerate(turn.calls) if first and c is first[1]), end)
    return at, at + 1


def _without_lost(turns: list[Turn], lost: list[tuple[Turn, Call]]) -> list[Turn]:
    """The turns without calls that were given up, and without turns that made only those."""
    for turn, call in lost:
        turn.calls.remove(call)
    empty = [turn for turn, _ in lost if not turn.calls]
    return [turn for turn in turns if not any(turn is other for other in empty)]


def _act(transcript: Transcript, turn: Turn) -> None:
    """One assistant turn; calls that meet a passing fault are repeated until they come through."""
    calls: Sequence[Call] = turn.calls
    text = turn.content
    for _ in range(MOST_RETRIES):
        results = transcript.assistant(text, calls, train=turn.train)
        calls = [c for c, r in zip(calls, results, strict=True) if r.fault and not r.ok]
        text = ""
        if not calls:
            return


def rng_of(material: Material, *key: object) -> random.Random:
    """A generator for one mutation of one trajectory."""
    return random.Random(int(digest(material.trajectory["id"], *map(str, key)), 16))
