"""Parameter counts against the published ones, and against a formula written out by hand."""

from __future__ import annotations

import pytest

from factory.train.model.count import count
from factory.train.model.presets import PRESETS, preset


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("kimi-k2", 1_026_408_232_448, 32_861_500_928),
        ("deepseek-v3", 671_026_419_200, 37_552_297_472),
        ("moonlight-16b-a3b", 15_960_110_208, 2_914_776_192),
    ],
)
def test_counts_equal_the_published_ones(name, total, active):
    counted = count(preset(name))
    assert (counted.total, counted.active) == (total, active)


def test_moonlight_without_embeddings_is_what_its_readme_says():
    counted = count(preset("moonlight-16b-a3b"))
    assert counted.total - counted.embeddings == 15_289_021_568
    assert counted.active - counted.embeddings == 2_243_687_552


def test_muon_owns_nearly_all_of_k2():
    counted = count(preset("kimi-k2"))
    norms = 61 * (2 * 7168 + 1536 + 512) + 7168
    assert counted.adamw == 2 * 163_840 * 7168 + norms
    biases = 60 * 384  # in the checkpoint, owned by no optimizer
    assert counted.muon + counted.adamw + biases == counted.total


def test_flops_are_six_per_active_weight_and_three_times_causal_attention():
    config = preset("toy")
    counted = count(config, context=100)
    d, h, v = 128, 4, 4096
    attention = 96 * d + h * 32 * 96 + (64 + 16) * d + h * 48 * 64 + d * h * 32
    active = 2 * attention + 3 * d * 384 + (2 + 1) * 3 * d * 96 + 8 * d + v * d
    causal = 2 * 3 * (2 * h * 32 + 2 * h * 32) * 100 / 2  # two layers; q·k and p·v; half the keys
    # Biases, norms and latent norms aside, that is all.
    assert counted.flops_per_token == 6 * active + causal


def test_each_preset_can_be_built():
    assert set(PRESETS) >= {"toy", "s", "1b-a270m", "moonlight-16b-a3b", "kimi-k2"}
    for name in PRESETS:
        assert count(preset(name)).total > 0
