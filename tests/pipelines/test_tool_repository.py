"""The recipe of the tool repository, small: proofs, duplicates, the same bytes whatever the number
of workers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from factory.recipe import load_recipe
from factory.shards import open_dataset
from factory.shards.store import RunStore
from pipelines.run import run

RECIPE = Path(__file__).parents[2] / "pipelines" / "recipes" / "k2_tools.yaml"
SMALL = (
    "domains.categories=[commerce, sport_leisure]", "domains.count=700",
    "mcp_style.count=5000", "tools.variants_per_domain=6", "tools.duplicates.same_structure=2",
    "listings.servers=[]",
    "shard_inputs.default=2", "shard_inputs.domains=2", "shard_inputs.signatures=2",
    "shard_inputs.tools=2",
)  # fmt: skip


def catalogue(folder):
    """Two servers, one of them listed twice."""
    tool = {
        "name": "get_tide",
        "description": "The next high tide of a harbour.",
        "inputSchema": {"type": "object", "properties": {"harbour": {"type": "string"}}},
    }
    other = {**tool, "name": "list_harbours", "description": "All harbours of a coast."}
    lines = [
        {"server": {"name": name}, "source": {"catalogue": "test"}, "tools": [tool, other]}
        for name in ("tides", "tides-too")
    ]
    file = folder / "servers.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def made(folder, file, workers):
    recipe = load_recipe(RECIPE, overrides=[*SMALL, f"listings.catalogs=[{file}]"], scale=0.006)
    run(recipe, str(folder), workers=workers)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix == ".parquet" or path.name in ("manifest.json", "run.json")
    }


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """(folder, catalogue, files) of a run with one worker."""
    folder = tmp_path_factory.mktemp("one")
    file = catalogue(tmp_path_factory.mktemp("servers"))
    return folder, file, made(folder, file, 1)


def test_two_workers_make_the_same_bytes(once, tmp_path):
    _, file, files = once
    again = made(tmp_path, file, 2)
    assert len(files) > 10
    assert files.keys() == again.keys()
    assert [name for name in files if files[name] != again[name]] == []


def test_every_origin_is_there_and_what_is_left_out_has_its_reason(once):
    folder, _, _ = once
    tools = list(open_dataset(f"{folder}/tool").rows())
    origins = Counter(tool["origin"] for tool in tools)
    assert origins["real"] == 2
    assert origins["synthetic"] > 60
    assert origins["mcp_style"] > 10
    assert all(tool.get("proof") for tool in tools if tool["origin"] == "synthetic")
    assert all(tool.get("proof") for tool in tools if tool.get("program"))
    rejects = Counter(row["reason"] for row in open_dataset(f"{folder}/reject/tools").rows())
    assert rejects["exact_duplicate"] == 2  # the second server's
    assert rejects["common_structure"] > 0
    assert rejects["program_fault"] == rejects["stage_exception"] == 0


def test_a_scan_of_a_dataset_holds_the_same_rows_as_its_columns(once):
    store = RunStore(str(once[0]))
    batches = list(store.scan("signature", ("key", "parents", "program")))
    columns = [store.column("signature", name) for name in ("key", "parents", "program")]
    assert len(batches) > 2  # a part at a time
    assert [row for batch in batches for row in batch] == list(zip(*columns, strict=True))
