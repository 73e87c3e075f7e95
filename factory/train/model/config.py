"""Shape of the decoder, checked when it is made. Loads no torch."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from math import exp, sqrt
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Sizes of a DeepSeek-V3-style decoder. Key names follow the `deepseek_v3` configuration file.

    `q_lora_rank=None` projects queries directly from the model width. `routed_scaling_factor=None`
    takes `gate_scaling_factor(n_routed_experts, num_experts_per_tok)`.
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
    routed_scaling_factor: float | None = None
    rope_theta: float = 50_000.0
    rms_norm_eps: float = 1e-6
    max_position_embeddings: int = 4096
    initializer_range: float = 0.02

    def __post_init__(self) -> None:
        may_be_zero = {"first_k_dense_replace", "n_shared_experts"}
        for field in fields(self):
            value = getattr(self, field.name)
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
        if self.qk_rope_head_dim % 2:
            raise ValueError("model.qk_rope_head_dim must be even: rotary pairs (0,1), (2,3), ...")
        if self.routed_scaling_factor is None:
            factor = gate_scaling_factor(self.n_routed_experts, self.num_experts_per_tok)
            object.__setattr__(self, "routed_scaling_factor", factor)

    @property
    def qk_head_dim(self) -> int:
        """Width of one query or key: the part without position plus the rotary part."""
        return self.qk_nope_head_dim + self.qk_rope_head_dim

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


PRESETS: Mapping[str, Mapping[str, Any]] = {
    # Learns something in a minute on two CPU cores; every mechanism of the large model is in it.
    "toy": {
        "vocab_size": 4096,
        "hidden_size": 128,
        "num_hidden_layers": 2,
        "first_k_dense_replace": 1,
        "intermediate_size": 384,
        "num_attention_heads": 4,
        "q_lora_rank": 96,
        "kv_lora_rank": 64,
        "qk_nope_head_dim": 16,
        "qk_rope_head_dim": 16,
        "v_head_dim": 32,
        "n_routed_experts": 8,
        "num_experts_per_tok": 2,
        "n_shared_experts": 1,
        "moe_intermediate_size": 96,
    },
    # Kimi-K2-Base as pretrained at a context of 4096, before YaRN (report, Table 2). For counting.
    "kimi-k2": {
        "vocab_size": 163_840,
        "hidden_size": 7168,
        "num_hidden_layers": 61,
        "first_k_dense_replace": 1,
        "intermediate_size": 18_432,
        "num_attention_heads": 64,
        "q_lora_rank": 1536,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "n_routed_experts": 384,
        "num_experts_per_tok": 8,
        "n_shared_experts": 1,
        "moe_intermediate_size": 2048,
        "routed_scaling_factor": 2.827,
    },
}


def preset(name: str, **overrides: Any) -> ModelConfig:
    """A preset with some sizes replaced. `ValueError` names an unknown preset or key."""
    if name not in PRESETS:
        raise ValueError(f"unknown model preset {name!r}; presets: {', '.join(sorted(PRESETS))}")
    known = {field.name for field in fields(ModelConfig)}
    if unknown := sorted(set(overrides) - known):
        raise ValueError(f"unknown model key {unknown[0]!r}; keys: {', '.join(sorted(known))}")
    return ModelConfig(**{**PRESETS[name], **overrides})
