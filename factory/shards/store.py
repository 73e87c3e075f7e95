"""The finished datasets of a run as the `Store` that stages look records up in."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from factory import records
from factory.records import Record
from factory.shards import storage
from factory.shards.dataset import Dataset, open_dataset

TABLE_CACHE_BYTES = 96 * 2**20
"""Some 20,000 tools: a miss costs a part's decoding, so look-ups at random should seldom miss."""
PARTS_IN_ORDER = 8
"""Parts kept of a kind that is looked up in dataset order, as a trajectory by its verdict."""
RECORD_CACHE_BYTES = 6 * 2**20
"""Of decoded records, as Arrow counts them: 2,000 tools. As Python objects they take six times
that; decoding one again takes a fraction of a millisecond."""
PARTS_IN_TURN = 3
"""Parts kept of a kind that inputs look up in turn: two shards' inputs are read at once."""
IN_TURN_BYTES = 2**18
"""Of decoded records of kinds that inputs look up in turn: 15 trajectories."""


class RowIndex:
    """Where each id stands in a dataset: 40 bytes a record, where a dictionary takes 250."""

    def __init__(self, parts: Iterable[Sequence[str]]) -> None:
        """`parts`: the ids in dataset order, some at a time."""
        arrays = [np.array(ids, dtype=np.bytes_) for ids in parts]
        unsorted = np.concatenate(arrays) if arrays else np.empty(0, dtype=np.bytes_)
        self.rows = np.argsort(unsorted, kind="stable")
        self.ids = unsorted[self.rows]

    def row(self, record_id: str) -> int | None:
        """The row of an id, None if there is none; of equal ids the first."""
        wanted = record_id.encode()
        place = int(np.searchsorted(self.ids, wanted))
        known = place < len(self.ids) and self.ids[place] == wanted
        return int(self.rows[place]) if known else None


class _Kept:
    """Decoded records by kind and id up to a number of bytes; the longest unused go."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.held = 0
        self.records: OrderedDict[tuple[str, str], tuple[Record, int]] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Record | None:
        """The record, if it is kept."""
        if key not in self.records:
            return None
        self.records.move_to_end(key)
        return self.records[key][0]

    def add(self, key: tuple[str, str], record: Record, size: int) -> Record:
        """The record that all callers share, the first one decoded."""
        if key not in self.records:
            self.records[key] = (record, size)
            self.held += size
            while self.held > self.limit and len(self.records) > 1:
                _, (_, gone) = self.records.popitem(last=False)
                self.held -= gone
        return self.records[key][0]

    def clear(self) -> None:
        """Keep nothing."""
        self.records.clear()
        self.held = 0


class RunStore:
    """Records of the datasets below a run's folder, by kind and id.

    Keeps Arrow tables of recently used parts up to `TABLE_CACHE_BYTES`, and decoded records up to
    `RECORD_CACHE_BYTES`: callers share those and must not change them. Of the kinds `in_turn`,
    whose records are each asked for by one input or by some in a row, only the latest are kept.
    Safe to use from many threads.
    """

    def __init__(self, root: str, in_turn: Collection[str] = ()) -> None:
        self.root = root
        self._in_turn = frozenset(in_turn)
        self._tables: OrderedDict[tuple[str, int], pa.Table] = OrderedDict()
        self._furthest: dict[str, int] = {}
        self._at_random: set[str] = set()
        self._lock = threading.Lock()
        self._dataset = cache(self._open)
        self._index = cache(self._build_index)
        self._column = cache(self._read_column)
        self._records = _Kept(RECORD_CACHE_BYTES)
        self._latest = _Kept(IN_TURN_BYTES)

    def get(self, kind: str, record_id: str) -> Record:
        """The record; KeyError naming kind and id if the run has none."""
        key = (kind, record_id)
        kept = self._latest if kind in self._in_turn else self._records
        with self._lock:
            known = kept.get(key)
        if known is not None:
            return known
        record, size = self._read_record(kind, record_id)
        with self._lock:
            return kept.add(key, record, size)

    def ids(self, kind: str) -> Sequence[str]:
        """All ids of a kind, in dataset order."""
        ids: Sequence[str] = self._column(kind, "id")
        return ids

    def column(self, kind: str, name: str) -> Sequence[Any]:
        """One column of a kind, aligned with `ids`."""
        return self._column(kind, name)

    def scan(self, kind: str, names: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Some columns of a kind as rows, a part of the dataset at a time; nothing is kept."""
        dataset = self._dataset(kind)
        for part in range(len(dataset.parts)):
            table = dataset.part_table(part, list(names))
            yield list(zip(*(table.column(name).to_pylist() for name in names), strict=True))

    def release(self) -> None:
        """Forget all that is kept; what is asked for again is read again."""
        with self._lock:
            self._tables.clear()
            self._records.clear()
            self._latest.clear()
        for kept in (self._dataset, self._index, self._column):
            kept.cache_clear()

    def _open(self, kind: str) -> Dataset:
        return open_dataset(storage.join(self.root, kind))

    def _read_column(self, kind: str, name: str) -> Sequence[Any]:
        return tuple(self._dataset(kind).column(name))

    def _build_index(self, kind: str) -> RowIndex:
        return RowIndex([row[0] for row in rows] for rows in self.scan(kind, ["id"]))

    def _read_record(self, kind: str, record_id: str) -> tuple[Record, int]:
        """A record and about how many bytes it takes in Arrow: its share of its part."""
        row = self._index(kind).row(record_id)
        if row is None:
            raise KeyError(f"no {kind} {record_id} in {self.root}")
        dataset = self._dataset(kind)
        part = bisect_right(dataset.offsets, row) - 1
        table = self._table(kind, part)
        size = table.nbytes // table.num_rows
        return records.to_rows(kind, table.slice(row - dataset.offsets[part], 1))[0], size

    def _table(self, kind: str, part: int) -> pa.Table:
        key = (kind, part)
        with self._lock:
            if key not in self._tables:
                self._tables[key] = self._dataset(kind).part_table(part)
                self._forget_passed(kind, part)
                self._forget_oldest()
            self._tables.move_to_end(key)
            return self._tables[key]

    def _forget_passed(self, kind: str, part: int) -> None:
        """Drop parts that lie behind, unless the kind was ever asked for out of order."""
        if kind in self._in_turn:
            self._tables.pop((kind, part - PARTS_IN_TURN), None)
            return
        furthest = self._furthest[kind] = max(part, self._furthest.get(kind, 0))
        if part <= furthest - PARTS_IN_ORDER:
            self._at_random.add(kind)
        if kind not in self._at_random:
            self._tables.pop((kind, part - PARTS_IN_ORDER), None)

    def _forget_oldest(self) -> None:
        held = sum(table.nbytes for table in self._tables.values())
        while len(self._tables) > 1 and held > TABLE_CACHE_BYTES:
            _, table = self._tables.popitem(last=False)
            held -= table.nbytes
