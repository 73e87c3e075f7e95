"""Turns any stage into a PTransform.

The element is a shard's number, never a record: Beam carries a few bytes a shard, the records go
from the shards on disk through the stage and back to disk. What is on disk already is skipped, so
a killed run is resumed by running it again.
"""

from __future__ import annotations

import gc
import time
from collections import Counter as Tally
from collections.abc import Coroutine, Iterator, Sequence
from functools import cache
from typing import Any

import apache_beam as beam
from apache_beam.transforms.combiners import ToListCombineFn

from factory import __version__
from factory.authors import authors_for
from factory.llm.usage import priced
from factory.recipe import ROLES, Recipe, StageName
from factory.records import Record
from factory.shards import ShardError, storage
from factory.shards.dataset import MANIFEST, Manifest, Part
from factory.shards.store import RunStore
from factory.stage import Context
from pipelines.line import STAGE_OF_ROLE, STAGES, Work, inputs_of
from pipelines.progress import Counter, read_note, write_note
from pipelines.shard import Shard, run_record, run_shard, shard_count, sum_counts
from pipelines.window import SlidingWindow, pool_of

SHARDS_IN_FLIGHT = 8
"""In a stage that waits for others, at least."""
WINDOW_OVER_POOL = 8
"""How many times more inputs the shards in flight hold than are at work at once: a shard ends with
its slowest answer, and answers of ten times the usual time must not leave others waiting."""
COMPUTING_SHARDS_IN_FLIGHT = 2
"""In a stage that only computes: one is at work while the other is read or written. More would
hold the inputs and outputs of each in memory."""
COMPUTING_IN_FLIGHT = 8
"""Records at work at once in a stage that only computes: more would wait, and hold memory."""
YOUNG_OBJECTS = 5000
"""Containers made between two looks of the garbage collector at the young ones."""
WAITING: frozenset[StageName] = frozenset({"listings"})
"""Stages that wait for servers whatever their authors."""
REJECTS = "rejects"


class RunStage(beam.PTransform[Any, Any]):
    """One stage over its whole input: token → token.

    The token tells the next stage that this one's dataset is finished, or that the run failed.
    """

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work_ = work

    def expand(self, token: Any) -> Any:
        """Plan the shards, make them, publish the manifest."""
        shards = (
            token
            | "PlanShards" >> beam.FlatMap(plan_shards, self.work_)
            | "SpreadOverWorkers" >> beam.Reshuffle()
            | "MakeShards" >> beam.ParDo(ShardFn(self.work_))
            | "CollectFigures" >> beam.CombineGlobally(ToListCombineFn())
        )
        return shards | "PublishManifest" >> beam.Map(
            publish_manifest, self.work_, beam.pvalue.AsSingleton(token)
        )


class ShardFn(SlidingWindow):
    """Shard number → the shard's figures, as plain data."""

    def __init__(self, work: Work) -> None:
        super().__init__(shards_in_flight(work.recipe, work.name))
        self.work_ = work

    def setup(self) -> None:
        """Open what all shards of this process share."""
        settle_heap()
        self.store = RunStore(self.work_.root, self.work_.stage.in_turn)
        self.counter = Counter(self.work_.root, self.work_.name)
        self.pool = pool_of(records_in_flight(self.work_.recipe, self.work_.name))

    def work(self, element: int) -> Coroutine[Any, Any, Shard]:
        """Make one shard."""
        return run_shard(self.work_, element, self.store, self.pool, self.counter.advance)

    def emit(self, result: Shard) -> Iterator[dict[str, Any]]:
        """The shard's figures."""
        yield result.as_json()

    def finish_bundle(self) -> Iterator[Any]:
        """Wait for the rest; then let go of inputs and of what was looked up, as the process
        lives on with the next stages."""
        yield from super().finish_bundle()
        self.store.release()
        inputs_of.cache_clear()


@cache
def settle_heap() -> None:
    """Leave what Beam, Arrow and the rest brought along out of this process's garbage collections.

    A look through it takes 50 to 100 ms in which nothing is asked or answered: with the many
    short-lived objects of requests, a sixth of all CPU (docs/decisions.md).
    """
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, 10)


