"""Shape of the decoder, checked when it is made. Loads no torch."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from math import exp, log, sqrt
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Yarn:
    """Context extension by YaRN (arXiv 2309.00071); key names as in `rope_scaling` on disk.

    factor: new context over `original_max_position_embeddings`. beta_fast, beta_slow: turns within
    the original context above which a rotary pair keeps its frequency, below which it is divided by
    `factor`. mscale, mscale_all_dim: see `attention_scale` and `rotary_gain`.
    """

    factor: float
    original_max_position_embeddings: int
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    mscale: float = 1.0
    mscale_all_dim: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"model.rope_scaling.{field.name} must be positive")
        if self.factor < 1:
            raise ValueError("model.rope_scaling.factor must be at least 1")

    def _magnitude(self, mscale: float) -> float:
        return 0.1 * mscale * log(self.factor) + 1.0

    @property
    def attention_scale(self) -> float:
        """Factor on the softmax scale: (0.1·mscale_all_dim·ln factor + 1)², 1.8133 for K2."""
        return self._magnitude(self.mscale_all_dim) ** 2

    @property
    def rotary_gain(self) -> float:
        """Factor on cosines and sines: mscale over mscale_all_dim, in magnitudes; 1 for K2."""
        return self._magnitude(self.mscale) / self._magnitude(self.mscale_all_dim)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Sizes of a DeepSeek-V3-style decoder. Key names follow the `deepseek_v3` configuration file.

    `q_lora_rank=None` projects queries directly from the model width. `routed_scaling_factor=None`
    takes `gate_scaling_factor(n_routed_experts, num_experts_per_tok)`. `n_group`, `topk_group`:
    experts lie in n_group equal groups, and a token's experts in topk_group of them.
    `rope_scaling` may be given as a mapping.
    Raises `ValueError` for sizes that do not fit together.
    """

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    first_k_dense_replace: int
    intermediate_size: int
    num_attention_heads: int
    q_lora_rank: int | None
    kv_lora_rank: int
    qk_nope_head_dim: int
    qk_rope_head_dim: int
    v_head_dim: int
    n_routed_experts: int
    num_experts_per_tok: int
    n_shared_experts: int
    moe_intermediate_size: int
    n_group: int = 1
    topk_group: int = 1
    routed_scaling_factor: float | None = None
    rope_scaling: Yarn | None = None
    rope_theta: float = 50_000.0
    rms_norm_eps: float = 1e-6
    max_position_embeddings: int = 4096
    initializer_range: float = 0.02

    def __post_init__(self) -> None:
        if isinstance(self.rope_scaling, Mapping):
            object.__setattr__(self, "rope_scaling", _yarn(self.rope_scaling))
        may_be_zero = {"first_k_dense_replace", "n_shared_experts"}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "rope_scaling":
                if not isinstance(value, Yarn | None):
                    raise ValueError(f"model.rope_scaling must be a mapping, got {value!r}")
                continue
            if value is None and field.name in {"q_lora_rank", "routed_scaling_factor"}:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"model.{field.name} must be a number, got {value!r}")
            if field.type.startswith("int") and not isinstance(value, int):
                raise ValueError(f"model.{field.name} must be a whole number, got {value!r}")
            if value < 0 or (value == 0 and field.name not in may_be_zero):
                raise ValueError(f"model.{field.name} must be positive, got {value!r}")
        if self.first_k_dense_replace > self.num_hidden_layers:
            raise ValueError("model.first_k_dense_replace exceeds model.num_hidden_layers")
        if self.num_experts_per_tok > self.n_routed_experts:
            raise ValueError("model.num_experts_per_tok exceeds model.n_routed_experts")
        if self.n_routed_experts < 2:
            raise ValueError("model.n_routed_experts must be at least 2")
        self._check_groups()
        if self.qk_rope_head_dim % 2:
            raise ValueError("model.qk_rope_head_dim must be even: rotary pairs (0,1), (2,3), ...")
        if self.routed_scaling_factor is None:
            factor = gate_scaling_factor(self.n_routed_experts, self.num_experts_per_tok)
            object.__setattr__(self, "routed_scaling_factor", factor)

    def _check_groups(self) -> None:
        if self.topk_group > self.n_group:
            raise ValueError("model.topk_group exceeds model.n_group")
        if self.n_group == 1:
            return
        size, rest = divmod(self.n_routed_experts, self.n_group)
        # A group is ranked by its two best experts (DeepSeek-V3, 2.1.2).
        if rest or size < 2:
            raise ValueError("model.n_group must split n_routed_experts into equal groups of >= 2")
        if self.num_experts_per_tok > self.topk_group * size:
            raise ValueError("model.num_experts_per_tok exceeds the experts of topk_group groups")

    @property
    def qk_head_dim(self) -> int:
        """Width of one query or key: the part without position plus the rotary part."""
        return self.qk_nope_head_dim + self.qk_rope_head_dim

    @property
    def softmax_scale(self) -> float:
        """What q·k is multiplied with: qk_head_dim^-0.5, times YaRN's factor."""
        plain = self.qk_head_dim**-0.5
        return float(
            plain if self.rope_scaling is None else plain * self.rope_scaling.attention_scale
        )

    @property
    def num_moe_layers(self) -> int:
        """Layers whose feed-forward part is a mixture of experts."""
        return self.num_hidden_layers - self.first_k_dense_replace

    def to_dict(self) -> dict[str, Any]:
        """The sizes as plain JSON values; `ModelConfig(**config.to_dict()) == config`."""
        return asdict(self)


@lru_cache(maxsize=32)
def gate_scaling_factor(num_experts: int, top_k: int, samples: int = 4096) -> float:
    """Factor that keeps the routed output at the scale of one expert (Moonlight report, Fig. 6).

    The mean over Gaussian router logits of 1 / sqrt(sum p_i²), p being the renormalised top-k
    sigmoids; about sqrt(top_k). Gives 2.83 for (384, 8) (K2 ships 2.827) and 2.45 for (64, 6).
    """
    if not 0 < top_k <= num_experts:
        raise ValueError(f"top_k must lie in 1..{num_experts}, got {top_k}")
    rng = random.Random(0)
    total = 0.0
    for _ in range(max(1, samples * 8 // num_experts)):
        scores = sorted((1 / (1 + exp(-rng.gauss(0, 1))) for _ in range(num_experts)), reverse=True)
        chosen = scores[:top_k]
        total += sum(chosen) / sqrt(sum(score * score for score in chosen))
    return round(total / max(1, samples * 8 // num_experts), 3)


def _yarn(values: Mapping[str, Any]) -> Yarn:
    known = {field.name for field in fields(Yarn)}
    if unknown := sorted(set(values) - known):
        raise ValueError(f"unknown key model.rope_scaling.{unknown[0]}; keys: {sorted(known)}")
    return Yarn(**values)
