"""Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, eq. 9-19), per-head maximum logits.

Shapes: B rows, T tokens, D model width, H heads, N query/key width without position, R rotary
width, Q = N + R, V value width, A query latent, C key-value latent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factory.train.model.config import ModelConfig
from factory.train.model.rope import Rotary, apply_rotary

LATENT_NORM_EPS = 1e-6  # fixed in DeepSeek-V3's code, whatever rms_norm_eps says
QUERY_BLOCK = 256


class Segment(NamedTuple):
    """A document within a row: tokens start..end-1."""

    row: int
    start: int
    end: int


class Visibility(NamedTuple):
    """Who may look at whom: tokens at earlier tokens of the same document, and at themselves.

    real_BT: bool, False on padding, whose logits count nowhere.
    visible_B1TT: bool, True where query i may attend to key j; None where segments say it.
    segments: the documents one by one, padding included; None where visible_B1TT says it.
    """

    real_BT: Tensor
    visible_B1TT: Tensor | None
    segments: tuple[Segment, ...] | None


def document_visibility(document_ids_BT: Tensor, *, by_segment: bool | None = None) -> Visibility:
    """A document is a run of equal ids; negative ids are padding.

    by_segment: attend document by document instead of under one mask. Default: on a CPU, where the
    causal kernel on short pieces takes a third of the time; elsewhere it would wait for the ids.
    """
    length = document_ids_BT.shape[1]
    starts_BT = torch.ones_like(document_ids_BT, dtype=torch.bool)
    starts_BT[:, 1:] = document_ids_BT[:, 1:] != document_ids_BT[:, :-1]
    real_BT = document_ids_BT >= 0
    if by_segment is None:
        by_segment = document_ids_BT.device.type == "cpu"
    if by_segment:
        firsts = [torch.nonzero(row_T).flatten().tolist() for row_T in starts_BT]
        segments = tuple(
            Segment(row, start, end)
            for row, first in enumerate(firsts)
            for start, end in zip(first, [*first[1:], length], strict=True)
        )
        return Visibility(real_BT, None, segments)
    runs_BT = starts_BT.cumsum(1)
    causal_TT = torch.ones(length, length, dtype=torch.bool, device=runs_BT.device).tril()
    same_BTT = runs_BT[:, :, None] == runs_BT[:, None, :]
    return Visibility(real_BT, (same_BTT & causal_TT)[:, None], None)


def masked_attention(
    q_BHTQ: Tensor, k_BHTQ: Tensor, v_BHTV: Tensor, visibility: Visibility, scale: float
) -> Tensor:
    """softmax(scale · q kᵀ over visible keys) v, as [B, H, T, V]."""
    if visibility.segments is None:
        return F.scaled_dot_product_attention(
            q_BHTQ, k_BHTQ, v_BHTV, attn_mask=visibility.visible_B1TT, scale=scale
        )
    width = v_BHTV.shape[-1]
    # The CPU's flash kernel wants equal widths; otherwise SDPA would materialise T x T logits.
    v_BHTV = F.pad(v_BHTV, (0, max(0, q_BHTQ.shape[-1] - width)))
    pieces_by_row: list[list[Tensor]] = [[] for _ in range(q_BHTQ.shape[0])]
    for row, start, end in visibility.segments:
        piece = (slice(row, row + 1), slice(None), slice(start, end))
        pieces_by_row[row].append(
            F.scaled_dot_product_attention(
                q_BHTQ[piece], k_BHTQ[piece], v_BHTV[piece], is_causal=True, scale=scale
            )
        )
    return torch.cat([torch.cat(pieces, dim=2) for pieces in pieces_by_row])[..., :width]


@torch.no_grad()
def max_logits_per_head(
    q_BHTQ: Tensor, k_BHTQ: Tensor, visibility: Visibility, scale: float, block: int = QUERY_BLOCK
) -> Tensor:
    """S_h, the largest scaled input to the softmax of each head (K2 report, Algorithm 1); fp32 [H].

    Exact and signed, over visible pairs of real tokens only, and outside the autograd graph. Works
    through blocks of queries, so that never more than B·H·block·T logits exist at once.
    """
    largest_H = q_BHTQ.new_full((q_BHTQ.shape[1],), -torch.inf, dtype=torch.float32)
    for logits, hidden in _logit_blocks(q_BHTQ, k_BHTQ, visibility, block):
        logits.masked_fill_(hidden, -torch.inf)
        largest_H = torch.maximum(largest_H, logits.amax((0, 2, 3)).float() * scale)
    return largest_H


def _logit_blocks(
    q_BHTQ: Tensor, k_BHTQ: Tensor, visibility: Visibility, block: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Unscaled logits [b, H, queries, keys] of blocks of queries, with what each may not see."""
    if visibility.segments is None:
        assert visibility.visible_B1TT is not None
        hidden_B1TT = ~(visibility.visible_B1TT & visibility.real_BT[:, None, :, None])
        length = q_BHTQ.shape[2]
        for start, end in _ranges(0, length, block):
            logits = q_BHTQ[:, :, start:end] @ k_BHTQ[:, :, :end].mT
            yield logits, hidden_B1TT[:, :, start:end, :end]
        return
    for row, first, last in visibility.segments:
        if not visibility.real_BT[row, first]:
            continue
        for start, end in _ranges(first, last, block):
            logits = q_BHTQ[row, None, :, start:end] @ k_BHTQ[row, None, :, first:end].mT
            later = torch.ones(end - start, end - first, dtype=torch.bool, device=logits.device)
            yield logits, later.triu(start - first + 1)


