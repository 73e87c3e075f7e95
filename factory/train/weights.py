"""Weights to start from: a run of ours, one of its checkpoints, or a `deepseek_v3` folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from factory.train.checkpoint import (
    checkpoint_digest,
    latest_checkpoint,
    load_weights,
    read_state,
)
from factory.train.data.tokenizer import tokenizer_fingerprint
from factory.train.model.config import ModelConfig
from factory.train.model.transformer import Transformer

STACKS = ("gate_proj", "up_proj", "down_proj")

# What the decoder always does; a configuration that says otherwise is another model.
FIXED: Mapping[str, Any] = {
    "moe_layer_freq": 1,
    "norm_topk_prob": True,
    "scoring_func": "sigmoid",
    "topk_method": "noaux_tc",
    "hidden_act": "silu",
    "rope_interleave": True,
    "attention_bias": False,
    "tie_word_embeddings": False,
    "num_nextn_predict_layers": 0,
}


class TrainError(ValueError):
    """Something the user can set right; one line, with the remedy."""


def config_of(path: Path) -> ModelConfig:
    """Sizes of the model in a run, checkpoint or `deepseek_v3` folder."""
    if _is_foreign(path):
        return imported_config(json.loads((path / "config.json").read_text(encoding="utf-8")))
    return ModelConfig(**read_state(_checkpoint_of(path)).identity["model"])


def tokenizer_of(path: Path) -> str | None:
    """Fingerprint of the tokenizer trained with; None where a foreign folder brings none."""
    if _is_foreign(path):
        return tokenizer_fingerprint(path) if (path / "tokenizer.json").is_file() else None
    fingerprint: str = read_state(_checkpoint_of(path)).identity["tokenizer"]
    return fingerprint


def fill_model(path: Path, model: Transformer) -> None:
    """Loads the weights, every name or an error."""
    if _is_foreign(path):
        model.load_state_dict(imported_tensors(path, model.config), strict=True)
    else:
        load_weights(_checkpoint_of(path), model)


def weights_digest(path: Path) -> str:
    """Changes with any byte of the weights."""
    if not _is_foreign(path):
        return checkpoint_digest(_checkpoint_of(path), "model.")
    digest = hashlib.sha256()
    for file in sorted(path.glob("*.safetensors")):
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def imported_config(body: Mapping[str, Any]) -> ModelConfig:
    """A `deepseek_v3` config.json as ours; `TrainError` for what the decoder does not do."""
    if body.get("model_type") not in ("deepseek_v3", "kimi_k2"):
        raise TrainError(f"model_type {body.get('model_type')!r} is not deepseek_v3")
    for key, value in FIXED.items():
        if body.get(key, value) != value:
            raise TrainError(f"{key} is {body[key]!r}; only {value!r} is implemented")
    heads = body["num_attention_heads"]
    if body.get("num_key_value_heads", heads) != heads:
        raise TrainError("num_key_value_heads differs from num_attention_heads: that is not MLA")
    known = set(ModelConfig.__dataclass_fields__)
    sizes = {key: value for key, value in body.items() if key in known}
    # transformers 5 writes rope_parameters; before, it was rope_theta and rope_scaling.
    rope = dict(body.get("rope_parameters") or body.get("rope_scaling") or {})
    sizes["rope_theta"] = rope.pop("rope_theta", body.get("rope_theta", 10_000.0))
    kind = rope.pop("rope_type", rope.pop("type", "default"))
    rope.pop("type", None)
    if kind not in ("default", "yarn"):
        raise TrainError(f"rope type {kind!r} is not implemented; yarn is")
    sizes["rope_scaling"] = rope if kind == "yarn" else None
    return ModelConfig(**sizes)


def imported_tensors(folder: Path, config: ModelConfig) -> dict[str, Tensor]:
    """Weights of a `deepseek_v3` folder under our names, experts stacked; fp32.

    The inverse of `export.exported_tensors`. `TrainError` where an expert is missing.
    """
    found: dict[str, Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        found |= load_file(file)
    if not found:
        raise TrainError(f"{folder} has a config.json and no *.safetensors")
    tensors = {
        name.removeprefix("model."): tensor.float()
        for name, tensor in found.items()
        if ".experts." not in name
    }
    for layer in range(config.first_k_dense_replace, config.num_hidden_layers):
        for leaf in STACKS:
            head = f"layers.{layer}.mlp.experts"
            names = [f"model.{head}.{e}.{leaf}.weight" for e in range(config.n_routed_experts)]
            if missing := [name for name in names if name not in found]:
                raise TrainError(f"{folder} lacks {missing[0]}")
            tensors[f"{head}.{leaf}"] = torch.stack([found[name] for name in names]).float()
    return tensors


def _is_foreign(path: Path) -> bool:
    return (path / "config.json").is_file()


def _checkpoint_of(path: Path) -> Path:
    checkpoint = latest_checkpoint(path)
    if checkpoint is None:
        raise TrainError(f"{path} holds no finished checkpoint and no deepseek_v3 config.json")
    return checkpoint
