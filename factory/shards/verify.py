"""`factory validate DIR`: every shard against its checksum, every row against its schema and its
content id, every reference against the dataset it points into."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from factory import records
from factory.records import Record, RecordError
from factory.shards import storage
from factory.shards.dataset import Dataset, ShardError, find_datasets

Ids = Mapping[str, set[str]]
RUN_FILE = "run.json"


def verify(root: str) -> Iterator[str]:
    """Yield one line per problem found at or below a folder; none when all is well."""
    if not storage.exists(root):
        yield f"{root}: no such folder"
        return
    try:
        datasets = find_datasets(root)
    except ShardError as error:
        yield str(error)
        return
    if not datasets:
        yield f"{root}: no dataset (a folder with manifest.json) here"
    ids = _ids_by_kind(datasets)
    yield from _missing_datasets(root, datasets)
    for dataset in datasets:
        yield from _verify_dataset(dataset, ids)


def _missing_datasets(root: str, datasets: list[Dataset]) -> Iterator[str]:
    """A whole run (it has a run.json) must hold every dataset its recipe makes.

    References to a dataset that isn't here, of a whole run or a part of one, can't be checked.
    """
    if not storage.exists(storage.join(root, RUN_FILE)):
        return
    run = json.loads(storage.read_bytes(storage.join(root, RUN_FILE)))
    present = {dataset.path for dataset in datasets}
    for name in run["datasets"]:
        if storage.join(root, name) not in present:
            path = storage.join(root, name)
            yield f"{path}: dataset missing or unfinished; run `factory run` again"


def _ids_by_kind(datasets: list[Dataset]) -> dict[str, set[str]]:
    """The ids of each kind. A kind of which a shard can't be read has no entry: the shard is
    reported, and not once more by every reference into it."""
    found: dict[str, set[str]] = {}
    damaged = set()
    for dataset in datasets:
        ids = found.setdefault(dataset.kind, set())
        for index in range(len(dataset.parts)):
            try:
                ids.update(row["id"] for row in dataset.part_rows(index, ["id"]))
            except (ShardError, RecordError, KeyError):
                damaged.add(dataset.kind)
    return {kind: ids for kind, ids in found.items() if kind not in damaged}


def _verify_dataset(dataset: Dataset, ids: Ids) -> Iterator[str]:
    listed = {part.file for part in dataset.parts}
    for name in storage.list_files(dataset.path):
        if name.endswith(".parquet") and name not in listed:
            yield f"{storage.join(dataset.path, name)}: a shard that the manifest does not list"
    if dataset.kind not in records.kinds():
        yield f"{dataset.path}: unknown record kind {dataset.kind!r}"
        return
    if dataset.num_rows != dataset.offsets[-1]:
        total = dataset.offsets[-1]
        yield f"{dataset.path}: manifest says {dataset.num_rows} rows, its parts hold {total}"
    seen: set[str] = set()
    for index in range(len(dataset.parts)):
        yield from _verify_part(dataset, index, ids, seen)


def _verify_part(dataset: Dataset, index: int, ids: Ids, seen: set[str]) -> Iterator[str]:
    part = dataset.parts[index]
    path = storage.join(dataset.path, part.file)
    if not storage.exists(path):
        yield f"{path}: shard missing; delete {dataset.path} and run again"
        return
    changed = storage.sha256(storage.read_bytes(path)) != part.sha256
    if changed:
        yield f"{path}: checksum differs from the manifest's: the shard was changed or damaged"
    try:
        rows = dataset.part_rows(index)
    except ShardError as error:
        if not changed:  # one line a shard: that it can't be read follows from the damage
            yield str(error)
        return
    except (ValueError, TypeError) as error:
        if not changed:
            yield f"{path}: rows can't be decoded ({error})"
        return
    if len(rows) != part.rows:
        yield f"{path}: {len(rows)} rows, the manifest says {part.rows}"
    for number, row in enumerate(rows):
        where = f"{path}, row {number} ({dataset.kind} {row.get('id')})"
        for problem in _row_problems(dataset.kind, row, ids):
            yield f"{where}: {problem}"
        if row.get("id") in seen:
            yield f"{where}: this id stands twice in the dataset"
        seen.add(str(row.get("id")))


def _row_problems(kind: str, row: Record, ids: Ids) -> Iterator[str]:
    yield from records.problems(kind, row)
    if records.content_id(kind, row) != row.get("id"):
        yield "the content does not hash to the id: the row was edited"
    for target, value in references(records.json_schema(kind), row):
        if target in ids and value not in ids[target]:
            yield f"refers to {target} {value}, which is not in this run"


def references(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    """(kind, id) of every `x-ref` a value holds."""
    if value is None:
        return
    if "x-ref" in schema:
        yield schema["x-ref"], value
    elif schema.get("type") == "array":
        for item in value:
            yield from references(schema["items"], item)
    elif schema.get("type") == "object" and "properties" in schema:
        for name, part in schema["properties"].items():
            yield from references(part, value.get(name))
