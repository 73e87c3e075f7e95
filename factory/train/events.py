"""TensorBoard event files beside `metrics.jsonl`: an extra, imported only when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

FOLDER = "tensorboard"
SCALARS = (
    "loss",
    "lr",
    "batch_size",
    "gradient_norm",
    "max_logit",
    "heads_clipped",
    "update_rms",
    "expert_imbalance",
    "trained_tokens",
    "tokens_per_s",
    "mfu",
    "seconds",
)
"""Fields of a step line (`metrics.FIELDS`) that are one number."""


class EventFile:
    """Writes the lines of `metrics.jsonl` as events below OUT/tensorboard.

    `train/FIELD` a step, `evaluation/loss`, and for each layer the largest logit
    (`max_logit/layer_00`) and the distribution over its heads (`max_logit_by_head/layer_00`).
    Works on numbers that the step has brought to the host anyway. done_steps: of the checkpoint
    that the run goes on from; events after it are hidden. `ValueError` without the extra.
    """

    def __init__(self, out: Path, done_steps: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ValueError(
                f"TensorBoard files need an extra ({error}): pip install "
                "k2-data-factory[tensorboard]"
            ) from None
        purge = done_steps + 1 if done_steps else None
        self._writer: Any = SummaryWriter(str(out / FOLDER), purge_step=purge)

    def add(self, line: Mapping[str, Any]) -> None:
        """One line of metrics: of a step or an evaluation."""
        step = line["step"]
        if line["type"] == "evaluation":
            self._writer.add_scalar("evaluation/loss", line["loss"], step)
            return
        for field in SCALARS:
            if line[field] is not None:
                self._writer.add_scalar(f"train/{field}", line[field], step)
        for layer, heads in enumerate(line["max_logit_by_head"]):
            self._writer.add_scalar(f"max_logit/layer_{layer:02d}", max(heads), step)
            self._writer.add_histogram(
                f"max_logit_by_head/layer_{layer:02d}", torch.tensor(heads), step
            )

    def close(self) -> None:
        """Writes what is still held."""
        self._writer.close()
