"""Stacked experts against a loop, the gate's arithmetic, and the balancing bias."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from factory.train.model.moe import (
    MixtureOfExperts,
    expert_matmul,
    expert_matmul_loop,
    update_expert_bias,
)


def layer(tiny, **overrides):
    moe = MixtureOfExperts(tiny(**overrides))
    with torch.no_grad():
        for parameter in moe.parameters():
            parameter.normal_(0, 0.3)
        moe.gate.e_score_correction_bias.normal_(0, 0.3)
    return moe


def token_by_token(moe, x):
    """The equations of DeepSeek-V3 (12-16), one token after another."""
    out = torch.empty_like(x)
    for t, token in enumerate(x):
        scores = torch.sigmoid(moe.gate.weight @ token)
        chosen = (scores + moe.gate.e_score_correction_bias).topk(moe.gate.top_k).indices
        weights = scores[chosen] / scores[chosen].sum() * moe.gate.scaling
        out[t] = moe.shared_experts(token)
        for weight, e in zip(weights, chosen, strict=True):
            gate = moe.experts.gate_proj[e] @ token
            hidden = F.silu(gate) * (moe.experts.up_proj[e] @ token)
            out[t] = out[t] + weight * (moe.experts.down_proj[e] @ hidden)
    return out


def test_mixture_equals_the_equations_token_by_token(tiny):
    moe = layer(tiny, num_experts_per_tok=3)
    x = torch.randn(2, 9, 32)
    out, _ = moe(x, torch.ones(2, 9, dtype=torch.bool))
    torch.testing.assert_close(out.flatten(0, 1), token_by_token(moe, x.flatten(0, 1)))


def test_grouped_product_equals_the_loop_forward_and_backward():
    x, w = torch.randn(24, 16), torch.randn(5, 8, 16)
    counts = torch.tensor([7, 0, 10, 0, 7])  # empty experts too
    weight = torch.randn(24, 8)
    results = []
    for product in (expert_matmul, expert_matmul_loop):
        a, b = x.clone().requires_grad_(), w.clone().requires_grad_()
        out = product(a, b, counts)
        (out * weight).sum().backward()
        results.append((out.detach(), a.grad, b.grad))
    for grouped, looped in zip(*results, strict=True):
        torch.testing.assert_close(grouped, looped)
    assert torch.equal(results[0][2][1], torch.zeros(8, 16))


def test_bias_chooses_experts_but_never_weighs_them(tiny):
    moe = layer(tiny)
    x = torch.randn(12, 32)
    with torch.no_grad():
        moe.gate.e_score_correction_bias.zero_()
        moe.gate.e_score_correction_bias[5] = 10.0
    weights, chosen = moe.gate(x)
    assert (chosen == 5).any(-1).all()
    torch.testing.assert_close(weights.sum(-1), torch.full((12,), moe.gate.scaling))
    scores = (x @ moe.gate.weight.T).sigmoid().gather(1, chosen)
    torch.testing.assert_close(weights / moe.gate.scaling, scores / scores.sum(-1, keepdim=True))


def test_gate_scores_are_fp32_under_autocast(tiny):
    moe = layer(tiny)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        weights, _ = moe.gate(torch.randn(4, 32, dtype=torch.bfloat16))
    assert weights.dtype == torch.float32


def test_load_counts_every_real_choice_and_no_padding(tiny):
    moe = layer(tiny)
    real = torch.ones(2, 9, dtype=torch.bool)
    real[1, 4:] = False
    _, load = moe(torch.randn(2, 9, 32), real)
    assert int(load.sum()) == int(real.sum()) * moe.gate.top_k


def test_bias_update_follows_the_equation_and_never_drifts():
    bias = torch.zeros(4)
    update_expert_bias(bias, torch.tensor([10, 2, 2, 2]), rate=0.1)
    # mean load 4: signs (-1, 1, 1, 1), their mean 0.5
    torch.testing.assert_close(bias, torch.tensor([-0.15, 0.05, 0.05, 0.05]))
    for _ in range(20):
        update_expert_bias(bias, torch.randint(0, 9, (4,)), rate=0.1)
    assert abs(float(bias.sum())) < 1e-5


def test_bias_balances_a_lopsided_router(tiny):
    moe = layer(tiny)
    x = torch.randn(1, 400, 32) + moe.gate.weight[0].detach()  # everyone likes expert 0
    real = torch.ones(1, 400, dtype=torch.bool)
    first = moe(x, real)[1].max()
    for _ in range(150):
        update_expert_bias(moe.gate.e_score_correction_bias, moe(x, real)[1], rate=0.02)
    assert moe(x, real)[1].max() < 0.6 * first
