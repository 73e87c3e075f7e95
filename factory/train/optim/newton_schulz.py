"""Approximate orthogonalisation of matrices (Moonlight report, eq. 2; Jordan et al. 2024)."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

COEFFICIENTS = (
    3.4445,
    -4.7750,
    2.0315,
)  # quintic, tuned for speed: singular values end in 0.7..1.2
EPSILON = 1e-7


def newton_schulz(matrix: Tensor, *, steps: int = 5, dtype: torch.dtype | None = None) -> Tensor:
    """U Vᵀ of M = U Σ Vᵀ, approximately, for each matrix of a stack [..., n, m].

    X0 = M / ‖M‖_F, then `steps` times X = aX + (bA + cA²)X with A = XXᵀ. Works in `dtype`, by
    default bf16 on an accelerator and fp32 on a CPU (whose bf16 is slower); returns M's dtype. A
    zero matrix stays zero.
    """
    if matrix.ndim < 2:
        raise ValueError(f"Newton-Schulz needs matrices, got shape {tuple(matrix.shape)}")
    a, b, c = COEFFICIENTS
    if dtype is None:
        dtype = torch.float32 if matrix.device.type == "cpu" else torch.bfloat16
    tall = matrix.shape[-2] > matrix.shape[-1]
    x: Tensor = (matrix.mT if tall else matrix).to(dtype)
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp_min(EPSILON)
    stack = x.reshape(-1, *x.shape[-2:])
    for _ in range(steps):
        gram = stack @ stack.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)  # bA + cA²
        stack = torch.baddbmm(stack, polynomial, stack, beta=a)  # aX + (bA + cA²)X
    x = stack.view_as(x)
    return (x.mT if tall else x).to(matrix.dtype)


def muon_scale(shape: torch.Size | tuple[int, ...]) -> float:
    """0.2·sqrt(max(n, m)): gives the update of an n x m matrix AdamW's RMS (Moonlight, Lemma 1)."""
    return 0.2 * sqrt(max(shape[-2], shape[-1]))
