"""An endless, deterministic, shuffled stream of rows from datasets, resumable at any row."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

from factory.records import Record, digest

WINDOW_PARTS = 64  # parts held in memory and shuffled together


class PartInfo(Protocol):
    """What the stream reads of a shard's description."""

    @property
    def sha256(self) -> str:
        """Checksum of the shard's bytes."""
        ...


class PartedDataset(Protocol):
    """What the stream needs of `factory.shards.Dataset`."""

    @property
    def parts(self) -> Sequence[PartInfo]:
        """The shards."""
        ...

    def part_rows(self, index: int) -> list[Record]:
        """The rows of one shard."""
        ...


def spread_order(sources: Sequence[str], rng: random.Random) -> list[int]:
    """A random order of indices in which rows of one source lie as far apart as they can.

    The m rows of a source go, in random order, to the places (u + j) / m of the unit interval, one
    random u per source: a uniform shuffle where every source has one row, even spacing otherwise.
    """
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, source in enumerate(sources):
        members[source].append(index)
    places: list[tuple[float, int]] = []
    for indices in members.values():
        offset = rng.random()
        rng.shuffle(indices)
        places += [((offset + j) / len(indices), index) for j, index in enumerate(indices)]
    return [index for _, index in sorted(places)]


def corpus_fingerprint(datasets: Sequence[PartedDataset]) -> str:
    """Changes whenever a byte of the data does: resuming on another corpus is refused by it."""
    return digest(*(part.sha256 for dataset in datasets for part in dataset.parts))


class RowStream:
    """Rows of several datasets in a global order that depends on the seed and the epoch only.

    Each epoch permutes all parts, takes them in windows of WINDOW_PARTS, and spreads the rows of a
    window by `source_id`. The state is three integers.
    """

    def __init__(self, datasets: Sequence[PartedDataset], seed: int) -> None:
        self.parts = [(d, i) for d in datasets for i in range(len(d.parts))]
        if not self.parts:
            raise ValueError("the datasets to train on have no parts")
        self.seed = seed
        self.epoch = 0
        self.window = 0
        self.offset = 0
        self._rows: list[Record] | None = None

    def __iter__(self) -> RowStream:
        return self

    def __next__(self) -> Record:
        passed_empty = 0
        while self.offset >= len(self._current()):
            passed_empty += not self._current()
            if passed_empty > len(self.parts):
                raise ValueError("the datasets to train on have no rows")
            self._advance_window()
        row = self._current()[self.offset]
        self.offset += 1
        return row

    def _advance_window(self) -> None:
        self.offset, self._rows = 0, None
        self.window += 1
        if self.window * WINDOW_PARTS >= len(self.parts):
            self.window, self.epoch = 0, self.epoch + 1

    def _current(self) -> list[Record]:
        if self._rows is None:
            parts = list(self.parts)
            random.Random(f"{self.seed}:{self.epoch}:parts").shuffle(parts)
            start = self.window * WINDOW_PARTS
            rows = [
                row
                for dataset, index in parts[start : start + WINDOW_PARTS]
                for row in dataset.part_rows(index)
            ]
            rng = random.Random(f"{self.seed}:{self.epoch}:{self.window}")
            order = spread_order([source_of(row) for row in rows], rng)
            self._rows = [rows[index] for index in order]
        return self._rows

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands."""
        return {"epoch": self.epoch, "window": self.window, "offset": self.offset}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from where `state_dict` was taken (same datasets, same seed)."""
        self.epoch, self.window, self.offset = state["epoch"], state["window"], state["offset"]
        self._rows = None


def source_of(row: Record) -> str:
    """What the row was made from: its `source_id`, or the row itself where it has none."""
    return str(row.get("source_id") or row["id"])
