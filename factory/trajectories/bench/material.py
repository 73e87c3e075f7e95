"""The good trajectories that are broken: of a run's datasets, or of a small run of one's own."""

from __future__ import annotations

import random
from collections.abc import Iterator

from factory.records import Record
from factory.stage import Store
from factory.tasks.environment import toolbox_of
from factory.trajectories.bench.performance import Material

SOUND = ("expert", "cautious", "parallel", "recovering")
"""Skills that make no mistake, or one that they put right themselves."""


def good_ids(store: Store) -> list[str]:
    """Ids of trajectories that are good by their making: an agent that makes no lasting mistake,
    and an end that is the oracle's. What any judge thinks of them plays no part."""
    columns = (store.column("trajectory", name) for name in ("skill", "outcome"))
    rows = zip(store.ids("trajectory"), *columns, strict=True)
    return [name for name, skill, outcome in rows if skill in SOUND and outcome == "success"]


def materials(store: Store, count: int, seed: int = 0) -> Iterator[Material]:
    """`count` good trajectories drawn over the whole run, in dataset order; all if there are
    fewer."""
    ids = good_ids(store)
    rng = random.Random(seed)
    chosen = set(rng.sample(ids, count)) if count < len(ids) else set(ids)
    for trajectory_id in ids:
        if trajectory_id in chosen:
            yield material_of(store.get("trajectory", trajectory_id), store)


def material_of(trajectory: Record, store: Store) -> Material:
    """A trajectory with the world it was made in."""
    task = store.get("task", trajectory["task_id"])
    agent = store.get("agent", trajectory["agent_id"])
    tools = {tool_id: store.get("tool", tool_id) for tool_id in agent["tools"]}
    ids = {tool["domain_id"] for tool in tools.values() if tool.get("program")}
    domains = {name: store.get("domain", name) for name in ids | {task["domain_id"]}}
    box = toolbox_of(agent, tools, domains)
    return Material(trajectory, task, agent, box, domains[task["domain_id"]])
