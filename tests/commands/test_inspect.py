"""`factory inspect` on runs, datasets, plain Parquet and wrong calls, as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factory.cli import main
from tests.report.made_run import MadeRun

HOSTILE = "\x1b[31mred\x1b[2J [bold]not markup[/bold] \u202eturned"


@pytest.fixture(scope="module")
def made() -> MadeRun:
    return MadeRun(tasks=12)


@pytest.fixture(scope="module")
def run_folder(made: MadeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.write(tmp_path_factory.mktemp("run"))


@pytest.fixture
def inspect(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main(["inspect", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def row_of(out: str, name: str) -> list[str]:
    """The cells of the statistics' line of a column."""
    line = next(line for line in out.splitlines() if line.startswith(f"{name} "))
    return line.split()


def test_run_is_listed_by_dataset(inspect, run_folder, made):
    code, out, _ = inspect(run_folder)
    assert code == 0
    for kind, rows in made.rows.items():
        assert row_of(out, kind)[1:4] == [kind, str(len(rows)), "2"]
    assert f"10 datasets, {sum(map(len, made.rows.values()))} rows" in out


def test_dataset_shows_statistics_of_nested_columns_and_rows(inspect, run_folder, made):
    code, out, _ = inspect(run_folder / "task", "--rows", "1")
    assert code == 0
    calls = [row["difficulty"]["calls"] for row in made.rows["task"]]
    mean = f"{sum(calls) / len(calls):.3g}"
    assert row_of(out, "difficulty.calls")[1:7] == [
        "int64",
        "0",
        str(len(set(calls))),
        str(min(calls)),
        mean,
        str(max(calls)),
    ]
    assert f"True {len(calls) - 1} · False 1" in " ".join(row_of(out, "proof.unique_referents"))
    assert f"task {made.rows['task'][0]['id']}" in out
    assert made.rows["task"][1]["opening"] not in out


def test_rows_zero_prints_statistics_only(inspect, run_folder, made):
    _, out, _ = inspect(run_folder / "task", "--rows", "0")
    assert "most frequent" in out
    assert made.rows["task"][0]["id"] not in out


@pytest.mark.parametrize(
    ("kind", "where", "holds"),
    [
        ("task", "kind=read", lambda row: row["kind"] == "read"),
        ("task", "difficulty.calls=2", lambda row: row["difficulty"]["calls"] == 2),
        ("tool", "annotations.readOnlyHint=true", lambda r: r["annotations"].get("readOnlyHint")),
        ("rewrite", "scores.novelty=0.4", lambda row: row["scores"]["novelty"] == 0.4),
        (
            "trajectory",
            "events.fault=timeout",
            lambda row: any(e.get("fault") == "timeout" for e in row["events"]),
        ),
    ],
)
def test_where_reaches_into_structs_lists_and_json(inspect, run_folder, made, kind, where, holds):
    expected = sum(bool(holds(row)) for row in made.rows[kind])
    assert 0 < expected < len(made.rows[kind])
    _, out, _ = inspect(run_folder / kind, "--where", where, "--rows", "0")
    assert f"{expected} of them match" in out
    _, out, _ = inspect(run_folder / kind, "--where", where, "--where", "id=none")
    assert "0 of them match" in out


def test_columns_limit_what_is_measured_and_printed(inspect, run_folder):
    _, out, _ = inspect(run_folder / "tool", "--columns", "name,verb", "--rows", "1")
    assert row_of(out, "verb")
    assert "inputSchema" not in out


def test_trajectory_reads_as_a_conversation_with_its_verdict(inspect, run_folder, made):
    wanted = next(
        row
        for row in made.rows["trajectory"]
        if row["num_faults"] and not all(m["train"] for m in row["messages"] if m["role"][0] == "a")
    )
    verdict = next(v for v in made.rows["verdict"] if v["trajectory_id"] == wanted["id"])
    code, out, _ = inspect(run_folder, "--id", wanted["id"][:12])
    assert code == 0
    assert wanted["messages"][1]["content"] in out
    assert '→ get_berth_0({"berth": 10' in out
    assert "masked from the loss" in out
    assert "fault: timeout" in out
    assert f"verdict {verdict['score']:.2f}" in out


def test_full_prints_long_values_whole(inspect, run_folder, made):
    text = made.rows["pretrain"][0]["text"]
    last = text.splitlines()[-1]
    short = inspect(run_folder / "pretrain", "--rows", "1")[1]
    whole = inspect(run_folder / "pretrain", "--rows", "1", "--full")[1]
    assert "more characters (--full)" in short
    assert last not in short
    assert last in whole


def test_any_parquet_file_or_folder_is_read(inspect, tmp_path):
    table = pa.table({"when": [1.5, None, 4.5], "who": ["ann", "ann", "bob"], "l": [[1], [], None]})
    pq.write_table(table, tmp_path / "a.parquet")
    pq.write_table(table, tmp_path / "b.parquet")
    code, out, _ = inspect(tmp_path / "a.parquet")
    assert code == 0
    assert row_of(out, "when")[1:7] == ["double", "1", "2", "1.5", "3", "4.5"]
    assert "ann 2 · bob 1" in out
    _, out, _ = inspect(tmp_path)
    assert "plain Parquet, 6 rows in 2 parts" in out
    assert "ann 4 · bob 2" in out


def test_terminal_is_safe_from_data(inspect, tmp_path):
    pq.write_table(pa.table({HOSTILE: [HOSTILE]}), tmp_path / "x.parquet")
    _, out, _ = inspect(tmp_path / "x.parquet", "--full")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[bold]not markup[/bold]" in out


def test_piped_output_is_plain_and_keeps_its_columns(run_folder):
    command = [sys.executable, "-m", "factory.cli", "inspect", str(run_folder / "trajectory")]
    environment = {"PATH": "/usr/bin:/bin", "TERM": "xterm-256color"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "\x1b" not in done.stdout
    assert "final_state_hash" in done.stdout
    assert "num_tool_calls" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{run}/nothing"], "no such file or folder"),
        (["{run}", "--rows", "2"], "name one"),
        (["{run}/task", "--rows", "-1"], "--rows -1"),
        (["{run}/task", "--columns", "nope"], "no column nope; there are id"),
        (["{run}/task", "--where", "nope=1"], "no column nope; there are id"),
        (["{run}/task", "--where", "kind"], "write it as FIELD=VALUE"),
        (["{run}/task", "--id", "zzzz"], "no record whose id starts with zzzz"),
        (["{run}/task", "--id", "a"], "at least 4 characters"),
        (["{run}/train"], "neither a dataset nor Parquet files"),
    ],
)
def test_wrong_calls_are_told_in_one_line(inspect, run_folder, arguments, said):
    code, _, err = inspect(*(a.format(run=run_folder) for a in arguments))
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_broken_files_are_named(inspect, made, tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 torn")
    code, _, err = inspect(tmp_path / "x.parquet")
    assert code == 1
    assert "x.parquet: truncated or no Parquet file" in err
    made.write(tmp_path / "run", only=["tool"])
    shard = json.loads((tmp_path / "run/tool/manifest.json").read_text())["parts"][0]["file"]
    (tmp_path / "run/tool" / shard).unlink()
    code, _, err = inspect(tmp_path / "run/tool")
    assert code == 1
    assert f"{shard}: missing" in err


def test_declaring_the_verb_loads_nothing_heavy():
    code = (
        "import sys, factory.commands.inspect;"
        "sys.exit(any(name in sys.modules for name in ('pyarrow', 'rich', 'factory.records')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
