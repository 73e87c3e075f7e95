"""How much an endpoint is asked at once: a limit that follows what it can take, and a breaker.

The limit is additive-increase multiplicative-decrease, once a round (as many answers as the limit
allowed, that is one round trip), and the decrease is in proportion to the share of the round that
was overloaded, as in DCTCP (Alizadeh et al. 2010, eq. 2). So a server that sheds half its load is
cut by a quarter a round trip, and one that throws a random 429 at every hundredth request is not
cut at all. There is a floor and a hard cap.
"""

from __future__ import annotations

import random

FLOOR_SHARE = 1 / 16
STEP_SHARE = 1 / 16
SLOW_RATIO = 4.0
"""Answers that take so much longer than usual, over a whole round, mean a queue in the server."""
SLOW_CUT = 0.9
WARM_UP, UP = 64, 0.0003
BREAK_AFTER = 8
"""Failures in a row that open the breaker; 5 % at random do so once in 10^10 requests."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class Limit:
    """The number of requests an endpoint may have in flight."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.floor = max(1, int(cap * FLOOR_SHARE))
        self.value = float(cap)
        self._seen = self._overloaded = 0
        self._slowness = 0.0
        self._usual: dict[str, tuple[int, float]] = {}

    def succeeded(self, kind: str, seconds: float) -> None:
        """An answer of a kind (a role: their lengths differ) took so long."""
        seen, usual = self._usual.get(kind, (0, seconds))
        # The mean at first; then ten times quicker down than up, and slow, so that a queue that
        # builds up is not taken for the new usual before the limit has fallen.
        rate = 1 / (seen + 1) if seen < WARM_UP else UP if seconds > usual else 10 * UP
        self._usual[kind] = (seen + 1, usual + rate * (seconds - usual))
        self._count(overloaded=False, slowness=seconds / max(usual, 1e-3))

    def overloaded(self) -> None:
        """An answer said that the server has too much to do, or did not come in time."""
        self._count(overloaded=True, slowness=0.0)

    def _count(self, *, overloaded: bool, slowness: float) -> None:
        self._seen += 1
        self._overloaded += overloaded
        self._slowness += min(slowness, 10.0)
        if self._seen >= self.value:
            self._end_round()

    def _end_round(self) -> None:
        share = self._overloaded / self._seen
        slow = self._slowness / self._seen > SLOW_RATIO
        value = self.value * (1 - share / 2) * (SLOW_CUT if slow else 1)
        if not slow:
            value += max(1.0, value * STEP_SHARE)
        self.value = min(float(self.cap), max(float(self.floor), value))
        self._seen = self._overloaded = 0
        self._slowness = 0.0


class Breaker:
    """Opens after failures in a row; then lets one trial through at a time."""

    def __init__(self) -> None:
        self.failures = 0
        self.pause = 0.0
        """How long the last opening was, seconds; 0 while closed."""

    @property
    def open(self) -> bool:
        """Whether only a trial may pass."""
        return self.pause > 0

    def succeeded(self) -> None:
        """Close."""
        self.failures = 0
        self.pause = 0.0

    def failed(self, retry_after: float | None) -> float:
        """Seconds to let nothing through from now; 0 while closed."""
        self.failures += 1
        if self.failures < BREAK_AFTER:
            return 0.0
        self.failures = BREAK_AFTER - 1  # the trial decides
        self.pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self.pause))
        return max(retry_after or 0.0, random.uniform(0.5, 1.0) * self.pause)


class Meter:
    """A rate per second with one second's burst (the generic cell rate algorithm)."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self._due = 0.0

    def ready_at(self) -> float:
        """The earliest time the next unit may pass."""
        return self._due - 1.0

    def take(self, amount: float, now: float) -> None:
        """Let `amount` through (negative: give back)."""
        if self.rate is not None:
            self._due = max(self._due, now) + amount / self.rate


def backoff(attempt: int, retry_after: float | None) -> float:
    """Seconds to wait before attempt number `attempt` + 1: full jitter (AWS, 2015) on top of what
    the server asked for."""
    spread = min(20.0, 0.25 * 2**attempt)
    if retry_after is not None:
        return retry_after + random.uniform(0, min(spread, 0.05 + 0.1 * retry_after))
    return random.uniform(0, spread)
