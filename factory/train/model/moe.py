"""Mixture of experts: sigmoid gate, bias-balanced top-k, stacked experts, a shared expert.

DeepSeek-V3 (arXiv 2412.19437) eq. 12-16; balancing bias as in the Moonlight report, appendix C.
Shapes: S = B·T tokens, D model width, E experts, K experts per token, F expert width,
M = S·K rows sorted by expert.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factory.train.model.config import ModelConfig

# Public since torch 2.10; the underscored one is older.
_grouped_mm: Callable[..., Tensor] | None = getattr(
    F, "grouped_mm", getattr(torch, "_grouped_mm", None)
)


class SwiGLU(nn.Module):
    """down(silu(gate(x)) · up(x)) (arXiv 2002.05202): dense layers and the shared expert."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Maps [..., D] to [..., D]."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))  # type: ignore[no-any-return]


class Router(nn.Module):
    """Chooses K experts a token and weighs them."""

    e_score_correction_bias: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.top_k = config.num_experts_per_tok
        assert config.routed_scaling_factor is not None  # set by ModelConfig
        self.scaling = config.routed_scaling_factor
        self.weight = nn.Parameter(torch.empty(config.n_routed_experts, config.hidden_size))
        self.register_buffer(
            "e_score_correction_bias", torch.zeros(config.n_routed_experts, dtype=torch.float32)
        )

    def forward(self, x_SD: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (fp32) and expert indices, both [S, K].

        The bias decides who is chosen and never enters the weights: those are the plain sigmoid
        scores of the chosen, normalised to 1, times the scaling factor. All of it in fp32.
        """
        with torch.autocast(x_SD.device.type, enabled=False):
            scores_SE = F.linear(x_SD.float(), self.weight.float()).sigmoid()
        with torch.no_grad():
            chosen_SK = (scores_SE + self.e_score_correction_bias).topk(self.top_k, dim=-1).indices
        weights_SK = scores_SE.gather(1, chosen_SK)
        weights_SK = weights_SK / (weights_SK.sum(-1, keepdim=True) + 1e-20)
        return weights_SK * self.scaling, chosen_SK


class Experts(nn.Module):
    """All routed experts of a layer as three stacks: gate and up [E, F, D], down [E, D, F]."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        count, width, inner = (
            config.n_routed_experts,
            config.hidden_size,
            config.moe_intermediate_size,
        )
        self.gate_proj = nn.Parameter(torch.empty(count, inner, width))
        self.up_proj = nn.Parameter(torch.empty(count, inner, width))
        self.down_proj = nn.Parameter(torch.empty(count, width, inner))

    def forward(self, x_MD: Tensor, counts_E: Tensor) -> Tensor:
        """SwiGLU of rows sorted by expert; counts_E[e] rows belong to expert e, and sum to M."""
        hidden_MF = F.silu(expert_matmul(x_MD, self.gate_proj, counts_E))
        hidden_MF = hidden_MF * expert_matmul(x_MD, self.up_proj, counts_E)
        return expert_matmul(hidden_MF, self.down_proj, counts_E)


def expert_matmul(x_MI: Tensor, w_EOI: Tensor, counts_E: Tensor) -> Tensor:
    """Row m times w[expert of m] transposed, [M, O]; rows sorted by expert, every row counted.

    grouped_mm leaves rows beyond the last offset uninitialised, so there must be none.
    """
    if _grouped_mm is not None and _fits_grouped_mm(x_MI, w_EOI):
        offsets_E = counts_E.cumsum(0).to(torch.int32)
        return _grouped_mm(x_MI, w_EOI.transpose(-2, -1), offs=offsets_E)
    return expert_matmul_loop(x_MI, w_EOI, counts_E)


def expert_matmul_loop(x_MI: Tensor, w_EOI: Tensor, counts_E: Tensor) -> Tensor:
    """The same, expert by expert: the reference, and the road where grouped_mm does not go."""
    pieces = torch.split(x_MI, counts_E.tolist())
    return torch.cat([F.linear(piece, w) for piece, w in zip(pieces, w_EOI, strict=True)])


def _fits_grouped_mm(x_MI: Tensor, w_EOI: Tensor) -> bool:
    """Strides must be multiples of 16 bytes; on CUDA only bf16 is fast and always supported."""
    aligned = all(size * x_MI.element_size() % 16 == 0 for size in w_EOI.shape[1:])
    return aligned and (x_MI.device.type == "cpu" or x_MI.dtype == torch.bfloat16)


class MixtureOfExperts(nn.Module):
    """Routed experts plus, if configured, a shared expert that sees every token."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate = Router(config)
        self.experts = Experts(config)
        self.shared_experts = (
            SwiGLU(config.hidden_size, config.moe_intermediate_size * config.n_shared_experts)
            if config.n_shared_experts
            else None
        )

    def forward(self, x_BTD: Tensor, real_BT: Tensor) -> tuple[Tensor, Tensor]:
        """Output [B, T, D] and the number of real (not padding) tokens sent to each expert [E]."""
        x_SD = x_BTD.flatten(0, 1)
        weights_SK, chosen_SK = self.gate(x_SD)
        routed_SD = self._routed(x_SD, weights_SK, chosen_SK)
        load_E = torch.bincount(
            chosen_SK[real_BT.flatten()].flatten(), minlength=self.gate.weight.shape[0]
        )
        if self.shared_experts is not None:
            routed_SD = routed_SD + self.shared_experts(x_SD)
        return routed_SD.view_as(x_BTD), load_E

    def _routed(self, x_SD: Tensor, weights_SK: Tensor, chosen_SK: Tensor) -> Tensor:
        top_k = chosen_SK.shape[1]
        order_M = chosen_SK.flatten().argsort(stable=True)
        counts_E = torch.bincount(chosen_SK.flatten(), minlength=self.gate.weight.shape[0])
        out_MD = self.experts(x_SD[order_M // top_k], counts_E)
        # Undo the sort instead of index_add: a sum over K in a fixed order, the same on each run.
        out_SKD = out_MD[order_M.argsort()].reshape(*chosen_SK.shape, -1)
        weighted_SKD: Tensor = out_SKD * weights_SK.to(out_SKD.dtype)[..., None]
        return weighted_SKD.sum(1)


@torch.no_grad()
def update_expert_bias(bias_E: Tensor, load_E: Tensor, rate: float) -> None:
    """b_i += u·(sign(e_i) - mean(sign(e))), e_i = mean load - load_i (Moonlight, appendix C).

    In place, once per optimizer step, on loads summed over the whole batch of that step. Taking the
    mean away keeps the bias from drifting; DeepSeek-V3's original has no such term.
    """
    load = load_E.float()
    sign_E = (load.mean() - load).sign()
    bias_E.add_(sign_E - sign_E.mean(), alpha=rate)