def shards_in_flight(recipe: Recipe, stage: StageName) -> int:
    """How many shards of a stage are at work at once in a worker process."""
    if not waits_for_others(recipe, stage):
        return COMPUTING_SHARDS_IN_FLIGHT
    inputs = WINDOW_OVER_POOL * recipe.in_flight
    return max(SHARDS_IN_FLIGHT, -(-inputs // recipe.inputs_per_shard(stage)))


def records_in_flight(recipe: Recipe, stage: StageName) -> int:
    """How many records of a stage are at work at once in a worker process."""
    return recipe.in_flight if waits_for_others(recipe, stage) else COMPUTING_IN_FLIGHT


def waits_for_others(recipe: Recipe, stage: StageName) -> bool:
    """Whether a stage asks models or servers, so that records wait instead of computing."""
    asked = any(STAGE_OF_ROLE[role] == stage and recipe.mix_of(role) for role in ROLES)
    checked = stage == "rewrites" and (recipe.rewrites.embeddings or recipe.rewrites.judge)
    served = stage == "trajectories" and recipe.trajectories.servers
    return asked or bool(checked or served) or stage in WAITING


def plan_shards(token: str, work: Work) -> Iterator[int]:
    """The numbers of a stage's shards; none once the run has failed."""
    if token:
        return
    inputs = len(inputs_of(work.root, work.name, work.recipe.model_dump_json()))
    shards = shard_count(inputs, work.recipe.inputs_per_shard(work.name))
    plan = {"inputs": inputs, "shards": shards, "started": time.time()}
    write_note(work.root, f"{work.name}.plan.json", plan)
    yield from range(shards)


def publish_manifest(figures: Sequence[dict[str, Any]], work: Work, token: str) -> str:
    """Write the manifests of a stage's records and rejects; the next token.

    An empty token means all is well; otherwise it names the stage that failed the run. Raises
    ShardError when the runner lost or doubled a shard on its way here.
    """
    if token:
        return token
    shards = sorted(figures, key=lambda figure: figure["index"])
    _check_whole([figure["index"] for figure in shards], work)
    rejected = Tally[str]()
    for figure in shards:
        rejected.update(figure["rejected"])
    counts = {
        "inputs": sum(figure["inputs"] for figure in shards),
        "kept": sum(figure["part"]["rows"] for figure in shards),
        "rejected": dict(sorted(rejected.items())),
    }
    _note_figures(work, shards, counts)
    share = rejected.total() / max(1, counts["kept"] + rejected.total())
    if share > work.recipe.rejected_share_limit(work.name):
        limit = work.recipe.rejected_share_limit(work.name)
        write_note(work.root, "failed.json", {"stage": work.name, "share": share, "limit": limit})
        return work.name
    reject_parts = [figure["reject_part"] for figure in shards if figure["reject_part"]]
    if reject_parts:
        _write_manifest(work, work.reject_folder, "reject", reject_parts, counts)
    parts = [figure["part"] for figure in shards]
    _write_manifest(work, work.folder, work.stage.kind, parts, counts)
    return ""


def _check_whole(indices: Sequence[int], work: Work) -> None:
    plan = read_note(work.root, f"{work.name}.plan.json")
    if plan and list(indices) != list(range(plan["shards"])):
        raise ShardError(
            f"{work.folder}: {len(indices)} figures came of {plan['shards']} shards; run again"
        )


def _write_manifest(
    work: Work, folder: str, kind: str, parts: Sequence[dict[str, Any]], counts: dict[str, Any]
) -> None:
    manifest = Manifest(
        kind=kind,
        stage=work.name,
        num_rows=sum(part["rows"] for part in parts),
        parts=tuple(Part(**part) for part in parts),
        counts=counts,
        recipe={"name": work.recipe.name, "hash": work.recipe.hash, "seed": work.recipe.seed},
        code_version=__version__,
        inputs=_input_manifests(work),
    )
    storage.publish(storage.join(folder, MANIFEST), manifest.as_json())


def _input_manifests(work: Work) -> dict[str, str]:
    """sha256 of the manifest of each dataset the stage read."""
    found = {}
    for name in work.stage.reads:
        path = storage.join(work.root, STAGES[name].kind, MANIFEST)
        if name in work.recipe.stages:
            found[STAGES[name].kind] = storage.sha256(storage.read_bytes(path))
    return found


def _note_figures(work: Work, shards: Sequence[dict[str, Any]], counts: dict[str, Any]) -> None:
    """The stage's row of the table. Seconds are kept from the run that did the work."""
    plan = read_note(work.root, f"{work.name}.plan.json") or {"started": time.time()}
    parts = [figure["part"] for figure in shards] + [
        figure["reject_part"] for figure in shards if figure["reject_part"]
    ]
    write_note(
        work.root,
        f"{work.name}.figures.json",
        counts
        | {
            "stage": work.name,
            "seconds": time.time() - plan["started"],
            "code_seconds": sum(figure["code_seconds"] for figure in shards),
            "bytes": sum(part["bytes"] for part in parts),
            "shards": len(shards),
            "shards_made": sum(figure["made"] for figure in shards),
            "usage": priced(sum_counts([f["usage"] for f in shards]), work.recipe.models),
        },
    )


# --- stages over a user's own PCollections ---------------------------------------------------


class RecordFn(SlidingWindow):
    """Record → records of one stage; rejects on the tag `rejects`."""

    def __init__(self, work: Work, branch: int) -> None:
        super().__init__(2 * work.recipe.in_flight)
        self.work_ = work
        self.branch = branch

    def setup(self) -> None:
        """Open what all records of this process share."""
        self.function = self.work_.function(self.work_.stage.branches[self.branch])
        self.store = RunStore(self.work_.root)
        self.authors = authors_for(self.work_.recipe, self.work_.root)
        self.pool = pool_of(self.work_.recipe.in_flight)

    async def work(self, element: Record) -> tuple[list[Record], list[Record]]:
        """Run the stage on one record."""
        work = self.work_
        async with self.pool:
            authors = self.authors.of_record(work.name, element["id"])
            ctx = Context.of(work.recipe, work.name, element["id"], self.store, authors)
            return await run_record(self.function, element, ctx)

    def emit(self, result: tuple[list[Record], list[Record]]) -> Iterator[Any]:
        """Kept records, then rejects with their tag."""
        kept, rejects = result
        yield from kept
        for row in rejects:
            yield beam.pvalue.TaggedOutput(REJECTS, row)
