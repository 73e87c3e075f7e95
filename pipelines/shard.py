"""One shard of one stage: read its slice of the inputs, run the stage, publish the results.

Holds no Beam: the same function runs in a pipeline's worker, in a test, or in a plain event loop.
"""

from __future__ import annotations

import asyncio
import io
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute  # noqa: F401 - the first table written needs it, amid a stage's requests
import pyarrow.parquet as pq

from factory import __version__
from factory.authors import authors_for
from factory.records import Record, RecordError
from factory.shards import ShardError, storage
from factory.shards.dataset import encode_part, read_footer
from factory.stage import (
    TRANSIENT,
    AuthorFailed,
    Context,
    EmptyStore,
    Reject,
    RunStopped,
    StageFunction,
    Store,
    reject_record,
)
from pipelines.line import Inputs, Work, inputs_of

# The default pool keeps what it frees: 20 MB more a worker, for no speed that shows here.
pa.set_memory_pool(pa.system_memory_pool())

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Shard:
    """What became of one shard: a row of the manifest, and the figures of the table."""

    index: int
    inputs: int
    part: dict[str, Any]
    """file, rows, bytes, sha256"""
    reject_part: dict[str, Any] | None
    rejected: dict[str, int]
    code_seconds: float = 0.0
    """Time spent in the stage's own function; 0 for a shard that was there already."""
    usage: dict[str, dict[str, int]] = field(default_factory=dict)
    """What models were asked, by `role|model` (factory.llm.usage)."""
    made: bool = True

    def as_json(self) -> dict[str, Any]:
        """The shard as plain data."""
        return asdict(self)


@dataclass
class _Outcome:
    kept: list[Record] = field(default_factory=list)
    rejects: list[Record] = field(default_factory=list)
    seconds: float = 0.0
    usage: dict[str, dict[str, int]] = field(default_factory=dict)


def part_name(index: int, count: int) -> str:
    """File name of shard `index` of `count`."""
    return f"part-{index:05d}-of-{count:05d}.parquet"


