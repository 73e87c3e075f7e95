"""Is an endpoint there, and what does it do with the parts of a request that many ignore?

Asked once and kept beside the journal; a run begins with it, so that a wrong URL, key or model
name ends it in its first seconds, with the cause.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from factory.llm.admission import backoff
from factory.llm.answer import read_answer, read_embeddings
from factory.llm.client import Client
from factory.llm.errors import EndpointUnusable, RequestRefused, Retryable, Throttled
from factory.llm.profile import Profile
from factory.llm.settings import EndpointSettings, ModelSettings
from factory.llm.structured import AnswerProblem, Checker, parse_json, problems, response_format
from factory.llm.transport import Transport
from factory.records import digest
from factory.shards import storage

PROBE_SECONDS = 20.0
TRIES = 3
BUSY_SECONDS = 60.0
"""How long a server that says it is too busy (429, 503, 529) is asked again before a run ends."""
log = logging.getLogger(__name__)
GREETING = [{"role": "user", "content": "Reply with the word ready."}]
SCHEMA = {
    "type": "object",
    "properties": {"probe": {"type": "string", "enum": ["k2-data-factory"]}},
    "required": ["probe"],
    "additionalProperties": False,
}
TOOL = {
    "type": "function",
    "function": {
        "name": "ping",
        "description": "Sends a word and gets it back.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string"}},
            "required": ["word"],
        },
    },
}


Post = Callable[..., Awaitable[dict[str, Any]]]


def profile_path(folder: str, model: ModelSettings, endpoint: EndpointSettings) -> str:
    """The file that keeps what an endpoint can do for a model."""
    name = digest("profile", endpoint.url, model.name, model.revision)[:16]
    return storage.join(folder, f"profile-{name}.json")


def adopt_profiles(client: Client, folder: str) -> None:
    """Give a client's endpoints the profiles that were probed."""
    for name, model in client.models.items():
        for endpoint in client.endpoints[name].all:
            path = profile_path(folder, model, endpoint.settings)
            if storage.exists(path):
                endpoint.profile = Profile(**json.loads(storage.read_bytes(path))["profile"])


async def preflight(models: Mapping[str, ModelSettings], folder: str) -> list[str]:
    """Probe every endpoint that has no profile yet, and greet those that have.

    Returns one line per endpoint. Raises EndpointUnusable with the cause.
    """
    transport = Transport(1_000_000)
    try:
        pairs = [(model, endpoint) for model in models.values() for endpoint in model.endpoints]
        return list(await asyncio.gather(*(_check(transport, folder, *pair) for pair in pairs)))
    finally:
        await transport.close()


async def _check(
    transport: Transport, folder: str, model: ModelSettings, endpoint: EndpointSettings
) -> str:
    await _greet(transport, model, endpoint)
    if model.serves == "embeddings":
        return f"{endpoint.url} {model.name}: embeddings"
    path = profile_path(folder, model, endpoint)
    if storage.exists(path):
        profile = Profile(**json.loads(storage.read_bytes(path))["profile"])
    else:
        profile = await probe(transport, model, endpoint)
        body = {"url": endpoint.url, "model": model.name, "profile": asdict(profile)}
        storage.publish(path, (json.dumps(body, indent=1) + "\n").encode())
    able = [name for name, value in asdict(profile).items() if value]
    return f"{endpoint.url} {model.name}: {', '.join(able) or 'plain text only'}"


async def _greet(transport: Transport, model: ModelSettings, endpoint: EndpointSettings) -> None:
    """One smallest request; a busy server is asked again, one that is not there is not."""
    last = ""
    for attempt in range(TRIES):
        await asyncio.sleep(0.5 * attempt)
        try:
            if model.serves == "embeddings":
                post = _patiently(_post_embeddings, transport, model, endpoint)
                read_embeddings(await post, 1)
            else:
                short = {"max_tokens": 8}
                read_answer(await _patiently(_post, transport, model, endpoint, short))
            return
        except Retryable as error:
            last = error.detail
        except TimeoutError:
            last = f"{endpoint.url}: no answer in {PROBE_SECONDS:.0f} s"
            break
        except RequestRefused as error:
            raise EndpointUnusable(f"{error.detail} (model {model.name!r})") from error
    raise EndpointUnusable(last)


