"""One optimizer step: micro-batches forward and backward, statistics, guard, updates."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from factory.train.checkpoint import (
    Checkpointer,
    Optimizers,
    TrainState,
    load_optimizers,
    load_weights,
    model_tensors,
    optimizer_tensors,
    read_state,
)
from factory.train.data.loader import Loader, collate
from factory.train.data.packing import IGNORED, PADDING_DOCUMENT, Row
from factory.train.distributed import World, shard_model, whole
from factory.train.failure import NonFiniteError, save_failed_step
from factory.train.forward import summed_loss
from factory.train.model.moe import update_expert_bias
from factory.train.model.transformer import Transformer
from factory.train.optim.assign import assign_parameters
from factory.train.optim.muon_clip import MuonClip
from factory.train.optim.schedule import batch_size_at, learning_rate, phase_at
from factory.train.settings import RunSettings
from factory.train.throughput import peak_flops, utilisation

ADAM_BETAS = (0.9, 0.95)
ADAM_EPSILON = 1e-8


@dataclass
class Gathered:
    """Sums and maxima over the micro-batches of a step, on the device, then over all ranks."""

    loss: Tensor
    max_logits_LH: Tensor | None = None
    load_ZE: Tensor | None = None

    def add(self, loss: Tensor, max_logits_LH: Tensor, load_ZE: Tensor) -> None:
        """Takes in one micro-batch."""
        self.loss += loss.detach()
        if self.max_logits_LH is None or self.load_ZE is None:
            self.max_logits_LH, self.load_ZE = max_logits_LH, load_ZE
        else:
            self.max_logits_LH = torch.maximum(self.max_logits_LH, max_logits_LH)
            self.load_ZE = self.load_ZE + load_ZE


@dataclass
class Trainer:
    """Everything that changes while training: model, both optimizers, loader, step."""

    model: Transformer
    settings: RunSettings
    loader: Loader
    identity: dict[str, Any]
    out: Path
    world: World
    flops_per_token: int = 0
    step: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        bf16 = settings.precision == "bf16"
        shard_model(
            self.model,
            self.world,
            torch.bfloat16 if bf16 else torch.float32,
            expert_parallel=settings.expert_parallel,
        )
        self.model.recompute = settings.recompute
        for attention in self.model.attention_layers:
            attention.road = None if settings.attention == "auto" else settings.attention
        owned = assign_parameters(self.model.named_parameters())
        self.muon = MuonClip(
            owned["muon"].values(),
            lr=settings.learning_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
            tau=settings.qk_clip_tau,
            attention_layers=self.model.attention_layers,
            split_heads=settings.split_heads,
        )
        self.adamw = AdamW(
            owned["adamw"].values(),
            lr=settings.learning_rate,
            betas=ADAM_BETAS,
            eps=ADAM_EPSILON,
            weight_decay=settings.weight_decay,
            fused=self.world.device == "cuda",
        )
        self.optimizers: Optimizers = {
            "muon": (self.muon, owned["muon"]),
            "adamw": (self.adamw, owned["adamw"]),
        }
        self.phases = settings.phases()
        self.checkpointer = Checkpointer(self.out, settings.keep_checkpoints, self.world)
        self._update_squares: Tensor | None = None
        self._muon_elements = sum(parameter.numel() for parameter in owned["muon"].values())

    def train_step(self) -> dict[str, Any]:
        """One batch, one update of everything; returns the step's metrics (`metrics.FIELDS`)."""
        started = time.perf_counter()
        settings = self.settings
        seen = settings.tokens_before(self.step)
        rows = self.loader.take(batch_size_at(settings.batch_size, settings.ramp, seen))
        seen += len(rows) * settings.sequence_length
        rate = self._set_learning_rate(seen)
        labels = sum(len(row.labels) - row.labels.count(IGNORED) for row in rows)
        gathered = self._forward_backward(rows, labels)
        max_logits_LH, load_ZE = gathered.max_logits_LH, gathered.load_ZE
        assert max_logits_LH is not None
        assert load_ZE is not None
        norm = whole(clip_grad_norm_(self.model.parameters(), settings.max_gradient_norm))
        clipped = (max_logits_LH > settings.qk_clip_tau).sum()
        # The one moment of the step when the host waits for the device: all figures in one copy,
        # and the guard reads them before anything is updated.
        figures = [gathered.loss, norm, clipped, expert_imbalance(load_ZE), self._update_rms()]
        numbers = torch.cat(
            [torch.stack([f.double() for f in figures]), max_logits_LH.double().flatten()]
        )
        loss, norm_value, heads_clipped, imbalance, update_rms, *logits = numbers.tolist()
        if not (isfinite(loss) and isfinite(norm_value)):
            self._stop(rows, {"loss": loss, "gradient_norm": norm_value, "lr": rate})
        self.adamw.step()
        self.muon.step(max_logits=max_logits_LH)
        self._update_squares = self.muon.squares
        self._balance_experts(load_ZE, seen)
        self.model.zero_grad(set_to_none=True)
        self.step += 1
        seconds = time.perf_counter() - started
        real = sum(len(r.tokens) - r.document_ids.count(PADDING_DOCUMENT) for r in rows)
        heads = max_logits_LH.shape[1]
        peak = peak_flops(self.world.device)
        return {
            "step": self.step,
            "loss": loss,
            "lr": rate,
            "batch_size": len(rows),
            "gradient_norm": norm_value,
            "max_logit": max(logits),
            "max_logit_by_head": [logits[i : i + heads] for i in range(0, len(logits), heads)],
            "heads_clipped": int(heads_clipped),
            "update_rms": update_rms if isfinite(update_rms) else None,
            "expert_imbalance": imbalance,
            "tokens": self.loader.counts["tokens"],
            "trained_tokens": labels,
            "attention_road": self.model.attention_layers[0].last_road,
            "tokens_per_s": real / seconds,
            "mfu": utilisation(
                self.flops_per_token, real / seconds, peak and peak * self.world.size
            ),
            "seconds": seconds,
        }

    def _forward_backward(self, rows: Sequence[Row], labels: int) -> Gathered:
        """Gradients of the batch's mean loss; statistics over all its micro-batches and ranks."""
        world, settings = self.world, self.settings
        self.model.train()
        gathered = Gathered(torch.zeros((), device=world.device))
        for mine in micro_batches(rows, world, settings.micro_batch_size):
            batch = collate(mine, world.column_multiple).to(world.device)
            output, loss = summed_loss(self.model, batch, bf16=settings.precision == "bf16")
            assert output.max_logits_LH is not None  # the model is in training mode
            loss = loss / max(1, labels)
            # FSDP takes the mean of the ranks' gradients; wanted is the sum.
            (loss * world.size).backward()  # type: ignore[no-untyped-call]
            gathered.add(loss, output.max_logits_LH, output.expert_load_ZE)
        world.total(gathered.loss)
        if gathered.max_logits_LH is not None and gathered.load_ZE is not None:
            world.maximum(gathered.max_logits_LH)
            world.total(gathered.load_ZE)
        return gathered

    def _set_learning_rate(self, seen: int) -> float:
        rate = learning_rate(self.phases, seen)
        # Muon's update has AdamW's RMS, so both take the same rate (Moonlight, 2.2).
        for optimizer in (self.muon, self.adamw):
            for group in optimizer.param_groups:
                group["lr"] = rate
        return rate

    def _update_rms(self) -> Tensor:
        if self._update_squares is None:
            return torch.full((), torch.nan, device=self.world.device)
        squares = self.world.total(self._update_squares.clone())
        return (squares / self._muon_elements).sqrt()

    def _balance_experts(self, load_ZE: Tensor, seen: int) -> None:
        phase = phase_at(self.phases, seen)
        rate = self.settings.bias_update_rate
        if phase is not None and phase.bias_update_rate is not None:
            rate = phase.bias_update_rate
        for router, load_E in zip(self.model.routers, load_ZE, strict=True):
            update_expert_bias(router.e_score_correction_bias, load_E, rate)

    def _stop(self, rows: Sequence[Row], figures: dict[str, Any]) -> None:
        self.checkpointer.wait()
        state = TrainState(self.step, self.identity, {})
        folder = save_failed_step(self.out, self.world, state, self.model, rows, figures)
        raise NonFiniteError(
            f"step {self.step + 1}: loss {figures['loss']}, gradient norm "
            f"{figures['gradient_norm']}; nothing was updated, the step is in {folder}. "
            "Lower learning_rate, or look at its batch"
        )

    def save(self) -> Path:
        """Starts writing a checkpoint of this moment; returns its folder-to-be."""
        state = TrainState(self.step, self.identity, self.loader.state_dict())
        tensors = model_tensors(self.model) | optimizer_tensors(self.optimizers)
        return self.checkpointer.save(state, tensors)

    def resume(self, checkpoint: Path) -> None:
        """Continues from a checkpoint of the same run, bit for bit, on any number of ranks."""
        state = read_state(checkpoint)
        load_weights(checkpoint, self.model)
        load_optimizers(checkpoint, self.optimizers)
        self.loader.load_state_dict(state.loader)
        self.step = state.step


def micro_batches(rows: Sequence[Row], world: World, size: int | None) -> list[Sequence[Row]]:
    """This rank's rows of a batch, in micro-batches of `size` (None: all at once).

    `ValueError` where ranks and micro-batches do not divide the batch.
    """
    size = size or max(1, len(rows) // world.size)
    stride = size * world.size
    if len(rows) % stride:
        raise ValueError(
            f"a batch of {len(rows)} rows is no multiple of {world.size} processes x "
            f"{size} rows; set batch_size or micro_batch_size accordingly"
        )
    starts = range(world.rank * size, len(rows), stride)
    return [rows[start : start + size] for start in starts]


def expert_imbalance(load_ZE: Tensor) -> Tensor:
    """Busiest expert's load over the mean, of the worst layer; 1 without experts."""
    if not load_ZE.numel():
        return torch.ones((), device=load_ZE.device)
    load = load_ZE.float()
    worst: Tensor = (load.amax(1) / load.mean(1).clamp_min(1e-9)).max()
    return worst
