"""The training loop: one step after another, metrics for each, checkpoints in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW, Optimizer

from factory.train.checkpoint import (
    Named,
    TrainState,
    load_optimizers,
    load_weights,
    read_state,
    save_checkpoint,
)
from factory.train.data.loader import Batch, Loader
from factory.train.data.packing import IGNORED
from factory.train.metrics import append_metrics
from factory.train.model.moe import update_expert_bias
from factory.train.model.transformer import Output, Transformer
from factory.train.optim.assign import assign_parameters
from factory.train.optim.muon_clip import MuonClip
from factory.train.optim.schedule import wsd
from factory.train.settings import RunSettings

Progress = Callable[[int, int, Mapping[str, Any]], None]
"""Called after each step with the steps done, the steps in all, and the step's metrics."""

ADAM_BETAS = (0.9, 0.95)
ADAM_EPSILON = 1e-8


@dataclass
class Trainer:
    """Everything that changes while training: model, both optimizers, loader, step."""

    model: Transformer
    settings: RunSettings
    loader: Loader
    identity: dict[str, Any]

    def __post_init__(self) -> None:
        owned = assign_parameters(self.model.named_parameters())
        settings = self.settings
        self.muon = MuonClip(
            owned["muon"].values(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            tau=settings.qk_clip_tau,
            attention_layers=self.model.attention_layers,
        )
        self.adamw = AdamW(
            owned["adamw"].values(),
            lr=settings.learning_rate,
            betas=ADAM_BETAS,
            eps=ADAM_EPSILON,
            weight_decay=settings.weight_decay,
        )
        self.optimizers: dict[str, tuple[Optimizer, Named]] = {
            "muon": (self.muon, owned["muon"]),
            "adamw": (self.adamw, owned["adamw"]),
        }
        self.step = 0

    def train_step(self) -> dict[str, Any]:
        """One batch, one update of everything; returns the step's metrics (`metrics.FIELDS`)."""
        started = time.perf_counter()
        batch = next(self.loader).to(self.settings.device)
        rate = self._set_learning_rate()
        self.model.train()
        output, loss = forward_loss(self.model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = clip_grad_norm_(self.model.parameters(), self.settings.max_gradient_norm)
        max_logits_LH = output.max_logits_LH
        assert max_logits_LH is not None  # the model is in training mode
        self.adamw.step()
        self.muon.step(max_logits=max_logits_LH)
        self._balance_experts(output.expert_load_ZE)
        self.model.zero_grad(set_to_none=True)
        self.step += 1
        loss_value = loss.item()
        if not torch.isfinite(loss):
            raise ValueError(f"the loss is {loss_value} at step {self.step}; lower learning_rate")
        seconds = time.perf_counter() - started
        return {
            "step": self.step,
            "loss": loss_value,
            "lr": rate,
            "gradient_norm": norm.item(),
            "max_logit": max_logits_LH.max().item(),
            "heads_clipped": int((max_logits_LH > self.settings.qk_clip_tau).sum()),
            "expert_imbalance": expert_imbalance(output.expert_load_ZE),
            "tokens": self.loader.counts["tokens"],
            "trained_tokens": int((batch.labels != IGNORED).sum()),
            "tokens_per_s": batch.tokens.numel() / seconds,
            "seconds": seconds,
        }

    def _set_learning_rate(self) -> float:
        settings = self.settings
        rate = wsd(
            self.step,
            peak=settings.learning_rate,
            warmup_steps=settings.warmup_steps,
            decay_steps=settings.decay_steps,
            total_steps=settings.steps,
            final=settings.final_learning_rate,
        )
        # Muon's update has AdamW's RMS, so both take the same rate (Moonlight, 2.2).
        for optimizer in (self.muon, self.adamw):
            for group in optimizer.param_groups:
                group["lr"] = rate
        return rate

    def _balance_experts(self, load_ZE: Tensor) -> None:
        for router, load_E in zip(self.model.routers, load_ZE, strict=True):
            bias_E = router.e_score_correction_bias
            update_expert_bias(bias_E, load_E, self.settings.bias_update_rate)

    def save(self, out: Path) -> Path:
        """Writes a checkpoint of this moment; returns its folder."""
        state = TrainState(self.step, self.identity, self.loader.state_dict())
        return save_checkpoint(out, state, self.model, self.optimizers)

    def resume(self, checkpoint: Path) -> None:
        """Continues from a checkpoint of the same run, bit for bit."""
        state = read_state(checkpoint)
        load_weights(checkpoint, self.model)
        load_optimizers(checkpoint, self.optimizers)
        self.loader.load_state_dict(state.loader)
        self.step = state.step


def forward_loss(model: Transformer, batch: Batch) -> tuple[Output, Tensor]:
    """Mean cross-entropy over the batch's labels; logits are made at labelled positions only."""
    places_X = torch.nonzero(batch.labels.flatten() != IGNORED).flatten()
    output: Output = model(batch.tokens, batch.positions, batch.document_ids, places_X)
    return output, F.cross_entropy(output.logits, batch.labels.flatten()[places_X])


def expert_imbalance(load_ZE: Tensor) -> float:
    """Busiest expert's load over the mean, of the worst layer; 1 without experts."""
    if not load_ZE.numel():
        return 1.0
    load = load_ZE.float()
    return float((load.amax(1) / load.mean(1).clamp_min(1e-9)).max())


def run_steps(trainer: Trainer, out: Path, progress: Progress | None = None) -> Path:
    """Trains up to `settings.steps`, appending metrics; returns the last checkpoint's folder."""
    settings = trainer.settings
    checkpoint = None
    while trainer.step < settings.steps:
        metrics = trainer.train_step()
        append_metrics(out, {"type": "step", **metrics})
        if progress is not None:
            progress(trainer.step, settings.steps, metrics)
        every = settings.checkpoint_every
        if trainer.step == settings.steps or (every and trainer.step % every == 0):
            checkpoint = trainer.save(out)
    return checkpoint or trainer.save(out)
