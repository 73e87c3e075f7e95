"""Parameters, memory and FLOPs of a configuration, counted on the meta device.

The anchors: Moonlight 15,960,110,208 and DeepSeek-V3 671,026,419,200 as published, K2
1,026,408,232,448 (its report rounds its own configuration up to 1.04T).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from factory.train.model.config import ModelConfig
from factory.train.model.transformer import Transformer
from factory.train.optim.assign import assign_parameters


@dataclass(frozen=True)
class Count:
    """Numbers of parameters; balancing biases are in `total`, as in published counts.

    active: what one token meets, both embeddings included. muon, adamw: parameters each owns.
    """

    total: int
    active: int
    embeddings: int
    muon: int
    adamw: int
    flops_per_token: int
    """Training, forward and backward: 6 per active matrix element (the input table looked up, not
    multiplied) plus attention over `context` tokens, causal, so half of them on average."""
    context: int

    @property
    def memory(self) -> dict[str, int]:
        """Bytes of each state in mixed precision: fp32 master, gradient and moments, bf16 copy."""
        trained = self.muon + self.adamw
        return {
            "fp32 master weights": 4 * trained,
            "fp32 gradients": 4 * trained,
            "Muon momentum": 4 * self.muon,
            "AdamW moments": 8 * self.adamw,
            "bf16 compute copy": 2 * trained,
        }


def count(config: ModelConfig, context: int | None = None) -> Count:
    """Counts a configuration; `context` in tokens, by default the longest it allows."""
    context = context or config.max_position_embeddings
    with torch.device("meta"):
        model = Transformer(config)
    owned = assign_parameters(model.named_parameters())
    numbers = {name: tensor.numel() for name, tensor in model.state_dict().items()}
    total = sum(numbers.values())
    experts = sum(number for name, number in numbers.items() if ".mlp.experts." in name)
    idle = experts * (config.n_routed_experts - config.num_experts_per_tok)
    active = total - idle // config.n_routed_experts
    embedding = numbers["embed_tokens.weight"]
    vectors = sum(t.numel() for t in model.state_dict().values() if t.ndim == 1)
    heads, layers = config.num_attention_heads, config.num_hidden_layers
    # Scores and weighted values: 2 products of context / 2 keys, 2 FLOPs each, backward twice that.
    attention = 3 * context * heads * layers * (config.qk_head_dim + config.v_head_dim)
    return Count(
        total=total,
        active=active,
        embeddings=embedding + numbers["lm_head.weight"],
        muon=sum(p.numel() for p in owned["muon"].values()),
        adamw=sum(p.numel() for p in owned["adamw"].values()),
        flops_per_token=6 * (active - embedding - vectors) + attention,
        context=context,
    )
