"""Alike pairs and MinHash bands, computed on arrays, are those of the plain definitions."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import numpy as np
import pytest

from factory.tools.alike import AT_ONCE, Texts, alike_pairs
from factory.tools.dedup import Sketch, decide
from factory.tools.settings import DuplicateSettings
from factory.tools.sketch import _HASHES, _PRIME, _lowest, band_keys


def hexed(values):
    return "".join(f"{value:08x}" for value in sorted(values))


def families(count, rng):
    """Sets of numbers in families: members share most of what they hold."""
    found = []
    for _ in range(count):
        if found and rng.random() < 0.7:
            base = set(rng.choice(found[-30:]))
            for value in rng.sample(sorted(base), rng.randint(0, len(base) // 3)):
                base.discard(value)
            base |= {rng.randrange(1 << 32) for _ in range(rng.randint(0, 8))}
        else:
            base = {rng.randrange(1 << 32) for _ in range(rng.randint(1, 120))}
        found.append(base)
    return found


@pytest.mark.parametrize("least", [0.5, 0.8, 1.0])
def test_pairs_are_those_that_share_a_band_and_whose_sets_are_alike(least):
    sets = families(400, random.Random(11))
    shingles = [hexed(one) for one in sets]
    bands = [band_keys(sorted(one)) for one in sets]
    keys = [{(at, one[at : at + 8]) for at in range(0, len(one), 8)} for one in bands]
    expected = {
        (a, b): len(sets[a] & sets[b]) / len(sets[a] | sets[b])
        for a, b in combinations(range(len(sets)), 2)
        if keys[a] & keys[b] and len(sets[a] & sets[b]) / len(sets[a] | sets[b]) >= least
    }
    found = alike_pairs(Texts.of(shingles, bands), least)
    assert len(expected) > 4
    assert dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True),
                    found.jaccard.tolist(), strict=True)) == expected  # fmt: skip


def test_a_band_with_more_pairs_than_a_batch_loses_none():
    count = 500
    assert count * (count - 1) // 2 > AT_ONCE
    sets = [{*range(1000), 5000 + n} for n in range(count)]
    found = alike_pairs(Texts.of([hexed(s) for s in sets], ["00000001" * 2] * count), 0.9)
    assert len(found) == count * (count - 1) // 2
    assert np.allclose(found.jaccard, 1000 / 1002)


def test_a_text_without_shingles_is_like_no_other():
    texts = Texts.of(["", "", "0000000a"], ["", "", band_keys([10])])
    assert len(alike_pairs(texts, 0.5)) == 0
    assert len(alike_pairs(Texts.of([], []), 0.5)) == 0


def test_texts_in_parts_are_the_same_and_can_be_chosen_in_any_order():
    rng = random.Random(3)
    sets = [set(), *families(60, rng), set()]
    shingles = [hexed(one) for one in sets]
    bands = [band_keys(sorted(one)) for one in sets]
    cuts = [0, 1, 20, 20, len(sets)]
    parts = [Texts.of(shingles[a:b], bands[a:b]) for a, b in pairwise(cuts)]
    order = rng.sample(range(len(sets)), 40)
    wanted = Texts.of([shingles[at] for at in order], [bands[at] for at in order])
    found = Texts.joined(parts).chosen(order)
    for name in ("tokens", "sizes_N", "keys_MB", "keyed_M"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name


def test_the_lowest_hashes_are_exact():
    rng = random.Random(1)
    for size in (1, 2, 60):
        values = [rng.randrange(1 << 32) for _ in range(size)] + [0, (1 << 32) - 1]
        exact = [min((a * value + b) % _PRIME for value in values) for a, b in _HASHES]
        assert _lowest(np.array(values, np.uint64)).tolist() == exact


def test_what_is_dropped_is_what_comparing_all_pairs_in_turn_drops():
    """The greedy rule by definition: a text goes when one that is kept is as like it as that."""
    rng = random.Random(4)
    sets = families(300, rng)
    sketches = [
        Sketch(f"h/{n}", "synthetic", "constrain", (), hexed(one), "0" * 8, f"p{n}", f"i{n}")
        for n, one in enumerate(sets)
    ]
    kept, gone = [], {}
    for n, one in enumerate(sets):
        likes = {k: len(one & sets[k]) / len(one | sets[k]) for k in kept}
        best = max(likes.values(), default=0)
        if best >= 0.8:
            gone[f"h/{n}"] = f"Jaccard {best:.2f} to h/{next(k for k in kept if likes[k] == best)}"
        else:
            kept.append(n)
    found = decide(sketches, DuplicateSettings()).dropped
    assert len(gone) > 10
    assert {key: detail for key, (_, detail) in found.items()} == gone
