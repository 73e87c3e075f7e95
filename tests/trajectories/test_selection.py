"""The caps on plan shapes and worlds: what they leave out, and that every worker agrees."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from factory.recipe import Recipe, parse_recipe
from factory.stage import Reject
from factory.trajectories.selection import Candidate, left_out, select
from factory.trajectories.settings import SelectionSettings
from factory.trajectories.sft import to_sft
from factory.trajectories.shape import plan_shape
from tests.agents.agentic_line import context, line


def candidates(count: int, seed: int = 0) -> list[Candidate]:
    rng = random.Random(seed)
    return [
        Candidate(f"v{n}", f"t{n // 2}", rng.choice((1.0, 0.97)), f"s{n // 2 % 7}", f"w{n % 11}")
        for n in range(count)
    ]


def test_no_plan_and_no_world_has_more_than_its_share() -> None:
    rows = candidates(600)
    settings = SelectionSettings(per_plan_shape=30, per_world=25)
    gone = left_out(rows, settings)
    kept = [row for row in rows if row.verdict_id not in gone]
    assert max(Counter(row.plan_shape for row in kept).values()) == 30
    assert max(Counter(row.world for row in kept).values()) <= 25
    for row in rows:  # nothing is left out while there is room
        if row.verdict_id in gone:
            full = sum(k.plan_shape == row.plan_shape for k in kept) == 30
            assert full or sum(k.world == row.world for k in kept) == 25


def test_every_task_loses_a_run_before_any_loses_both() -> None:
    rows = candidates(280)
    gone = left_out(rows, SelectionSettings(per_plan_shape=20, per_world=1000))
    kept = Counter(row.task_id for row in rows if row.verdict_id not in gone)
    assert set(kept.values()) == {1} and len(kept) == 140


def test_the_order_of_the_verdicts_does_not_matter() -> None:
    rows = candidates(400)
    settings = SelectionSettings(per_plan_shape=20, per_world=12)
    shuffled = rows[:]
    random.Random(5).shuffle(shuffled)
    assert left_out(rows, settings) == left_out(shuffled, settings)


def chosen(recipe: Recipe) -> list:
    store = line().store
    return [
        asyncio.run(select(verdict, context(store, "selection", verdict["id"], recipe)))[0]
        for verdict in line().rows("verdict")
    ]


def test_what_is_over_a_cap_is_rejected_with_its_code() -> None:
    made = chosen(parse_recipe({"selection": {"per_world": 2, "per_plan_shape": 6}}))
    reasons = Counter(one.reason for one in made if isinstance(one, Reject))
    kept = [one for one in made if not isinstance(one, Reject)]
    verdicts = line().rows("verdict")
    assert reasons["diversity_cap"] > 0
    assert sum(reasons.values()) + len(kept) == len(verdicts)
    assert max(Counter(row["world"] for row in kept).values()) == 2
    assert max(Counter(row["plan_shape"] for row in kept).values()) <= 6
    unkept = sum(not verdict["keep"] for verdict in verdicts)
    assert sum(n for reason, n in reasons.items() if reason != "diversity_cap") == unkept


def test_the_defaults_leave_out_nothing_of_a_small_run() -> None:
    made = chosen(Recipe())
    assert not [one for one in made if isinstance(one, Reject) and one.reason == "diversity_cap"]


def test_rows_for_trainers_come_from_selected_ones() -> None:
    picked = next(one for one in chosen(Recipe()) if not isinstance(one, Reject))
    row = asyncio.run(to_sft(picked, context(line().store, "sft", picked["id"])))[0]
    assert row["trajectory_id"] == picked["trajectory_id"]
    assert picked["id"] in row["lineage"]["parents"]


def test_a_plan_shape_is_the_plan_without_its_nouns() -> None:
    tasks = {task["id"]: task for task in line().rows("task")}
    groups: dict[str, list] = {}
    for verdict in line().rows("verdict"):
        groups.setdefault(verdict["plan_shape"], []).append(tasks[verdict["task_id"]])
    assert 10 < len(groups) < len(tasks)
    for group in groups.values():
        assert len({task["kind"] for task in group}) == 1
        assert len({len(task["plan"]) for task in group}) == 1
    assert any(len({task["domain_id"] for task in group}) > 1 for group in groups.values())
    task = next(task for task in tasks.values() if len(task["plan"]) > 1)
    longer = {**task, "plan": task["plan"][:-1]}

    class NoTools:
        tools: dict = {}

    assert plan_shape(task, NoTools()) != plan_shape(longer, NoTools())
