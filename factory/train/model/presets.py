"""Named sizes, from a toy for two CPU cores to K2's own configuration. Loads no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from factory.train.model.config import ModelConfig

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
    # About 0.2B parameters, 35M active without embeddings: experiments of minutes on one GPU.
    "s": {
        "vocab_size": 8192,
        "hidden_size": 512,
        "num_hidden_layers": 8,
        "first_k_dense_replace": 1,
        "intermediate_size": 2304,
        "num_attention_heads": 8,
        "q_lora_rank": 256,
        "kv_lora_rank": 128,
        "qk_nope_head_dim": 64,
        "qk_rope_head_dim": 32,
        "v_head_dim": 64,
        "n_routed_experts": 64,
        "num_experts_per_tok": 8,
        "n_shared_experts": 1,
        "moe_intermediate_size": 256,
    },
    # 1.3B parameters, 270M active: the size of the throughput figures.
    "1b-a270m": {
        "vocab_size": 32_768,
        "hidden_size": 1024,
        "num_hidden_layers": 12,
        "first_k_dense_replace": 1,
        "intermediate_size": 4096,
        "num_attention_heads": 16,
        "q_lora_rank": 512,
        "kv_lora_rank": 256,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "n_routed_experts": 64,
        "num_experts_per_tok": 8,
        "n_shared_experts": 1,
        "moe_intermediate_size": 512,
    },
    # Moonlight-16B-A3B (arXiv 2502.16982).
    "moonlight-16b-a3b": {
        "vocab_size": 163_840,
        "hidden_size": 2048,
        "num_hidden_layers": 27,
        "first_k_dense_replace": 1,
        "intermediate_size": 11_264,
        "num_attention_heads": 16,
        "q_lora_rank": None,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "n_routed_experts": 64,
        "num_experts_per_tok": 6,
        "n_shared_experts": 2,
        "moe_intermediate_size": 1408,
        "routed_scaling_factor": 2.446,
        "rms_norm_eps": 1e-5,
        "max_position_embeddings": 8192,
    },
    # DeepSeek-V3 (arXiv 2412.19437) without its multi-token prediction module: an anchor of counts.
    "deepseek-v3": {
        "vocab_size": 129_280,
        "hidden_size": 7168,
        "num_hidden_layers": 61,
        "first_k_dense_replace": 3,
        "intermediate_size": 18_432,
        "num_attention_heads": 128,
        "q_lora_rank": 1536,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "n_routed_experts": 256,
        "num_experts_per_tok": 8,
        "n_shared_experts": 1,
        "moe_intermediate_size": 2048,
        "n_group": 8,
        "topk_group": 4,
        "routed_scaling_factor": 2.5,
        "rope_theta": 10_000.0,
    },
    # Kimi-K2-Base as pretrained at a context of 4096 (report, Table 2); for 128k add K2_YARN.
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

K2_YARN: Mapping[str, float | int] = {
    "factor": 32.0,
    "original_max_position_embeddings": 4096,
    "beta_fast": 1.0,
    "beta_slow": 1.0,
    "mscale": 1.0,
    "mscale_all_dim": 1.0,
}
"""How K2 goes from 4,096 to 131,072 positions (report, 2.4, and the released configuration)."""


def preset(name: str, **overrides: Any) -> ModelConfig:
    """A preset with some sizes replaced. `ValueError` names an unknown preset or key."""
    if name not in PRESETS:
        raise ValueError(f"unknown model preset {name!r}; presets: {', '.join(sorted(PRESETS))}")
    known = {field.name for field in fields(ModelConfig)}
    if unknown := sorted(set(overrides) - known):
        raise ValueError(f"unknown model key {unknown[0]!r}; keys: {', '.join(sorted(known))}")
    return ModelConfig(**{**PRESETS[name], **overrides})
