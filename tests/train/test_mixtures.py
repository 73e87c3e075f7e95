"""Mixtures of datasets: shares, caps, the place in them."""

from __future__ import annotations

from collections import Counter

import pytest

from factory.shards import open_dataset
from factory.train.data.stream import MixedStream, RowStream
from factory.train.run import TrainError, pretrain
from factory.train.settings import ModelSettings, PretrainSettings

from .conftest import pretrain_bodies, write_dataset


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    for name, count, seed in (("large", 90, 1), ("small", 12, 2)):
        write_dataset(folder / name / "pretrain", "pretrain", pretrain_bodies(count, seed=seed))
    return folder


def mixed(two, weights, max_epochs):
    streams = [
        RowStream([open_dataset(str(two / name / "pretrain"))], seed=3)
        for name in ("large", "small")
    ]
    return MixedStream(streams, weights, max_epochs)


def origins(two):
    return {
        row["id"]: name
        for name in ("large", "small")
        for row in open_dataset(str(two / name / "pretrain")).rows()
    }


def test_any_beginning_of_a_mixture_has_the_shares_of_its_weights(two):
    stream, origin = mixed(two, [3.0, 1.0], [None, None]), origins(two)
    seen = Counter()
    for count in range(1, 200):
        seen[origin[next(stream)["id"]]] += 1
        assert abs(seen["large"] - 0.75 * count) <= 1


def test_capped_dataset_gives_its_epochs_and_no_more(two):
    stream, origin = mixed(two, [1.0, 1.0], [None, 2]), origins(two)
    rows = [next(stream)["id"] for _ in range(100)]
    small = [row for row in rows if origin[row] == "small"]
    assert set(Counter(small).values()) == {2}
    assert len(small) == 24
    spent = mixed(two, [1.0, 1.0], [1, 1])
    assert len({next(spent)["id"] for _ in range(102)}) == 102
    with pytest.raises(ValueError, match="max_epochs"):
        next(spent)


@pytest.mark.parametrize("taken", [0, 5, 60, 130])
def test_mixture_goes_on_from_its_state(two, taken):
    straight = mixed(two, [2.0, 1.0], [None, 1])
    for _ in range(taken):
        next(straight)
    again = mixed(two, [2.0, 1.0], [None, 1])
    again.load_state_dict(straight.state_dict())
    assert [next(again)["id"] for _ in range(30)] == [next(straight)["id"] for _ in range(30)]


def test_run_trains_on_a_mixture_and_says_what_does_not_fit(two, tokenizer_folder, tmp_path):
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    common = {"steps": 2, "warmup_steps": 0, "decay_steps": 0, "sequence_length": 64}
    config = PretrainSettings(
        **common,
        model=ModelSettings(overrides=sizes),
        mixture=({"weight": 3}, {"weight": 1, "max_epochs": 4}),
    )
    folders = [two / "large", two / "small"]
    pretrain(config, folders, tmp_path / "out", tokenizer=tokenizer_folder)
    with pytest.raises(TrainError, match="2 entries for 1 --data"):
        pretrain(config, folders[:1], tmp_path / "other", tokenizer=tokenizer_folder)
