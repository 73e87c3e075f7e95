"""What a training run can be told, typed and validated; an unknown key is an error. Loads no torch.

The defaults are the demonstration: both stages together take well under a minute on two CPU cores.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from factory.train.model.config import ModelConfig
from factory.train.model.presets import preset


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


class RunSettings(Settings):
    """What both stages share. Lengths in tokens, `batch_size` in rows of `sequence_length`."""

    steps: int = Field(default=60, ge=1)
    batch_size: int = Field(default=8, ge=1)
    sequence_length: int = Field(default=256, ge=8)
    learning_rate: float = Field(default=1e-2, gt=0)
    final_learning_rate: float = Field(default=1e-3, ge=0)
    warmup_steps: int = Field(default=6, ge=0)
    decay_steps: int = Field(default=20, ge=0)
    weight_decay: float = Field(default=0.1, ge=0)
    momentum: float = Field(default=0.95, ge=0, lt=1)
    qk_clip_tau: float = Field(default=100.0, gt=0)
    max_gradient_norm: float = Field(default=1.0, gt=0)
    bias_update_rate: float = Field(default=1e-3, ge=0)
    checkpoint_every: int | None = Field(default=None, ge=1)
    seed: int = 0
    device: Literal["cpu", "cuda"] = "cpu"

    @model_validator(mode="after")
    def _schedule_fits(self) -> Self:
        if self.warmup_steps + self.decay_steps > self.steps:
            raise ValueError(
                f"warmup_steps ({self.warmup_steps}) + decay_steps ({self.decay_steps}) "
                f"exceed steps ({self.steps})"
            )
        return self


class PretrainSettings(RunSettings):
    """Pretraining on `pretrain` shards; `model` counts only where no checkpoint is given."""

    model: ModelSettings = Field(default_factory=ModelSettings)


class SftSettings(RunSettings):
    """Fine-tuning on `sft` shards, from a checkpoint, loss on the assistant's tokens only."""

    # One long row: tool schemas alone take 700 to 2,600 tokens, so 2048 would drop half the rows.
    batch_size: int = Field(default=1, ge=1)
    sequence_length: int = Field(default=4096, ge=8)
    learning_rate: float = Field(default=5e-3, gt=0)
    final_learning_rate: float = Field(default=5e-4, ge=0)
