"""Writes a checkpoint as a `deepseek_v3` folder that transformers, vLLM and SGLang load.

Not as `kimi_k2`: transformers does not know that type and re-initialises the routed experts of such
a folder with no more than a warning.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from factory.train.checkpoint import read_state, read_tensors
from factory.train.data.tokenizer import BOS, EOS, PAD, load_tokenizer, tokenizer_fingerprint
from factory.train.model.config import ModelConfig
from factory.train.weights import FIXED, STACKS


def export_checkpoint(checkpoint: Path, out: Path, *, tokenizer: Path) -> Path:
    """Writes weights, config.json, generation_config.json and the tokenizer into `out`.

    `ValueError` if the checkpoint was trained with another tokenizer.
    """
    identity = read_state(checkpoint).identity
    if identity["tokenizer"] != tokenizer_fingerprint(tokenizer):
        raise ValueError(f"{checkpoint} was trained with another tokenizer than {tokenizer}")
    words = load_tokenizer(tokenizer)
    out.mkdir(parents=True, exist_ok=True)
    tensors = dict(exported_tensors(read_tensors(checkpoint, "model.")))
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    ids = {
        "bos_token_id": words.special(BOS),
        "eos_token_id": words.special(EOS),
        "pad_token_id": words.special(PAD),
    }
    _write_json(out / "config.json", {**exported_config(ModelConfig(**identity["model"])), **ids})
    # An answer ends with <|im_end|>, a document with [EOS].
    stops = [words.special("<|im_end|>"), words.special(EOS)]
    _write_json(out / "generation_config.json", {**ids, "eos_token_id": stops})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, out / name)
    return out


def exported_tensors(weights: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Our names to those on disk: `model.` in front, expert stacks taken apart."""
    for name, tensor in weights.items():
        head, _, leaf = name.rpartition(".")
        if name == "lm_head.weight":
            yield name, tensor
        elif head.endswith(".experts") and leaf in STACKS:
            for expert, matrix in enumerate(tensor):
                yield f"model.{head}.{expert}.{leaf}.weight", matrix.contiguous()
        else:
            yield f"model.{name}", tensor


def exported_config(config: ModelConfig) -> dict[str, Any]:
    """config.json of a `deepseek_v3` model of these sizes (token ids not included)."""
    yarn = config.rope_scaling
    return {
        **config.to_dict(),
        **FIXED,
        "architectures": ["DeepseekV3ForCausalLM"],
        "model_type": "deepseek_v3",
        "num_key_value_heads": config.num_attention_heads,
        "rope_scaling": {"type": "yarn", **vars(yarn)} if yarn else None,
        "attention_dropout": 0.0,
        "torch_dtype": "float32",
    }


def _write_json(path: Path, body: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(body, indent=2, sort_keys=True) + "\n", encoding="utf-8")
