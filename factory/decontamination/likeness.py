"""How like two texts are: Jaccard index of words and word pairs, overlap of runs of four words.

Candidates for the first are found by MinHash with banding (Broder 1997; Leskovec et al., Mining of
Massive Datasets, ch. 3), for the second by an index of the runs; both are then computed exactly.
Texts are held as hashes only.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

BANDS, ROWS = 21, 3  # a pair of Jaccard 0.5 shares a band with probability 0.94, of 0.6 with 0.994
RUN = 4
MIN_RUNS = 5
"""Runs that the shorter text must have: two texts of eight words may share four by chance."""
COMMON = 400
"""A run that stands in more texts than this says nothing."""
_COEFFICIENTS = np.random.Generator(np.random.PCG64(20507)).integers(
    1, 2**63, size=(2, BANDS * ROWS), dtype=np.uint64
)
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Sketch:
    """A text as hashes: of its words and word pairs, of its runs of four words."""

    shingles: frozenset[int]
    runs: frozenset[int]


def words_of(text: str) -> list[str]:
    """Lower-case words; names in camelCase and snake_case taken apart."""
    return [word.lower() for word in _WORD.findall(_HUMP.sub(" ", text))]


def sketch(words: Sequence[str]) -> Sketch:
    """The sketch of a text given as words."""
    pairs = (f"{a} {b}" for a, b in pairwise(words))
    shingles = {zlib.crc32(part.encode()) for part in (*words, *pairs)}
    runs = {
        zlib.crc32(" ".join(words[at : at + RUN]).encode()) for at in range(len(words) - RUN + 1)
    }
    return Sketch(frozenset(shingles), frozenset(runs))


def bands(one: Sketch) -> Iterator[tuple[int, int]]:
    """(number, key) of each MinHash band."""
    values = np.fromiter(one.shingles, dtype=np.uint64, count=len(one.shingles))
    a, b = _COEFFICIENTS
    lowest = ((values[:, None] * a + b) >> np.uint64(32)).min(axis=0)
    for number, rows in enumerate(lowest.reshape(BANDS, ROWS).tolist()):
        yield number, hash(tuple(rows))


def jaccard(one: Sketch, other: Sketch) -> float:
    """Share of the words and pairs of both that both have, in [0, 1]."""
    both = len(one.shingles & other.shingles)
    return both / (len(one.shingles) + len(other.shingles) - both)


def overlap(one: Sketch, other: Sketch) -> float:
    """Share of the runs of the shorter that the other has too, in [0, 1]; 0 for short texts."""
    least = min(len(one.runs), len(other.runs))
    return len(one.runs & other.runs) / least if least >= MIN_RUNS else 0.0


@dataclass(frozen=True)
class Likeness:
    """The number of the text that is most like another, and how like it is."""

    number: int
    jaccard: float
    overlap: float


class Index:
    """Texts to be compared with."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self.sketches = sketches
        self.by_band: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.by_run: dict[int, list[int]] = defaultdict(list)
        for number, one in enumerate(sketches):
            for band in bands(one):
                self.by_band[band].append(number)
            for run in one.runs:
                self.by_run[run].append(number)

    def closest(self, one: Sketch, least: float, least_overlap: float) -> Likeness | None:
        """The text that reaches one of the two thresholds by most, if any does."""
        best: Likeness | None = None
        for number in self._candidates(one, least_overlap):
            other = self.sketches[number]
            found = Likeness(number, jaccard(one, other), overlap(one, other))
            if found.jaccard < least and found.overlap < least_overlap:
                continue
            if best is None or _strength(found) > _strength(best):
                best = found
        return best

    def _candidates(self, one: Sketch, least_overlap: float) -> list[int]:
        found = {n for band in bands(one) for n in self.by_band.get(band, ())}
        shared: Counter[int] = Counter()
        for run in one.runs:
            holders = self.by_run.get(run, ())
            if len(holders) <= COMMON:
                shared.update(holders)
        need = min(MIN_RUNS, len(one.runs)) * least_overlap
        found.update(n for n, count in shared.items() if count >= need)
        return sorted(found)


def _strength(found: Likeness) -> float:
    return max(found.jaccard, found.overlap)
