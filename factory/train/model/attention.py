"""Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, eq. 9-19), per-head maximum logits.

Shapes: B rows, T tokens, D model width, H heads, N query/key width without position, R rotary
width, Q = N + R, V value width, A query latent, C key-value latent.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from factory.train.model.attention_roads import Road, attention, choose_road
from factory.train.model.config import ModelConfig
from factory.train.model.norm import RMSNorm
from factory.train.model.rope import Rotary, apply_rotary
from factory.train.model.visibility import Visibility

LATENT_NORM_EPS = 1e-6  # fixed in DeepSeek-V3's code, whatever rms_norm_eps says


class MultiHeadLatentAttention(nn.Module):
    """Latent attention with or without a query latent; parameter names as in `deepseek_v3`."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.num_heads = config.num_attention_heads
        self.nope_dim = config.qk_nope_head_dim
        self.rope_dim = config.qk_rope_head_dim
        self.value_dim = config.v_head_dim
        self.latent_dim = config.kv_lora_rank
        self.scale = config.softmax_scale
        self.road: Road | None = None  # None: the fastest there is
        self.last_road: Road | None = None
        width, heads = config.hidden_size, config.num_attention_heads
        if config.q_lora_rank is None:
            self.q_proj = nn.Linear(width, heads * config.qk_head_dim, bias=False)
        else:
            self.q_a_proj = nn.Linear(width, config.q_lora_rank, bias=False)
            self.q_a_layernorm = RMSNorm(config.q_lora_rank, eps=LATENT_NORM_EPS)
            self.q_b_proj = nn.Linear(config.q_lora_rank, heads * config.qk_head_dim, bias=False)
        self.has_query_latent = config.q_lora_rank is not None
        self.kv_a_proj_with_mqa = nn.Linear(width, self.latent_dim + self.rope_dim, bias=False)
        self.kv_a_layernorm = RMSNorm(self.latent_dim, eps=LATENT_NORM_EPS)
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
        road = self.road or choose_road(visibility, q_BHTQ.dtype)
        self.last_road = road
        out_BHTV, largest_H = attention(
            q_BHTQ, k_BHTQ, v_BHTV, visibility, self.scale, road=road, statistic=self.training
        )
        return self.o_proj(out_BHTV.transpose(1, 2).flatten(2)), largest_H
