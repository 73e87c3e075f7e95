"""What the rules look at: a trajectory with its task, its agent, its world, and what its calls
really do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from factory.records import Record
from factory.tasks.environment import Environment, Toolbox
from factory.tasks.proof.checks import Evidence
from factory.trajectories.replay import Reenactment, reenact

Message = Mapping[str, Any]
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Segment:
    """A part of the conversation in which the user wants the same: from the message with which
    the user opens it to that before the next. `kind` is opening, or what the user does: follow_up,
    correction, change_of_mind, tools_added, aside, thanks."""

    kind: str
    start: int
    stop: int


OPENS = ("follow_up", "change_of_mind", "tools_added", "aside", "thanks")
"""What a user does that begins a new part; a correction goes on with the same wish."""


@dataclass(frozen=True)
class Case:
    """One trajectory before the rules."""

    trajectory: Record
    task: Record
    agent: Record
    toolbox: Toolbox

    @property
    def messages(self) -> Sequence[Message]:
        """The conversation."""
        messages: Sequence[Message] = self.trajectory["messages"]
        return messages

    @cached_property
    def anew(self) -> Reenactment:
        """What the calls do when they are executed anew."""
        return reenact(self.trajectory, self.toolbox)

    @property
    def events(self) -> Sequence[Event]:
        """The events as they really happen, whatever the record says."""
        return self.anew.events

    @property
    def evidence(self) -> Evidence:
        """What the rubric is scored on."""
        return Evidence(self.messages, self.events)

    @cached_property
    def calls(self) -> list[Event]:
        """The call events."""
        return [event for event in self.events if event["type"] == "call"]

    @cached_property
    def plain(self) -> Environment:
        """A fresh environment without faults."""
        withheld = frozenset(self.task["agenda"]["withheld"])
        environment = Environment(self.toolbox, self.task["state_seed"], withheld=withheld)
        environment.enable(withheld)
        return environment

    @cached_property
    def oracle(self) -> dict[str, tuple[Mapping[str, Any], Any]]:
        """Step id → (step of the plan, the value that its call returns), where answers are asked
        for."""
        out = {}
        if any(goal["answers"] for goal in self.task["agenda"]["goals"]):
            for step in self.task["plan"]:
                result = self.plain.call(step["tool"], step["values"])
                out[step["id"]] = (step, result.value)
        return out

    def parameters(self) -> str:
        """The names of what the declared tools take, as one text."""
        declared = (tool["function"]["parameters"] for tool in self.trajectory["tools"])
        return " ".join(name for schema in declared for name in schema.get("properties", ()))

    def schemas(self, index: int) -> dict[str, Mapping[str, Any]]:
        """Tool name → parameters schema, as declared to the agent before message `index`."""
        later = [
            tool
            for event in self.trajectory["events"]
            if event.get("added") and event["message"] < index
            for tool in event["added"]
        ]
        return {
            tool["function"]["name"]: tool["function"]["parameters"]
            for tool in (*self.trajectory["tools"], *later)
        }

    @cached_property
    def segments(self) -> list[Segment]:
        """The conversation in its parts."""
        starts = [(1, "opening")]
        for event in self.trajectory["events"]:
            if event["type"] == "user" and event.get("act") in OPENS:
                starts.append((event["message"], event["act"]))
        stops = [start for start, _ in starts[1:]] + [len(self.messages)]
        return [Segment(kind, a, b) for (a, kind), b in zip(starts, stops, strict=True)]

    @property
    def scripted(self) -> bool:
        """Whether every later wish of the agenda was said, so that the parts are known."""
        wanted = [item["kind"] for item in self.task["agenda"]["later"] if item["kind"] in OPENS]
        return [s.kind for s in self.segments[1:] if s.kind != "thanks"] == wanted

    def report(self, segment: Segment) -> int:
        """Index of the last thing that the agent says in a part; -1 if it says nothing."""
        said = [
            index
            for index in range(segment.start, segment.stop)
            if self.messages[index]["role"] == "assistant"
            and not self.messages[index].get("tool_calls")
        ]
        return said[-1] if said else -1


def worded(goal: Mapping[str, Any], *names: str) -> list[str]:
    """How a wish is put: its texts of those names, in each of the forms that it has."""
    forms = (goal, *(form for form in goal.values() if isinstance(form, Mapping)))
    found = (form.get(name) for form in forms for name in names)
    return [text for text in found if isinstance(text, str) and text]


def calls_of(messages: Sequence[Message]) -> list[tuple[int, Mapping[str, Any]]]:
    """(message index, tool call) in order."""
    return [
        (index, call)
        for index, message in enumerate(messages)
        for call in message.get("tool_calls") or ()
    ]
