"""The command line: help that teaches, exit codes 0/1/2, errors in one line with the remedy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from factory.cli import VERBS, main

ROOT = Path(__file__).parent.parent


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.yaml"
    file.write_text(
        "name: t\nstages: [passages]\ndocuments: {paths: ['pydoc:topics'], count: 4}\n"
        "passages: {min_tokens: 4}\n"
    )
    return file


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        main([verb, "--help"])
    shown = capsys.readouterr().out
    assert done.value.code == 0 and f"factory {verb} " in shown.split("\n\n", 1)[1]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["run", "nowhere.yaml", "--out", "x"], "no file nowhere.yaml"),
        (["harvest", "--out", "x"], "give --server, --command, --url or --catalog"),
        (["harvest", "--command", "oops", "--out", "x"], "NAME=COMMAND"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    shown = capsys.readouterr().err
    assert words in shown and len(shown.splitlines()) == 1 and "Traceback" not in shown


def test_a_recipe_mistake_is_exit_2_with_file_and_line(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe.write_text("name: t\nseeds: 3\n")
    assert main(["run", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert f"{recipe}, line 2: unknown key seeds" in capsys.readouterr().err


def test_run_shows_progress_and_a_table_then_has_nothing_to_do(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["run", str(recipe), "--out", str(tmp_path / "out")]
    assert main(argv) == 0
    shown = capsys.readouterr().out
    assert "4/4 inputs" in shown and "/s" in shown
    for heading in ("stage", "in", "kept", "rejected", "by reason", "seconds", "bytes"):
        assert heading in shown
    assert main(argv) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_validate_names_a_flipped_byte_and_exits_1(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    main(["run", str(recipe), "--out", str(out)])
    assert main(["validate", str(out)]) == 0
    [part] = out.glob("passage/*.parquet")
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(bytes(data))
    capsys.readouterr()
    assert main(["validate", str(out)]) == 1
    assert part.name in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["validate", "replay", "report", "inspect"])
def test_a_folder_that_is_no_run_is_named(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb, str(tmp_path / "nowhere")]) in (1, 2)
    shown = capsys.readouterr()
    assert "nowhere" in shown.out + shown.err and "Traceback" not in shown.err


def test_debug_shows_the_traceback_and_only_debug_does(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe.write_text("seeds: 3\n")
    main(["run", str(recipe), "--out", str(tmp_path / "out"), "--debug"])
    assert "Traceback" in capsys.readouterr().err


def test_harvest_writes_a_real_servers_tools(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["harvest", "--server", "time", "--out", str(tmp_path / "out")]) == 0
    assert "1 servers, 2 tools" in capsys.readouterr().out


def test_an_unknown_verb_is_exit_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "factory.cli", "conjure"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 2 and "invalid choice: 'conjure'" in done.stderr
