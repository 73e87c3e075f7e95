"""`metrics.jsonl`: one self-describing line a step, for plots and for people. Loads no torch.

Three types of line: `header` (first: what ran, and what each field means), `step`, and `summary`
(last, once the run is complete).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILE = "metrics.jsonl"
FIELDS: Mapping[str, str] = {
    "step": "optimizer steps done, from 1",
    "loss": "mean cross-entropy of the step's trained tokens, nats, before the update",
    "lr": "learning rate of the step",
    "batch_size": "rows of the step, over all processes and micro-batches",
    "gradient_norm": "global L2 norm of the gradient before clipping",
    "max_logit": "largest scaled attention logit of all heads (S_max; QK-Clip acts above tau)",
    "max_logit_by_head": "the same of each layer and head, [[...], ...]",
    "heads_clipped": "heads whose logits exceeded tau and were rescaled",
    "update_rms": "RMS of Muon's update O_t of the step before; null in a process's first step",
    "expert_imbalance": "busiest expert's load over the mean load, worst layer (1 is even)",
    "tokens": "tokens of all rows so far, padding included",
    "trained_tokens": "tokens of this step that the loss saw",
    "attention_road": "how attention and its maximum logits were computed",
    "tokens_per_s": "tokens of this step's rows, padding left out, over its seconds",
    "mfu": "model FLOPs over the devices' peak; null where the peak is not known",
    "seconds": "wall time of this step, data included",
}


def read_metrics(out: Path) -> list[dict[str, Any]]:
    """All lines of a run, [] if it has none yet. A torn last line (a killed run) is left out."""
    path = out / FILE
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def start_metrics(out: Path, header: Mapping[str, Any], done_steps: int) -> None:
    """Writes the header, keeping the lines of steps that the resumed checkpoint contains."""
    kept = [
        line for line in read_metrics(out) if line["type"] == "step" and line["step"] <= done_steps
    ]
    out.mkdir(parents=True, exist_ok=True)
    first = {"type": "header", **header, "fields": dict(FIELDS)}
    text = "".join(json.dumps(line) + "\n" for line in [first, *kept])
    draft = out / (FILE + ".unfinished")
    draft.write_text(text, encoding="utf-8")
    draft.replace(out / FILE)


def append_metrics(out: Path, line: Mapping[str, Any]) -> None:
    """Adds one line."""
    with (out / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def summarise(lines: Sequence[Mapping[str, Any]], edge: int = 5) -> dict[str, Any]:
    """First and last loss (means of `edge` steps), peak logit, steps with a clip, total seconds."""
    steps = [line for line in lines if line["type"] == "step"]
    losses = [line["loss"] for line in steps]
    first, last = losses[:edge], losses[-edge:]
    return {
        "steps": len(steps),
        "first_loss": sum(first) / len(first),
        "last_loss": sum(last) / len(last),
        "peak_max_logit": max(line["max_logit"] for line in steps),
        "steps_with_clip": sum(line["heads_clipped"] > 0 for line in steps),
        "seconds": sum(line["seconds"] for line in steps),
    }