def _ranges(first: int, last: int, step: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + step, last)) for start in range(first, last, step))


class MultiHeadLatentAttention(nn.Module):
    """Latent attention with or without a query latent; parameter names as in `deepseek_v3`."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.nope_dim = config.qk_nope_head_dim
        self.rope_dim = config.qk_rope_head_dim
        self.value_dim = config.v_head_dim
        self.latent_dim = config.kv_lora_rank
        self.scale = config.qk_head_dim**-0.5
        width, heads = config.hidden_size, config.num_attention_heads
        if config.q_lora_rank is None:
            self.q_proj = nn.Linear(width, heads * config.qk_head_dim, bias=False)
        else:
            self.q_a_proj = nn.Linear(width, config.q_lora_rank, bias=False)
            self.q_a_layernorm = nn.RMSNorm(config.q_lora_rank, eps=LATENT_NORM_EPS)
            self.q_b_proj = nn.Linear(config.q_lora_rank, heads * config.qk_head_dim, bias=False)
        self.has_query_latent = config.q_lora_rank is not None
        self.kv_a_proj_with_mqa = nn.Linear(width, self.latent_dim + self.rope_dim, bias=False)
        self.kv_a_layernorm = nn.RMSNorm(self.latent_dim, eps=LATENT_NORM_EPS)
        self.kv_b_proj = nn.Linear(
            self.latent_dim, heads * (self.nope_dim + self.value_dim), bias=False
        )
        self.o_proj = nn.Linear(heads * self.value_dim, width, bias=False)

    @property
    def query_weight(self) -> nn.Parameter:
        """The matrix whose rows make the heads' queries, [H·Q, A] (or [H·Q, D] without latent)."""
        projection = self.q_b_proj if self.has_query_latent else self.q_proj
        weight: nn.Parameter = projection.weight  # type: ignore[assignment]
        return weight

    def queries_keys_values(self, x_BTD: Tensor, angles: Rotary) -> tuple[Tensor, Tensor, Tensor]:
        """q and k [B, H, T, Q], v [B, H, T, V]; the one rotary key k_R is shared by all heads."""
        heads = (self.num_heads, -1)
        if self.has_query_latent:
            q_BTHQ = self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x_BTD))).unflatten(-1, heads)
        else:
            q_BTHQ = self.q_proj(x_BTD).unflatten(-1, heads)
        q_BTHN, q_BTHR = q_BTHQ.split((self.nope_dim, self.rope_dim), dim=-1)
        q_BTHQ = torch.cat((q_BTHN, apply_rotary(q_BTHR, angles)), dim=-1)

        latent_BTC, k_BTR = self.kv_a_proj_with_mqa(x_BTD).split(
            (self.latent_dim, self.rope_dim), dim=-1
        )
        kv = self.kv_b_proj(self.kv_a_layernorm(latent_BTC)).unflatten(-1, heads)
        k_BTHN, v_BTHV = kv.split((self.nope_dim, self.value_dim), dim=-1)
        k_BTHR = apply_rotary(k_BTR[:, :, None], angles).expand(-1, -1, self.num_heads, -1)
        k_BTHQ = torch.cat((k_BTHN, k_BTHR), dim=-1)
        return q_BTHQ.transpose(1, 2), k_BTHQ.transpose(1, 2), v_BTHV.transpose(1, 2)

    def forward(
        self, x_BTD: Tensor, angles: Rotary, visibility: Visibility
    ) -> tuple[Tensor, Tensor | None]:
        """Output [B, T, D] and, in training mode only, the heads' maximum logits [H], detached."""
        q_BHTQ, k_BHTQ, v_BHTV = self.queries_keys_values(x_BTD, angles)
        out_BHTV = masked_attention(q_BHTQ, k_BHTQ, v_BHTV, visibility, self.scale)
        largest_H = None
        if self.training:
            largest_H = max_logits_per_head(q_BHTQ, k_BHTQ, visibility, self.scale)
        return self.o_proj(out_BHTV.transpose(1, 2).flatten(2)), largest_H
