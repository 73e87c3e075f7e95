"""Re-executes a trajectory's calls from its recorded seeds and compares everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.tasks.environment import Environment, Given, Toolbox, toolbox_of
from factory.tasks.transcript import call_event
from factory.trajectories.simulate import environment_of
from factory.trajectories.simulator import as_recorded

Event = Mapping[str, Any]


@dataclass(frozen=True)
class ReplayResult:
    """The hash that the replay ended in, and every difference as one line; none means equal."""

    final_state_hash: str
    mismatches: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the replay showed what was recorded."""
        return not self.mismatches


@dataclass(frozen=True)
class Reenactment:
    """What a conversation's calls do when they are executed anew."""

    events: list[Event]
    """As the record should hold them: the recorded events of user and assistant, the call events
    made anew, and the net changes."""
    contents: list[str]
    """The result of each call, in order."""
    environment: Environment
    """As the calls left it."""


def reenact(trajectory: Record, toolbox: Toolbox) -> Reenactment:
    """Execute the calls of the messages on fresh states with the recorded fault seeds."""
    recorded: Sequence[Event] = trajectory["events"]
    environment = environment_of(recorded[0], toolbox)
    places = {m.get("tool_call_id"): i for i, m in enumerate(trajectory["messages"])}
    added = {e["message"]: _names(e["added"]) for e in recorded if e.get("added")}
    outside = _from_outside(trajectory)
    calls: list[Event] = []
    contents = []
    for turn, message in enumerate(trajectory["messages"]):
        environment.enable(added.get(turn, ()))
        for call in message.get("tool_calls") or ():
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            index = environment.calls
            content, by = outside.get(call["id"], ("", ""))
            if by:
                environment.given[index] = Given(as_recorded(content), by)
            result = environment.call(name, arguments)
            contents.append(result.content)
            at = places.get(call["id"], turn)
            calls.append(call_event(index, turn, at, name, arguments, result, by))
    others = [e for e in recorded if e["type"] not in ("call", "final")]
    final = {"type": "final", "changes": [dict(c) for c in environment.changes()]}
    return Reenactment([*others, *calls, final], contents, environment)


def _from_outside(trajectory: Record) -> dict[str, tuple[str, str]]:
    """Tool-call id → (recorded result, who gave it) of each call that no program answered: it is
    no function of the world, so it is taken as recorded."""
    messages = trajectory["messages"]
    return {
        messages[event["message"]]["tool_call_id"]: (
            messages[event["message"]]["content"],
            event["outside"],
        )
        for event in trajectory["events"]
        if event.get("outside")
    }


def _names(declared: Sequence[Mapping[str, Any]]) -> list[str]:
    return [tool["function"]["name"] for tool in declared]


def replay(
    trajectory: Record,
    task: Record,
    agent: Record,
    tools: Mapping[str, Record],
    domains: Mapping[str, Record],
) -> ReplayResult:
    """Execute the recorded calls on fresh states with the same fault seeds.

    `tools` and `domains` map ids to records (at least those of the agent). Compared: the state
    seed with the task's, each tool message's content with the new result, ids, the final hash.
    """
    start = trajectory["events"][0]
    mismatches = []
    if start["state_seed"] != task["state_seed"]:
        mismatches.append(f"state seed {start['state_seed']} is not the task's")
    anew = reenact(trajectory, toolbox_of(agent, tools, domains))
    mismatches += [line for _, line in differing_results(trajectory, anew)]
    final = anew.environment.hash()
    if final != trajectory["final_state_hash"]:
        mismatches.append(f"final state {final} is not {trajectory['final_state_hash']}")
    return ReplayResult(final, mismatches)


def differing_results(trajectory: Record, anew: Reenactment) -> list[tuple[int, str]]:
    """(message index, line) of each call whose recorded result is not what it returns anew."""
    recorded = {m.get("tool_call_id"): m for m in trajectory["messages"] if m["role"] == "tool"}
    calls = [
        (turn, call)
        for turn, message in enumerate(trajectory["messages"])
        for call in message.get("tool_calls") or ()
    ]
    found = []
    for (turn, call), content in zip(calls, anew.contents, strict=True):
        seen = recorded.get(call["id"])
        if seen is None:
            found.append((turn, f"{call['id']}: no tool message"))
        elif seen["content"] != content:
            line = f"{call['id']}: recorded {seen['content'][:99]} replayed {content[:99]}"
            found.append((turn, line))
    return found
