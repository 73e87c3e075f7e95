"""Contexts: randomness is a function of (seed, stage, record id), and of nothing else."""

from __future__ import annotations

import pytest

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.records import RecordError
from factory.stage import Reject, reject_record


def draws(**where: object) -> list[float]:
    ctx = lone_context(**where)  # type: ignore[arg-type]
    return [ctx.rng.random() for _ in range(3)]


def test_the_same_record_draws_the_same_numbers() -> None:
    assert draws(record_id="a") == draws(record_id="a")


@pytest.mark.parametrize(
    "other", [{"record_id": "b"}, {"stage": "other"}, {"recipe": Recipe(seed=9)}]
)
def test_another_record_stage_or_seed_draws_others(other: dict[str, object]) -> None:
    assert draws(record_id="a", stage="s") != draws(**{"record_id": "a", "stage": "s", **other})


def test_child_generators_are_independent_of_what_was_drawn_before() -> None:
    ctx = lone_context()
    before = ctx.child("x", 1).random()
    ctx.rng.random()
    assert ctx.child("x", 1).random() == before != ctx.child("x", 2).random()


def test_a_reject_row_keeps_reason_input_and_the_dropped_thing() -> None:
    row = reject_record(lone_context(record_id="in"), Reject("too_short", "why", {"a": 1}))
    assert (row["reason"], row["input_id"], row["record"]) == ("too_short", "in", {"a": 1})
    huge = reject_record(lone_context(), Reject("big", "", {"text": "x" * 50_000}))
    assert huge["record"] == {"omitted_characters": 50_011}


def test_a_reason_must_be_a_code() -> None:
    with pytest.raises(RecordError, match="reason"):
        reject_record(lone_context(), Reject("Not a code!"))
