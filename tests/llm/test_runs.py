"""Whole runs on a model: killed, stalled, refused, too dear; resumed each time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.llm.scripted_server import Reply, ScriptedServer, completion

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    "tides.txt": "The tide turns twice a day. High water follows the moon. At the harbour of Vell "
    "the range is 4.2 m at springs and 1.9 m at neaps. Boats leave one hour before high water.",
    "ropes.txt": "A bowline makes a loop that does not slip. A sheet bend joins two ropes of "
    "different thickness. Nylon stretches by 20 % under load; polyester by less than 5 %. Natural "
    "fibre rots if it is stowed wet, so it is dried in the shade before it goes below.",
}
RECIPE = """
name: test
stages: [passages, rewrites]
authors: {{rewriter: llm}}
max_rejected_share: {{default: 1.0}}
shard_inputs: {{default: 1}}
models:
  default:
    name: scripted
    endpoints: [{{url: "{url}"}}]
    prices: {{input: 1000, output: 1000}}
llm: {{request_seconds: 1, record_seconds: 2, attempts: 2}}
documents: {{paths: ["{documents}"]}}
rewrites: {{per_source: 3}}
"""


class Threaded:
    """A scripted server on a loop of its own."""

    def __init__(self, script: Any) -> None:
        self.server = ScriptedServer(script)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self.server.__aenter__(), self.loop).result(5)

    @property
    def rewrites(self) -> list[str]:
        """The requests made for rewrites."""
        return [json.dumps(body) for body in self.server.requests if len(body["messages"]) > 1]


def good(body: dict[str, Any], n: int) -> Any:
    """A server that does all that is probed."""
    if "tools" in body:
        call = {"id": "1", "type": "function", "function": {"name": "ping", "arguments": "{}"}}
        return completion("", message={"tool_calls": [call]})
    if "response_format" in body:
        return completion({"probe": "k2-data-factory"})
    return Reply(
        completion(f"<rewrite>Answer to {len(body['messages'][-1]['content'])}.</rewrite>"),
        delay=0.05,
    )


@contextlib.contextmanager
def run_of(tmp_path: Path, script: Any, *extra: str) -> Iterator[tuple[Threaded, list[str]]]:
    documents = tmp_path / "documents"
    documents.mkdir(exist_ok=True)
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text)
    server = Threaded(script)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(url=server.server.url, documents=documents))
    command = [sys.executable, "-m", "factory.cli", "run", str(recipe), "--out"]
    yield server, [*command, str(tmp_path / "out"), *extra]


def execute(command: list[str]) -> Any:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)


def shards(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("rewrite/part-*.parquet"))}


def test_a_killed_run_pays_for_nothing_twice_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with run_of(tmp_path / "plain", good) as (server, command):
        done = execute(command)
        assert done.returncode == 0, done.stderr
        assert "rewriter" in done.stdout
        wanted = shards(tmp_path / "plain")
        paid = server.rewrites
    assert len(paid) == len(set(paid)) >= 6
    with run_of(tmp_path, good) as (server, command):
        command[command.index(str(tmp_path / "recipe.yaml"))] = str(tmp_path / "recipe.yaml")
        (tmp_path / "recipe.yaml").write_text(
            (tmp_path / "plain" / "recipe.yaml")
            .read_text()
            .replace(json.loads(f'"{_url(tmp_path / "plain")}"'), server.server.url)
        )
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        while len(server.rewrites) < 3:
            time.sleep(0.002)
        time.sleep(0.06)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        before = server.rewrites
        done = execute(command)
        assert done.returncode == 0, done.stderr
        after = server.rewrites[len(before) :]
    assert set(before) | set(after) == set(paid)
    assert len(after) < len(paid), "nothing was remembered"
    assert shards(tmp_path / "out") == wanted


def _url(folder: Path) -> str:
    text = (folder / "recipe.yaml").read_text()
    return text.partition('url: "')[2].partition('"')[0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupt_takes_in_what_is_under_way(tmp_path: Path, workers: str) -> None:
    """Ctrl-C while requests are open: their answers are awaited, kept, and not asked for again."""

    def slowly(body: dict[str, Any], n: int) -> Any:
        reply = good(body, n)
        return Reply(reply.body, delay=0.9) if isinstance(reply, Reply) else reply

    def heed() -> None:  # a suite in the background ignores Ctrl-C, and so would its children
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with run_of(tmp_path, slowly, "--workers", workers) as (server, command):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            start_new_session=True,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed,
        )
        while len(server.rewrites) < 2:
            time.sleep(0.002)
        time.sleep(0.3)  # answers are under way
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=30)
        assert process.returncode == 130 and "the same command resumes" in told
        before = server.rewrites
        done = execute(command)
        assert done.returncode == 0, done.stderr
        after = server.rewrites[len(before) :]
    assert before and not set(before) & set(after)


def test_a_server_that_stalls_rejects_records_and_the_run_ends_with_its_table(
    tmp_path: Path,
) -> None:
    stalled = {"yes": True}

    def script(body: Any, n: int) -> Any:
        if len(body["messages"]) > 1 and stalled["yes"]:
            return Reply(completion("late"), delay=30)
        return good(body, n)

    with run_of(tmp_path, script, "--set", "max_rejected_share.rewrites=0.5") as (_, command):
        started = time.monotonic()
        done = execute(command)
        assert time.monotonic() - started < 25
        assert done.returncode == 1
        assert "llm_" in done.stdout
        assert "rejected 100" in done.stderr
        stalled["yes"] = False
        done = execute(command)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (lambda b, n: Reply({"error": {"message": "bad key"}}, 401), "$OPENAI_API_KEY"),
        (lambda b, n: Reply({"error": {"message": "no model scripted"}}, 404), "no model scripted"),
        (lambda b, n: Reply({"error": {"message": "unknown field"}}, 400), "unknown field"),
        (lambda b, n: Reply(b"<html>hello</html>"), "not JSON"),
    ],
    ids=["key", "model", "parameter", "not an API"],
)
def test_what_is_wrong_with_an_endpoint_is_told_in_the_first_seconds(
    tmp_path: Path, script: Any, cause: str
) -> None:
    with run_of(tmp_path, script) as (server, command):
        done = execute(command)
        assert done.returncode == 1
        assert cause in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not list((tmp_path / "out").rglob("*.parquet"))
        assert len(server.server.requests) <= 3


def test_a_wrong_url_is_told_too(tmp_path: Path) -> None:
    with run_of(tmp_path, good, "--endpoint", "http://127.0.0.1:9/v1") as (_, command):
        done = execute(command)
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_a_spending_cap_stops_the_run_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    with run_of(tmp_path, good, "--set", "llm.max_cost=0.04") as (server, command):
        done = execute(command)
        assert done.returncode == 1
        assert "llm.max_cost 0.04 is reached" in done.stderr
        paid = len(server.rewrites)
        assert paid >= 1
        command[-1] = "llm.max_cost=9"
        done = execute(command)
        assert done.returncode == 0, done.stderr
        assert len(server.rewrites) == len(set(server.rewrites))


def test_a_dry_run_estimates_and_sends_nothing(tmp_path: Path) -> None:
    with run_of(tmp_path, good, "--dry-run") as (server, command):
        done = execute(command)
        assert done.returncode == 0, done.stderr
        assert server.server.requests == []
        row = next(line for line in done.stdout.splitlines() if "rewriter" in line)
        assert " 6 " in row, row


def test_prompt_show_prints_what_is_sent(tmp_path: Path) -> None:
    with run_of(tmp_path, good) as (server, command):
        assert execute(command).returncode == 0
        sent = [body for body in server.server.requests if len(body["messages"]) > 1]
    from factory.shards import open_dataset

    passage = next(iter(open_dataset(str(tmp_path / "out" / "passage")).rows()))
    show = [sys.executable, "-m", "factory.cli", "prompt", "show", "rewriter", "--json"]
    done = execute([*show, "--run", str(tmp_path / "out"), "--record", passage["id"][:12]])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) in sent
