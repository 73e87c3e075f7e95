"""Document masks and the per-head maximum logit, against plain eager mathematics."""

from __future__ import annotations

import pytest
import torch

from factory.train.model.attention_roads import attention, choose_road, max_logits_per_head
from factory.train.model.transformer import build_model
from factory.train.model.visibility import document_visibility

LENGTH = 37
ON_CPU = pytest.mark.parametrize("road", ["exact", "lse"])


def random_heads(value_dim: int = 8):
    q, k = torch.randn(2, 3, LENGTH, 12), torch.randn(2, 3, LENGTH, 12)
    return q, k, torch.randn(2, 3, LENGTH, value_dim)


def document_ids():
    ids = torch.tensor([0] * 11 + [1] * 20 + [-1] * 6)
    return torch.stack((ids, torch.zeros(LENGTH, dtype=torch.long)))


def eager_logits(q, k, ids, scale):
    logits = torch.full((*q.shape[:3], LENGTH), -torch.inf)
    for b in range(q.shape[0]):
        for i in range(LENGTH):
            for j in range(i + 1):
                if ids[b, i] == ids[b, j]:
                    logits[b, :, i, j] = (q[b, :, i] * k[b, :, j]).sum(-1) * scale
    return logits


@ON_CPU
def test_attention_equals_eager_softmax_over_visible_keys(road):
    q, k, v = (x.requires_grad_() for x in random_heads())
    ids, weight = document_ids(), torch.randn(2, 3, LENGTH, 8)
    expected = eager_logits(q, k, ids, 0.3).softmax(-1) @ v
    wanted = torch.autograd.grad((expected * weight).sum(), (q, k, v))
    visibility = document_visibility(ids)
    out, _ = attention(q, k, v, visibility, 0.3, road=road, statistic=True)
    torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
    found = torch.autograd.grad((out * weight).sum(), (q, k, v))
    for mine, eager in zip(found, wanted, strict=True):
        torch.testing.assert_close(mine, eager, rtol=1e-4, atol=1e-5)


def real_maximum(q, k, ids, scale):
    logits = eager_logits(q, k, ids, scale)
    logits[ids[:, None, :, None].expand_as(logits) < 0] = -torch.inf
    return logits.amax((0, 2, 3))


@pytest.mark.parametrize("sharpness", [0.3, 3.0, 10.0])
def test_roads_agree_within_the_bound_of_the_log_sum_exp(sharpness):
    q, k, v = random_heads()
    ids = document_ids()
    visibility = document_visibility(ids)
    expected = real_maximum(q, k, ids, sharpness)
    found = {
        road: attention(q, k, v, visibility, sharpness, road=road, statistic=True)[1]
        for road in ("exact", "lse")
    }
    torch.testing.assert_close(found["exact"], expected)
    over = found["lse"] - expected
    assert (over >= -1e-4).all()
    assert (over <= torch.tensor(float(LENGTH)).log()).all()
    if sharpness == 10.0:  # almost one-hot: the bound is the value
        assert (over < 0.05 * expected).all()


def test_max_logit_is_exact_for_each_head_and_any_block_size():
    q, k, _ = random_heads()
    ids = document_ids()
    expected = real_maximum(q, k, ids, 0.3)
    for block in (1, 7, 256):
        found = max_logits_per_head(q, k, document_visibility(ids), 0.3, block)
        torch.testing.assert_close(found, expected)


@ON_CPU
def test_max_logit_ignores_hidden_pairs_and_padding(road):
    q, k, v = random_heads()
    visibility = document_visibility(document_ids())

    def largest(q, k):
        return attention(q, k, v, visibility, 0.3, road=road, statistic=True)[1]

    before = largest(q, k)
    q[0, :, 33], k[0, :, 32] = 100.0, 100.0  # padding looks at padding
    assert torch.equal(largest(q, k), before)
    # Query 4 comes before keys 5 and 9; query 14 is in another document than key 4.
    for query, key in ((4, 5), (4, 9), (14, 4)):
        changed_q, changed_k = q.clone(), k.clone()
        changed_q[0, :, query], changed_k[0, :, key] = 30.0, 30.0
        pair = (changed_q[0, :, query] * changed_k[0, :, key]).sum(-1) * 0.3
        assert (largest(changed_q, changed_k) < pair).all()


def test_rows_of_one_document_are_known_and_a_cpu_takes_the_exact_road():
    whole = document_visibility(torch.tensor([[0, 0, 0, -1], [0, 0, 0, 0]]))
    packed = document_visibility(torch.tensor([[0, 0, 1, -1], [0, 0, 0, 0]]))
    assert (whole.whole_rows, packed.whole_rows) == (True, False)
    assert choose_road(whole, torch.bfloat16) == "exact"


def test_max_logit_is_signed():
    q, k, _ = random_heads()
    q, k = q.abs(), -k.abs() - 0.1
    visibility = document_visibility(torch.zeros(2, LENGTH, dtype=torch.long))
    assert (max_logits_per_head(q, k, visibility, 0.3) < 0).all()


def test_statistic_is_detached_and_made_in_training_only(tiny):
    model = build_model(tiny(), seed=0)
    tokens = torch.randint(0, 96, (2, 16))
    assert not model.train()(tokens).max_logits_LH.requires_grad
    assert model.eval()(tokens).max_logits_LH is None


def test_changing_one_document_never_changes_another_in_the_row(tiny):
    model = build_model(tiny(initializer_range=0.2), seed=0).train()
    ids = torch.tensor([[0] * 13 + [1] * 19])
    positions = torch.tensor([[*range(13), *range(19)]])
    tokens = torch.randint(0, 96, (1, 32))
    other = tokens.clone()
    other[:, :13] = (other[:, :13] + 17) % 96
    before = model(tokens, positions, ids).logits
    after = model(other, positions, ids).logits
    torch.testing.assert_close(after[:, 13:], before[:, 13:], rtol=1e-5, atol=1e-5)
    assert (after[:, :13] - before[:, :13]).abs().max() > 0.1
    alone = model(tokens[:, 13:]).logits
    torch.testing.assert_close(before[:, 13:], alone, rtol=1e-5, atol=1e-5)


def test_positions_count_only_as_differences(tiny):
    model = build_model(tiny(initializer_range=0.2), seed=0).eval()
    tokens = torch.randint(0, 96, (1, 20))
    here, there = torch.arange(20)[None], torch.arange(20)[None] + 50
    shifted = model(tokens, there).logits
    torch.testing.assert_close(shifted, model(tokens, here).logits, rtol=1e-3, atol=1e-4)
    stretched = model(tokens, here * 2).logits
    assert (stretched - model(tokens, here).logits).abs().max() > 1e-3
