"""The whole line on a small recipe: what a newcomer's first run leaves behind is true."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import datasets
import pytest

from factory.shards import open_dataset
from tests.end_to_end.command_line import RECIPE, ROOT, call, differences, factory


def rows(out: Path, kind: str) -> list[dict]:
    return list(open_dataset(str(out / kind)).rows())


def test_every_stage_left_a_dataset_that_validates(demo: Path) -> None:
    done = call("validate", demo)
    assert done.returncode == 0, done.stdout
    for kind in ("domain", "tool", "agent", "task", "trajectory", "verdict", "sft"):
        assert open_dataset(str(demo / kind)).num_rows, kind
    for kind in ("listing", "passage", "rewrite", "pretrain"):
        assert open_dataset(str(demo / kind)).num_rows, kind


def test_every_trajectory_replays_to_the_same_final_state(demo: Path) -> None:
    done = call("replay", demo)
    assert done.returncode == 0, done.stdout
    count = open_dataset(str(demo / "trajectory")).num_rows
    assert f"{count} trajectories replay" in done.stdout


def test_a_tampered_tool_result_does_not_replay(demo: Path, tmp_path: Path) -> None:
    from factory import records
    from factory.shards import storage
    from factory.shards.dataset import Manifest, encode_part

    copy = tmp_path / "run"
    shutil.copytree(demo, copy)
    dataset = open_dataset(str(copy / "trajectory"))
    tampered = dataset.part_rows(0)
    victim = next(t for t in tampered if t["num_tool_calls"])
    message = next(m for m in victim["messages"] if m["role"] == "tool")
    message["content"] = '{"tampered":true}'
    victim["id"] = records.content_id("trajectory", victim)
    data = encode_part("trajectory", tampered, {})
    (copy / "trajectory" / dataset.parts[0].file).write_bytes(data)
    assert isinstance(dataset.manifest, Manifest) and storage.exists(str(copy))
    done = call("replay", copy)
    assert done.returncode == 1 and victim["id"] in done.stdout


def test_what_went_in_came_out_or_was_rejected_with_a_reason(demo: Path) -> None:
    for manifest in demo.rglob("manifest.json"):
        if manifest.parent.parent.name == "reject":
            body = json.loads(manifest.read_text())
            reasons = Counter(row["reason"] for row in open_dataset(str(manifest.parent)).rows())
            assert dict(reasons) == body["counts"]["rejected"], manifest
    verdicts = rows(demo, "verdict")
    dropped = sum(not verdict["keep"] for verdict in verdicts)
    chosen = json.loads((demo / "selection" / "manifest.json").read_text())["counts"]
    capped = chosen["rejected"].get("diversity_cap", 0)
    assert chosen["kept"] == len(verdicts) - dropped - capped
    assert sum(chosen["rejected"].values()) == dropped + capped
    assert len(rows(demo, "sft")) == chosen["kept"]
    assert {v["trajectory_id"] for v in verdicts} == {t["id"] for t in rows(demo, "trajectory")}


def test_datasets_loads_sft_rows_with_arguments_as_objects(demo: Path, tmp_path: Path) -> None:
    loaded = datasets.load_dataset(
        "parquet", data_files=str(demo / "sft" / "*.parquet"), cache_dir=str(tmp_path)
    )["train"]
    calls = [
        call["function"]["arguments"]
        for row in loaded
        for message in row["messages"]
        for call in message["tool_calls"] or ()
    ]
    assert calls and all(isinstance(arguments, dict) for arguments in calls)
    assert all(isinstance(tool, dict) for row in loaded for tool in row["tools"])


def test_sft_rows_keep_the_invariants_strict_trainers_require(demo: Path) -> None:
    for row in rows(demo, "sft"):
        messages = row["messages"]
        names = {tool["function"]["name"] for tool in row["tools"]}
        index, asked = 0, []
        assert messages[-1]["role"] == "assistant" and not messages[-1].get("tool_calls")
        for before, message in zip([None, *messages], messages, strict=False):
            if message["role"] == "assistant":
                assert before and before["role"] in ("user", "tool")
                asked = [call["id"] for call in message.get("tool_calls") or ()]
                for call_ in message.get("tool_calls") or ():
                    assert call_["id"] == f"functions.{call_['function']['name']}:{index}"
                    assert call_["function"]["name"] in names or not message["train"]
                    index += 1
            elif message["role"] == "user":
                assert before and before["role"] in ("system", "assistant") and not asked
            elif message["role"] == "tool":
                assert message["tool_call_id"] == asked.pop(0)
        assert not asked


def test_rewrites_of_one_source_never_stand_side_by_side(demo: Path) -> None:
    sources = [row["source_id"] for row in rows(demo, "pretrain")]
    assert max(Counter(sources).values()) > 1
    assert all(one != other for one, other in zip(sources, sources[1:], strict=False))


def test_the_real_server_is_in_the_lineage_of_its_tools(demo: Path) -> None:
    [listing] = rows(demo, "listing")
    real = [tool for tool in rows(demo, "tool") if tool["origin"] == "real"]
    assert {tool["original_name"] for tool in real} == {"get_current_time", "convert_time"}
    assert all(listing["id"] in tool["lineage"]["parents"] for tool in real)
    assert listing["server"]["version"] and listing["source"]["catalogue"].startswith("stdio:")


def test_the_same_command_again_does_nothing(demo: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in demo.rglob("*.parquet")}
    done = call("run", *RECIPE, "--out", demo)
    assert done.returncode == 0 and "nothing to do" in done.stdout
    assert before == {file: file.stat().st_mtime_ns for file in demo.rglob("*.parquet")}


def test_two_workers_elsewhere_make_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    done = call("run", *RECIPE, "--out", tmp_path / "two", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert not differences(tmp_path / "two", demo)


def killed_and_restarted(out: Path, rng: random.Random, kills: int, span: float) -> int:
    """Run with `kills` SIGKILLs at random moments; return how many hit a running process."""
    hits = 0
    for _ in range(kills):
        running = subprocess.Popen(
            factory("run", *RECIPE, "--out", out),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(1.5, span))
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            hits += 1
        running.wait()
    done = call("run", *RECIPE, "--out", out)
    assert done.returncode == 0, done.stderr
    return hits


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_in_the_same_bytes(
    demo: Path, tmp_path: Path, kills: int
) -> None:
    seconds = sum(
        stage["seconds"] for stage in json.loads((demo / "figures.json").read_text())["stages"]
    )
    out = tmp_path / "killed"
    hits = killed_and_restarted(out, random.Random(kills), kills, span=3.0 + seconds / kills)
    assert hits >= kills / 2, "too few kills met a running process: the test shows nothing"
    assert not differences(out, demo)
    assert not list(out.rglob("*.unfinished"))
