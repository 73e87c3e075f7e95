"""Muon against torch's own, QK-Clip against its definition, ownership, the schedule."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from factory.train.model.attention_roads import max_logits_per_head
from factory.train.model.rope import frequencies, rotary
from factory.train.model.transformer import build_model
from factory.train.model.visibility import document_visibility
from factory.train.optim import muon_clip
from factory.train.optim.assign import RULES, assign_parameters
from factory.train.optim.muon_clip import MuonClip
from factory.train.optim.newton_schulz import muon_scale, newton_schulz
from factory.train.optim.qk_clip import apply_qk_clip, qk_clip_factors

BF16 = torch.bfloat16


def steps(optimizer, parameters, gradients):
    for step in gradients:
        for parameter, gradient in zip(parameters, step, strict=True):
            parameter.grad = gradient.clone()
        optimizer.step()


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (32, 32)])
@pytest.mark.parametrize("nesterov", [True, False])
def test_update_equals_torch_muon(shape, nesterov):
    start = torch.randn(shape)
    gradients = [[torch.randn(shape)] for _ in range(4)]
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    # torch averages gradients where Algorithm 1 sums them; Newton-Schulz sees no scale.
    steps(
        MuonClip([ours], lr=0.02, weight_decay=0.1, nesterov=nesterov, ns_dtype=BF16),
        [ours],
        gradients,
    )
    oracle = torch.optim.Muon(
        [theirs], lr=0.02, weight_decay=0.1, nesterov=nesterov, adjust_lr_fn="match_rms_adamw"
    )
    steps(oracle, [theirs], gradients)
    moved = (theirs - start).detach()
    assert (ours - theirs).norm() < 0.02 * moved.norm()  # both round to bf16 inside


def test_expert_stack_is_updated_matrix_by_matrix():
    start = torch.randn(5, 12, 20)
    stack = nn.Parameter(start.clone())
    single = [nn.Parameter(matrix.clone()) for matrix in start]
    gradients = [torch.randn(5, 12, 20) * 10.0 ** torch.arange(5)[:, None, None] for _ in range(3)]
    steps(MuonClip([stack], lr=0.05), [stack], [[g] for g in gradients])
    for expert, matrix in enumerate(single):  # each alone, so that nothing is stacked
        steps(MuonClip([matrix], lr=0.05), [matrix], [[g[expert]] for g in gradients])
    torch.testing.assert_close(stack.detach(), torch.stack([p.detach() for p in single]))


def test_newton_schulz_runs_and_its_result_is_nearly_orthogonal(monkeypatch):
    calls = []
    monkeypatch.setattr(
        muon_clip, "newton_schulz", lambda m, **k: calls.append(m.shape) or newton_schulz(m, **k)
    )
    a, b = nn.Parameter(torch.randn(16, 8)), nn.Parameter(torch.randn(16, 8))
    steps(MuonClip([a, b], lr=0.1), [a, b], [[torch.randn(16, 8), torch.randn(16, 8)]])
    assert calls == [(2, 16, 8)]
    for shape in ((64, 128), (128, 64), (3, 40, 20)):
        values = torch.linalg.svdvals(newton_schulz(torch.randn(shape)))
        assert values.min() > 0.1
        assert values.max() < 1.25


def test_update_has_the_rms_of_adamw():
    update = newton_schulz(torch.randn(64, 256)) * muon_scale((64, 256))
    assert 0.16 < float(update.square().mean().sqrt()) < 0.21


def test_zero_gradient_moves_nothing_but_decay():
    weight = nn.Parameter(torch.randn(2, 6, 4))
    start = weight.detach().clone()
    steps(MuonClip([weight], lr=0.1, weight_decay=0.5), [weight], [[torch.zeros(2, 6, 4)]])
    torch.testing.assert_close(weight.detach(), start * 0.95)


def test_vectors_are_refused():
    with pytest.raises(ValueError, match="matrices"):
        MuonClip([nn.Parameter(torch.ones(4))], lr=0.1)


def test_factor_is_exactly_one_up_to_tau_and_never_nan():
    logits = torch.tensor([-5.0, -torch.inf, 0.0, 30.0, 60.0])
    factors = qk_clip_factors(logits, 30.0)
    assert torch.equal(factors, torch.tensor([1.0, 1.0, 1.0, 1.0, 0.5]))


@pytest.mark.parametrize("q_lora_rank", [24, None])
def test_clip_scales_logits_by_gamma_and_leaves_values_and_rotary_key(tiny, q_lora_rank):
    model = build_model(tiny(q_lora_rank=q_lora_rank, initializer_range=0.2), seed=0)
    attention = model.attention_layers[0]
    x, angles = torch.randn(1, 10, 32), rotary(torch.arange(10)[None], frequencies(4, 50_000.0))
    gamma = torch.tensor([1.0, 0.25, 0.5])

    def parts():
        q, k, v = attention.queries_keys_values(x, angles)
        nope, rope = q[..., :8] @ k[..., :8].mT, q[..., 8:] @ k[..., 8:].mT
        return nope, rope, v.clone(), k[..., 8:].clone(), q[:, 0].clone()

    with torch.no_grad():
        nope, rope, values, rotary_key, first_query = parts()
        apply_qk_clip(attention, gamma)
        nope_after, rope_after, values_after, rotary_key_after, first_query_after = parts()
    factor = gamma[None, :, None, None]
    torch.testing.assert_close(nope_after, nope * factor)
    torch.testing.assert_close(rope_after, rope * factor)
    assert torch.equal(values_after, values)
    assert torch.equal(rotary_key_after, rotary_key)
    assert torch.equal(first_query_after, first_query)


def test_step_clips_each_layer_with_its_own_row(tiny):
    model = build_model(tiny(), seed=0)
    owned = assign_parameters(model.named_parameters())
    optimizer = MuonClip(
        owned["muon"].values(), lr=0.1, tau=10.0, attention_layers=model.attention_layers
    )
    before = [a.kv_b_proj.weight.detach().clone() for a in model.attention_layers]
    logits = torch.full((3, 3), -1.0)
    logits[1, 2] = 40.0
    optimizer.step(max_logits=logits)  # no gradients: nothing but the clip acts
    expected = before[1].clone().view(3, 16, 16)
    expected[2, :8] *= 0.5
    for layer, attention in enumerate(model.attention_layers):
        wanted = expected.view(48, 16) if layer == 1 else before[layer]
        torch.testing.assert_close(attention.kv_b_proj.weight.detach(), wanted)
    with pytest.raises(ValueError, match="2 rows"):
        optimizer.step(max_logits=logits[:2])


def train_hot(tiny, tau):
    """A few hot steps without decay on one batch; returns the peak logit of each step."""
    model = build_model(tiny(vocab_size=40), seed=0).train()
    owned = assign_parameters(model.named_parameters())
    muon = MuonClip(
        owned["muon"].values(),
        lr=0.2,
        weight_decay=0.0,
        tau=tau,
        attention_layers=model.attention_layers,
    )
    adamw = torch.optim.AdamW(owned["adamw"].values(), lr=0.05)
    tokens = torch.randint(0, 40, (4, 33))
    peaks = []
    for _ in range(40):
        output = model(tokens[:, :-1])
        loss = nn.functional.cross_entropy(output.logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        muon.step(max_logits=output.max_logits_LH)
        adamw.step()
        model.zero_grad()
        peaks.append(float(output.max_logits_LH.max()))
    return peaks, loss.item()


def test_clipped_run_stays_near_tau_where_the_unclipped_explodes(tiny):
    free, free_loss = train_hot(tiny, 1e9)
    clipped, loss = train_hot(tiny, 10.0)
    assert max(free) > 100
    assert max(clipped) < 20  # beyond tau by one step's growth only
    assert loss < free_loss + 0.2


@pytest.mark.parametrize("q_lora_rank", [24, None])
def test_each_parameter_is_claimed_once_and_by_the_right_optimizer(tiny, q_lora_rank):
    model = build_model(tiny(q_lora_rank=q_lora_rank), seed=0)
    owned = assign_parameters(model.named_parameters())
    names = [*owned["muon"], *owned["adamw"]]
    assert sorted(names) == sorted(name for name, _ in model.named_parameters())
    for name, parameter in model.named_parameters():
        table = name in ("embed_tokens.weight", "lm_head.weight")
        assert (name in owned["adamw"]) == (table or parameter.ndim == 1), name


def test_unclaimed_and_shared_parameters_are_errors(tiny):
    model = build_model(tiny(), seed=0)
    with pytest.raises(ValueError, match="no rule .* lm_head"):
        rules = [rule for rule in RULES if "lm_head" not in rule[0]]
        assign_parameters(model.named_parameters(), rules)
    with pytest.raises(ValueError, match="Muon cannot own"):
        assign_parameters(model.named_parameters(), [("", "muon")])
    weight = nn.Parameter(torch.ones(2, 2))
    with pytest.raises(ValueError, match="same parameter"):
        assign_parameters([("embed_tokens.weight", weight), ("lm_head.weight", weight)])


def test_visibility_of_an_all_padding_row_gives_no_factor():
    visibility = document_visibility(torch.full((1, 4), -1))
    heads = torch.randn(1, 2, 4, 8)
    largest = max_logits_per_head(heads, heads, visibility, 1.0)
    assert torch.equal(qk_clip_factors(largest, 5.0), torch.ones(2))
