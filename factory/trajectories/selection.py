"""Stage: a verdict → a selected trajectory, so that no plan and no world fills the rows.

A function of the verdicts in dataset order and the settings alone: every worker decides the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from factory.held import Held
from factory.records import Record, digest
from factory.stage import Context, Reject, Store
from factory.trajectories.settings import SelectionSettings

OVER_CAP = "diversity_cap"
COLUMNS = ("id", "task_id", "score", "plan_shape", "world", "keep")


ROW = np.dtype(
    [
        ("verdict_id", "S32"),
        ("turn", "S32"),
        ("task", "i4"),
        ("score", "f8"),
        ("plan_shape", "i4"),
        ("world", "i4"),
    ]
)
"""A candidate in 84 bytes: a run of a million verdicts is decided in what a laptop has."""


class Candidate(NamedTuple):
    """A kept verdict."""

    verdict_id: str
    task_id: str
    score: float
    plan_shape: str
    world: str


async def select(verdict: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One selection record; a Reject with the verdict's reason where it is not kept, or
    `diversity_cap` where its plan shape or world has had its share."""
    if not verdict["keep"]:
        return [Reject(verdict["reason"], why(verdict))]
    over = _left_out(Held(ctx.store), ctx.recipe.selection)
    if verdict["id"] in over:
        return [Reject(OVER_CAP, over[verdict["id"]])]
    body = {
        "verdict_id": verdict["id"],
        "trajectory_id": verdict["trajectory_id"],
        "task_id": verdict["task_id"],
        "plan_shape": verdict["plan_shape"],
        "world": verdict["world"],
    }
    return [ctx.record("selection", body, parents=[verdict["id"]])]


def why(verdict: Record) -> str:
    """What a verdict says of the first item that was not met."""
    failed = (i["detail"] for i in verdict["items"] if i["score"] < 1.0 and i["detail"])
    return str(next(failed, ""))


@lru_cache(maxsize=2)
def _left_out(held: Held[Store], settings: SelectionSettings) -> dict[str, str]:
    return left_out(_kept(held.it), settings)


def _kept(store: Store) -> Iterator[Candidate]:
    for rows in store.scan("verdict", COLUMNS):
        yield from (Candidate(*row[:5]) for row in rows if row[5])


def left_out(candidates: Iterable[Candidate], settings: SelectionSettings) -> dict[str, str]:
    """Verdict id → why, of those beyond a cap. Best first: the first runs of all tasks before
    the second ones, in an order drawn by hash, so that every task loses a run before any loses
    both."""
    shapes: Counter[int] = Counter()
    worlds: Counter[int] = Counter()
    dropped: dict[str, str] = {}
    for row in _in_turn(_as_rows(candidates)):
        shape, world = int(row["plan_shape"]), int(row["world"])
        if shapes[shape] >= settings.per_plan_shape:
            why_not = f"{settings.per_plan_shape} others of this plan"
        elif worlds[world] >= settings.per_world:
            why_not = f"{settings.per_world} others of this world and kind"
        else:
            shapes[shape] += 1
            worlds[world] += 1
            continue
        dropped[row["verdict_id"].decode()] = why_not
    return dropped


def _as_rows(candidates: Iterable[Candidate]) -> np.ndarray[Any, Any]:
    """The candidates with numbers for names, in the order given."""
    tasks: dict[str, int] = {}
    shapes: dict[str, int] = {}
    worlds: dict[str, int] = {}
    rows = (
        (
            one.verdict_id,
            digest(one.verdict_id),
            tasks.setdefault(one.task_id, len(tasks)),
            one.score,
            shapes.setdefault(one.plan_shape, len(shapes)),
            worlds.setdefault(one.world, len(worlds)),
        )
        for one in candidates
    )
    return np.fromiter(rows, dtype=ROW)


def _in_turn(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """By how many better runs its task has, then by hash."""
    best = rows[np.lexsort((rows["turn"], -rows["score"], rows["task"]))]
    first = np.searchsorted(best["task"], best["task"])  # of equal scores the hash decides
    rank = np.arange(len(best)) - first
    ordered: np.ndarray[Any, Any] = best[np.lexsort((best["turn"], rank))]
    return ordered
