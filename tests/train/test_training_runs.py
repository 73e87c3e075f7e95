"""Whole runs on real shards: learning, exact resuming, doing nothing twice, refusing mixtures."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
import torch
from pydantic import ValidationError

from factory.train.checkpoint import (
    checkpoint_digest,
    latest_checkpoint,
    read_state,
    read_tensors,
)
from factory.train.metrics import FIELDS, read_metrics
from factory.train.run import TrainError, pretrain, sft, train_tokenizer
from factory.train.settings import (
    ModelSettings,
    PretrainSettings,
    RunSettings,
    SftSettings,
    TokenizerSettings,
)

TINY = ModelSettings(
    overrides={
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "intermediate_size": 48,
        "num_attention_heads": 2,
        "q_lora_rank": 24,
        "kv_lora_rank": 16,
        "qk_nope_head_dim": 8,
        "qk_rope_head_dim": 4,
        "v_head_dim": 8,
        "moe_intermediate_size": 16,
    }
)


def settings(**changes):
    values = {
        "model": TINY,
        "steps": 16,
        "batch_size": 4,
        "sequence_length": 64,
        "learning_rate": 2e-2,
        "warmup_steps": 2,
        "decay_steps": 4,
        "checkpoint_every": 5,
    }
    return PretrainSettings(**{**values, **changes})


def sft_settings(**changes):
    values = {
        "steps": 10,
        "batch_size": 2,
        "sequence_length": 512,
        "warmup_steps": 2,
        "decay_steps": 4,
        "learning_rate": 2e-2,
    }
    return SftSettings(**{**values, **changes})


def checksums(checkpoint):
    state = hashlib.sha256((checkpoint / "state.json").read_bytes()).hexdigest()
    return state, checkpoint_digest(checkpoint)


class Killed(BaseException):
    """Stands for the process dying within a step's report."""


def dying_at(step):
    def progress(done, total, metrics):
        if done == step:
            raise Killed

    return progress


@pytest.fixture(scope="module")
def trained(corpus, tokenizer_folder, tmp_path_factory):
    """A pretraining run that nothing disturbed."""
    out = tmp_path_factory.mktemp("runs") / "pretrain"
    return out, pretrain(settings(), [corpus], out, tokenizer=tokenizer_folder)


def test_pretraining_learns(trained):
    _, result = trained
    assert result.summary["last_loss"] < result.summary["first_loss"] - 1.0
    assert result.summary["dropped_share"] == 0


def test_fine_tuning_learns_the_assistants_words_from_the_pretrained_weights(
    trained, corpus, tokenizer_folder, tmp_path
):
    out, _ = trained
    tuned = sft(sft_settings(), [corpus], tmp_path, tokenizer=tokenizer_folder, init=out)
    assert tuned.summary["last_loss"] < tuned.summary["first_loss"] - 1.0
    assert 0 < tuned.summary["rows"]["trained_tokens"] < tuned.summary["rows"]["tokens"]
    assert read_state(tuned.checkpoint).identity["init"] is not None


def test_attention_logits_are_clipped_and_counted_in_a_run(corpus, tokenizer_folder, tmp_path):
    hot = {"learning_rate": 0.3, "weight_decay": 0.0, "steps": 24}
    peaks = {}
    for tau in (5.0, 1e9):
        config = settings(**hot, qk_clip_tau=tau)
        result = pretrain(config, [corpus], tmp_path / str(tau), tokenizer=tokenizer_folder)
        peaks[tau] = result.summary["peak_max_logit"]
        assert (result.summary["steps_with_clip"] > 0) == (tau == 5.0)
    assert peaks[5.0] < 20 < 40 < peaks[1e9]


def test_same_run_elsewhere_writes_the_same_checkpoint_bytes(
    trained, corpus, tokenizer_folder, tmp_path
):
    _, result = trained
    again = pretrain(settings(), [corpus], tmp_path, tokenizer=tokenizer_folder)
    assert checksums(again.checkpoint) == checksums(result.checkpoint)


