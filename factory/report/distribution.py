"""Numbers counted by value: mean, quantiles and histogram bins of any many of them, in one pass."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

SINGLE_VALUE_BINS = 24
"""Whole numbers that span no more than this get one bin each."""


@dataclass(frozen=True)
class Bin:
    """A histogram bin [low, high); the last of a histogram may be open at the top."""

    low: float
    high: float
    count: int
    label: str


@dataclass
class Distribution:
    """A multiset of numbers; values are added, never removed."""

    counts: Counter[float] = field(default_factory=Counter)

    @classmethod
    def of(cls, values: Iterable[float]) -> Distribution:
        """The distribution of some values."""
        return cls(Counter(values))

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[value] += 1

    @property
    def n(self) -> int:
        """How many values there are."""
        return self.counts.total()

    @property
    def total(self) -> float:
        """Their sum, 0 if there is none."""
        return math.fsum(value * count for value, count in self.counts.items())

    @property
    def mean(self) -> float:
        """Their mean, NaN if there is none."""
        return self.total / self.n if self.n else math.nan

    @property
    def low(self) -> float:
        """The smallest value, NaN if there is none."""
        return min(self.counts, default=math.nan)

    @property
    def high(self) -> float:
        """The largest value, NaN if there is none."""
        return max(self.counts, default=math.nan)

    def quantile(self, q: float) -> float:
        """The smallest value with at least a share `q` of all at or below it; NaN if empty."""
        rank = max(1, math.ceil(q * self.n))
        seen = 0
        for value in sorted(self.counts):
            seen += self.counts[value]
            if seen >= rank:
                return value
        return math.nan

    def bins(self, most: int = 16) -> list[Bin]:
        """Histogram bins on round edges, at most about `most`; [] if empty.

        A long tail above the 99th percentile shares the last bin, whose label says so.
        """
        if not self.n:
            return []
        whole = all(float(value).is_integer() for value in self.counts)
        if whole and self.high - self.low < SINGLE_VALUE_BINS:
            values = range(int(self.low), int(self.high) + 1)
            return [Bin(v, v + 1, self.counts[v], str(v)) for v in values]
        top = self.quantile(0.99)
        step = round_step((top - self.low) / most, whole)
        start = math.floor(self.low / step)
        cells: Counter[int] = Counter()
        last = max(0, math.floor(top / step) - start)
        for value, count in self.counts.items():
            cells[min(last, math.floor(value / step + 1e-9) - start)] += count
        return [
            _bin(
                start + i,
                step,
                cells[i],
                open_ended=i == last and self.high >= (start + i + 1) * step,
            )
            for i in range(last + 1)
        ]


def _bin(index: int, step: float, count: int, *, open_ended: bool) -> Bin:
    low, high = index * step, (index + 1) * step
    label = f"{low:,.10g} or more" if open_ended else f"{low:,.10g} to {high:,.10g}"
    return Bin(round(low, 10), round(high, 10), count, label)


def round_step(size: float, whole: bool = False) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `size` (> 0)."""
    if size <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    steps = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    step = next(s * power for s in steps if s * power >= size * (1 - 1e-9))
    return max(1.0, step) if whole else step
