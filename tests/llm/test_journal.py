"""What was paid for is never paid for again, whatever happens to the process and the disk."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from factory.llm.errors import JournalFailed
from factory.llm.journal import Journal
from factory.llm.request import Answer, Request, Tag
from tests.llm.asking import errand, request
from tests.llm.scripted_server import Reply, ScriptedServer, completion

USAGE = {"prompt_tokens": 3, "cached_tokens": 1, "completion_tokens": 2}
TAG = Tag("rewrites", "rewriter", "abc", "rewriter@1")


def answer(text: str) -> Answer:
    return Answer({"role": "assistant", "content": text}, "stop", USAGE, "scripted", "id")


async def fill(journal: Journal, texts: list[str], cost: float | None = 0.5) -> None:
    for text in texts:
        await journal.append(request(text), answer(f"{text}!"), TAG, cost)


@pytest.fixture(params=["local", "object store"])
def folder(request: Any, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "local" else f"memory://{tmp_path.name}-{time.time()}"


def test_answers_come_back_in_this_process_and_the_next(folder: str) -> None:
    first = Journal(folder, "run")
    asyncio.run(fill(first, ["a", "b", "x" * 1000]))
    for journal in (first, Journal(folder, "other")):
        assert len(journal) == 3
        for text in ("a", "b", "x" * 1000):
            found = journal.get(request(text))
            assert found == answer(f"{text}!")
        assert journal.get(request("c")) is None
    assert first.spent == Journal(folder, "run").spent == 1.5
    assert Journal(folder, "other").spent == 0


def test_answers_appended_at_once_all_come_back(folder: str) -> None:
    async def go() -> None:
        journal = Journal(folder)
        await asyncio.gather(*(fill(journal, [f"{i} {'y' * 300}"]) for i in range(100)))

    asyncio.run(go())
    journal = Journal(folder)
    texts = [f"{i} {'y' * 300}" for i in range(100)]
    assert all(journal.get(request(text)) == answer(f"{text}!") for text in texts)


def test_another_process_answers_are_found_while_both_run(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("factory.llm.journal.REFRESH_SECONDS", 0.0)
    one, two = Journal(folder), Journal(folder)
    asyncio.run(fill(one, ["a"]))
    assert two.get(request("a")) == answer("a!")
    asyncio.run(fill(two, ["b"]))
    asyncio.run(fill(one, ["c"]))
    assert one.get(request("b")) == answer("b!")
    assert two.get(request("c")) == answer("c!")


@pytest.mark.parametrize("lost", [1, 5, 200])
def test_a_torn_tail_loses_the_last_record_and_says_so(
    tmp_path: Path, lost: int, caplog: pytest.LogCaptureFixture
) -> None:
    asyncio.run(fill(Journal(str(tmp_path)), ["a", "b", "c"]))
    (segment,) = tmp_path.glob("*.jsonl")
    os.truncate(segment, segment.stat().st_size - lost)
    with caplog.at_level(logging.WARNING):
        journal = Journal(str(tmp_path))
    assert [journal.get(request(t)) is not None for t in "abc"] == [True, True, False]
    assert "torn" in caplog.text
    assert len(journal.unreadable) == 1
    asyncio.run(fill(journal, ["c"]))
    assert Journal(str(tmp_path)).get(request("c")) == answer("c!")


@pytest.mark.parametrize("at", [10, 49, 60])
def test_a_damaged_line_loses_itself_alone(tmp_path: Path, at: int) -> None:
    asyncio.run(fill(Journal(str(tmp_path)), ["a", "b", "c"]))
    (segment,) = tmp_path.glob("*.jsonl")
    lines = segment.read_bytes().split(b"\n")
    lines[1] = lines[1][:at] + b"\x00" * 40 + lines[1][at + 40 :]
    segment.write_bytes(b"\n".join(lines))
    journal = Journal(str(tmp_path))
    assert [journal.get(request(t)) is not None for t in "abc"] == [True, False, True]
    assert journal.unreadable


def test_a_full_disk_stops_the_run_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(str(tmp_path))
    asyncio.run(fill(journal, ["a"]))
    write = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) > 100:
            return write(file, data[:100])
        raise OSError(28, "No space left on device")

    calls = iter([lambda f, d: write(f, d[:100]), full])

    def half_then_full(file: int, data: bytes) -> int:
        written = next(calls)
        if written is full:
            raise OSError(28, "No space left on device")
        return written(file, data)

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(JournalFailed, match="No space left"):
        asyncio.run(fill(journal, ["b"]))
    monkeypatch.undo()
    asyncio.run(fill(journal, ["c"]))
    again = Journal(str(tmp_path))
    assert not again.unreadable
    assert [again.get(request(t)) is not None for t in "abc"] == [True, False, True]


def test_the_key_depends_on_what_is_asked_and_nothing_else() -> None:
    base = Request("m", "", {"messages": [{"role": "user", "content": "x"}], "top_p": 1}, 0)
    turned = Request("m", "", {"top_p": 1, "messages": [{"content": "x", "role": "user"}]}, 0)
    assert base.key == turned.key
    others = [
        Request("n", "", base.payload, 0),
        Request("m", "2", base.payload, 0),
        Request("m", "", base.payload, 1),
        Request("m", "", {**base.payload, "top_p": 0.5}, 0),
    ]
    assert len({base.key, *(other.key for other in others)}) == 5


def test_long_texts_are_stored_once_and_come_back_whole(folder: str) -> None:
    journal = Journal(folder)
    shared = "The same long document. " * 400

    async def go() -> None:
        for number in range(50):
            payload = {"messages": [{"role": "user", "content": shared}, {"n": number}]}
            await journal.append(Request("m", "", payload), answer("!"), TAG, None)

    asyncio.run(go())
    entries = list(Journal(folder).entries())
    assert [entry["request"]["messages"][1]["n"] for entry in entries] == list(range(50))
    assert all(entry["request"]["messages"][0]["content"] == shared for entry in entries)
    if "://" not in folder:
        assert sum(p.stat().st_size for p in Path(folder).glob("*.jsonl")) < 50_000


def test_an_answer_is_on_disk_before_it_is_used(client_for: Any, tmp_path: Path) -> None:
    async def go() -> list[bool]:
        async with ScriptedServer(lambda b, n: completion("x")) as server:
            client = client_for(server.url)
            seen = []
            for text in "abc":
                await client.complete("m", request(text), errand())
                fresh = Journal(str(tmp_path / "journal"))
                seen.append(fresh.get(request(text)) is not None)
            await client.close()
            return seen

    assert asyncio.run(go()) == [True] * 3


CHILD = """
import asyncio, sys
sys.path.insert(0, {root!r})
from factory.llm.client import Client
from factory.llm.journal import Journal
from factory.llm.settings import EndpointSettings, LlmSettings, ModelSettings
from tests.llm.asking import errand, request

