"""Embeddings: one vector a text in the order of the texts, journalled, checked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from factory.llm.client import Client
from factory.llm.errors import ModelFailed
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer

MakeClient = Callable[..., Client]


def vector(text: str) -> list[float]:
    return [float(len(text)), float(text.count("a")), 0.5]


def embed(body: dict[str, Any], _: int) -> dict[str, Any]:
    """As servers may: in another order than asked."""
    rows = [{"index": i, "embedding": vector(text)} for i, text in enumerate(body["input"])]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return {"object": "list", "data": rows[::-1], "model": "e", "usage": usage}


def test_vectors_come_in_the_order_of_the_texts_and_only_once(
    client_for: MakeClient,
) -> None:
    async def scene() -> None:
        texts = ["a" * (i % 5) + "b" * i for i in range(10)]
        async with ScriptedServer(embed) as server:
            client = client_for(server.url, model={"serves": "embeddings"})
            found = await client.embed("m", texts, errand(), together=4)
            again = await client.embed("m", texts, errand(), together=4)
        assert found == again == [vector(text) for text in texts]
        assert [len(body["input"]) for body in server.requests] == [4, 4, 2]
        assert {head["path"] for head in server.headers} == {"/v1/embeddings"}

    asyncio.run(scene())


@pytest.mark.parametrize(
    "rows",
    [
        [{"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [1.0]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}],
        [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [float("nan")]}],
        [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": "no"}],
        None,
    ],
    ids=["missing", "twice", "widths", "empty", "nan", "text", "none"],
)
def test_wrong_vectors_are_never_used(
    client_for: MakeClient, quick: None, rows: list[dict[str, Any]] | None
) -> None:
    async def scene() -> None:
        async with ScriptedServer(lambda *_: {"data": rows}) as server:
            client = client_for(server.url, model={"serves": "embeddings"}, attempts=2)
            with pytest.raises(ModelFailed) as caught:
                await client.embed("m", ["x", "y"], errand())
        assert caught.value.reason == "llm_malformed"
        assert len(server.requests) == 2

    asyncio.run(scene())
