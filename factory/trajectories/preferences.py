"""Stage: a task → preference rows: a kept run of it against each that failed.

The prompt is what both runs have in common, up to the assistant turn where they part, so the two
continuations are answers to the same conversation (as DPO-style trainers need it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from factory.held import Held
from factory.records import Record
from factory.stage import Context, Reject, Store

Message = Mapping[str, Any]
COLUMNS = ("id", "task_id")
SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


async def pair(task: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One preference record for each failed run of a task that also has a kept one.

    No record where all runs were kept or none; none for tasks whose tools change in
    mid-conversation, as a row has one list of tools.
    """
    if task["agenda"]["withheld"]:
        return []
    ids = _runs(Held(ctx.store)).of(task["id"])
    verdicts = [ctx.store.get("verdict", verdict_id) for verdict_id in ids]
    kept = [verdict for verdict in verdicts if verdict["keep"]]
    if not kept:
        return []
    best = max(kept, key=lambda verdict: (verdict["score"], verdict["id"]))
    made = []
    for verdict in verdicts:
        if not verdict["keep"]:
            made.append(_row(task, best, verdict, ctx))
    return made


class Runs:
    """The verdicts of each task, as two arrays in the order of the tasks."""

    def __init__(self, store: Store) -> None:
        parts = store.scan("verdict", COLUMNS)
        rows = [np.array(part, dtype=np.bytes_) for part in parts if part]
        table = np.concatenate(rows) if rows else np.empty((0, 2), dtype=np.bytes_)
        order = np.argsort(table[:, 1], kind="stable")
        self.verdicts, self.tasks = table[order, 0], table[order, 1]

    def of(self, task_id: str) -> list[str]:
        """Ids of a task's verdicts, in dataset order."""
        wanted = task_id.encode()
        first, last = (np.searchsorted(self.tasks, wanted, side) for side in SIDES)
        return [name.decode() for name in self.verdicts[first:last]]


@lru_cache(maxsize=2)
def _runs(held: Held[Store]) -> Runs:
    return Runs(held.it)


def _row(task: Record, good: Record, bad: Record, ctx: Context) -> Record:
    chosen = ctx.store.get("trajectory", good["trajectory_id"])
    rejected = ctx.store.get("trajectory", bad["trajectory_id"])
    ours, theirs = _bare(chosen["messages"]), _bare(rejected["messages"])
    cut = parting(ours, theirs)
    body = {
        "prompt": ours[:cut],
        "chosen": ours[cut:],
        "rejected": theirs[cut:],
        "tools": chosen["tools"],
        "task_id": task["id"],
        "chosen_id": chosen["id"],
        "rejected_id": rejected["id"],
        "rejected_skill": rejected["skill"],
        "reason": bad["reason"],
        "margin": round(good["score"] - bad["score"], 6),
    }
    parents = [task["id"], chosen["id"], rejected["id"], good["id"], bad["id"]]
    return ctx.record("preference", body, parents=parents)


def parting(ours: Sequence[Message], theirs: Sequence[Message]) -> int:
    """Index of the assistant message with which two conversations begin to differ."""
    cut = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        cut += 1
    while ours[cut - 1]["role"] == "assistant" or cut >= min(len(ours), len(theirs)):
        cut -= 1
    return cut


def _bare(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [{key: value for key, value in m.items() if key != "train"} for m in messages]