async def probe(transport: Transport, model: ModelSettings, endpoint: EndpointSettings) -> Profile:
    """What the endpoint honours, each by one request that only shows it if it does."""
    by_schema = {"response_format": response_format("probe", SCHEMA)}
    as_object = {
        "response_format": {"type": "json_object"},
        "messages": [{"role": "user", "content": "Reply with a JSON object: the key ok, true."}],
    }
    with_tool = {
        "tools": [TOOL],
        "messages": [{"role": "user", "content": 'Call the tool ping with the word "pong".'}],
    }
    forced = {**with_tool, "tool_choice": {"type": "function", "function": {"name": "ping"}}}
    asked = (by_schema, as_object, with_tool, forced, {"seed": 7}, {"n": 2})
    found = await asyncio.gather(
        *(_try(transport, model, endpoint, {"max_tokens": 256, **extra}) for extra in asked)
    )
    schema, plain, called, obeyed, seeded, twice = found
    return Profile(
        json_schema=_is_object(schema, SCHEMA),
        json_object=_is_object(plain, {"type": "object"}),
        tools=_calls(called) or _calls(obeyed),
        tool_choice=_calls(obeyed),
        seed=seeded is not None,
        n=twice is not None and len(twice["choices"]) == 2,
    )


async def _try(
    transport: Transport,
    model: ModelSettings,
    endpoint: EndpointSettings,
    extra: Mapping[str, Any],
) -> Mapping[str, Any] | None:
    """The response; None if the endpoint would not."""
    for _ in range(TRIES):
        try:
            body = await _patiently(_post, transport, model, endpoint, extra)
            read_answer(body)
            return body
        except (RequestRefused, TimeoutError):
            return None
        except Retryable:
            continue
    return None


async def _patiently(post: Post, *arguments: Any) -> dict[str, Any]:
    """Post again while the server says that it has too much to do, for `BUSY_SECONDS`."""
    loop = asyncio.get_running_loop()
    until, attempt = loop.time() + BUSY_SECONDS, 0
    while True:
        try:
            return await post(*arguments)
        except Throttled as error:
            delay = backoff(attempt, error.retry_after)
            if loop.time() + delay > until:
                raise EndpointUnusable(f"{error.detail} (for {BUSY_SECONDS:.0f} s)") from error
            if attempt == 0:
                log.warning("%s; asking again", error.detail)
            attempt += 1
            await asyncio.sleep(delay)


async def _post(
    transport: Transport,
    model: ModelSettings,
    endpoint: EndpointSettings,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    body = {"model": model.name, "messages": GREETING, "temperature": 0, **model.extra, **extra}
    async with asyncio.timeout(PROBE_SECONDS):
        return await transport.post(endpoint, "/chat/completions", body)


async def _post_embeddings(
    transport: Transport, model: ModelSettings, endpoint: EndpointSettings
) -> dict[str, Any]:
    body = {"model": model.name, **model.extra, "input": ["ready"]}
    async with asyncio.timeout(PROBE_SECONDS):
        return await transport.post(endpoint, "/embeddings", body)


def _calls(body: Mapping[str, Any] | None) -> bool:
    """Whether a response calls a tool."""
    return body is not None and bool(read_answer(body).message.get("tool_calls"))


def _is_object(body: Mapping[str, Any] | None, schema: Mapping[str, Any]) -> bool:
    """Whether a response's text is an object of the schema."""
    if body is None:
        return False
    try:
        return not problems(Checker(schema), parse_json(read_answer(body).text))
    except AnswerProblem:
        return False
