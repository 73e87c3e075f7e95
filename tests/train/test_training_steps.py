"""What one optimizer step must be, however its batch is cut up, recomputed or rounded."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

from factory.shards import open_dataset
from factory.train import trainer as trainer_module
from factory.train.checkpoint import latest_checkpoint, read_tensors
from factory.train.data.loader import pretrain_loader
from factory.train.data.stream import RowStream
from factory.train.distributed import World
from factory.train.failure import NonFiniteError
from factory.train.metrics import read_metrics
from factory.train.model.transformer import build_model
from factory.train.run import pretrain
from factory.train.settings import ModelSettings, PretrainSettings
from factory.train.trainer import Trainer, micro_batches

ALONE = World(0, 1, "cpu")


@pytest.fixture
def make_trainer(corpus, tokenizer, tiny, tmp_path):
    def make(**changes):
        values = {"steps": 4, "batch_size": 8, "sequence_length": 48, "learning_rate": 0.05}
        settings = PretrainSettings(
            **{**values, "warmup_steps": 0, "decay_steps": 0, "bias_update_rate": 0.1, **changes}
        )
        stream = RowStream([open_dataset(str(corpus / "pretrain"))], seed=2)
        loader = pretrain_loader(stream, tokenizer, 48, settings.batch_size)
        config = tiny(vocab_size=tokenizer.vocab_size, initializer_range=0.3)
        return Trainer(build_model(config, seed=0), settings, loader, {}, tmp_path, ALONE)

    return make


def after(trainer, steps=2):
    metrics = [trainer.train_step() for _ in range(steps)]
    return metrics, {k: v.clone() for k, v in trainer.model.state_dict().items()}


def assert_same(first, second, *, rtol=1e-4):
    for name, tensor in first[1].items():
        torch.testing.assert_close(second[1][name], tensor, rtol=rtol, atol=1e-4, msg=name)
    for one, two in zip(first[0], second[0], strict=True):
        for key in ("loss", "gradient_norm", "max_logit", "expert_imbalance"):
            assert two[key] == pytest.approx(one[key], rel=1e-4), key
        assert two["heads_clipped"] == one["heads_clipped"]


@pytest.mark.parametrize("size", [1, 4])
def test_micro_batches_add_up_to_the_batch(make_trainer, size):
    """Gradient, maximum logits (so the clip) and expert loads (so the bias) are of all of it."""
    tau = 2.0
    whole = after(make_trainer(qk_clip_tau=tau))
    assert whole[0][0]["heads_clipped"] > 0
    assert_same(whole, after(make_trainer(qk_clip_tau=tau, micro_batch_size=size)))


def test_micro_batches_that_do_not_divide_the_batch_are_refused(make_trainer):
    with pytest.raises(ValueError, match="8 rows is no multiple of 1 processes x 3 rows"):
        make_trainer(micro_batch_size=3).train_step()
    rows = list(range(8))
    shares = [micro_batches(rows, World(rank, 2, "cpu"), 2) for rank in range(2)]
    assert shares == [[[0, 1], [4, 5]], [[2, 3], [6, 7]]]


@pytest.mark.parametrize("mode", ["selective", "full"])
def test_recomputation_changes_no_bit(make_trainer, mode):
    plain, again = after(make_trainer()), after(make_trainer(recompute=mode))
    for name, tensor in plain[1].items():
        assert torch.equal(again[1][name], tensor), name
    for key in ("expert_imbalance", "max_logit", "loss"):  # nothing counted twice
        assert again[0][1][key] == plain[0][1][key]


def saved_bytes(trainer):
    """Bytes that autograd holds between forward and backward."""
    seen = {}

    def pack(tensor):
        seen[(tensor.data_ptr(), tensor.numel())] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        trainer.train_step()
    return sum(seen.values())


def test_full_recomputation_keeps_less(make_trainer):
    assert saved_bytes(make_trainer(recompute="full")) < 0.5 * saved_bytes(make_trainer())


def test_bf16_stays_near_fp32_and_keeps_fp32_weights(make_trainer):
    exact, rounded = make_trainer(), make_trainer(precision="bf16")
    first, second = after(exact, 1), after(rounded, 1)
    assert second[0][0]["loss"] == pytest.approx(first[0][0]["loss"], rel=0.02)
    assert second[0][0]["loss"] != first[0][0]["loss"]
    assert all(p.dtype == torch.float32 for p in rounded.model.parameters())
    state = [rounded.muon.state[p] for p in rounded.muon.param_groups[0]["params"]]
    assert all(s["momentum_buffer"].dtype == torch.float32 for s in state)


def test_batch_ramp_changes_the_batch_and_the_rate_goes_by_tokens(make_trainer):
    ramp = ({"tokens": 2 * 4 * 48, "batch_size": 8},)
    phases = ({"shape": "linear", "tokens": 24 * 48, "to": 0.24},)
    trainer = make_trainer(batch_size=4, batch_ramp=ramp, schedule=phases)
    metrics = [trainer.train_step() for _ in range(4)]
    assert [m["batch_size"] for m in metrics] == [4, 4, 8, 8]
    assert [m["lr"] for m in metrics] == pytest.approx([0.04, 0.08, 0.16, 0.24])


def test_bias_rests_where_its_phase_says_so(make_trainer):
    phases = ({"shape": "constant", "tokens": 1e6, "to": 0.01, "bias_update_rate": 0.0},)
    trainer = make_trainer(schedule=phases)
    trainer.train_step()
    assert all(not router.e_score_correction_bias.any() for router in trainer.model.routers)


def test_update_rms_is_that_of_the_step_before(make_trainer):
    first, second = after(make_trainer(weight_decay=0.0))[0]
    assert first["update_rms"] is None
    assert 0.12 < second["update_rms"] < 0.22  # Moonlight, Lemma 1: near 0.2 where rank is full


def test_split_heads_orthogonalises_head_by_head(tiny):
    from factory.train.optim.assign import assign_parameters
    from factory.train.optim.muon_clip import MuonClip
    from factory.train.optim.newton_schulz import muon_scale, newton_schulz

    model = build_model(tiny(), seed=0)
    owned = assign_parameters(model.named_parameters())["muon"]
    muon = MuonClip(
        owned.values(),
        lr=1.0,
        weight_decay=0.0,
        nesterov=False,
        attention_layers=model.attention_layers,
        split_heads=True,
    )
    name = "layers.1.self_attn.q_b_proj.weight"
    before = owned[name].detach().clone()
    for parameter in owned.values():
        parameter.grad = torch.randn_like(parameter)
    heads = owned[name].grad.view(3, 12, 24)
    expected = before - torch.cat([newton_schulz(h) * muon_scale((12, 24)) for h in heads])
    muon.step()
    torch.testing.assert_close(owned[name].detach(), expected)


def test_step_that_is_not_finite_stops_before_any_update_and_is_kept(make_trainer, monkeypatch):
    trainer = make_trainer()
    trainer.train_step()
    before = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    rows = []
    plain = trainer_module.summed_loss

    def poisoned(model, batch, **keywords):
        rows.append(batch)
        output, loss = plain(model, batch, **keywords)
        return output, loss * model.layers[1].self_attn.o_proj.weight[0, 0] * float("inf")

    monkeypatch.setattr(trainer_module, "summed_loss", poisoned)
    with pytest.raises(NonFiniteError, match="step 2: loss"):
        trainer.train_step()
    for name, tensor in trainer.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    folder = trainer.out / "failed"
    kept = read_tensors(latest_checkpoint(folder), "model.")
    assert all(torch.equal(kept[name], before[name]) for name in before)
    told = json.loads((folder / "step.json").read_text())
    assert told["step"] == 2
    assert "layers.1.self_attn.o_proj.weight" in told["broken_gradients"]
    assert torch.equal(load_file(folder / "batch.safetensors")["tokens"], rows[0].tokens)


def run_settings(**changes):
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    values = {"steps": 6, "batch_size": 4, "sequence_length": 64, "warmup_steps": 1}
    values |= {"decay_steps": 2, "model": ModelSettings(overrides=sizes)}
    return PretrainSettings(**{**values, **changes})


def test_last_checkpoints_are_kept_as_many_as_asked(corpus, tokenizer_folder, tmp_path):
    config = run_settings(checkpoint_every=1, keep_checkpoints=3)
    pretrain(config, [corpus], tmp_path, tokenizer=tokenizer_folder)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["step-000004", "step-000005", "step-000006"]


def test_held_out_sources_are_evaluated_and_never_trained_on(
    corpus, tokenizer_folder, tokenizer, tmp_path
):
    config = run_settings(held_out_share=0.3, evaluate_every=2, evaluate_rows=6)
    pretrain(config, [corpus], tmp_path, tokenizer=tokenizer_folder)
    lines = [line for line in read_metrics(tmp_path) if line["type"] == "evaluation"]
    assert [line["step"] for line in lines] == [2, 4, 6]
    assert lines[-1]["loss"] < lines[0]["loss"]
    dataset = open_dataset(str(corpus / "pretrain"))
    stream = RowStream([dataset], seed=0, held_out=0.3)
    trained = {next(stream)["source_id"] for _ in range(200)}
    everything = {row["source_id"] for row in dataset.rows()}
    assert 0 < len(everything - trained) < len(everything) / 2
    # Nothing of the model's mode or statistic is left behind by an evaluation.
    plain = tmp_path / "plain"
    pretrain(run_settings(held_out_share=0.3), [corpus], plain, tokenizer=tokenizer_folder)
    losses = [
        [line["loss"] for line in read_metrics(out) if line["type"] == "step"]
        for out in (tmp_path, plain)
    ]
    assert losses[0] == losses[1]
