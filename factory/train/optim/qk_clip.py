"""QK-Clip: rescales the query and key weights of heads whose logits grew too large.

Kimi K2 report, section 2.1 and Algorithm 1, lines 11-17. Some code called "MuonClip" clips update
norms instead; that is another algorithm. Shapes: H heads, N plain width, R rotary width, V values.
"""

from __future__ import annotations

import torch
from torch import Tensor

from factory.train.distributed import laid_out_like
from factory.train.model.attention import MultiHeadLatentAttention


def qk_clip_factors(max_logits: Tensor, tau: float) -> Tensor:
    """gamma = min(1, tau / S) of each head, same shape as `max_logits`.

    S is the largest scaled logit of the step over the whole batch. It is signed: for S <= tau,
    negative or -inf included, gamma is exactly 1 (tau/S of a negative S has no square root).
    """
    if tau <= 0:
        raise ValueError(f"qk_clip tau must be positive, got {tau}")
    return torch.where(max_logits > tau, tau / max_logits, torch.ones_like(max_logits))


@torch.no_grad()
def apply_qk_clip(attention: MultiHeadLatentAttention, gamma_H: Tensor) -> None:
    """Scales this layer's heads in place: each logit of head h becomes gamma_h times itself.

    W_qc and W_kc take sqrt(gamma) each. W_qr takes the whole gamma, because the rotary key k_R is
    shared by all heads and must stay as it is; the values stay too.
    """
    heads, nope, rope = attention.num_heads, attention.nope_dim, attention.rope_dim
    if gamma_H.shape != (heads,):
        raise ValueError(f"expected one factor for each of {heads} heads, got {gamma_H.shape}")
    plain_HN = gamma_H.sqrt()[:, None].expand(heads, nope)
    query_HQ = torch.cat((plain_HN, gamma_H[:, None].expand(heads, rope)), dim=1)
    untouched_HV = gamma_H.new_ones(heads, attention.value_dim)
    key_value_HX = torch.cat((plain_HN, untouched_HV), dim=1)
    # One factor per row of the weight, so that a sharded weight needs no alignment with heads.
    for weight, factor in (
        (attention.query_weight, query_HQ),
        (attention.kv_b_proj.weight, key_value_HX),
    ):
        weight.mul_(laid_out_like(factor.flatten()[:, None].to(weight.dtype), weight))
