"""A sample in which every group keeps its share and no group is lost."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def stratified(
    items: Sequence[Item],
    group: Callable[[Item], Hashable],
    order: Callable[[Item], str],
    most: int,
) -> list[Item]:
    """At most `most` items (or one of each group, if there are more groups than that), each group
    in proportion to its size; within a group the first by `order`. All of them if they fit.

    With content-addressed ids as `order` the choice is as good as random, and always the same.
    """
    if len(items) <= most:
        return sorted(items, key=order)
    groups: dict[Hashable, list[Item]] = {}
    for item in sorted(items, key=order):
        groups.setdefault(group(item), []).append(item)
    wanted = _shares([len(members) for members in groups.values()], most)
    chosen = [
        item
        for members, count in zip(groups.values(), wanted, strict=True)
        for item in members[:count]
    ]
    return sorted(chosen, key=order)


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """Whole shares of `most` by size, at least one each (largest remainder)."""
    rest = max(0, most - len(sizes))
    spare = [size - 1 for size in sizes]
    exact = [rest * size / (sum(spare) or 1) for size in spare]
    shares = [int(value) for value in exact]
    left = min(rest, sum(spare)) - sum(shares)
    by_remainder = sorted(range(len(sizes)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[:left]:
        shares[i] += 1
    return [1 + share for share in shares]
