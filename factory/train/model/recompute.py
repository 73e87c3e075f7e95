"""Activation recomputation: what a block keeps of its forward pass for the backward one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import torch
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)

Recompute = Literal["none", "selective", "full"]

# Matrix products and attention are dear to compute and are kept; norms, SwiGLU, rotary embedding,
# sorting and casts are cheap and are done again (the K2 report, 2.4, recomputes in that spirit).
KEPT = frozenset(
    {
        "mm",
        "bmm",
        "addmm",
        "_grouped_mm",
        "topk",
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_cudnn_attention",
        "_scaled_dot_product_efficient_attention",
        "_flash_attention_forward",
        "flex_attention",
    }
)


def _policy(context: Any, operator: Any, *args: Any, **kwargs: Any) -> CheckpointPolicy:
    name = getattr(operator, "overloadpacket", operator).__name__
    return CheckpointPolicy.MUST_SAVE if name in KEPT else CheckpointPolicy.PREFER_RECOMPUTE


def run_block(block: Callable[..., Any], mode: Recompute, *inputs: Any) -> Any:
    """The block's output, recomputed in the backward pass as `mode` says (K2 report, 2.4).

    Statistics among it come from the first pass and count once.
    """
    if mode == "none" or not torch.is_grad_enabled():
        return block(*inputs)
    extra: dict[str, Any] = {"use_reentrant": False, "preserve_rng_state": False}
    if mode == "selective":
        extra["context_fn"] = partial(create_selective_checkpoint_contexts, _policy)
    return checkpoint(block, *inputs, **extra)
