"""All pairs of texts whose word sets are alike: MinHash bands propose, the sets decide.

The whole of it is array work on numbers, so a process compares 100,000 texts in seconds:
a pair that shares a band is first held against an upper bound of its Jaccard index, taken from
bitmaps of 512 bits; only the few that pass have their sets compared.

Legend: N texts, B bands, W words of a bitmap, P pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

W = 8  # words of 64 bits: few of the 20 to 200 shingles of a text share a bit
AT_ONCE = 1 << 16  # pairs held against each other in one go: a few megabytes


@dataclass(frozen=True)
class Pairs:
    """Pairs of places in the given order, ``first`` before ``second``, sorted by both."""

    second: Ints
    first: Ints
    jaccard: npt.NDArray[np.float64]

    def at_least(self, threshold: float) -> Pairs:
        """Those with that Jaccard index or a higher one."""
        chosen = self.jaccard >= threshold
        return Pairs(self.second[chosen], self.first[chosen], self.jaccard[chosen])

    def __len__(self) -> int:
        return len(self.first)


def alike_pairs(shingles: Sequence[str], bands: Sequence[str], least: float) -> Pairs:
    """Every pair that shares a band and has a Jaccard index of at least ``least`` (above 0).

    ``shingles``: of each text its different 32-bit hashes in ascending order, 8 hex digits each;
    ``bands``: of each the same number of keys in the same form, or none, which matches nothing.
    """
    sizes_N = np.array([len(one) // 8 for one in shingles], np.int64)
    tokens = _numbers("".join(shingles))
    bitmaps_NW = _bitmaps(tokens, sizes_N)
    codes = [np.zeros(0, np.int64)]
    for first_P, second_P in _sharing_a_band(bands):
        near = _bound(first_P, second_P, sizes_N, bitmaps_NW) >= least
        codes.append(second_P[near] * len(shingles) + first_P[near])
    second_P, first_P = np.divmod(np.unique(np.concatenate(codes)), max(len(shingles), 1))
    found = Pairs(second_P, first_P, _jaccard(first_P, second_P, tokens, sizes_N))
    return found.at_least(least)


def _numbers(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(bytes.fromhex(text), ">u4").astype(np.uint32)


def _bitmaps(tokens: npt.NDArray[np.uint32], sizes_N: Ints) -> Words:
    """A bitmap of W words for each text: one bit, drawn by hash, for each of its shingles."""
    bitmaps = np.zeros(len(sizes_N) * W, np.uint64)
    ends_N = np.cumsum(sizes_N)
    for low, high in _batches(sizes_N):
        start = int(ends_N[low] - sizes_N[low])
        bits = tokens[start : int(ends_N[high - 1])] % np.uint32(64 * W)
        words = np.repeat(np.arange(low, high) * W, sizes_N[low:high]) + bits // 64
        np.bitwise_or.at(bitmaps, words, np.uint64(1) << (bits % 64).astype(np.uint64))
    return bitmaps.reshape(-1, W)


def _sharing_a_band(bands: Sequence[str]) -> Iterator[tuple[Ints, Ints]]:
    """Batches of pairs (first, second) with a band in common; a pair once for each such band."""
    places = np.array([at for at, keys in enumerate(bands) if keys], np.int64)
    if not len(places):
        return
    keys_NB = _numbers("".join(bands)).reshape(len(places), -1)
    for column in keys_NB.T:
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        ends = np.searchsorted(ordered, ordered, side="right")
        after = ends - np.arange(len(order)) - 1  # how many follow with the same key
        for low, high in _batches(after):
            counts = after[low:high]
            starts = np.repeat(np.arange(low, high), counts)
            ahead = np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)
            yield places[order[starts]], places[order[starts + ahead + 1]]


def _batches(counts: Ints) -> Iterator[tuple[int, int]]:
    """Ranges whose counts add up to about AT_ONCE each."""
    total = np.cumsum(counts)
    low = 0
    while low < len(counts):
        done = int(total[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(total, done + AT_ONCE, side="right")))
        yield low, high
        low = high


def _bound(
    first_P: Ints, second_P: Ints, sizes_N: Ints, bitmaps_NW: Words
) -> npt.NDArray[np.float64]:
    """An upper bound of the Jaccard index: a shingle whose bit the other bitmap lacks is not in
    the other set. Sizes alone bound most of the pairs."""
    small = np.minimum(sizes_N[first_P], sizes_N[second_P])
    total = sizes_N[first_P] + sizes_N[second_P]
    a_PW, b_PW = bitmaps_NW[first_P], bitmaps_NW[second_P]
    only_a = np.bitwise_count(a_PW & ~b_PW).sum(axis=1, dtype=np.int64)
    only_b = np.bitwise_count(b_PW & ~a_PW).sum(axis=1, dtype=np.int64)
    common = np.minimum(sizes_N[first_P] - only_a, sizes_N[second_P] - only_b)
    common = np.minimum(common, small)
    bound: npt.NDArray[np.float64] = common / (total - common)
    return bound


def _jaccard(
    first_P: Ints, second_P: Ints, tokens: npt.NDArray[np.uint32], sizes_N: Ints
) -> npt.NDArray[np.float64]:
    """The Jaccard index of each pair, by looking up the shingles of one text among the other's."""
    keys = np.repeat(np.arange(len(sizes_N), dtype=np.int64) << 32, sizes_N)
    keys |= tokens  # ascending: texts in order, each one's shingles in order
    starts_N = np.cumsum(sizes_N) - sizes_N
    common_P = np.zeros(len(first_P), np.int64)
    for low, high in _batches(sizes_N[first_P]):
        first, second = first_P[low:high], second_P[low:high]
        sizes = sizes_N[first]
        begin = np.repeat(np.cumsum(sizes) - sizes, sizes)
        own = tokens[np.repeat(starts_N[first], sizes) + np.arange(sizes.sum()) - begin]
        wanted = (np.repeat(second, sizes) << 32) | own
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        pairs = np.repeat(np.arange(high - low), sizes)
        common_P[low:high] = np.bincount(pairs, keys[at] == wanted, minlength=high - low)
    jaccard: npt.NDArray[np.float64] = common_P / (sizes_N[first_P] + sizes_N[second_P] - common_P)
    return jaccard
