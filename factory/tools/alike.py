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


@dataclass(frozen=True)
class Texts:
    """The shingles and band keys of N texts: all that is compared, some 260 bytes a text."""

    tokens: npt.NDArray[np.uint32]
    """The shingles of all texts, one text after the other."""
    sizes_N: Ints
    keys_MB: npt.NDArray[np.uint32]
    """The band keys of the M texts that have any."""
    keyed_M: Ints
    """Their places."""

    @classmethod
    def of(cls, shingles: Sequence[str], bands: Sequence[str]) -> Texts:
        """``shingles``: of each text its different 32-bit hashes in ascending order, 8 hex digits
        each; ``bands``: of each the same number of keys in the same form, or none, which matches
        nothing."""
        keyed = np.array([at for at, keys in enumerate(bands) if keys], np.int64)
        keys = _numbers("".join(bands)).reshape(len(keyed), -1) if len(keyed) else _NO_KEYS
        sizes = np.array([len(one) // 8 for one in shingles], np.int64)
        return cls(_numbers("".join(shingles)), sizes, keys, keyed)

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """All the texts of several, in order."""
        starts = np.cumsum([0, *(len(part.sizes_N) for part in parts)])
        keyed = [part.keyed_M + start for part, start in zip(parts, starts, strict=False)]
        return cls(
            np.concatenate([_NO_KEYS[0], *(part.tokens for part in parts)]),
            np.concatenate([np.zeros(0, np.int64), *(part.sizes_N for part in parts)]),
            np.concatenate([p.keys_MB for p in parts if len(p.keyed_M)] or [_NO_KEYS]),
            np.concatenate([np.zeros(0, np.int64), *keyed]),
        )

    def chosen(self, places: Sequence[int]) -> Texts:
        """The texts at these places, in this order."""
        chosen = np.array(places, np.int64)
        rows = np.full(len(self.sizes_N), -1, np.int64)
        rows[self.keyed_M] = np.arange(len(self.keyed_M))
        rows = rows[chosen]
        starts = np.cumsum(self.sizes_N) - self.sizes_N
        sizes = self.sizes_N[chosen]
        at = np.repeat(starts[chosen] - (np.cumsum(sizes) - sizes), sizes)
        at += np.arange(len(at))
        return Texts(
            self.tokens[at], sizes, self.keys_MB[rows[rows >= 0]], np.flatnonzero(rows >= 0)
        )


_NO_KEYS = np.zeros((1, 0), np.uint32)


def alike_pairs(texts: Texts, least: float) -> Pairs:
    """Every pair that shares a band and has a Jaccard index of at least ``least`` (above 0)."""
    count = len(texts.sizes_N)
    bitmaps_NW = _bitmaps(texts.tokens, texts.sizes_N)
    codes = [np.zeros(0, np.int64)]
    for first_P, second_P in _sharing_a_band(texts):
        near = _bound(first_P, second_P, texts.sizes_N, bitmaps_NW) >= least
        codes.append(second_P[near] * count + first_P[near])
    second_P, first_P = np.divmod(np.unique(np.concatenate(codes)), max(count, 1))
    found = Pairs(second_P, first_P, _jaccard(first_P, second_P, texts))
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


def _sharing_a_band(texts: Texts) -> Iterator[tuple[Ints, Ints]]:
    """Batches of pairs (first, second) with a band in common; a pair once for each such band."""
    places = texts.keyed_M
    for column in texts.keys_MB.T:
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


def _jaccard(first_P: Ints, second_P: Ints, texts: Texts) -> npt.NDArray[np.float64]:
    """The Jaccard index of each pair, by looking up the shingles of one text among the other's."""
    tokens, sizes_N = texts.tokens, texts.sizes_N
    others = np.unique(second_P)
    sought = texts.chosen(others.tolist())
    keys = np.repeat(others << 32, sought.sizes_N)
    keys |= sought.tokens  # ascending: texts in order, each one's shingles in order
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
