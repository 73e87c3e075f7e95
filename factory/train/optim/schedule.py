"""Learning rate as a pure function of the step: warm-up, stable, decay (WSD, arXiv 2404.06395)."""

from __future__ import annotations

from math import cos, pi


def wsd(
    step: int, *, peak: float, warmup_steps: int, decay_steps: int, total_steps: int, final: float
) -> float:
    """Rate of the 0-based `step`: linear up to `peak`, constant, cosine down to `final`.

    Keeps nothing, so a resumed run needs only its step (K2 report, 2.4, has the same shape).
    Step warmup_steps-1 already has the peak, and the last step has `final` (if decay_steps > 0).
    """
    if warmup_steps + decay_steps > total_steps:
        raise ValueError(
            f"warm-up ({warmup_steps}) and decay ({decay_steps}) exceed {total_steps} steps"
        )
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    past = step - (total_steps - decay_steps)
    if past < 0:
        return peak
    progress = min(1.0, (past + 1) / decay_steps) if decay_steps else 0.0
    return final + (peak - final) * (1 + cos(pi * progress)) / 2
