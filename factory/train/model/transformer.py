"""The decoder: embedding, pre-norm blocks of latent attention and feed-forward, norm, untied head.

Shapes: B rows, T tokens, D model width, L layers, H heads, E experts, Z layers with experts,
W vocabulary, X selected positions.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from factory.train.model.attention import MultiHeadLatentAttention
from factory.train.model.config import ModelConfig
from factory.train.model.moe import MixtureOfExperts, Router, SwiGLU
from factory.train.model.norm import RMSNorm
from factory.train.model.recompute import Recompute, run_block
from factory.train.model.rope import Rotary, frequencies, rotary
from factory.train.model.visibility import Visibility, document_visibility


class Output(NamedTuple):
    """What one forward pass gives.

    logits: fp32 [B, T, W], or [X, W] where positions were selected.
    max_logits_LH: largest scaled attention logit of each head, detached; None in evaluation mode.
    expert_load_ZE: real tokens sent to each expert.
    """

    logits: Tensor
    max_logits_LH: Tensor | None
    expert_load_ZE: Tensor


class Block(nn.Module):
    """x += attention(norm(x)); x += feed_forward(norm(x))."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.self_attn = MultiHeadLatentAttention(config)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.mlp: SwiGLU | MixtureOfExperts = (
            SwiGLU(config.hidden_size, config.intermediate_size)
            if layer < config.first_k_dense_replace
            else MixtureOfExperts(config)
        )

    def forward(
        self, x_BTD: Tensor, angles: Rotary, visibility: Visibility
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """The new residual stream, the heads' maximum logits [H], the experts' loads [E]."""
        attended_BTD, largest_H = self.self_attn(self.input_layernorm(x_BTD), angles, visibility)
        x_BTD = x_BTD + attended_BTD
        normed_BTD = self.post_attention_layernorm(x_BTD)
        if isinstance(self.mlp, MixtureOfExperts):
            out_BTD, load_E = self.mlp(normed_BTD, visibility.real_BT)
            return x_BTD + out_BTD, largest_H, load_E
        return x_BTD + self.mlp(normed_BTD), largest_H, None


class Transformer(nn.Module):
    """DeepSeek-V3-style decoder; submodule names are those of a `deepseek_v3` checkpoint."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.recompute: Recompute = "none"
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config, i) for i in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    def forward(
        self,
        tokens_BT: Tensor,
        positions_BT: Tensor | None = None,
        document_ids_BT: Tensor | None = None,
        selected_X: Tensor | None = None,
    ) -> Output:
        """Next-token logits; by default each row is one document, at positions 0..T-1.

        document_ids_BT: tokens see earlier tokens of the same id only; negative ids are padding.
            They are best left on the host, see `document_visibility`.
        selected_X: places in the flattened rows, row · T + t; logits are made only there.
        """
        if positions_BT is None:
            positions_BT = torch.arange(tokens_BT.shape[1], device=tokens_BT.device)[None]
        if document_ids_BT is None:
            document_ids_BT = torch.zeros_like(tokens_BT, device="cpu")
        angles = self._angles(positions_BT)
        visibility = document_visibility(document_ids_BT, tokens_BT.device)
        x_BTD = self.embed_tokens(tokens_BT)
        if torch.is_autocast_enabled(x_BTD.device.type):  # the residual stream, too
            x_BTD = x_BTD.to(torch.get_autocast_dtype(x_BTD.device.type))
        max_logits: list[Tensor] = []
        loads: list[Tensor] = []
        for block in self.layers:
            x_BTD, largest_H, load_E = run_block(block, self.recompute, x_BTD, angles, visibility)
            if largest_H is not None:
                max_logits.append(largest_H)
            if load_E is not None:
                loads.append(load_E)
        x = x_BTD if selected_X is None else x_BTD.flatten(0, 1).index_select(0, selected_X)
        return Output(
            logits=self.lm_head(self.norm(x)).float(),
            max_logits_LH=torch.stack(max_logits) if max_logits else None,
            expert_load_ZE=torch.stack(loads) if loads else tokens_BT.new_zeros((0, 0)),
        )

    def _angles(self, positions_BT: Tensor) -> Rotary:
        yarn = self.config.rope_scaling
        frequency_P = frequencies(self.config.qk_rope_head_dim, self.config.rope_theta, yarn)
        return rotary(positions_BT, frequency_P, yarn.rotary_gain if yarn else 1.0)

    @property
    def attention_layers(self) -> list[MultiHeadLatentAttention]:
        """The attention of each layer, in the order of `Output.max_logits_LH`."""
        return [m for m in self.modules() if isinstance(m, MultiHeadLatentAttention)]

    @property
    def routers(self) -> list[Router]:
        """The router of each layer with experts, in the order of `Output.expert_load_ZE`."""
        return [m for m in self.modules() if isinstance(m, Router)]

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """Matrices N(0, initializer_range²), norm gains 1, balancing biases 0."""
        for name, parameter in self.named_parameters():
            if name.endswith("norm.weight"):
                parameter.fill_(1.0)
            else:
                parameter.normal_(0.0, self.config.initializer_range, generator=generator)
        for router in self.routers:
            router.e_score_correction_bias.zero_()


def build_model(
    config: ModelConfig, *, seed: int, device: str | torch.device = "cpu"
) -> Transformer:
    """A freshly initialised model; the weights depend on `seed` and not on the device."""
    with torch.device("meta"):
        model = Transformer(config)
    model.to_empty(device="cpu")
    model.initialise(torch.Generator().manual_seed(seed))
    return model.to(device)
