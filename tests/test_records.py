"""Records: content addresses, schemas, and the way through Arrow and Parquet."""

from __future__ import annotations

import json

import datasets
import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factory import records


def listing(**changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "server": {"name": "clock"},
        "source": {"catalogue": "test"},
        "tools": [{"name": "now", "inputSchema": {"type": "object", "z": None, "a": [1, 2.5]}}],
    }
    return body | changes


def make(kind: str, body: dict[str, object], seed: int = 1) -> records.Record:
    return records.make(kind, body, parents=["p"], stage="s", author="offline", seed=seed)


@pytest.mark.parametrize("kind", records.kinds())
def test_every_kind_has_a_valid_schema_and_an_arrow_schema(kind: str) -> None:
    schema = records.json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == records.arrow_schema(kind).names
    assert {"id", "schema_version", "lineage"} <= set(schema["required"])


def test_the_id_depends_on_the_content_alone() -> None:
    one, other = make("listing", listing(), seed=1), make("listing", listing(), seed=2)
    assert one["id"] == other["id"] and one["lineage"] != other["lineage"]
    reordered = dict(reversed(list(listing().items())))
    assert make("listing", reordered)["id"] == one["id"]
    changed = make("listing", listing(protocol="x"))
    assert changed["id"] != one["id"]


def test_absent_and_none_are_the_same_content_but_a_null_inside_json_is_not() -> None:
    assert make("listing", listing(protocol=None)) == make("listing", listing())
    without_null = [{"name": "now", "inputSchema": {"type": "object", "a": [1, 2.5]}}]
    assert make("listing", listing(tools=without_null))["id"] != make("listing", listing())["id"]


def test_a_number_field_hashes_alike_as_int_and_as_float() -> None:
    def verdict(score: float) -> records.Record:
        body = {
            "trajectory_id": "0" * 32,
            "task_id": "1" * 32,
            "judge": "j",
            "items": [],
            "score": score,
            "keep": True,
            "plan_shape": "p",
            "world": "w",
        }
        return make("verdict", body)

    assert verdict(1)["id"] == verdict(1.0)["id"]


def test_a_body_that_breaks_its_schema_is_refused_with_the_field_named() -> None:
    with pytest.raises(records.RecordError, match="server"):
        make("listing", listing(server={"title": "no name"}))
    with pytest.raises(records.RecordError, match="surprise"):
        make("listing", listing(surprise=1))


def test_rows_survive_parquet_with_key_order_and_nulls_of_json_leaves() -> None:
    rows = [make("listing", listing()), make("listing", listing(protocol="p", tools=[]))]
    table = records.to_table("listing", rows)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    back = records.to_rows("listing", pq.read_table(pa.BufferReader(sink.getvalue())))
    assert back == rows
    assert list(back[0]["tools"][0]["inputSchema"]) == ["type", "z", "a"]
    assert [records.content_id("listing", row) for row in back] == [row["id"] for row in rows]


def test_datasets_reads_json_leaves_as_objects(tmp_path) -> None:
    pq.write_table(
        records.to_table("listing", [make("listing", listing())]), tmp_path / "x.parquet"
    )
    loaded = datasets.load_dataset(
        "parquet", data_files=str(tmp_path / "x.parquet"), cache_dir=str(tmp_path / "cache")
    )["train"]
    assert loaded[0]["tools"][0]["inputSchema"] == {"type": "object", "z": None, "a": [1, 2.5]}


def test_not_a_number_is_refused_rather_than_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        make("listing", listing(tools=[{"x": float("nan")}]))


def test_canonical_json_is_one_text_per_value() -> None:
    assert records.canonical_json({"b": "é", "a": [1, None]}) == '{"a":[1,null],"b":"é"}'
    assert json.loads(records.canonical_json({"x": 0.1})) == {"x": 0.1}
