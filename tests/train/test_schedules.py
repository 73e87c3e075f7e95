"""Learning rate and batch size as functions of the tokens, against the reports' own figures."""

from __future__ import annotations

from math import cos, pi

import pytest

from factory.train.optim.schedule import (
    RAMPS,
    SCHEDULES,
    Phase,
    RampPoint,
    batch_size_at,
    learning_rate,
    phase_at,
    tokens_before,
    wsd,
)
from factory.train.settings import RunSettings

K2_STEP = 16_384 * 4096


def test_wsd_warms_up_stays_and_decays():
    settings = RunSettings(
        steps=20,
        warmup_steps=4,
        decay_steps=5,
        learning_rate=1.0,
        final_learning_rate=0.1,
        batch_size=3,
        sequence_length=8,
    )
    rates = [learning_rate(settings.phases(), settings.tokens_before(t + 1)) for t in range(20)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4:15] == [1.0] * 11
    expected = [0.1 + 0.9 * (1 + cos(pi * k / 5)) / 2 for k in range(1, 6)]
    assert rates[15:] == pytest.approx(expected)


def test_wsd_without_warm_up_starts_at_the_peak():
    phases = wsd(peak=2.0, final=0.0, warmup=0, stable=10, decay=0)
    assert learning_rate(phases, 1) == learning_rate(phases, 99) == 2.0


@pytest.mark.parametrize(
    ("tokens", "rate"),
    [
        (250 * K2_STEP, 1e-4),
        (500 * K2_STEP, 2e-4),
        (10e12, 2e-4),
        (500 * K2_STEP + 10e12 + 2.75e12, 1.1e-4),  # half-way down the cosine
        (500 * K2_STEP + 15.5e12, 2e-5),
        (500 * K2_STEP + 15.5e12 + 460e9, 7e-6),
        (99e12, 7e-6),
    ],
)
def test_k2_schedule_is_the_reports(tokens, rate):
    assert learning_rate(SCHEDULES["kimi-k2"], tokens) == pytest.approx(rate)


def test_moonlight_schedule_cools_down_without_touching_the_bias():
    phases = SCHEDULES["moonlight"]
    assert learning_rate(phases, 33e9) == pytest.approx(4.2e-4)
    assert learning_rate(phases, 5.2e12) == pytest.approx(4.2e-5)
    assert learning_rate(phases, 5.2e12 + 100 * 4096 * 8192) == pytest.approx(1e-4)
    assert learning_rate(phases, 6e12) == 0.0
    assert phase_at(phases, 1e12).bias_update_rate is None
    assert phase_at(phases, 5.5e12).bias_update_rate == 0.0
    assert batch_size_at(2048, RAMPS["moonlight"], 199e9) == 2048
    assert batch_size_at(2048, RAMPS["moonlight"], 200e9) == 4096


@pytest.mark.parametrize(("shape", "half"), [("linear", 5.0), ("cosine", 5.0), ("sqrt", 2.929)])
def test_decay_shapes_at_half_way(shape, half):
    phases = [Phase("constant", 10, 10.0), Phase(shape, 10, 0.0)]
    assert learning_rate(phases, 10) == 10.0
    assert learning_rate(phases, 15) == pytest.approx(half, abs=1e-3)
    assert learning_rate(phases, 20) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    "ramp", [[], [RampPoint(100, 4)], [RampPoint(95, 4), RampPoint(96, 8), RampPoint(400, 16)]]
)
def test_tokens_before_a_step_are_those_of_the_steps_one_by_one(ramp):
    tokens, expected = 0, [0]
    for _ in range(40):
        tokens += batch_size_at(2, ramp, tokens) * 10
        expected.append(tokens)
    assert [tokens_before(step, 2, ramp, 10) for step in range(41)] == expected


def test_settings_take_phases_published_names_and_refuse_what_cannot_be():
    phases = ({"shape": "linear", "tokens": 1000, "to": 0.1, "bias_update_rate": 0.0},)
    assert RunSettings(schedule=phases).phases() == [Phase("linear", 1000, 0.1, 0.0)]
    assert RunSettings(schedule="kimi-k2").phases() == list(SCHEDULES["kimi-k2"])
    for broken in (
        {"schedule": "kimi-k3"},
        {"schedule": ({"shape": "stairs", "tokens": 5, "to": 1},)},
        {"batch_ramp": ({"tokens": 9, "batch_size": 2}, {"tokens": 9, "batch_size": 4})},
        {"evaluate_every": 3},
    ):
        with pytest.raises(ValueError):
            RunSettings(**broken)
