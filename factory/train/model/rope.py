"""Rotary position embedding, interleaved pairs (RoFormer, arXiv 2104.09864, eq. 15 and 34).

Shapes: B rows, T tokens, H heads, R rotary width, P = R / 2 pairs.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Rotary(NamedTuple):
    """Cosines and sines of each token's angles, fp32 [B, T, 1, P]; the 1 broadcasts over heads."""

    cos_BT1P: Tensor
    sin_BT1P: Tensor


def rotary(positions_BT: Tensor, rotary_dim: int, theta: float) -> Rotary:
    """Angles position · theta^(-2p/R), pair p = 0..R/2-1, for integer positions [B, T]."""
    pairs = torch.arange(0, rotary_dim, 2, device=positions_BT.device, dtype=torch.float32)
    frequency_P = theta ** (-pairs / rotary_dim)
    angle_BT1P = positions_BT[..., None, None].float() * frequency_P
    return Rotary(angle_BT1P.cos(), angle_BT1P.sin())


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
