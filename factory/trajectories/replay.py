"""Re-executes a trajectory's calls from its recorded seeds and compares everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from factory.records import Record
from factory.tasks.environment import toolbox_of
from factory.trajectories.simulate import environment_of


@dataclass(frozen=True)
class ReplayResult:
    """The hash that the replay ended in, and every difference as one line; none means equal."""

    final_state_hash: str
    mismatches: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the replay showed what was recorded."""
        return not self.mismatches


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
    environment = environment_of(start, toolbox_of(agent, tools, domains))
    recorded = {m["tool_call_id"]: m for m in trajectory["messages"] if m["role"] == "tool"}
    added = {
        event["message"]: [declared["function"]["name"] for declared in event["added"]]
        for event in trajectory["events"]
        if event.get("added")
    }
    for index, message in enumerate(trajectory["messages"]):
        environment.enable(added.get(index, ()))
        for call in message.get("tool_calls") or ():
            function = call["function"]
            result = environment.call(function["name"], function["arguments"])
            seen = recorded.get(call["id"])
            if seen is None:
                mismatches.append(f"{call['id']}: no tool message")
            elif seen["content"] != result.content:
                mismatches.append(
                    f"{call['id']}: recorded {seen['content'][:99]} replayed {result.content[:99]}"
                )
    final = environment.hash()
    if final != trajectory["final_state_hash"]:
        mismatches.append(f"final state {final} is not {trajectory['final_state_hash']}")
    return ReplayResult(final, mismatches)