@pytest.mark.parametrize("step", [3, 5, 13])
def test_killed_run_ends_in_the_same_bytes(trained, corpus, tokenizer_folder, tmp_path, step):
    out, result = trained
    with pytest.raises(Killed):
        pretrain(
            settings(), [corpus], tmp_path, tokenizer=tokenizer_folder, progress=dying_at(step)
        )
    resumed = pretrain(settings(), [corpus], tmp_path, tokenizer=tokenizer_folder)
    assert resumed.resumed_from == ((step - 1) // 5 * 5 or None)
    assert checksums(resumed.checkpoint) == checksums(result.checkpoint)
    losses = [
        [line["loss"] for line in read_metrics(folder) if line["type"] == "step"]
        for folder in (tmp_path, out)
    ]
    assert losses[0] == losses[1]


def test_killed_fine_tuning_ends_in_the_same_bytes(trained, corpus, tokenizer_folder, tmp_path):
    out, _ = trained
    config = sft_settings(checkpoint_every=3)

    def run(folder, **keywords):
        return sft(config, [corpus], folder, tokenizer=tokenizer_folder, init=out, **keywords)

    straight = run(tmp_path / "a")
    with pytest.raises(Killed):
        run(tmp_path / "b", progress=dying_at(7))
    resumed = run(tmp_path / "b")
    assert resumed.resumed_from == 6
    assert checksums(resumed.checkpoint) == checksums(straight.checkpoint)
    assert resumed.summary["rows"] == straight.summary["rows"]


def test_finished_run_is_not_run_again(trained, corpus, tokenizer_folder):
    out, result = trained
    before = checksums(result.checkpoint), (out / "metrics.jsonl").read_bytes()
    again = pretrain(settings(), [corpus], out, tokenizer=tokenizer_folder, progress=dying_at(1))
    assert again.resumed_from == 16
    assert again.summary == result.summary
    assert (checksums(result.checkpoint), (out / "metrics.jsonl").read_bytes()) == before


def test_changed_settings_data_or_tokenizer_are_refused_by_name(
    trained, corpus, tokenizer_folder, tmp_path
):
    out, _ = trained
    with pytest.raises(TrainError, match="differs in its settings"):
        pretrain(settings(seed=1), [corpus], out, tokenizer=tokenizer_folder)
    with pytest.raises(TrainError, match="differs in its data"):
        pretrain(settings(), [corpus, corpus], out, tokenizer=tokenizer_folder)
    train_tokenizer(TokenizerSettings(vocab_size=400), [corpus], tmp_path / "other")
    with pytest.raises(TrainError, match="another tokenizer"):
        sft(sft_settings(), [corpus], tmp_path, tokenizer=tmp_path / "other", init=out)
    with pytest.raises(TrainError, match="no pretrain dataset"):
        pretrain(settings(), [corpus / "sft"], tmp_path, tokenizer=tokenizer_folder)
    with pytest.raises(TrainError, match="no finished checkpoint"):
        sft(sft_settings(), [corpus], tmp_path, tokenizer=tokenizer_folder, init=tmp_path)


def test_half_written_checkpoint_is_never_taken(trained, tmp_path):
    out, result = trained
    copy = tmp_path / "checkpoints" / "step-000099.unfinished"
    shutil.copytree(result.checkpoint, copy)
    assert latest_checkpoint(tmp_path) is None
    assert latest_checkpoint(copy) is None
    assert latest_checkpoint(out) == result.checkpoint
    assert latest_checkpoint(result.checkpoint) == result.checkpoint


def test_metrics_describe_themselves(trained):
    out, result = trained
    header, *steps, summary = read_metrics(out)
    assert (header["type"], summary["type"]) == ("header", "summary")
    assert header["stage"] == "pretrain"
    assert header["total_steps"] == 16
    assert set(header["fields"]) == set(FIELDS)
    assert [line["step"] for line in steps] == list(range(1, 17))
    for line in steps:
        assert set(line) == {"type", *FIELDS}
    assert summary["peak_max_logit"] == max(line["max_logit"] for line in steps)


def test_tensorboard_holds_what_the_metrics_say_also_after_a_kill(
    corpus, tokenizer_folder, tmp_path
):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    config = settings(steps=8, checkpoint_every=3, held_out_share=0.2)

    def run(**more):
        pretrain(config, [corpus], tmp_path, tokenizer=tokenizer_folder, tensorboard=True, **more)

    with pytest.raises(Killed):
        run(progress=dying_at(5))
    run()
    lines = [line for line in read_metrics(tmp_path) if line["type"] == "step"]
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    for field in ("loss", "max_logit", "lr"):
        found = {event.step: event.value for event in events.Scalars(f"train/{field}")}
        assert found == pytest.approx({line["step"]: line[field] for line in lines}, rel=1e-5)
    by_layer = [event.value for event in events.Scalars("max_logit/layer_01")]
    assert by_layer[-1] == pytest.approx(max(lines[-1]["max_logit_by_head"][1]), rel=1e-5)
    assert events.Scalars("evaluation/loss")[-1].step == 8


def test_tensorboard_without_its_package_is_a_clear_error(
    corpus, tokenizer_folder, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ValueError, match=r"k2-data-factory\[tensorboard\]"):
        pretrain(
            settings(steps=8), [corpus], tmp_path, tokenizer=tokenizer_folder, tensorboard=True
        )


def test_torn_last_metrics_line_is_left_out(trained, tmp_path):
    out, _ = trained
    text = (out / "metrics.jsonl").read_text()
    (tmp_path / "metrics.jsonl").write_text(text[:-20])
    assert len(read_metrics(tmp_path)) == len(read_metrics(out)) - 1


def test_biases_and_optimizer_state_are_in_the_checkpoint(trained):
    _, result = trained
    model = read_tensors(result.checkpoint, "model.")
    bias = model["layers.1.mlp.gate.e_score_correction_bias"]
    assert float(bias.abs().sum()) > 0
    muon, adamw = (read_tensors(result.checkpoint, owner) for owner in ("muon.", "adamw."))
    owned = {key.split("/")[0] for key in [*muon, *adamw]}
    assert owned == {name for name in model if not name.endswith("bias")}


ONE_STEP = {"steps": 1, "warmup_steps": 0, "decay_steps": 0}


def test_gradient_is_clipped_over_all_parameters_together(corpus, tokenizer_folder, tmp_path):
    config = settings(**ONE_STEP, max_gradient_norm=1e-3)
    result = pretrain(config, [corpus], tmp_path, tokenizer=tokenizer_folder)
    state = read_tensors(result.checkpoint, "muon.") | read_tensors(result.checkpoint, "adamw.")
    squares = 0.0
    for key, tensor in state.items():  # after one step both buffers are the gradient, scaled
        if key.endswith("momentum_buffer"):
            squares += float(tensor.square().sum())
        elif key.endswith("exp_avg"):
            squares += float((tensor / 0.1).square().sum())
    assert squares**0.5 == pytest.approx(1e-3, rel=1e-2)
    assert read_metrics(tmp_path)[1]["gradient_norm"] > 1e-2


def test_fine_tuning_starts_from_the_weights_it_is_given(
    trained, corpus, tokenizer_folder, tmp_path
):
    out, before = trained
    config = sft_settings(**ONE_STEP, learning_rate=1e-12)
    after = sft(config, [corpus], tmp_path, tokenizer=tokenizer_folder, init=out)
    start = read_tensors(before.checkpoint, "model.")
    for name, tensor in read_tensors(after.checkpoint, "model.").items():
        if not name.endswith("bias"):  # the balancing bias moves by a rate of its own
            assert torch.allclose(tensor, start[name], rtol=0, atol=1e-9), name


def test_settings_refuse_what_cannot_be():
    for broken in (
        {"stepz": 3},
        {"steps": 5, "warmup_steps": 4, "decay_steps": 4},
        {"learning_rate": -1},
        {"model": {"preset": "huge"}},
        {"model": {"overrides": {"vocab_size": 5}}},
        {"model": {"overrides": {"heads": 5}}},
    ):
        with pytest.raises(ValidationError):
            PretrainSettings(**broken)


def test_settings_load_without_torch():
    code = "import sys, factory.train.settings; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert json.loads(RunSettings().model_dump_json())["seed"] == 0
