"""Requests by batch: grouped, answered in part, found again after a death, never paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factory.llm.client import Client
from factory.llm.errors import EndpointUnusable, ModelFailed
from tests.llm.asking import errand, request
from tests.llm.batch_server import BatchServer
from tests.llm.scripted_server import completion

MakeClient = Callable[..., Client]
QUICK = {"batch": {"linger_seconds": 0.05, "poll_seconds": 0.02}}


def said(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def echo(body: dict[str, Any]) -> dict[str, Any]:
    return {"status_code": 200, "body": completion(f"echo {said(body)}")}


def test_many_requests_are_one_batch_and_each_gets_its_own_answer(
    client_for: MakeClient,
) -> None:
    async def scene() -> None:
        async with BatchServer(echo) as server:
            client = client_for(server.url, model=dict(QUICK))
            texts = [f"t{i}" for i in range(40)]
            asked = [client.complete("m", request(text), errand()) for text in texts]
            answers = await asyncio.gather(*asked)
            again = await client.complete("m", request("t7"), errand())
        assert [answer.text for answer in answers] == [f"echo {text}" for text in texts]
        assert len(server.batches) == 1
        assert again.text == "echo t7" and len(server.sent) == 40

    asyncio.run(scene())


def test_a_full_batch_goes_at_once(client_for: MakeClient) -> None:
    async def scene() -> None:
        settings = {"batch": {"linger_seconds": 0.05, "poll_seconds": 0.02, "max_requests": 10}}
        async with BatchServer(echo) as server:
            client = client_for(server.url, model=settings)
            asked = [client.complete("m", request(str(i)), errand()) for i in range(25)]
            await asyncio.gather(*asked)
            sizes = sorted(len(batch["results"][0]) for batch in server.batches.values())
        assert sizes == [5, 10, 10]

    asyncio.run(scene())


def test_lines_that_failed_go_again_and_refused_ones_do_not(client_for: MakeClient) -> None:
    async def scene() -> None:
        tries: dict[str, int] = {}

        def script(body: dict[str, Any]) -> dict[str, Any] | None:
            text = said(body)
            tries[text] = tries.get(text, 0) + 1
            if text == "bad":
                return {"status_code": 400, "body": {"error": {"message": "no such parameter"}}}
            if tries[text] == 1 and text in ("busy", "lost", "broken"):
                busy = {"status_code": 429, "body": {"error": {"message": "slow down"}}}
                broken = {"status_code": 200, "body": {"choices": []}}
                return {"busy": busy, "lost": None, "broken": broken}[text]
            return echo(body)

        async with BatchServer(script) as server:
            client = client_for(server.url, model=dict(QUICK))
            texts = ["fine", "busy", "lost", "broken", "bad"]
            asked = [client.complete("m", request(text), errand()) for text in texts]
            answers = await asyncio.gather(*asked, return_exceptions=True)
        *good, refused = answers
        assert [answer.text for answer in good] == [f"echo {text}" for text in texts[:-1]]
        assert isinstance(refused, ModelFailed) and refused.reason == "llm_refused"
        assert tries == {"fine": 1, "busy": 2, "lost": 2, "broken": 2, "bad": 1}

    asyncio.run(scene())


def test_a_line_that_always_fails_is_given_up(client_for: MakeClient) -> None:
    async def scene() -> None:
        async with BatchServer(lambda _: None) as server:
            client = client_for(server.url, model=dict(QUICK), attempts=3)
            with pytest.raises(ModelFailed, match="3 batches"):
                await client.complete("m", request("x"), errand())
        assert len(server.sent) == 3

    asyncio.run(scene())


@pytest.mark.parametrize("noted", [True, False], ids=["noted", "died-before-the-note"])
def test_a_killed_run_finds_its_batch_again(
    client_for: MakeClient, tmp_path: Path, noted: bool
) -> None:
    """The second client has only the journal folder, as after `kill -9`."""

    async def scene() -> None:
        async with BatchServer(echo) as server:
            server.hold = True
            first = client_for(server.url, model=dict(QUICK))
            waiting = [
                asyncio.create_task(first.complete("m", request(text), errand()))
                for text in ("a", "b")
            ]
            while not server.batches:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            for batches in first._batches.values():
                for task in batches._running:
                    task.cancel()
            for task in waiting:
                task.cancel()
            (note,) = (tmp_path / "journal").glob("batch-*.json")
            if not noted:
                note.write_text(note.read_text().replace('"batch": "batch-0"', '"batch": ""'))
            server.hold = False
            second = client_for(server.url, model=dict(QUICK))
            answers = [await second.complete("m", request(text), errand()) for text in ("b", "a")]
        assert [answer.text for answer in answers] == ["echo b", "echo a"]
        assert len(server.sent) == 2, "nothing is paid for twice"
        assert not list((tmp_path / "journal").glob("batch-*.json"))

    asyncio.run(scene())


def test_a_batch_the_server_refuses_stops_the_run_with_its_reason(
    client_for: MakeClient,
) -> None:
    async def scene() -> None:
        async with BatchServer(echo, status="failed") as server:
            client = client_for(server.url, model=dict(QUICK))
            with pytest.raises(EndpointUnusable, match="line 1 is not a request"):
                await client.complete("m", request("x"), errand())

    asyncio.run(scene())


def test_an_expired_batch_gives_what_it_has(client_for: MakeClient) -> None:
    async def scene() -> None:
        answered: set[str] = set()

        def half(body: dict[str, Any]) -> dict[str, Any] | None:
            if said(body) == "late" and "late" not in answered:
                answered.add("late")
                return None
            return echo(body)

        async with BatchServer(half, status="expired") as server:
            client = client_for(server.url, model=dict(QUICK))
            asked = [client.complete("m", request(text), errand()) for text in ("soon", "late")]
            answers = await asyncio.gather(*asked)
        assert [answer.text for answer in answers] == ["echo soon", "echo late"]
        assert [said(body) for body in server.sent] == ["soon", "late", "late"]

    asyncio.run(scene())


def test_the_deadline_ends_a_batch_that_does_not(client_for: MakeClient) -> None:
    async def scene() -> None:
        async with BatchServer(echo) as server:
            server.hold = True
            client = client_for(server.url, model=dict(QUICK))
            with pytest.raises(ModelFailed, match="has not ended") as caught:
                await client.complete("m", request("x"), errand(seconds=0.4))
        assert caught.value.reason == "llm_deadline"

    asyncio.run(scene())
