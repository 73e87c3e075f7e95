"""llama.cpp's own server, on random weights: what it honours is found out and used."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from factory.llm.asker import Asker
from factory.llm.errors import EndpointUnusable, ModelFailed, RequestRefused
from factory.llm.probe import adopt_profiles, preflight
from factory.llm.prompt import Asked
from factory.llm.structured import Checker, problems
from tests.llm.asking import errand, request
from tests.llm.test_structured import PROMPT, SCHEMA, TEXT_PROMPT

xllamacpp = pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")


def serve(folder: Path, context: int) -> Any:
    """llama.cpp's server on random weights; four slots share the context."""
    from tests.llm.tiny_gguf import write

    path = folder / "tiny.gguf"
    write(path)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {"scripted"}
    parameters.n_ctx = context
    parameters.n_parallel = 4
    parameters.cpuparams.n_threads = 1
    parameters.use_jinja = True
    parameters.warmup = False
    parameters.port = 0
    return xllamacpp.Server(parameters)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = serve(tmp_path_factory.mktemp("gguf"), 32_768)
    yield f"{server.listening_address}/v1"


def test_its_profile_is_probed_and_kept(client_for: Any, url: str, tmp_path: Path) -> None:
    client = client_for(url)
    (line,) = asyncio.run(preflight(client.models, str(tmp_path)))
    assert "json_schema" in line
    assert list(tmp_path.glob("profile-*.json"))
    adopt_profiles(client, str(tmp_path))
    assert client.endpoints["m"].all[0].profile.json_schema


def test_a_schema_holds_even_for_random_weights(client_for: Any, url: str) -> None:
    # No free strings: random weights write bytes that are no UTF-8, and the server says 500.
    few = {"name": {"type": "string", "enum": ["Ada", "Bob"]}, "age": {"enum": [1, 2]}}
    schema = {**SCHEMA, "properties": few}
    prompt = replace(PROMPT, schema=schema)

    async def go() -> list[Any]:
        client = client_for(url, request_seconds=30.0, record_seconds=60.0)
        asks = [
            Asker(client, "m", errand(60)).ask(
                Asked(prompt, prompt.render({}, {"x": "y"}), sample=i)
            )
            for i in range(1, 5)
        ]
        answers = await asyncio.gather(*asks)
        await client.close()
        return answers

    for answer in asyncio.run(go()):
        assert problems(Checker(schema), answer) == []


def test_prose_that_never_ends_is_rejected_and_its_prefix_was_cached(
    client_for: Any, url: str
) -> None:
    async def go() -> tuple[Any, Any]:
        client = client_for(url, model={"max_tokens": 16}, request_seconds=30.0)
        who = errand(60)
        text = [{"role": "user", "content": "word " * 300}]
        outcome = None
        try:
            await Asker(client, "m", who).ask(Asked(TEXT_PROMPT, text))
        except ModelFailed as error:
            outcome = error
        await client.close()
        return outcome, who.tally.as_json()["rewriter|m"]

    outcome, counts = asyncio.run(go())
    assert outcome.reason == "llm_invalid_answer"
    assert counts["cached_tokens"] > 0.5 * counts["prompt_tokens"] > 0


def test_its_refusals_are_understood(client_for: Any, url: str) -> None:
    async def go(**payload: Any) -> Any:
        client = client_for(url, request_seconds=30.0)
        try:
            return await client.complete("m", request("word " * 20_000, **payload), errand(60))
        except ModelFailed as error:
            return error
        finally:
            await client.close()

    assert asyncio.run(go()).reason == "llm_context_too_long"
    wrong = asyncio.run(go(temperature="hot"))
    assert isinstance(wrong, RequestRefused), wrong


def test_a_wrong_path_ends_a_run(client_for: Any, url: str) -> None:
    client = client_for(url.replace("/v1", "/v9"))
    with pytest.raises(EndpointUnusable, match="404"):
        asyncio.run(preflight(client.models, "memory://nowhere"))
