"""Stage: a verdict → a selected trajectory, so that no plan and no world fills the rows.

A function of the verdicts in dataset order and the settings alone: every worker decides the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from factory.held import Held
from factory.records import Record, digest
from factory.stage import Context, Reject, Store
from factory.trajectories.settings import SelectionSettings

OVER_CAP = "diversity_cap"
COLUMNS = ("id", "task_id", "score", "plan_shape", "world", "keep")


@dataclass(frozen=True)
class Candidate:
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
    rows = zip(*(held.it.column("verdict", name) for name in COLUMNS), strict=True)
    return left_out([Candidate(*row[:5]) for row in rows if row[5]], settings)


def left_out(candidates: Sequence[Candidate], settings: SelectionSettings) -> dict[str, str]:
    """Verdict id → why, of those beyond a cap. Best first: the first runs of all tasks before
    the second ones, in an order drawn by hash, so that every task loses a run before any loses
    both."""
    shapes: Counter[str] = Counter()
    worlds: Counter[str] = Counter()
    dropped: dict[str, str] = {}
    for candidate in _in_turn(candidates):
        if shapes[candidate.plan_shape] >= settings.per_plan_shape:
            dropped[candidate.verdict_id] = f"{settings.per_plan_shape} others of this plan"
        elif worlds[candidate.world] >= settings.per_world:
            dropped[candidate.verdict_id] = f"{settings.per_world} others of this world and kind"
        else:
            shapes[candidate.plan_shape] += 1
            worlds[candidate.world] += 1
    return dropped


def _in_turn(candidates: Sequence[Candidate]) -> list[Candidate]:
    ranks: Mapping[str, int] = _ranks(candidates)
    return sorted(candidates, key=lambda c: (ranks[c.verdict_id], digest(c.verdict_id)))


def _ranks(candidates: Sequence[Candidate]) -> dict[str, int]:
    """How many better runs its task has, of each candidate."""
    seen: Counter[str] = Counter()
    ranks = {}
    for candidate in sorted(candidates, key=lambda c: (-c.score, digest(c.verdict_id))):
        ranks[candidate.verdict_id] = seen[candidate.task_id]
        seen[candidate.task_id] += 1
    return ranks
