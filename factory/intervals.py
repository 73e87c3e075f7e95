"""Intervals for measured shares."""

from __future__ import annotations

from math import sqrt

Z95 = 1.96


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a proportion; (0, 1) without a trial."""
    if not trials:
        return 0.0, 1.0
    share, z = successes / trials, Z95
    middle = share + z * z / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
