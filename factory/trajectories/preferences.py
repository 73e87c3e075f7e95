"""Stage: a task → preference rows: a kept run of it against each that failed.

The prompt is what both runs have in common, up to the assistant turn where they part, so the two
continuations are answers to the same conversation (as DPO-style trainers need it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from factory.held import Held
from factory.records import Record
from factory.stage import Context, Reject, Store

Message = Mapping[str, Any]


async def pair(task: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One preference record for each failed run of a task that also has a kept one.

    No record where all runs were kept or none; none for tasks whose tools change in
    mid-conversation, as a row has one list of tools.
    """
    if task["agenda"]["withheld"]:
        return []
    ids = _by_task(ctx.store).get(task["id"], ())
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


def _by_task(store: Store) -> Mapping[str, Sequence[str]]:
    return _grouped(Held(store.ids("verdict")), Held(store.column("verdict", "task_id")))


@lru_cache(maxsize=2)
def _grouped(ids: Held[Sequence[str]], tasks: Held[Sequence[str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for verdict_id, task_id in zip(ids.it, tasks.it, strict=True):
        groups.setdefault(task_id, []).append(verdict_id)
    return groups


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
