"""Shards on disk: whole or absent, the same bytes for the same rows, errors that name the file."""

from __future__ import annotations

import gc
import os
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from factory import records
from factory.shards import ShardError, find_datasets, open_dataset, storage
from factory.shards.dataset import Manifest, Part, encode_part, read_footer
from factory.shards.store import RunStore
from factory.shards.verify import verify


def row(number: int) -> records.Record:
    body = {
        "text": f"text {number}",
        "source_id": f"{number % 3:032x}",
        "style": "s",
        "subject": "knowledge",
        "language": "en",
        "licence": "CC0",
    }
    return records.make("pretrain", body, parents=[], stage="t", author="a", seed=0)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Three parts of four rows."""
    folder = tmp_path / "pretrain"
    parts = []
    for index in range(3):
        data = encode_part("pretrain", [row(4 * index + i) for i in range(4)], {"shard": index})
        name = f"part-{index:05d}-of-00003.parquet"
        storage.publish(str(folder / name), data)
        parts.append(Part(name, 4, len(data), storage.sha256(data)))
    manifest = Manifest("pretrain", "pretrain", 12, tuple(parts))
    storage.publish(str(folder / "manifest.json"), manifest.as_json())
    return folder


def test_rows_come_back_in_order_whole_by_slice_and_by_id(dataset: Path) -> None:
    opened = open_dataset(str(dataset))
    expected = [row(number) for number in range(12)]
    assert list(opened.rows()) == expected
    assert opened.slice_rows(3, 9) == expected[3:9]
    store = RunStore(str(dataset.parent))
    assert [store.get("pretrain", record["id"]) for record in expected] == expected
    assert store.column("pretrain", "text") == tuple(record["text"] for record in expected)
    with pytest.raises(KeyError, match="no pretrain"):
        store.get("pretrain", "0" * 32)


def test_a_store_serves_many_threads_while_its_cache_overflows(dataset: Path, monkeypatch) -> None:
    monkeypatch.setattr("factory.shards.store.TABLE_CACHE_BYTES", 1)
    monkeypatch.setattr("factory.shards.store.RECORD_CACHE_BYTES", 1)
    store = RunStore(str(dataset.parent))
    wanted = [row(number) for number in range(12)] * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda record: store.get("pretrain", record["id"]), wanted))
    assert found == wanted
    assert len(store._tables) == len(store._records.records) == 1


def test_only_a_kind_looked_up_in_order_is_forgotten_behind(dataset: Path, monkeypatch) -> None:
    monkeypatch.setattr("factory.shards.store.PARTS_IN_ORDER", 1)
    monkeypatch.setattr("factory.shards.store.RECORD_CACHE_BYTES", 1)
    ids = [row(number)["id"] for number in range(12)]
    in_order, at_random = RunStore(str(dataset.parent)), RunStore(str(dataset.parent))
    for number in range(12):
        in_order.get("pretrain", ids[number])
    assert [part for _, part in in_order._tables] == [2]
    for number in (11, 0, 5, 8, 1):
        assert at_random.get("pretrain", ids[number]) == row(number)
    assert sorted(part for _, part in at_random._tables) == [0, 1, 2]


def test_of_a_kind_looked_up_in_turn_only_the_latest_stay(dataset: Path, monkeypatch) -> None:
    monkeypatch.setattr("factory.shards.store.IN_TURN_BYTES", 1)
    monkeypatch.setattr("factory.shards.store.PARTS_IN_TURN", 2)
    store = RunStore(str(dataset.parent), in_turn=("pretrain",))
    wanted = [row(number) for number in range(12)]
    assert [store.get("pretrain", record["id"]) for record in wanted] == wanted
    assert [part for _, part in store._tables] == [1, 2]
    assert [store.get("pretrain", record["id"]) for record in wanted[::-1]] == wanted[::-1]
    assert [key for _, key in store._latest.records] == [wanted[0]["id"]]
    assert not store._records.records


def test_a_released_store_holds_nothing_and_answers_as_before(dataset: Path) -> None:
    store = RunStore(str(dataset.parent))
    wanted = row(7)
    assert store.get("pretrain", wanted["id"]) == wanted
    tables = [weakref.ref(table) for table in store._tables.values()]
    store.release()
    gc.collect()
    assert tables and all(table() is None for table in tables)
    assert not store._records.records and store._index.cache_info().currsize == 0
    assert store.get("pretrain", wanted["id"]) == wanted


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = [row(number) for number in range(50)]
    assert encode_part("pretrain", rows, {"a": 1}) == encode_part("pretrain", rows, {"a": 1})


def test_a_valid_dataset_has_no_problems(dataset: Path) -> None:
    assert list(verify(str(dataset))) == []


def test_a_flipped_byte_anywhere_is_named(dataset: Path) -> None:
    part = dataset / "part-00001-of-00003.parquet"
    whole = part.read_bytes()
    for position in range(0, len(whole), max(1, len(whole) // 40)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x10
        part.write_bytes(bytes(damaged))
        assert any(part.name in problem for problem in verify(str(dataset))), position


def test_an_edited_row_is_named_even_when_the_checksum_was_edited_too(dataset: Path) -> None:
    rows = [row(number) for number in range(4, 8)]
    edited = rows[2] | {"text": "edited"}
    data = encode_part("pretrain", [*rows[:2], edited, rows[3]], {"shard": 1})
    name = "part-00001-of-00003.parquet"
    (dataset / name).write_bytes(data)
    manifest = (dataset / "manifest.json").read_text()
    old = open_dataset(str(dataset)).parts[1]
    manifest = manifest.replace(old.sha256, storage.sha256(data))
    (dataset / "manifest.json").write_text(manifest)
    problems = list(verify(str(dataset)))
    assert len(problems) == 1
    assert f"{name}, row 2 (pretrain {edited['id']})" in problems[0] and "edited" in problems[0]


def test_a_deleted_shard_and_a_stray_one_are_named(dataset: Path) -> None:
    (dataset / "part-00002-of-00003.parquet").rename(dataset / "part-00007-of-00003.parquet")
    problems = list(verify(str(dataset)))
    assert [("00002" in p, "missing" in p) for p in problems if "missing" in p] == [(True, True)]
    assert any("part-00007" in p and "does not list" in p for p in problems)


def test_a_truncated_shard_says_what_to_do(dataset: Path) -> None:
    part = dataset / "part-00000-of-00003.parquet"
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(ShardError, match=r"part-00000.*delete it and run again"):
        list(open_dataset(str(dataset)).rows())
    with pytest.raises(ShardError, match="part-00000"):
        read_footer(str(part))


def test_a_broken_or_missing_manifest_is_named(dataset: Path) -> None:
    (dataset / "manifest.json").write_text("{")
    with pytest.raises(ShardError, match=r"manifest\.json: not a manifest"):
        find_datasets(str(dataset))
    with pytest.raises(ShardError, match="no finished dataset"):
        open_dataset(str(dataset.parent))


def passages(folder: Path, count: int) -> None:
    """A passage dataset that holds the first `count` sources of the rows."""
    rows = [{"id": f"{number:032x}"} for number in range(count)]
    data = encode_part("passage", rows, {})
    storage.publish(str(folder / "passage" / "part-00000-of-00001.parquet"), data)
    part = Part("part-00000-of-00001.parquet", count, len(data), storage.sha256(data))
    manifest = Manifest("passage", "passages", count, (part,))
    storage.publish(str(folder / "passage" / "manifest.json"), manifest.as_json())


def test_a_reference_that_leads_nowhere_is_named(dataset: Path) -> None:
    passages(dataset.parent, 2)
    problems = [p for p in verify(str(dataset.parent)) if "/pretrain/" in p]
    assert len(problems) == 4
    assert all(f"refers to passage {2:032x}" in problem for problem in problems)


def test_a_lost_shard_is_told_once_not_by_every_reference_into_it(dataset: Path) -> None:
    passages(dataset.parent, 3)
    (dataset.parent / "passage" / "part-00000-of-00001.parquet").unlink()
    [problem] = verify(str(dataset.parent))
    assert "passage/part-00000" in problem and "missing" in problem


def test_a_dataset_that_a_run_lacks_is_named(dataset: Path) -> None:
    (dataset.parent / "run.json").write_text('{"datasets": {"passage": "passage"}}')
    [problem] = verify(str(dataset.parent))
    assert problem.startswith(f"{dataset.parent}/passage: dataset missing")


def test_nothing_is_visible_of_a_file_whose_writing_fails(tmp_path: Path, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        storage.publish(str(tmp_path / "x.parquet"), b"data")
    monkeypatch.undo()
    assert not (tmp_path / "x.parquet").exists()
    storage.remove_unfinished(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_object_stores_go_through_the_same_code(dataset: Path) -> None:
    root = "memory://bucket/run"
    for file in dataset.iterdir():
        storage.publish(f"{root}/pretrain/{file.name}", file.read_bytes())
    [remote] = find_datasets(root)
    assert list(remote.rows()) == list(open_dataset(str(dataset)).rows())
    assert list(verify(root)) == []