async def main():
    model = ModelSettings(name="scripted", endpoints=(EndpointSettings(url={url!r}, in_flight=16),))
    client = Client({{"m": model}}, LlmSettings(), Journal({folder!r}, "run"))
    asks = [client.complete("m", request(f"n{{i}}"), errand(60)) for i in range(400)]
    await asyncio.gather(*asks)
    await client.close()

asyncio.run(main())
"""


def test_what_was_answered_before_kill_9_is_not_sent_again(tmp_path: Path) -> None:
    """Killed six times at different moments; the server counts."""
    root = str(Path(__file__).parents[2])

    async def go() -> tuple[dict[str, int], dict[str, int]]:
        sent: dict[str, int] = {}
        answered: dict[str, int] = {}

        def script(body: Any, n: int) -> Any:
            text = body["messages"][0]["content"]
            sent[text] = sent.get(text, 0) + 1
            return Reply(completion(text), delay=0.02)

        async with ScriptedServer(script) as server:
            code = CHILD.format(root=root, url=server.url, folder=str(tmp_path))
            for kill in range(7):
                child = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
                if kill < 6:
                    goal = len(sent) + 30 + 7 * kill
                    while len(sent) < goal and child.returncode is None:
                        await asyncio.sleep(0.005)
                    if child.returncode is None:
                        child.send_signal(signal.SIGKILL)
                await child.wait()
                in_journal = Journal(str(tmp_path))
                for i in range(400):
                    if in_journal.get(request(f"n{i}")) is not None:
                        answered.setdefault(f"n{i}", sent[f"n{i}"])
        return sent, answered

    sent, answered = asyncio.run(go())
    assert len(sent) == len(answered) == 400
    assert sent == answered, "sent again after its answer was in the journal"
    assert sum(sent.values()) <= 400 + 6 * 16, "at most what was in flight at each kill"


def test_the_command_shows_prunes_and_exports(tmp_path: Path) -> None:
    asyncio.run(fill(Journal(str(tmp_path), "run"), ["a", "b" * 400]))
    asyncio.run(fill(Journal(str(tmp_path), "run2"), ["c"], cost=None))

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "factory.cli", "journal", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout

    stats = run("stats", str(tmp_path))
    assert "rewriter" in stats
    assert "3" in stats
    assert "unknown" in stats
    shown = run("show", str(tmp_path), "--key", request("b" * 400).key[:10])
    assert "b" * 400 in shown
    rows = [json.loads(line) for line in run("export", str(tmp_path)).splitlines()]
    assert [row["answer"]["message"]["content"] for row in rows] == ["a!", "b" * 400 + "!", "c!"]
    assert "3 answers kept" in run("prune", str(tmp_path), "--record", "nobody")
    kept = Journal(str(tmp_path))
    assert kept.get(request("b" * 400)) == answer("b" * 400 + "!")
    assert Journal(str(tmp_path), "run").spent == 1.0
    assert "0 answers kept" in run("prune", str(tmp_path), "--role", "rewriter")
    assert len(Journal(str(tmp_path))) == 0
