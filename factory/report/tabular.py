"""Any Parquet as a stream of Arrow tables: a dataset of ours, a plain file, a folder of files."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from factory import records
from factory.records import Record
from factory.shards import ShardError, open_dataset, storage
from factory.shards.dataset import MANIFEST

BATCH_ROWS = 1024


@dataclass(frozen=True)
class Source:
    """Parquet files of one schema. `kind` is the record kind, None where they aren't ours."""

    path: str
    kind: str | None
    files: tuple[str, ...]
    num_rows: int
    num_bytes: int
    schema: pa.Schema

    def tables(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Batches of rows, in order. Raises ShardError naming a file that can't be read."""
        for name in self.files:
            try:
                batches = _open(name).iter_batches(BATCH_ROWS, columns=columns)
                for batch in batches:
                    yield pa.Table.from_batches([batch])
            except (pa.ArrowException, OSError) as error:
                raise ShardError(_unreadable(name, error)) from None

    def rows_of(self, table: pa.Table) -> list[Record]:
        """A batch as dicts: JSON leaves decoded, absent fields absent."""
        if self.kind is not None:
            return records.to_rows(self.kind, table.replace_schema_metadata(None))
        return table.to_pylist()  # type: ignore[no-any-return]


def open_source(path: str) -> Source | None:
    """The Parquet at a path; None if there is none in this folder itself.

    Raises FileNotFoundError for a path that isn't there, ShardError for a file that is no Parquet.
    """
    if not storage.exists(path):
        raise FileNotFoundError(f"{path}: no such file or folder")
    if storage.exists(storage.join(path, MANIFEST)):
        dataset = open_dataset(path)
        files = [storage.join(path, part.file) for part in dataset.parts]
        return _source(path, dataset.kind, files)
    names = storage.list_files(path)
    if names:
        files = [storage.join(path, name) for name in names if name.endswith(".parquet")]
        return _source(path, None, files) if files else None
    return None if _is_folder(path) else _source(path, None, [path])


def _is_folder(path: str) -> bool:
    return storage.is_local(path) and Path(path).is_dir()


def _source(path: str, kind: str | None, files: Sequence[str]) -> Source:
    rows, size, schema = 0, 0, records.arrow_schema(kind) if kind else pa.schema([])
    for name in files:
        try:
            file = _open(name)
        except FileNotFoundError:
            raise ShardError(f"{name}: missing; delete {path} and run again") from None
        except (pa.ArrowException, OSError) as error:
            raise ShardError(_unreadable(name, error)) from None
        rows += file.metadata.num_rows
        size += sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
        schema = file.schema_arrow
    return Source(path, kind, tuple(files), rows, size, schema.remove_metadata())


def _open(name: str) -> pq.ParquetFile:
    if storage.is_local(name):
        return pq.ParquetFile(name)
    return pq.ParquetFile(io.BytesIO(storage.read_bytes(name)))


def _unreadable(name: str, error: Exception) -> str:
    reason = " ".join(str(error).split())[:160]
    return f"{name}: truncated or no Parquet file ({reason}); give a .parquet file or a dataset"


@dataclass(frozen=True)
class Condition:
    """`field=value`: the rows where it holds. A field may lead into structs, lists and JSON."""

    field: str
    value: str

    @property
    def column(self) -> str:
        """The column to read."""
        return self.field.partition(".")[0]

    def holds(self, cell: Any) -> bool:
        """Whether any value that the path reaches in a cell of the column equals the wanted one."""
        path = self.field.split(".")[1:]
        return any(_equals(found, self.value) for found in _reach(cell, path))

    def mask(self, table: pa.Table) -> pa.Array:
        """Which rows of a table it holds for."""
        return pa.array([self.holds(cell) for cell in table.column(self.column).to_pylist()])


def _reach(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _reach(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _reach(value.get(path[0]), path[1:])
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            yield from _reach(json.loads(value), path)
        except ValueError:
            return


def _equals(value: Any, text: str) -> bool:
    if value is None:
        return text in ("null", "None")
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int | float):
        try:
            return float(text) == value
        except ValueError:
            return False
    return str(value) == text


def matching(source: Source, conditions: Sequence[Condition]) -> Iterator[pa.Table]:
    """The source's batches, only the rows for which every condition holds."""
    for table in source.tables():
        for condition in conditions:
            table = table.filter(condition.mask(table))
        if table.num_rows:
            yield table
