"""MuonClip: Muon with weight decay, RMS-matched updates, QK-Clip (Kimi K2 report, Algorithm 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from factory.train.distributed import local
from factory.train.model.attention import MultiHeadLatentAttention
from factory.train.optim.newton_schulz import muon_scale, newton_schulz
from factory.train.optim.owners import on_owners
from factory.train.optim.qk_clip import apply_qk_clip, qk_clip_factors


class MuonClip(Optimizer):
    """Owns matrices [n, m] and stacks of expert matrices [E, n, m], nothing of one dimension.

        M_t = mu·M_{t-1} + G_t                              (line 4)
        O_t = NewtonSchulz(M_t)·0.2·sqrt(max(n, m))         (line 5)
        W_t = W_{t-1} - lr·(O_t + decay·W_{t-1})            (line 6)
        query and key rows of heads with S_h > tau rescaled (lines 8-17), see `qk_clip`

    Under FSDP a rank holds whole experts and orthogonalises its own, without communication; of the
    other matrices each rank orthogonalises a share, see `owners`.

    nesterov feeds G_t + mu·M_t to Newton-Schulz (Moonlight, footnote 1) instead of M_t.
    attention_layers: in the order of the rows of `step(max_logits=...)`.
    split_heads: orthogonalise query and key-value projections head by head (GLM-5 calls it Muon
    Split); the update's scale is then that of the smaller matrices.
    ns_dtype: precision of Newton-Schulz, see `newton_schulz`.

    squares: after a step, the sum of the squares of O_t over the matrices that this rank
    orthogonalised, on the device: the update's RMS without waiting for it.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.1,
        nesterov: bool = True,
        tau: float = 100.0,
        attention_layers: Sequence[MultiHeadLatentAttention] = (),
        split_heads: bool = False,
        ns_dtype: torch.dtype | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.ndim not in (2, 3):
                    raise ValueError(f"Muon needs matrices, got shape {tuple(parameter.shape)}")
        self.tau = tau
        self.attention_layers = tuple(attention_layers)
        self.ns_dtype = ns_dtype
        self.squares: Tensor | None = None
        self._heads = {
            id(weight): attention.num_heads
            for attention in (attention_layers if split_heads else ())
            for weight in (attention.query_weight, attention.kv_b_proj.weight)
        }

    @torch.no_grad()
    def step(
        self, closure: Callable[[], Any] | None = None, *, max_logits: Tensor | None = None
    ) -> Any:
        """One update, then QK-Clip with this step's maximum logits [L, H] where they are given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self.squares = None
        for group in self.param_groups:
            self._update(group)
        if max_logits is not None:
            self._clip(max_logits)
        return loss

    def _update(self, group: dict[str, Any]) -> None:
        by_shape: defaultdict[tuple[int, ...], list[Tensor]] = defaultdict(list)
        for parameter in group["params"]:
            if parameter.grad is None:
                continue
            if parameter.ndim == 3:
                direction = local(self._direction(parameter, group))
                if direction.numel():  # a rank may hold no expert at all
                    update = self._orthogonal(direction)
                    self._apply(parameter, update, muon_scale(direction.shape), group)
            else:
                heads = self._heads.get(id(parameter), 1)
                by_shape[(heads, *parameter.shape)].append(parameter)
        for (heads, rows, columns), parameters in by_shape.items():
            # Equal shapes go through Newton-Schulz as one stack: far fewer, larger products.
            directions = [self._direction(parameter, group) for parameter in parameters]
            pieces = (rows // heads, columns)
            orthogonal = partial(self._by_pieces, pieces=pieces)
            for parameter, update in zip(
                parameters, on_owners(directions, orthogonal), strict=True
            ):
                self._apply(parameter, update, muon_scale(pieces), group)

    def _by_pieces(self, whole_PNM: Tensor, pieces: tuple[int, int]) -> Tensor:
        """Whole matrices [P, n, m], orthogonalised in pieces of rows: the matrix or its heads."""
        return self._orthogonal(whole_PNM.reshape(-1, *pieces)).view_as(whole_PNM)

    def _orthogonal(self, direction: Tensor) -> Tensor:
        """Newton-Schulz of a stack, the squares of O_t added to the statistic."""
        update = newton_schulz(direction, dtype=self.ns_dtype)
        norm = torch.linalg.vector_norm(update) * muon_scale(direction.shape)
        square = norm.square()
        self.squares = square if self.squares is None else self.squares + square
        return update

    @staticmethod
    def _apply(parameter: Tensor, update: Tensor, scale: float, group: dict[str, Any]) -> None:
        """Line 6, on what this rank holds of the parameter and of its update."""
        mine = local(parameter)
        mine.mul_(1 - group["lr"] * group["weight_decay"])
        mine.add_(update, alpha=-group["lr"] * scale)

    def _direction(self, parameter: Tensor, group: dict[str, Any]) -> Tensor:
        """Lines 3-4: the momentum takes in the gradient; Nesterov's look ahead where wanted."""
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        buffer: Tensor = state["momentum_buffer"]
        buffer.mul_(group["momentum"]).add_(gradient)
        return gradient.add(buffer, alpha=group["momentum"]) if group["nesterov"] else buffer

    def _clip(self, max_logits_LH: Tensor) -> None:
        if len(max_logits_LH) != len(self.attention_layers):
            raise ValueError(
                f"{len(max_logits_LH)} rows of maximum logits for "
                f"{len(self.attention_layers)} attention layers"
            )
        factors_LH = qk_clip_factors(max_logits_LH, self.tau)
        for attention, gamma_H in zip(self.attention_layers, factors_LH, strict=True):
            apply_qk_clip(attention, gamma_H)
