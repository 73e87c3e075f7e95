"""Rotary position embedding, interleaved pairs (RoFormer, arXiv 2104.09864, eq. 15 and 34), YaRN.

Shapes: B rows, T tokens, H heads, R rotary width, P = R / 2 pairs.
"""

from __future__ import annotations

from math import ceil, floor, log, pi
from typing import NamedTuple

import torch
from torch import Tensor

from factory.train.model.config import Yarn


class Rotary(NamedTuple):
    """Cosines and sines of each token's angles, fp32 [B, T, 1, P]; the 1 broadcasts over heads."""

    cos_BT1P: Tensor
    sin_BT1P: Tensor


def frequencies(rotary_dim: int, theta: float, yarn: Yarn | None = None) -> Tensor:
    """Angle of each pair per position, fp32 [P]: theta^(-2p/R), the slow pairs stretched by YaRN.

    YaRN (arXiv 2309.00071, eq. 15-23) divides the frequency of pairs that turn fewer than beta_slow
    times within the original context by `factor`, keeps those that turn more than beta_fast times,
    and mixes linearly between. K2's two betas are equal, so that the ramp is one step: pairs 0-19
    stay, 20-31 are divided by 32.
    """
    pairs_P = torch.arange(0, rotary_dim, 2, dtype=torch.float32)
    plain_P = theta ** (-pairs_P / rotary_dim)
    if yarn is None:
        return plain_P

    def pair_of(turns: float) -> float:
        wave = yarn.original_max_position_embeddings / (turns * 2 * pi)
        return rotary_dim * log(wave) / (2 * log(theta))

    low = max(0, floor(pair_of(yarn.beta_fast)))
    high: float = min(rotary_dim - 1, ceil(pair_of(yarn.beta_slow)))
    if high == low:
        high += 0.001
    ramp_P = ((torch.arange(rotary_dim // 2) - low) / (high - low)).clamp(0, 1)
    return plain_P / yarn.factor * ramp_P + plain_P * (1 - ramp_P)


def rotary(positions_BT: Tensor, frequency_P: Tensor, gain: float = 1.0) -> Rotary:
    """Angles position · frequency for integer positions [B, T]; cosines and sines times `gain`."""
    angle_BT1P = positions_BT[..., None, None].float() * frequency_P.to(positions_BT.device)
    return Rotary(angle_BT1P.cos() * gain, angle_BT1P.sin() * gain)


def apply_rotary(x_BTHR: Tensor, angles: Rotary) -> Tensor:
    """Rotates the pairs (x0, x1), (x2, x3), ... of each head; fp32 inside, dtype of x outside."""
    even, odd = x_BTHR.float().reshape(*x_BTHR.shape[:-1], -1, 2).unbind(-1)
    rotated = torch.stack(
        (
            even * angles.cos_BT1P - odd * angles.sin_BT1P,
            even * angles.sin_BT1P + odd * angles.cos_BT1P,
        ),
        dim=-1,
    )
    return rotated.flatten(-2).to(x_BTHR.dtype)
