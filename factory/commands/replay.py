"""`factory replay`: re-execute every trajectory and compare."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factory.records import Record
    from factory.shards.store import RunStore

HELP = "re-execute every trajectory to the same final state"
DESCRIPTION = """\
Run the recorded tool calls of every trajectory again, from the task's initial state and under the
same faults, and compare each result and the final state's hash. Exit 1 if any differs.

  factory replay out/demo
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "replay",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("dir", metavar="DIR", help="folder of a run")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Print what differs; exit code 1 if anything does."""
    from factory.shards import open_dataset
    from factory.shards.storage import join
    from factory.shards.store import RunStore

    root = arguments.dir.rstrip("/")
    store = RunStore(root)
    same, differing, calls = 0, 0, 0
    for trajectory in open_dataset(join(root, "trajectory")).rows():
        mismatches = _mismatches(trajectory, store)
        calls += trajectory["num_tool_calls"]
        same += not mismatches
        differing += bool(mismatches)
        if mismatches:
            print(f"trajectory {trajectory['id']}: {mismatches[0]}")
    print(
        f"{root}: {same} trajectories replay to the same state ({calls} calls), {differing} differ"
    )
    return 1 if differing or not same else 0


def _mismatches(trajectory: Record, store: RunStore) -> list[str]:
    """Where the trajectory differs from its replay; a missing task or tool is such a place."""
    from factory.trajectories.replay import replay

    try:
        task = store.get("task", trajectory["task_id"])
        agent = store.get("agent", trajectory["agent_id"])
        tools = {tool_id: store.get("tool", tool_id) for tool_id in agent["tools"]}
        bound = {tool.get("domain_id") for tool in tools.values()} | {task["domain_id"]}
        domains = {name: store.get("domain", name) for name in bound if name}
    except KeyError as error:
        return [f"{error.args[0]}: `factory validate` says more"]
    return list(replay(trajectory, task, agent, tools, domains).mismatches)
