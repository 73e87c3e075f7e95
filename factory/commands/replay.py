"""`factory replay`: re-execute every trajectory and compare."""

from __future__ import annotations

import argparse
from typing import Any

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
    from factory.recipe import Recipe
    from factory.shards import open_dataset
    from factory.shards.storage import join
    from factory.shards.store import RunStore
    from factory.shards.verify import read_run
    from factory.trajectories.replay import replay

    root = arguments.dir.rstrip("/")
    recipe = Recipe.model_validate(read_run(root)["recipe"])
    store = RunStore(root)
    same, differing, calls = 0, 0, 0
    for trajectory in open_dataset(join(root, "trajectory")).rows():
        result = replay(trajectory, store, recipe)
        calls += trajectory["num_tool_calls"]
        if result.mismatches:
            differing += 1
            print(f"trajectory {trajectory['id']}: {result.mismatches[0]}")
        else:
            same += 1
    print(
        f"{root}: {same} trajectories replay to the same state ({calls} calls), {differing} differ"
    )
    return 1 if differing or not same else 0
