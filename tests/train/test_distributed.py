"""Two processes (gloo, FSDP2) against one: the same losses, and runs that change the rank count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from factory.train.checkpoint import latest_checkpoint, read_state, read_tensors
from factory.train.distributed import World, shard_model
from factory.train.metrics import read_metrics
from factory.train.model.transformer import build_model
from factory.train.run import pretrain
from factory.train.settings import ModelSettings, PretrainSettings

WORKER = Path(__file__).parent / "worker.py"
SETTINGS = PretrainSettings(
    model=ModelSettings(
        overrides={
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "intermediate_size": 48,
            "num_attention_heads": 3,  # query rows of 3 heads do not split evenly over 2 ranks
            "q_lora_rank": 24,
            "kv_lora_rank": 16,
            "qk_nope_head_dim": 8,
            "qk_rope_head_dim": 4,
            "v_head_dim": 8,
            "moe_intermediate_size": 16,
            "n_routed_experts": 5,  # 3 on one rank, 2 on the other
            "routed_scaling_factor": 1.4,
        }
    ),
    steps=6,
    batch_size=8,
    micro_batch_size=2,
    sequence_length=64,
    learning_rate=2e-2,
    warmup_steps=1,
    decay_steps=2,
    qk_clip_tau=0.004,  # clips from the start
    bias_update_rate=0.05,
    checkpoint_every=3,
    held_out_share=0.2,
    evaluate_rows=5,
)


def two_processes(corpus, tokenizer, out, *more, code=0, settings=SETTINGS):
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"),
        *("--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"),
        *(str(WORKER), settings.model_dump_json(), str(corpus), str(tokenizer), str(out), *more),
    ]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert (done.returncode != 0) == (code != 0), done.stderr[-3000:]


def steps_of(out):
    return [line for line in read_metrics(out) if line["type"] == "step"]


@pytest.fixture(scope="module")
def alone(corpus, tokenizer_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("alone")
    pretrain(SETTINGS, [corpus], out, tokenizer=tokenizer_folder)
    return out


@pytest.fixture(scope="module")
def together(corpus, tokenizer_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("together")
    two_processes(corpus, tokenizer_folder, out)
    return out


def test_two_processes_train_as_one_does(alone, together):
    for one, two in zip(steps_of(alone), steps_of(together), strict=True):
        for key in ("loss", "gradient_norm", "max_logit", "expert_imbalance"):
            assert two[key] == pytest.approx(one[key], rel=2e-3), (one["step"], key)
        for key in ("heads_clipped", "trained_tokens", "tokens", "batch_size", "lr"):
            assert two[key] == one[key]
    assert sum(one["heads_clipped"] for one in steps_of(alone)) > 6
    ends = [read_tensors(latest_checkpoint(out), "model.") for out in (alone, together)]
    for name, tensor in ends[0].items():
        # Newton-Schulz works in fp32 here: what is left is the order of sums.
        assert (ends[1][name] - tensor).norm() < 5e-3 * tensor.norm().clamp_min(1e-3), name
    # Newton-Schulz takes no notice of a gradient's scale; the momentum shows it.
    ends = [read_tensors(latest_checkpoint(out), "muon.") for out in (alone, together)]
    for name, tensor in ends[0].items():
        assert (ends[1][name] - tensor).norm() < 2e-2 * tensor.norm(), name


def test_held_out_loss_is_the_same_on_two_processes(alone, together):
    found = [
        next(line for line in read_metrics(out) if line["type"] == "evaluation")
        for out in (alone, together)
    ]
    assert found[0]["tokens"] == found[1]["tokens"] > 0
    assert found[0]["loss"] == pytest.approx(found[1]["loss"], rel=1e-3)


def test_newton_schulz_of_experts_communicates_nothing(together):
    (first,) = json.loads((together / "muon.json").read_text())
    assert first["stacks"] == 3
    assert first["local_experts"] == [3, 3, 3]
    # Shards to their owners and back, once for each shape of the other matrices, and nothing else:
    # no collective for the stacks, or for QK-Clip, whose heads lie across the ranks.
    assert sum(first["collectives"].values()) == 2 * first["shapes"]


def test_tokens_travel_to_the_experts_and_back(together):
    (travels,) = json.loads((together / "dispatch.json").read_text())
    # One layer with experts, two micro-batches a rank: there and back, forward and backward.
    assert travels == 1 * 2 * 4


def test_experts_that_do_not_spread_over_the_processes_are_refused(tiny):
    class Ranks:
        def size(self):
            return 4

    world = World(0, 4, "cpu", Ranks())
    model = build_model(tiny(n_routed_experts=6), seed=0)  # by twos: the fourth would have none
    with pytest.raises(ValueError, match="6 experts .* over 4 .* expert_parallel=false"):
        shard_model(model, world, torch.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{"expert_parallel": False}, {"recompute": "selective"}, {"recompute": "full"}],
    ids=str,
)
def test_layouts_of_two_processes_train_as_one_does(
    alone, corpus, tokenizer_folder, tmp_path, changes
):
    two_processes(corpus, tokenizer_folder, tmp_path, settings=SETTINGS.model_copy(update=changes))
    for one, two in zip(steps_of(alone), steps_of(tmp_path), strict=True):
        for key in ("loss", "gradient_norm", "max_logit", "expert_imbalance"):
            assert two[key] == pytest.approx(one[key], rel=2e-3), (one["step"], key)


@pytest.mark.slow
def test_two_processes_in_bf16_stay_within_its_tolerance(corpus, tokenizer_folder, tmp_path):
    bf16 = SETTINGS.model_copy(update={"precision": "bf16"})
    pretrain(bf16, [corpus], tmp_path / "one", tokenizer=tokenizer_folder)
    two_processes(corpus, tokenizer_folder, tmp_path / "two", settings=bf16)
    for one, two in zip(steps_of(tmp_path / "one"), steps_of(tmp_path / "two"), strict=True):
        assert two["loss"] == pytest.approx(one["loss"], rel=1e-2)


def test_loader_state_is_the_same_from_one_and_two_processes(alone, together):
    states = [read_state(latest_checkpoint(out)) for out in (alone, together)]
    assert states[0].loader == states[1].loader
    assert states[0].identity == states[1].identity


def test_run_stopped_on_two_processes_goes_on_alone(alone, corpus, tokenizer_folder, tmp_path):
    two_processes(corpus, tokenizer_folder, tmp_path, "4", code=7)
    assert read_state(latest_checkpoint(tmp_path)).step == 3
    result = pretrain(SETTINGS, [corpus], tmp_path, tokenizer=tokenizer_folder)
    assert result.resumed_from == 3
    for one, both in zip(steps_of(alone), steps_of(tmp_path), strict=True):
        assert both["loss"] == pytest.approx(one["loss"], rel=2e-3)
        assert both["tokens"] == one["tokens"]


@pytest.mark.slow
def test_run_that_goes_from_two_processes_to_one_and_back_sees_the_same_samples(
    corpus, tokenizer_folder, tmp_path
):
    config = SETTINGS.model_copy(update={"checkpoint_every": 2})
    straight, out = tmp_path / "straight", tmp_path / "moved"
    pretrain(config, [corpus], straight, tokenizer=tokenizer_folder)
    two_processes(corpus, tokenizer_folder, out, "3", code=7, settings=config)
    assert read_state(latest_checkpoint(out)).step == 2

    class Killed(BaseException):
        pass

    def dying(done, total, metrics):
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        pretrain(config, [corpus], out, tokenizer=tokenizer_folder, progress=dying)
    assert read_state(latest_checkpoint(out)).step == 4
    two_processes(corpus, tokenizer_folder, out, settings=config)
    for one, moved in zip(steps_of(straight), steps_of(out), strict=True):
        assert moved["tokens"] == one["tokens"]
        assert moved["trained_tokens"] == one["trained_tokens"]
        assert moved["loss"] == pytest.approx(one["loss"], rel=2e-3)
    states = [read_state(latest_checkpoint(folder)) for folder in (straight, out)]
    assert states[0].loader == states[1].loader


@pytest.mark.slow
def test_documented_torchrun_command_trains_and_does_nothing_the_second_time(
    corpus, tokenizer_folder, tmp_path
):
    torchrun = [str(Path(sys.executable).with_name("torchrun")), "--nproc-per-node", "2"]
    config = tmp_path / "config.yaml"
    config.write_text("steps: 3\nbatch_size: 4\nsequence_length: 64\nwarmup_steps: 1\n")
    given = ["--data", str(corpus), "--tokenizer", str(tokenizer_folder)]
    given += ["--out", str(tmp_path / "out"), "--set", "decay_steps=1"]
    command = [*torchrun, "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    command += ["-m", "factory.train", "pretrain", str(config), *given]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for said in ("pretrain: 3 steps", "all 3 steps were done already"):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.count(said) == 1
    assert read_metrics(tmp_path / "out")[0]["processes"] == 2


@pytest.mark.slow
def test_run_stopped_alone_goes_on_on_two_processes_bit_for_bit_in_its_state(
    alone, corpus, tokenizer_folder, tmp_path
):
    class Killed(BaseException):
        pass

    def dying(done, total, metrics):
        if done == 5:
            raise Killed

    with pytest.raises(Killed):
        pretrain(SETTINGS, [corpus], tmp_path, tokenizer=tokenizer_folder, progress=dying)
    two_processes(corpus, tokenizer_folder, tmp_path)
    ends = [read_tensors(latest_checkpoint(out), "muon.") for out in (alone, tmp_path)]
    for name, tensor in ends[0].items():
        assert torch.allclose(ends[1][name], tensor, rtol=0, atol=5e-3 * float(tensor.norm())), name
