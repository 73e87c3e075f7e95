"""Checkpoints: a folder that appears whole or not at all, without pickles.

    OUT/checkpoints/step-000060/model.safetensors       weights and balancing biases, by name
                                training.safetensors    optimizer state: `muon/NAME/KEY`, `adamw/..`
                                state.json              step, identity of the run, loader state

There is no random state in it: initialisation and data order are functions of the seed, and nothing
else in training is drawn. The same run writes the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

FORMAT = 1
FOLDER = "checkpoints"
UNFINISHED = ".unfinished"
Named = Mapping[str, nn.Parameter]


@dataclass(frozen=True)
class TrainState:
    """What a checkpoint says besides tensors.

    identity: settings, model, data and tokenizer of the run; it may be resumed by no other.
    """

    step: int
    identity: dict[str, Any]
    loader: dict[str, Any]


def save_checkpoint(
    out: Path,
    state: TrainState,
    model: nn.Module,
    optimizers: Mapping[str, tuple[Optimizer, Named]],
) -> Path:
    """Writes step `state.step` below `out` and removes older ones; returns the folder."""
    folder = out / FOLDER / f"step-{state.step:06d}"
    draft = folder.with_name(folder.name + UNFINISHED)
    for stale in (draft, folder):
        shutil.rmtree(stale, ignore_errors=True)
    draft.mkdir(parents=True)
    save_file(_on_cpu(model.state_dict()), draft / "model.safetensors", metadata={"format": "pt"})
    save_file(_on_cpu(_optimizer_tensors(optimizers)), draft / "training.safetensors")
    body = {"format": FORMAT, **vars(state)}
    (draft / "state.json").write_text(json.dumps(body, sort_keys=True) + "\n", encoding="utf-8")
    draft.rename(folder)
    for other in _finished(out):
        if other != folder:
            shutil.rmtree(other)
    return folder


def latest_checkpoint(path: Path) -> Path | None:
    """The newest whole checkpoint of a run's folder (or the checkpoint that `path` itself is)."""
    if (path / "state.json").is_file() and not path.name.endswith(UNFINISHED):
        return path
    return max(_finished(path), default=None)


def read_state(checkpoint: Path) -> TrainState:
    """The JSON part; `ValueError` for a format this code does not know."""
    body = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    if body.pop("format") != FORMAT:
        raise ValueError(f"{checkpoint} was written by another version of the trainer")
    return TrainState(**body)


def load_weights(checkpoint: Path, model: nn.Module) -> None:
    """Fills the model, every name or an error."""
    model.load_state_dict(load_file(checkpoint / "model.safetensors"), strict=True)


def load_optimizers(checkpoint: Path, optimizers: Mapping[str, tuple[Optimizer, Named]]) -> None:
    """Fills both optimizers' state; `ValueError` if a tensor belongs to no parameter of theirs.

    Written straight into `Optimizer.state`: a fresh optimizer has no state yet to be filled.
    """
    for key, tensor in load_file(checkpoint / "training.safetensors").items():
        owner, name, entry = key.split("/")
        optimizer, named = optimizers[owner]
        if name not in named:
            raise ValueError(f"{checkpoint}: {owner} owns no parameter {name}")
        parameter = named[name]
        # AdamW keeps its step count on the CPU, everything else beside the parameter.
        device = "cpu" if entry == "step" else parameter.device
        optimizer.state[parameter][entry] = tensor.to(device)


def _finished(out: Path) -> list[Path]:
    return [p.parent for p in (out / FOLDER).glob("step-*/state.json") if UNFINISHED not in str(p)]


def _optimizer_tensors(optimizers: Mapping[str, tuple[Optimizer, Named]]) -> dict[str, Tensor]:
    return {
        f"{owner}/{name}/{entry}": tensor
        for owner, (optimizer, named) in optimizers.items()
        for name, parameter in named.items()
        for entry, tensor in optimizer.state.get(parameter, {}).items()
        if isinstance(tensor, torch.Tensor)
    }


def _on_cpu(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
