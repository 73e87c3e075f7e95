"""The training loop: one step after another, metrics for each, evaluations, checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from factory.train.data.packing import Row
from factory.train.evaluate import evaluate
from factory.train.events import EventFile
from factory.train.metrics import append_metrics
from factory.train.trainer import Trainer

Progress = Callable[[int, int, Mapping[str, Any]], None]
"""Called after each step with the steps done, the steps in all, and the step's metrics."""


def run_steps(
    trainer: Trainer,
    held_out: Sequence[Row] = (),
    progress: Progress | None = None,
    events: EventFile | None = None,
) -> Path:
    """Trains up to `settings.steps`, appending metrics; returns the last checkpoint's folder."""
    settings, main = trainer.settings, trainer.world.is_main
    while trainer.step < settings.steps:
        metrics = trainer.train_step()
        if main:
            _record(trainer, {"type": "step", **metrics}, events)
            if progress is not None:
                progress(trainer.step, settings.steps, metrics)
        last = trainer.step == settings.steps
        every = settings.evaluate_every
        if held_out and (last or (every and trainer.step % every == 0)):
            _evaluate(trainer, held_out, events)
        if not last and settings.checkpoint_every and trainer.step % settings.checkpoint_every == 0:
            trainer.save()
    checkpoint = trainer.save()
    trainer.checkpointer.wait()
    return checkpoint


def _evaluate(trainer: Trainer, held_out: Sequence[Row], events: EventFile | None) -> None:
    settings = trainer.settings
    found = evaluate(
        trainer.model,
        held_out,
        trainer.world,
        rows_at_once=settings.micro_batch_size or 1,
        bf16=settings.precision == "bf16",
    )
    if trainer.world.is_main:
        line = {"type": "evaluation", "step": trainer.step, **found._asdict()}
        _record(trainer, line, events)


def _record(trainer: Trainer, line: Mapping[str, Any], events: EventFile | None) -> None:
    append_metrics(trainer.out, line)
    if events is not None:
        events.add(line)
