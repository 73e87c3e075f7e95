"""Statistics of each column of any Arrow tables, in one pass and bounded memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

MOST_DISTINCT = 10_000
"""Distinct values are counted up to here; past it a column just has `more than` so many."""
MOST_VALUE = 120
"""Characters of a value that are remembered for telling values apart."""


@dataclass
class Column:
    """One column, structs opened into their fields (`lineage.stage`).

    `measures` says what low, total and high are of: "value" of numbers, "characters" of strings and
    JSON, "items" of lists, "" where there is nothing to measure. `values` is None once there are
    more than MOST_DISTINCT, and for lists.
    """

    name: str
    type: str
    measures: str = ""
    rows: int = 0
    nulls: int = 0
    low: float = math.inf
    high: float = -math.inf
    total: float = 0.0
    values: Counter[Any] | None = field(default_factory=Counter)

    @property
    def mean(self) -> float:
        """Mean of what is measured, NaN if nothing is."""
        measured = self.rows - self.nulls
        return self.total / measured if measured else math.nan

    def add(self, array: pa.Array) -> None:
        """Count the values of one batch; `array` holds the column's storage type."""
        self.rows += len(array)
        self.nulls += array.null_count
        numbers = _numbers(array, self.measures)
        if numbers is not None and numbers.null_count < len(numbers):
            found = pc.min_max(numbers)
            self.low = min(self.low, float(found["min"].as_py()))
            self.high = max(self.high, float(found["max"].as_py()))
            self.total += float(pc.sum(pc.cast(numbers, pa.float64())).as_py())
        self._count(array)

    def _count(self, array: pa.Array) -> None:
        if self.values is None:
            return
        if pa.types.is_nested(array.type):
            self.values = None
            return
        for entry in pc.value_counts(array.drop_null()):
            value = entry["values"].as_py()
            if isinstance(value, str | bytes):
                value = value[:MOST_VALUE]
            self.values[value] += entry["counts"].as_py()
        if len(self.values) > MOST_DISTINCT:
            self.values = None


def _measure(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "value"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "characters"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return "items"
    return ""


def _numbers(array: pa.Array, measures: str) -> pa.Array | None:
    if measures == "value":
        return array
    if measures == "characters":
        return pc.utf8_length(array)
    return pc.list_value_length(array) if measures == "items" else None


def _storage(array: pa.Array) -> pa.Array:
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def _type_name(kind: pa.DataType) -> str:
    """A short name: `list<struct>` rather than all of its fields."""
    if isinstance(kind, pa.BaseExtensionType):
        return kind.extension_name.removeprefix("arrow.")  # type: ignore[no-any-return]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    return "struct" if pa.types.is_struct(kind) else str(kind)


def _leaves(name: str, array: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    if not pa.types.is_struct(array.type):
        yield name, array
        return
    for child, values in zip(array.type, array.flatten(), strict=True):
        yield from _leaves(f"{name}.{child.name}", values)


def column_statistics(tables: Iterable[pa.Table]) -> list[Column]:
    """Statistics of each column over all tables, in the tables' order of columns."""
    found: dict[str, Column] = {}
    for table in tables:
        for name in table.column_names:
            array = table.column(name).combine_chunks()
            if isinstance(array, pa.ChunkedArray):
                array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.nulls(0)
            for leaf, values in _leaves(name, array):
                stored = _storage(values)
                if leaf not in found:
                    found[leaf] = Column(leaf, _type_name(values.type), _measure(stored.type))
                found[leaf].add(stored)
    return list(found.values())
