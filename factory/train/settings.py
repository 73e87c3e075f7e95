"""What a training run can be told, typed and validated; an unknown key is an error. Loads no torch.

The defaults are the demonstration: both stages together take well under a minute on two CPU cores.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.train.model.config import ModelConfig
from factory.train.model.presets import preset
from factory.train.optim.schedule import (
    SCHEDULES,
    Phase,
    RampPoint,
    Shape,
    tokens_before,
    wsd,
)


class Settings(BaseModel):
    """Base of all settings: immutable, unknown keys forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSettings(Settings):
    """A preset of `factory.train.model.config` and the sizes that differ from it."""

    preset: str = "toy"
    overrides: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if "vocab_size" in self.overrides:
            raise ValueError("model.vocab_size follows from the tokenizer; set its vocab_size")
        preset(self.preset, **self.overrides)
        return self

    def build(self, vocab_size: int) -> ModelConfig:
        """The configuration for a tokenizer of `vocab_size` tokens."""
        return preset(self.preset, **{**self.overrides, "vocab_size": vocab_size})


class TokenizerSettings(Settings):
    """Byte-level BPE: number of tokens, special ones included."""

    vocab_size: int = Field(default=4096, ge=320)


class YarnSettings(Settings):
    """YaRN, see `factory.train.model.config.Yarn`."""

    factor: float = Field(ge=1)
    original_max_position_embeddings: int = Field(ge=1)
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    mscale: float = 1.0
    mscale_all_dim: float = 1.0


class PhaseSettings(Settings):
    """A phase of the learning rate, see `factory.train.optim.schedule.Phase`."""

    shape: Shape
    tokens: float = Field(gt=0)
    to: float = Field(ge=0)
    bias_update_rate: float | None = Field(default=None, ge=0)


class RampSettings(Settings):
    """From `tokens` on, batches of `batch_size` rows."""

    tokens: float = Field(gt=0)
    batch_size: int = Field(ge=1)


class SourceSettings(Settings):
    """One `--data` folder of a mixture: its share of the rows, and how often it may be read."""

    weight: float = Field(gt=0)
    max_epochs: int | None = Field(default=None, ge=1)


class RunSettings(Settings):
    """What both stages share. Lengths in tokens, `batch_size` in rows of `sequence_length`.

    schedule: phases, or the name of a published one; without it `learning_rate`, `warmup_steps`,
    `decay_steps`, `final_learning_rate` make a WSD. batch_ramp: other batch sizes from some token
    on. micro_batch_size: rows a process takes through the model at once; gradients add up to the
    batch. expert_parallel: with several processes, tokens travel to the experts, of which each
    process holds whole ones; false gathers experts like all other weights. mixture: one entry for
    each `--data`, in order. held_out_share: of the sources, kept from training; evaluated every
    `evaluate_every` steps and at the end, on `evaluate_rows` rows.
    """

    steps: int = Field(default=60, ge=1)
    batch_size: int = Field(default=8, ge=1)
    batch_ramp: tuple[RampSettings, ...] = ()
    micro_batch_size: int | None = Field(default=None, ge=1)
    sequence_length: int = Field(default=256, ge=8)
    learning_rate: float = Field(default=1e-2, gt=0)
    final_learning_rate: float = Field(default=1e-3, ge=0)
    warmup_steps: int = Field(default=6, ge=0)
    decay_steps: int = Field(default=20, ge=0)
    schedule: tuple[PhaseSettings, ...] | Literal["kimi-k2", "moonlight"] | None = None
    weight_decay: float = Field(default=0.1, ge=0)
    momentum: float = Field(default=0.95, ge=0, lt=1)
    split_heads: bool = False
    qk_clip_tau: float = Field(default=100.0, gt=0)
    max_gradient_norm: float = Field(default=1.0, gt=0)
    bias_update_rate: float = Field(default=1e-3, ge=0)
    precision: Literal["fp32", "bf16"] = "fp32"
    recompute: Literal["none", "selective", "full"] = "none"
    attention: Literal["auto", "exact", "lse", "flex"] = "auto"
    expert_parallel: bool = True
    mixture: tuple[SourceSettings, ...] | None = None
    held_out_share: float = Field(default=0.0, ge=0, lt=1)
    evaluate_every: int | None = Field(default=None, ge=1)
    evaluate_rows: int = Field(default=64, ge=1)
    checkpoint_every: int | None = Field(default=None, ge=1)
    keep_checkpoints: int = Field(default=1, ge=1)
    seed: int = 0
    device: Literal["cpu", "cuda"] = "cpu"

    @model_validator(mode="after")
    def _schedule_fits(self) -> Self:
        if self.schedule is None and self.warmup_steps + self.decay_steps > self.steps:
            raise ValueError(
                f"warmup_steps ({self.warmup_steps}) + decay_steps ({self.decay_steps}) "
                f"exceed steps ({self.steps})"
            )
        starts = [point.tokens for point in self.batch_ramp]
        if starts != sorted(set(starts)):
            raise ValueError("batch_ramp: tokens must grow from entry to entry")
        return self

    @model_validator(mode="after")
    def _road_exists(self) -> Self:
        if self.attention == "flex" and self.device == "cpu":
            raise ValueError("attention flex needs device cuda; on a cpu take auto, exact or lse")
        return self

    @model_validator(mode="after")
    def _evaluation_has_data(self) -> Self:
        if self.evaluate_every and not self.held_out_share:
            raise ValueError("evaluate_every needs held_out_share above 0")
        return self

    @property
    def ramp(self) -> list[RampPoint]:
        """The batch ramp as `schedule.batch_size_at` takes it."""
        return [RampPoint(point.tokens, point.batch_size) for point in self.batch_ramp]

    def tokens_before(self, step: int) -> int:
        """Tokens that the steps before the 0-based `step` take, padding included."""
        return tokens_before(step, self.batch_size, self.ramp, self.sequence_length)

    def phases(self) -> list[Phase]:
        """The learning rate's phases, in tokens."""
        if isinstance(self.schedule, str):
            return list(SCHEDULES[self.schedule])
        if self.schedule is not None:
            return [Phase(**phase.model_dump()) for phase in self.schedule]
        warm = self.tokens_before(self.warmup_steps)
        decay_from = self.tokens_before(self.steps - self.decay_steps)
        return wsd(
            peak=self.learning_rate,
            final=self.final_learning_rate,
            warmup=warm,
            stable=decay_from - warm,
            decay=self.tokens_before(self.steps) - decay_from,
        )


class LongContext(Settings):
    """What a long-context stage changes in the model it starts from."""

    max_position_embeddings: int = Field(ge=1)
    rope_scaling: YarnSettings | None = None


class PretrainSettings(RunSettings):
    """Pretraining on `pretrain` shards; `model` counts only where no checkpoint is given.

    long_context: for a stage that goes on from a checkpoint with a longer context.
    """

    model: ModelSettings = Field(default_factory=ModelSettings)
    long_context: LongContext | None = None


class SftSettings(RunSettings):
    """Fine-tuning on `sft` shards, from a checkpoint, loss on the assistant's tokens only."""

    # One long row: tool schemas alone take 700 to 2,600 tokens, so 2048 would drop half the rows.
    batch_size: int = Field(default=1, ge=1)
    sequence_length: int = Field(default=4096, ge=8)
    learning_rate: float = Field(default=5e-3, gt=0)
    final_learning_rate: float = Field(default=5e-4, ge=0)
