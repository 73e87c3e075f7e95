"""What is kept of a step whose loss or gradient is not finite, before anything was updated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from factory.train.checkpoint import TrainState, model_tensors, save_checkpoint
from factory.train.data.packing import Row
from factory.train.distributed import World, local, parameters_with_gradient

FOLDER = "failed"


class NonFiniteError(ValueError):
    """The loss or the gradient of a step is inf or nan; the message says where the step lies."""


def save_failed_step(
    out: Path,
    world: World,
    state: TrainState,
    model: nn.Module,
    rows: Sequence[Row],
    figures: Mapping[str, Any],
) -> Path:
    """Writes OUT/failed: weights before the step, its batch, and which gradients are broken.

    Returns the folder. The weights are a checkpoint like any other (`--init OUT/failed`).
    """
    folder = out / FOLDER
    # Sharded gradients are looked at where they are; main writes what its own shards show.
    broken = [
        name
        for name, parameter in parameters_with_gradient(model)
        if not torch.isfinite(local(parameter.grad)).all()  # type: ignore[arg-type]
    ]
    save_checkpoint(folder, state, model_tensors(model), world)
    if world.is_main:
        columns = zip(Row._fields, zip(*rows, strict=True), strict=True)
        save_file(
            {name: torch.tensor(values) for name, values in columns}, folder / "batch.safetensors"
        )
        body = {"step": state.step + 1, **figures, "broken_gradients": broken}
        text = json.dumps(body, indent=2, default=str) + "\n"
        (folder / "step.json").write_text(text, encoding="utf-8")
    return folder
