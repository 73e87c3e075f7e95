"""Expert parallelism: each rank keeps whole experts, and tokens travel to them and back.

The two all-to-alls of GShard (arXiv 2006.16668, 3.2), as in the K2 report, 2.4 (expert parallelism
of 16). What a rank holds of an expert stack is what `torch.chunk` over the experts gives it.

Shapes: M rows that this rank sends, sorted by expert; N rows that it receives; D width; E experts,
L of them here; W ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(frozen=True)
class Exchange:
    """Where the rows of one forward pass go: host integers, and the order that sorts what came.

    sent[r], received[r]: rows that go to rank r, that come from it. counts_L: rows of each expert
    here, from all ranks. order_N, back_N: from arrival order to expert order and back.
    """

    group: Any
    sent: list[int]
    received: list[int]
    counts_L: Tensor
    order_N: Tensor
    back_N: Tensor

    def to_experts(self, x_MD: Tensor) -> Tensor:
        """Rows of this rank's experts from all ranks, sorted by expert, [N, D]."""
        arrived_ND: Tensor = AllToAll.apply(x_MD, self.sent, self.received, self.group)  # type: ignore[no-untyped-call]
        sorted_ND: Tensor = Permute.apply(arrived_ND, self.order_N, self.back_N)  # type: ignore[no-untyped-call]
        return sorted_ND

    def back(self, x_ND: Tensor) -> Tensor:
        """The rows, back on the ranks they came from, in the order they were sent, [M, D]."""
        unsorted_ND = Permute.apply(x_ND, self.back_N, self.order_N)  # type: ignore[no-untyped-call]
        returned_MD: Tensor = AllToAll.apply(unsorted_ND, self.received, self.sent, self.group)  # type: ignore[no-untyped-call]
        return returned_MD


def plan_exchange(counts_E: Tensor, group: Any) -> Exchange:
    """Tells all ranks how many rows each sends to each expert; the host waits for it once.

    counts_E: rows of this rank for each expert. A collective.
    """
    ranks, rank = dist.get_world_size(group), dist.get_rank(group)
    gathered = [torch.empty_like(counts_E) for _ in range(ranks)]
    dist.all_gather(gathered, counts_E, group)
    counts_WE = torch.stack(gathered)
    pieces = [piece.sum(1) for piece in counts_WE.chunk(ranks, dim=1)]
    here_WL = counts_WE.chunk(ranks, dim=1)[rank]
    sent_W = torch.stack([piece[rank] for piece in pieces])
    sent, received = torch.stack((sent_W, here_WL.sum(1))).tolist()
    experts_L = torch.arange(here_WL.shape[1], device=counts_E.device)
    expert_N = experts_L.repeat(ranks).repeat_interleave(
        here_WL.flatten(), output_size=sum(received)
    )
    order_N = expert_N.argsort(stable=True)
    return Exchange(group, sent, received, here_WL.sum(0), order_N, inverse(order_N))


class AllToAll(torch.autograd.Function):
    """Rows to the ranks they are meant for; the gradient travels the other way."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, sent: list[int], received: list[int], group: Any) -> Tensor:
        """x [sum(sent), D] in the order of the ranks it goes to; [sum(received), D] comes."""
        ctx.route = (received, sent, group)
        arrived = x.new_empty((sum(received), *x.shape[1:]))
        dist.all_to_all_single(arrived, x.contiguous(), received, sent, group)
        return arrived

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        """The gradient, back where its rows came from."""
        sent, received, group = ctx.route
        returned = gradient.new_empty((sum(received), *gradient.shape[1:]))
        dist.all_to_all_single(returned, gradient.contiguous(), received, sent, group)
        return returned, None, None, None


class Permute(torch.autograd.Function):
    """x[order], with the inverse permutation for the gradient."""

    @staticmethod
    def forward(ctx: Any, x_MD: Tensor, order_M: Tensor, back_M: Tensor) -> Tensor:
        """Rows [M, D] in another order."""
        ctx.save_for_backward(back_M)
        return x_MD[order_M]

    @staticmethod
    def backward(ctx: Any, grad_MD: Tensor) -> tuple[Tensor, None, None]:
        """The gradient, put back."""
        (back_M,) = ctx.saved_tensors
        return grad_MD[back_M], None, None


def inverse(order_M: Tensor) -> Tensor:
    """The permutation that undoes a permutation."""
    places_M = torch.arange(order_M.shape[0], device=order_M.device)
    return torch.empty_like(order_M).scatter_(0, order_M, places_M)
