"""Learning rate and batch size as pure functions of the tokens seen: a resumed run needs its step.

Phases in the manner of WSD (arXiv 2404.06395): warm up, stay, decay, anneal. Loads no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Literal

Shape = Literal["linear", "constant", "cosine", "sqrt"]


@dataclass(frozen=True)
class Phase:
    """`tokens` tokens over which the rate goes from where it was to `to`, in a `shape`.

    sqrt: as 1 - sqrt(progress) (arXiv 2405.18392). bias_update_rate: of the experts' balancing
    bias within this phase; None leaves the run's.
    """

    shape: Shape
    tokens: float
    to: float
    bias_update_rate: float | None = None


def learning_rate(phases: Sequence[Phase], tokens: float) -> float:
    """Rate when `tokens` tokens are seen, the step's own included; the last phase's end after it.

    The rate starts at 0. At a phase's last token it has reached that phase's `to`.
    """
    start, begun = 0.0, 0.0
    for phase in phases:
        if tokens <= begun + phase.tokens:
            return _within(phase, start, (tokens - begun) / phase.tokens)
        start, begun = phase.to, begun + phase.tokens
    return start


def phase_at(phases: Sequence[Phase], tokens: float) -> Phase | None:
    """The phase that token number `tokens` lies in; the last one after them all."""
    end = 0.0
    for phase in phases:
        end += phase.tokens
        if tokens <= end:
            return phase
    return phases[-1] if phases else None


def _within(phase: Phase, start: float, progress: float) -> float:
    if phase.shape == "constant":
        return phase.to
    if phase.shape == "linear":
        return start + (phase.to - start) * progress
    left = (1 + cos(pi * progress)) / 2 if phase.shape == "cosine" else 1 - sqrt(progress)
    return phase.to + (start - phase.to) * left


def wsd(*, peak: float, final: float, warmup: float, stable: float, decay: float) -> list[Phase]:
    """Linear up to `peak`, constant, cosine down to `final`; lengths in tokens, 0 for none."""
    phases = [
        Phase("linear", warmup, peak),
        Phase("constant", stable, peak),
        Phase("cosine", decay, final),
    ]
    return [phase for phase in phases if phase.tokens > 0]


@dataclass(frozen=True)
class RampPoint:
    """From `tokens` tokens on, batches of `batch_size` rows."""

    tokens: float
    batch_size: int


def batch_size_at(batch_size: int, ramp: Sequence[RampPoint], tokens: float) -> int:
    """Rows of the batch that starts when `tokens` tokens are seen."""
    reached = [point.batch_size for point in ramp if tokens >= point.tokens]
    return reached[-1] if reached else batch_size


def tokens_before(step: int, batch_size: int, ramp: Sequence[RampPoint], length: int) -> int:
    """Tokens of the steps before the 0-based `step`, rows being `length` tokens long."""
    done, tokens, rows = 0, 0, batch_size
    for point in ramp:
        if tokens >= point.tokens:
            rows = point.batch_size
            continue
        needed = -(-(int(point.tokens) - tokens) // (rows * length))
        if done + needed >= step:
            break
        done, tokens, rows = done + needed, tokens + needed * rows * length, point.batch_size
    return tokens + (step - done) * rows * length


T, B = 1e12, 1e9
SCHEDULES: Mapping[str, Sequence[Phase]] = {
    # K2 report, 2.4: 500 steps of 67,108,864 tokens; 10T; 5.5T; then 400B at 4k and 60B at 32k. The
    # report gives the ends of the last, not its shape: linear is ours.
    "kimi-k2": (
        Phase("linear", 500 * 67_108_864, 2e-4),
        Phase("constant", 10 * T, 2e-4),
        Phase("cosine", 5.5 * T, 2e-5),
        Phase("linear", 460 * B, 7e-6),
    ),
    # Moonlight report, 3.2: 33B up; cosine to 5.2T; up to 1e-4 in 100 steps of 4096 x 8192, then
    # linear to 0 over 500B, with the balancing bias left alone.
    "moonlight": (
        Phase("linear", 33 * B, 4.2e-4),
        Phase("cosine", 5.2 * T - 33 * B, 4.2e-5),
        Phase("linear", 100 * 4096 * 8192, 1e-4, bias_update_rate=0.0),
        Phase("linear", 500 * B, 0.0, bias_update_rate=0.0),
    ),
}
RAMPS: Mapping[str, Sequence[RampPoint]] = {"moonlight": (RampPoint(200 * B, 4096),)}
"""Rows per batch: Moonlight starts with 2,048 rows of 8,192 tokens."""