def sum_counts(parts: Sequence[dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """The sums of counts by name and what is counted."""
    total: dict[str, Counter[str]] = {}
    for part in parts:
        for name, counts in part.items():
            total.setdefault(name, Counter()).update(counts)
    return {name: dict(counts) for name, counts in sorted(total.items())}


def shard_count(inputs: int, per_shard: int) -> int:
    """How many shards a stage with so many inputs has."""
    return -(-inputs // per_shard)


async def run_record(
    function: StageFunction, record: Record, ctx: Context
) -> tuple[list[Record], list[Record]]:
    """(kept, reject rows) of one input. Whatever goes wrong inside rejects this record alone. But
    what is no doing of the record ends the run: RunStopped, ShardError where a shard that is looked
    up can't be read, MemoryError."""
    try:
        outputs: Sequence[Record | Reject] = await function(record, ctx)
    except RecordError as error:
        outputs = [Reject("invalid_record", str(error), record)]
    except AuthorFailed as error:
        outputs = [error.as_reject(record)]
    except (RunStopped, ShardError, MemoryError):
        raise
    except Exception as error:
        outputs = [Reject("stage_exception", _locate(error), record)]
    kept: list[Record] = []
    rejects: list[Record] = []
    for index, output in enumerate(outputs):
        if isinstance(output, Reject):
            rejects.append(reject_record(ctx, output, index))
        else:
            kept.append(output)
    return kept, rejects


def _locate(error: Exception) -> str:
    """The exception and the innermost line of ours, without paths: the same on every machine."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1]
    return f"{type(error).__name__}: {error} (at {Path(last.filename).name}:{last.lineno})"


async def run_shard(
    work: Work, index: int, store: Store, pool: asyncio.Semaphore, advance: Advance
) -> Shard:
    """Make shard `index`, or find that it is whole already.

    `pool` bounds the records in flight over all shards of the process; `advance` is told of every
    input done. Raises ShardError when the file there belongs to another recipe.
    """
    inputs = inputs_of(work.root, work.name, work.recipe.model_dump_json())
    per_shard = work.recipe.inputs_per_shard(work.name)
    name = part_name(index, shard_count(len(inputs), per_shard))
    found = await asyncio.to_thread(_finished_shard, work, index, name)
    if found is not None:
        advance(found.inputs)
        return found
    return await _make_shard(work, index, name, inputs, store, pool, advance)


async def _make_shard(
    work: Work,
    index: int,
    name: str,
    inputs: Inputs,
    store: Store,
    pool: asyncio.Semaphore,
    advance: Advance,
) -> Shard:
    per_shard = work.recipe.inputs_per_shard(work.name)
    slice_ = await asyncio.to_thread(inputs.read, index * per_shard, (index + 1) * per_shard)
    authors = authors_for(work.recipe, work.root)

    async def one(record: Record, function: StageFunction) -> _Outcome:
        async with pool:
            bound = authors.of_record(work.name, record["id"])
            ctx = Context.of(work.recipe, work.name, record["id"], store, bound)
            started = time.perf_counter()
            kept, rejects = await run_record(function, record, ctx)
            seconds = time.perf_counter() - started
        advance(1)
        return _Outcome(kept, rejects, seconds, bound.usage())

    count = len(slice_)
    waiting = [one(record, function) for record, function in slice_]
    del slice_  # each input goes when its work is done
    outcomes = await asyncio.gather(*waiting)
    kept, rejects = _without_duplicates(work, outcomes)
    rejected = Counter(row["reason"] for row in rejects)
    footer = {
        "stage": work.name,
        "shard": index,
        "recipe": work.recipe.hash,
        "code_version": __version__,
        "inputs": count,
        "rejected": dict(sorted(rejected.items())),
    }
    # Rejects first: a main part that is there proves that its rejects are there too.
    reject_part = None
    if rejects:
        reject_part = await asyncio.to_thread(
            _publish, work.reject_folder, name, "reject", rejects, footer
        )
    part = await asyncio.to_thread(_publish, work.folder, name, work.stage.kind, kept, footer)
    pa.default_memory_pool().release_unused()  # trims glibc's heap: a millisecond, 10 MB or more
    seconds = sum(outcome.seconds for outcome in outcomes)
    usage = sum_counts([outcome.usage for outcome in outcomes])
    return Shard(index, count, part, reject_part, dict(rejected), seconds, usage)


def _without_duplicates(
    work: Work, outcomes: Sequence[_Outcome]
) -> tuple[list[Record], list[Record]]:
    """Records and rejects in input order; a record said twice becomes a `duplicate` reject."""
    kept: dict[str, Record] = {}
    rejects: list[Record] = []
    for outcome in outcomes:
        rejects += outcome.rejects
        for record in outcome.kept:
            if record["id"] in kept:
                detail = f"{work.stage.kind} {record['id']} was made twice"
                ctx = Context.of(work.recipe, work.name, record["id"], EmptyStore(), {})
                rejects.append(reject_record(ctx, Reject("duplicate", detail), len(rejects)))
            else:
                kept[record["id"]] = record
    return list(kept.values()), rejects


def _publish(
    folder: str, name: str, kind: str, rows: Sequence[Record], footer: dict[str, Any]
) -> dict[str, Any]:
    data = encode_part(kind, rows, footer)
    storage.publish(storage.join(folder, name), data)
    return _part(name, len(rows), data)


def _part(name: str, rows: int, data: bytes) -> dict[str, Any]:
    return {"file": name, "rows": rows, "bytes": len(data), "sha256": storage.sha256(data)}


def _finished_shard(work: Work, index: int, name: str) -> Shard | None:
    """The shard as it lies on disk, None if it isn't there."""
    path = storage.join(work.folder, name)
    if not storage.exists(path):
        return None
    footer = read_footer(path)
    if (footer["recipe"], footer["code_version"]) != (work.recipe.hash, __version__):
        raise ShardError(
            f"{path}: made by another recipe or version; choose another --out, "
            f"or delete {work.folder} to make it again"
        )
    if footer["rejected"].keys() & TRANSIENT:
        return None  # made anew while its stage is unfinished; answers paid for are in the journal
    reject_part = None
    if footer["rejected"]:
        reject_part = _part_on_disk(work.reject_folder, name)
    return Shard(
        index,
        footer["inputs"],
        _part_on_disk(work.folder, name),
        reject_part,
        footer["rejected"],
        made=False,
    )


def _part_on_disk(folder: str, name: str) -> dict[str, Any]:
    data = storage.read_bytes(storage.join(folder, name))
    rows = pq.read_metadata(io.BytesIO(data)).num_rows
    return _part(name, rows, data)
