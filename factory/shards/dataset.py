"""A dataset on disk: its manifest, its parts, their rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from factory import records
from factory.records import Record
from factory.shards import storage

MANIFEST = "manifest.json"
FOOTER_KEY = b"k2_data_factory"
ROW_GROUP_ROWS = 1024


class ShardError(ValueError):
    """A shard or manifest that can't be trusted; the message names the file and the remedy."""


@dataclass(frozen=True)
class Part:
    """One shard as its manifest describes it."""

    file: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a dataset promises. Deterministic: no time, no path, no machine."""

    kind: str
    stage: str
    num_rows: int
    parts: tuple[Part, ...]
    counts: Mapping[str, Any] = field(default_factory=dict)
    """Inputs read, records kept, rejects by reason, of the stage that made the dataset."""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    code_version: str = ""
    schema_version: int = records.SCHEMA_VERSION
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Dataset → sha256 of the manifest it had when it was read."""

    def as_json(self) -> bytes:
        """The manifest file's bytes."""
        body = dict(vars(self)) | {"parts": [vars(part) for part in self.parts]}
        return (json.dumps(body, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def of_json(cls, data: bytes, name: str) -> Manifest:
        """Parse a manifest file; ShardError names the file when it is none."""
        try:
            body = json.loads(data)
            parts = tuple(Part(**part) for part in body.pop("parts"))
            return cls(parts=parts, **body)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ShardError(
                f"{name}: not a manifest ({error}); delete the dataset, run again"
            ) from None


def encode_part(kind: str, rows: Sequence[Record], footer: Mapping[str, Any]) -> bytes:
    """Rows as the bytes of a Parquet file; the same rows give the same bytes."""
    table = records.to_table(kind, rows)
    table = table.replace_schema_metadata({FOOTER_KEY: records.canonical_json(footer).encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=ROW_GROUP_ROWS)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_footer(path: str) -> dict[str, Any]:
    """What `encode_part` was given as footer; ShardError if the file is not whole."""
    file = _parquet_file(path, storage.read_bytes(path))
    footer = (file.schema_arrow.metadata or {}).get(FOOTER_KEY)
    if footer is None:
        raise ShardError(f"{path}: no footer of this factory; delete it and run again")
    body: dict[str, Any] = json.loads(footer)
    return body


def _parquet_file(path: str, data: bytes) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(io.BytesIO(data))
    except (pa.ArrowInvalid, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ShardError(
            f"{path}: truncated or no Parquet file ({reason}); delete it and run again"
        ) from None


class Dataset:
    """A finished dataset. Rows come in dataset order: parts in order, rows in order."""

    def __init__(self, path: str, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @property
    def kind(self) -> str:
        """The record kind of every row."""
        return self.manifest.kind

    @property
    def num_rows(self) -> int:
        """How many rows all parts hold."""
        return self.manifest.num_rows

    @property
    def parts(self) -> tuple[Part, ...]:
        """The shards, in order."""
        return self.manifest.parts

    @cached_property
    def offsets(self) -> list[int]:
        """Row number at which each part starts, and the total at the end."""
        offsets = [0]
        for part in self.parts:
            offsets.append(offsets[-1] + part.rows)
        return offsets

    def part_table(self, index: int, columns: Sequence[str] | None = None) -> pa.Table:
        """One part as an Arrow table; ShardError if it is missing, torn or of another schema."""
        path = storage.join(self.path, self.parts[index].file)
        try:
            data = storage.read_bytes(path)
        except FileNotFoundError:
            raise ShardError(f"{path}: missing; delete {self.path} and run again") from None
        except OSError as error:
            raise ShardError(f"{path}: can't be read ({error}); run again") from None
        file = _parquet_file(path, data)
        known = set(file.schema_arrow.names)
        wanted = records.arrow_schema(self.kind).names if columns is None else list(columns)
        lacking = [name for name in wanted if name not in known]
        if lacking:
            raise ShardError(f"{path}: lacks the columns {lacking} of kind {self.kind}")
        try:
            return file.read(columns=wanted).replace_schema_metadata(None)
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            raise ShardError(f"{path}: unreadable ({reason}); delete it and run again") from None

    def part_rows(self, index: int, columns: Sequence[str] | None = None) -> list[Record]:
        """The records of one part."""
        return records.to_rows(self.kind, self.part_table(index, columns))

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[Record]:
        """Every record, a part at a time."""
        for index in range(len(self.parts)):
            yield from self.part_rows(index, columns)

    def slice_rows(self, start: int, stop: int) -> list[Record]:
        """Records `start` to `stop` in dataset order, reading only the parts they lie in."""
        found: list[Record] = []
        for index in range(len(self.parts)):
            low, high = self.offsets[index], self.offsets[index + 1]
            if low < stop and start < high:
                table = self.part_table(index)
                first = max(0, start - low)
                piece = table.slice(first, min(stop, high) - low - first)
                found += records.to_rows(self.kind, piece)
        return found

    def column(self, name: str) -> list[Any]:
        """One column over all parts, as Python values."""
        return [row.get(name) for row in self.rows([name])]


def open_dataset(path: str) -> Dataset:
    """The finished dataset in a folder; ShardError if its manifest is not there or broken."""
    name = storage.join(str(path), MANIFEST)
    try:
        data = storage.read_bytes(name)
    except FileNotFoundError:
        raise ShardError(
            f"{path}: no {MANIFEST}, so no finished dataset; run `factory run` to its end"
        ) from None
    return Dataset(str(path), Manifest.of_json(data, name))


def find_datasets(root: str) -> list[Dataset]:
    """Every finished dataset at or below a folder, by path."""
    found = storage.find_files(str(root), MANIFEST)
    return [open_dataset(name.removesuffix("/" + MANIFEST)) for name in found]
