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


class SpentError(ValueError):
    """A stream has no more rows to give."""


class Stream(Protocol):
    """An endless stream of rows whose place is plain JSON."""

    @property
    def epoch(self) -> int:
        """How often the whole data has been given."""
        ...

    def __next__(self) -> Record:
        """The next row."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Where the stream stands."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        ...


def is_held_out(row: Record, share: float) -> bool:
    """Whether a row is kept from training for evaluation: a share of the *sources*, by their hash.

    Not of the rows: a paraphrase of a text that was trained on says nothing.
    """
    return int(digest(source_of(row))[:8], 16) < share * 16**8


class RowStream:
    """Rows of several datasets in a global order that depends on the seed and the epoch only.

    Each epoch permutes all parts, takes them in windows of WINDOW_PARTS, and spreads the rows of a
    window by `source_id`. The state is three integers. held_out: share of the sources left out.
    """

    def __init__(
        self, datasets: Sequence[PartedDataset], seed: int, *, held_out: float = 0.0
    ) -> None:
        self.held_out = held_out
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
                left = f" outside held_out_share {self.held_out}" if self.held_out else ""
                raise SpentError(f"the datasets to train on have no rows{left}")
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
                if not is_held_out(row, self.held_out)
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


class MixedStream:
    """Several streams by weight: of any first n rows, each stream has its share to within a row.

    No chance is in it: the stream furthest behind its share is next. A stream that has given
    `max_epochs` of its data gives no more and the others take over.
    """

    def __init__(
        self,
        streams: Sequence[RowStream],
        weights: Sequence[float],
        max_epochs: Sequence[int | None],
    ) -> None:
        self.streams = streams
        self.weights = weights
        self.max_epochs = max_epochs
        self.taken = [0] * len(streams)

    @property
    def epoch(self) -> int:
        """Epochs of the stream that has given fewest."""
        return min(stream.epoch for stream in self.streams)

    def __iter__(self) -> MixedStream:
        return self

    def __next__(self) -> Record:
        while True:
            left = [i for i, stream in enumerate(self.streams) if not self._spent(i, stream)]
            if not left:
                raise SpentError("all datasets of the mixture have given max_epochs of their rows")
            behind = min(left, key=lambda i: (self.taken[i] + 0.5) / self.weights[i])
            row = next(self.streams[behind])
            if not self._spent(behind, self.streams[behind]):
                self.taken[behind] += 1
                return row

    def _spent(self, index: int, stream: RowStream) -> bool:
        limit = self.max_epochs[index]
        return limit is not None and stream.epoch >= limit

    def state_dict(self) -> dict[str, Any]:
        """Where the streams stand and what each has given."""
        return {"taken": list(self.taken), "streams": [s.state_dict() for s in self.streams]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from where `state_dict` was taken."""
        self.taken = list(state["taken"])
        for stream, place in zip(self.streams, state["streams"], strict=True):
            stream.load_state_dict(place)


def source_of(row: Record) -> str:
    """What the row was made from: its `source_id`, or the row itself where it has none."""
    return str(row.get("source_id") or row["id"])
