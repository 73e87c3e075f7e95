"""The shard runner: bytes depend on the recipe alone; what is there is kept; rejects are rows."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from factory.recipe import Recipe, parse_recipe
from factory.records import Record
from factory.shards import ShardError, open_dataset, storage
from factory.shards.store import RunStore
from factory.stage import Context, Reject
from pipelines import run as run_module
from pipelines.line import Work, inputs_of
from pipelines.run import RejectedShareExceeded, RunError, run
from pipelines.runner import ShardFn, plan_shards, publish_manifest
from pipelines.shard import Shard, part_name, shard_count
from pipelines.window import SlidingWindow


def recipe(**changes: object) -> Recipe:
    data: dict[str, object] = {
        "name": "test",
        "stages": ["passages"],
        "documents": {"paths": ["pydoc:topics"], "count": 12},
        "shard_inputs": {"default": 5},
    }
    return parse_recipe(data | changes)


def shards(out: Path) -> dict[str, bytes]:
    """Everything that must not differ between two runs of a recipe."""
    files = [*out.rglob("*.parquet"), *out.rglob("manifest.json"), out / "run.json"]
    return {str(file.relative_to(out)): file.read_bytes() for file in files}


def test_a_run_leaves_whole_datasets_and_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    assert run(recipe(), str(tmp_path / "a")) == ["passages"]
    run(recipe(), str(tmp_path / "b"))
    first = shards(tmp_path / "a")
    assert first == shards(tmp_path / "b")
    assert [name for name in sorted(first) if name.endswith("parquet")] == [
        f"passage/{part_name(index, 3)}" for index in range(3)
    ]


def test_the_number_of_workers_changes_no_byte(tmp_path: Path) -> None:
    run(recipe(), str(tmp_path / "one"))
    run(recipe(), str(tmp_path / "two"), workers=2)
    assert shards(tmp_path / "one") == shards(tmp_path / "two")


def test_an_object_store_gets_the_same_bytes_as_a_local_folder(tmp_path: Path) -> None:
    bucket = f"memory://bucket/{tmp_path.name}"
    run(recipe(), str(tmp_path))
    run(recipe(), bucket)
    assert run(recipe(), bucket) == []
    for name, data in shards(tmp_path).items():
        assert storage.read_bytes(f"{bucket}/{name}") == data


def test_the_same_run_again_does_nothing(tmp_path: Path) -> None:
    run(recipe(), str(tmp_path))
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.parquet")}
    assert run(recipe(), str(tmp_path)) == []
    assert before == {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.parquet")}


def test_a_lost_shard_is_made_again_and_the_others_are_kept(tmp_path: Path) -> None:
    run(recipe(), str(tmp_path))
    whole = shards(tmp_path)
    lost = tmp_path / "passage" / part_name(1, 3)
    kept = tmp_path / "passage" / part_name(0, 3)
    lost.unlink()
    stamp = kept.stat().st_mtime_ns
    assert run(recipe(), str(tmp_path)) == ["passages"]
    assert shards(tmp_path) == whole and kept.stat().st_mtime_ns == stamp


def test_another_recipe_or_other_documents_in_the_same_folder_are_refused(tmp_path: Path) -> None:
    run(recipe(), str(tmp_path / "out"))
    with pytest.raises(RunError, match=r"seed: 0 → 7.*another --out"):
        run(recipe(seed=7), str(tmp_path / "out"))
    document = tmp_path / "docs" / "a.txt"
    document.parent.mkdir()
    document.write_text("One sentence stands here. " * 60)
    mine = recipe(documents={"paths": [str(document)]})
    run(mine, str(tmp_path / "mine"))
    document.write_text("Another sentence stands here. " * 60)
    with pytest.raises(RunError, match="sources.passages"):
        run(mine, str(tmp_path / "mine"))


def test_a_stage_that_is_done_lets_go_of_what_it_looked_up(tmp_path: Path, monkeypatch) -> None:
    before: list[int] = []
    after: list[int] = []

    class Watched(RunStore):
        def release(self) -> None:
            before.append(self._column.cache_info().currsize)
            super().release()
            after.append(self._column.cache_info().currsize)

    monkeypatch.setattr("pipelines.runner.RunStore", Watched)
    run(recipe(stages=["fingerprints", "passages"]), str(tmp_path))
    assert max(before) > 0 and not any(after)
    assert inputs_of.cache_info().currsize == 0


def test_only_a_stage_that_waits_for_others_has_many_shards_open() -> None:
    endpoints = [{"url": "http://127.0.0.1:1/v1"}]
    asking = recipe(
        stages=["passages", "rewrites"],
        models={"m": {"name": "m", "endpoints": endpoints}},
        authors={"rewriter": "llm"},
    )
    limits = {
        name: ShardFn(Work(asking, "", name)).limit for name in ("passages", "rewrites", "listings")
    }
    assert limits["passages"] < limits["rewrites"] == limits["listings"]


@pytest.mark.parametrize(("in_flight", "per_shard"), [(64, 64), (512, 128), (128, 32), (1, 500)])
def test_shards_at_work_hold_many_times_the_records_in_flight(
    in_flight: int, per_shard: int
) -> None:
    """A shard ends with its slowest answer: the others must have enough for everybody."""
    asking = recipe(
        stages=["passages", "rewrites"],
        models={"m": {"name": "m", "endpoints": [{"url": "http://127.0.0.1:1/v1"}]}},
        authors={"rewriter": "llm"},
        in_flight=in_flight,
        shard_inputs={"default": per_shard},
    )
    shards = ShardFn(Work(asking, "", "rewrites")).limit
    assert shards >= 8 and shards * per_shard >= 8 * in_flight


def test_a_shard_of_another_recipe_is_never_mixed_in(tmp_path: Path) -> None:
    run(recipe(), str(tmp_path / "a"))
    run(recipe(seed=7), str(tmp_path / "b"))
    stray = (tmp_path / "b" / "passage" / part_name(1, 3)).read_bytes()
    (tmp_path / "a" / "passage" / "manifest.json").unlink()
    (tmp_path / "a" / "passage" / part_name(1, 3)).write_bytes(stray)
    with pytest.raises(RunError, match="another recipe"):
        run(recipe(), str(tmp_path / "a"))


def plant(monkeypatch: pytest.MonkeyPatch, function: object) -> None:
    monkeypatch.setattr("factory.rephrase.passages.split", function)


def test_an_exception_in_one_record_rejects_that_record_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from factory.rephrase.passages import split

    async def sometimes(document: Record, ctx: Context) -> list[Record | Reject]:
        if document["title"] == sorted_titles[4]:
            raise ZeroDivisionError("planted")
        return await split(document, ctx)

    run(recipe(), str(tmp_path / "whole"))
    whole = list(open_dataset(str(tmp_path / "whole" / "passage")).rows())
    sorted_titles = sorted({row["title"] for row in whole})
    plant(monkeypatch, sometimes)
    run(recipe(), str(tmp_path / "planted"))
    rows = list(open_dataset(str(tmp_path / "planted" / "passage")).rows())
    assert rows == [row for row in whole if row["title"] != sorted_titles[4]]
    [reject] = open_dataset(str(tmp_path / "planted" / "reject" / "passages")).rows()
    assert reject["reason"] == "stage_exception"
    assert reject["detail"].startswith("ZeroDivisionError: planted (at test_runner.py:")
    manifest = json.loads((tmp_path / "planted" / "passage" / "manifest.json").read_text())
    assert manifest["counts"]["rejected"] == {"stage_exception": 1}
    assert manifest["counts"]["inputs"] == 12


@pytest.mark.parametrize("trouble", [ShardError("part-1: can't be read"), MemoryError("planted")])
def test_what_is_no_doing_of_a_record_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    async def unlucky(document: Record, ctx: Context) -> list[Record | Reject]:
        raise trouble

    plant(monkeypatch, unlucky)
    with pytest.raises((RunError, MemoryError), match=str(trouble)):
        run(recipe(), str(tmp_path))
    assert not (tmp_path / "passage").exists() and not (tmp_path / "reject").exists()


def test_a_manifest_needs_the_figures_of_every_shard_once(tmp_path: Path) -> None:
    work = Work(recipe(), str(tmp_path), "passages")
    assert list(plan_shards("", work)) == [0, 1, 2]
    part = {"file": "f", "rows": 1, "bytes": 1, "sha256": ""}
    made = [Shard(index, 5, part, None, {}).as_json() for index in range(3)]
    for wrong in (made[:2], [*made, made[1]], [made[0], made[1], made[1]]):
        with pytest.raises(ShardError, match="of 3 shards"):
            publish_manifest(wrong, work, "")
    publish_manifest(made[::-1], work, "")
    assert (tmp_path / "passage" / "manifest.json").exists()


def test_one_unreadable_document_is_a_reject_that_says_file_and_row(tmp_path: Path) -> None:
    good = json.dumps({"text": "The river is long. It rises in the hills. " * 12})
    (tmp_path / "docs.jsonl").write_text(f'{good}\n{{broken\n{good[:-2]} It is old."}}\n')
    mine = recipe(documents={"paths": [str(tmp_path / "docs.jsonl")]})
    run(mine, str(tmp_path / "out"))
    assert open_dataset(str(tmp_path / "out" / "passage")).num_rows == 2
    [reject] = open_dataset(str(tmp_path / "out" / "reject" / "passages")).rows()
    assert reject["reason"] == "unreadable" and "docs.jsonl row 2" in reject["detail"]


def test_too_many_rejects_fail_the_run_and_say_which_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(document: Record, ctx: Context) -> list[Record | Reject]:
        return [Reject("planted")]

    plant(monkeypatch, never)
    strict = recipe(stages=["passages", "rewrites"], max_rejected_share={"passages": 0.4})
    with pytest.raises(RejectedShareExceeded, match=r"passages rejected 100.0%.*40.0%"):
        run(strict, str(tmp_path))
    assert not (tmp_path / "passage" / "manifest.json").exists()
    assert not (tmp_path / "rewrite").exists()
    figures = json.loads((tmp_path / "figures.json").read_text())["stages"]
    assert figures[0]["rejected"] == {"planted": 12}


def test_a_record_made_twice_is_kept_once_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from factory.rephrase.passages import split

    async def twice(document: Record, ctx: Context) -> list[Record | Reject]:
        return [*await split(document, ctx), *await split(document, ctx)]

    plant(monkeypatch, twice)
    run(recipe(), str(tmp_path))
    rejects = list(open_dataset(str(tmp_path / "reject" / "passages")).rows())
    kept = open_dataset(str(tmp_path / "passage")).num_rows
    assert {reject["reason"] for reject in rejects} == {"duplicate"} and len(rejects) == kept


def test_two_runs_cannot_write_to_one_folder(tmp_path: Path) -> None:
    with run_module._locked(str(tmp_path)), pytest.raises(RunError, match="another run"):
        run(recipe(), str(tmp_path))


@pytest.mark.parametrize(("inputs", "shards_"), [(0, 0), (1, 1), (5, 1), (6, 2), (10, 2)])
def test_shards_cover_the_inputs_without_an_empty_one(inputs: int, shards_: int) -> None:
    assert shard_count(inputs, 5) == shards_


class Delays(SlidingWindow):
    """Sleeps for the element's milliseconds; remembers how many ran at once."""

    running = 0
    most = 0

    async def work(self, element: int) -> int:  # type: ignore[override]
        type(self).running += 1
        type(self).most = max(self.most, self.running)
        await asyncio.sleep(element / 1000)
        type(self).running -= 1
        return element


