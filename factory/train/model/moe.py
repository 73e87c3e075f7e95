"""Mixture of experts: sigmoid gate, bias-balanced top-k, stacked experts, a shared expert.

DeepSeek-V3 (arXiv 2412.19437) eq. 12-16; balancing bias as in the Moonlight report, appendix C.
Shapes: S = B·T tokens, D model width, E experts, K experts per token, F expert width,
M = S·K rows sorted by expert.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from factory.train.model.config import ModelConfig
from factory.train.model.dispatch import Permute, inverse, plan_exchange

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
        self.groups, self.top_groups = config.n_group, config.topk_group
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
            biased_SE = scores_SE + self.e_score_correction_bias
            if self.groups > 1:
                biased_SE = within_best_groups(biased_SE, self.groups, self.top_groups)
            chosen_SK = biased_SE.topk(self.top_k, dim=-1).indices
        weights_SK = scores_SE.gather(1, chosen_SK)
        weights_SK = weights_SK / (weights_SK.sum(-1, keepdim=True) + 1e-20)
        return weights_SK * self.scaling, chosen_SK


def within_best_groups(scores_SE: Tensor, groups: int, top_groups: int) -> Tensor:
    """The scores with -inf outside each token's best groups (DeepSeek-V3, 2.1.2).

    A group is as good as the sum of its two best biased scores.
    """
    grouped_SGe = scores_SE.view(len(scores_SE), groups, -1)
    best_Sg = grouped_SGe.topk(2, dim=-1).values.sum(-1).topk(top_groups, dim=-1).indices
    hidden_SG = torch.ones_like(grouped_SGe[..., 0], dtype=torch.bool).scatter(-1, best_Sg, False)
    return grouped_SGe.masked_fill(hidden_SG[..., None], -torch.inf).view_as(scores_SE)


class Experts(nn.Module):
    """All routed experts of a layer as three stacks: gate and up [E, F, D], down [E, D, F].

    group: of ranks that share them out, each holding whole experts (`dispatch`); None: all here.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.group: Any = None
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
        if self.group is None:
            return self._swiglu(x_MD, counts_E)
        if torch.is_autocast_enabled(x_MD.device.type):  # half the bytes to send
            x_MD = x_MD.to(torch.get_autocast_dtype(x_MD.device.type))
        exchange = plan_exchange(counts_E, self.group)
        return exchange.back(self._swiglu(exchange.to_experts(x_MD), exchange.counts_L))

    def _swiglu(self, x_MD: Tensor, counts_E: Tensor) -> Tensor:
        gate, up, down = map(_here, (self.gate_proj, self.up_proj, self.down_proj))
        hidden_MF = F.silu(expert_matmul(x_MD, gate, counts_E))
        return expert_matmul(hidden_MF * expert_matmul(x_MD, up, counts_E), down, counts_E)


def _here(stack: Tensor) -> Tensor:
    """The experts of a stack that this rank holds."""
    return stack.to_local() if isinstance(stack, DTensor) else stack


def expert_matmul(x_MI: Tensor, w_EOI: Tensor, counts_E: Tensor) -> Tensor:
    """Row m times w[expert of m] transposed, [M, O]; rows sorted by expert, every row counted.

    grouped_mm leaves rows beyond the last offset uninitialised, so there must be none.
    """
    if torch.is_autocast_enabled(x_MI.device.type):  # it knows nothing of grouped_mm
        dtype = torch.get_autocast_dtype(x_MI.device.type)
        x_MI, w_EOI = x_MI.to(dtype), w_EOI.to(dtype)
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
        num_experts = self.gate.weight.shape[0]
        routed_SD = self._routed(x_SD, weights_SK, chosen_SK, num_experts)
        load_E = count_experts(chosen_SK, num_experts, real_BT.flatten())
        if self.shared_experts is not None:
            routed_SD = routed_SD + self.shared_experts(x_SD)
        return routed_SD.view_as(x_BTD), load_E

    def _routed(
        self, x_SD: Tensor, weights_SK: Tensor, chosen_SK: Tensor, num_experts: int
    ) -> Tensor:
        order_M = chosen_SK.flatten().argsort(stable=True)
        back_M = inverse(order_M)
        counts_E = count_experts(chosen_SK, num_experts)
        out_MD = self.experts(Dispatch.apply(x_SD, order_M, back_M), counts_E)  # type: ignore[no-untyped-call]
        back_MD: Tensor = Permute.apply(out_MD, back_M, order_M)  # type: ignore[no-untyped-call]
        out_SKD = back_MD.view(*chosen_SK.shape, -1)
        weighted_SKD = out_SKD * weights_SK.to(out_SKD.dtype)[..., None]
        return weighted_SKD.sum(1)


class Dispatch(torch.autograd.Function):
    """A row for each (token, choice), sorted by expert: x[order // K]; its gradient a plain sum.

    Autograd's own backward of indexing adds rows in no fixed order, or sorts; here both directions
    are gathers and a sum over K, the same on each run.
    """

    @staticmethod
    def forward(ctx: Any, x_SD: Tensor, order_M: Tensor, back_M: Tensor) -> Tensor:
        """Rows [M, D]; back_M is the inverse permutation of order_M."""
        ctx.save_for_backward(back_M)
        ctx.tokens = x_SD.shape[0]
        return x_SD[order_M // (order_M.shape[0] // x_SD.shape[0])]

    @staticmethod
    def backward(ctx: Any, grad_MD: Tensor) -> tuple[Tensor, None, None]:
        """Gradient of the tokens [S, D]."""
        (back_M,) = ctx.saved_tensors
        grad_SKD = grad_MD[back_M].view(ctx.tokens, -1, grad_MD.shape[1])
        return grad_SKD.sum(1), None, None


def count_experts(chosen_SK: Tensor, num_experts: int, real_S: Tensor | None = None) -> Tensor:
    """How often each expert was chosen [E], by real tokens only if they are given.

    Not bincount, which makes the host wait for an accelerator.
    """
    each_SK = torch.ones_like(chosen_SK) if real_S is None else real_S[:, None].expand_as(chosen_SK)
    zeros_E = torch.zeros(num_experts, dtype=torch.long, device=chosen_SK.device)
    return zeros_E.scatter_add_(0, chosen_SK.flatten(), each_SK.flatten().long())


@torch.no_grad()
def update_expert_bias(bias_E: Tensor, load_E: Tensor, rate: float) -> None:
    """b_i += u·(sign(e_i) - mean(sign(e))), e_i = mean load - load_i (Moonlight, appendix C).

    In place, once per optimizer step, on loads summed over the whole batch of that step. Taking the
    mean away keeps the bias from drifting; DeepSeek-V3's original has no such term.
    """
    load = load_E.float()
    sign_E = (load.mean() - load).sign()
    bias_E.add_(sign_E - sign_E.mean(), alpha=rate)
