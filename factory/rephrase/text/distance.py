"""How far two rewrites of one passage are apart: by the 4-grams of words they share."""

from __future__ import annotations

import zlib

from factory.rephrase.text.tokens import words

GRAM = 4


def grams(text: str) -> frozenset[int]:
    """Hashes of the 4-grams of words of a text; of all its words if there are fewer."""
    told = words(text)
    runs = range(max(1, len(told) - GRAM + 1))
    return frozenset(zlib.crc32(" ".join(told[i : i + GRAM]).encode()) for i in runs)


def distance(a: frozenset[int], b: frozenset[int]) -> float:
    """1 less the Jaccard index: 0 for the same 4-grams, 1 for none in common."""
    return 1.0 - len(a & b) / max(1, len(a | b))