def test_the_window_loses_nothing_bounds_what_is_in_flight_and_lets_the_fast_pass() -> None:
    window = Delays(limit=4)
    window.start_bundle()
    elements = [300, *([1] * 40)]
    early = [output for element in elements for output in window.process(element)]
    late = [output.value for output in window.finish_bundle()]
    assert sorted(early + late) == sorted(elements)
    assert 300 in late and len(early) > 30
    assert Delays.most <= 4


def test_a_stage_works_over_a_users_own_collection_with_rejects_apart() -> None:
    import apache_beam as beam
    from apache_beam.testing.util import assert_that, equal_to

    from factory.rephrase.reading.documents import enumerate_documents, read_document
    from pipelines.transforms import SplitDocuments

    documents = [read_document(ref) for ref in enumerate_documents(["pydoc:topics"])[:3]]
    short = dict(documents[0], id="short", text="Too short.")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        split = pipeline | beam.Create([*documents, short]) | SplitDocuments(recipe())
        titles = split.records | beam.Map(lambda row: row["title"]) | beam.Distinct()
        reasons = split.rejects | beam.Map(lambda row: row["reason"])
        assert_that(titles, equal_to([d["title"] for d in documents]), label="records")
        assert_that(reasons, equal_to(["too_short"]), label="rejects")
    with pytest.raises(TypeError, match="Recipe"):
        SplitDocuments("demo.yaml")  # type: ignore[arg-type]
