"""RMSNorm that stays one kernel in mixed precision."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class RMSNorm(nn.RMSNorm):
    """x / rms(x) · gain (arXiv 1910.07467); sums in fp32 inside, in x's dtype outside.

    torch has no fused kernel for bf16 activations with fp32 gains, so the gains are cast.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Maps [..., D] to [..., D]."""
        assert self.weight is not None
        return F.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)
