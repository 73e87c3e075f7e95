"""Stage: a trajectory → its verdict: the rules, then the task's rubric, with evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject
from factory.tasks.compose import load_toolbox
from factory.tasks.proof.checks import CHECKS, Evidence, Score, evaluate
from factory.trajectories.authors import Judge
from factory.trajectories.judging.case import Case
from factory.trajectories.judging.rules import FORM, RULES
from factory.trajectories.shape import plan_shape, world_of

MUST = ("confirmed", "forbidden", "no_writes", "asked", "unchanged_until", "order")
"""Rubric items outside the success criteria that a kept trajectory must meet in full."""


class RubricJudge:
    """The offline judge: scores what a machine can check; has no opinion on the rest (score 1)."""

    name = "rubric"

    async def score(
        self, items: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Sequence[Score]:
        """See `authors.Judge`."""
        return [
            evaluate(item, evidence) if item["type"] in CHECKS else Score(1.0, -1, "not checked")
            for item in items
        ]

    async def review(
        self, tools: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Sequence[tuple[Mapping[str, Any], Score]]:
        """See `authors.Judge`: nothing beyond the rubric."""
        return []


async def judge(trajectory: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One verdict record. `keep` is false with a reason where a gate rule, a success criterion
    or a policy item fails, or the weighted score stays under the recipe's `keep_score`."""
    task = ctx.store.get("task", trajectory["task_id"])
    agent = ctx.store.get("agent", trajectory["agent_id"])
    author: Judge = ctx.authors["judge"]
    case = Case(trajectory, task, agent, load_toolbox(agent, ctx))
    items = run_rules(case)
    reason = next((i["item"] for i in items if i["score"] < 1.0 and RULES[i["item"]][2]), "")
    rubric = task["rubric"]
    readable = reason not in FORM
    for part in ("success_criteria", "expected_tool_use", "checkpoints"):
        scores = [Score(0.0, -1, "not readable")] * len(rubric[part])
        if readable:
            scores = list(await author.score(rubric[part], case.evidence, task))
        for item, score in zip(rubric[part], scores, strict=True):
            items.append(_row(item["id"], item["type"], score, item["weight"]))
            must = part == "success_criteria" or item["type"] in MUST
            if must and score.score < 1.0 and not reason:
                reason = str(item["type"])
    if readable:
        for item, score in await author.review(trajectory["tools"], case.evidence, task):
            items.append(_row(item["id"], item["type"], score, item["weight"]))
    total = sum(item["weight"] for item in items)
    mean = sum(item["score"] * item["weight"] for item in items) / total
    if not reason and mean < ctx.recipe.verdicts.keep_score:
        reason = "low_score"
    body = {
        "trajectory_id": trajectory["id"],
        "task_id": task["id"],
        "judge": author.name,
        "items": items,
        "score": round(mean, 6),
        "keep": not reason,
        "reason": reason or None,
        "plan_shape": plan_shape(task, case.toolbox),
        "world": world_of(task),
    }
    return [ctx.record("verdict", body, parents=[trajectory["id"], task["id"]])]


def run_rules(case: Case) -> list[dict[str, Any]]:
    """The verdict rows of all rules; where a rule of form is broken, those up to it."""
    rows = []
    for name, (rule, weight, _) in RULES.items():
        rows.append(_row(name, "rule", rule(case), weight))
        if name in FORM and rows[-1]["score"] < 1.0:
            break
    return rows


def _row(name: str, kind: str, score: Score, weight: float) -> dict[str, Any]:
    return {
        "item": name,
        "type": kind,
        "score": round(score.score, 6),
        "weight": weight,
        "evidence": score.evidence,
        "detail": score.detail,
    }
