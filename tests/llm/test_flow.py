"""Requests in flight: the cap, the limit that adapts, several endpoints, rates."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from typing import Any

import pytest

from factory.llm.admission import BREAK_AFTER, Breaker, Limit
from factory.llm.endpoints import Endpoint
from factory.llm.errors import SpendingCapReached, Unreachable
from factory.llm.journal import Journal
from factory.llm.request import Tag
from factory.llm.settings import EndpointSettings, Prices
from tests.llm.asking import errand, request
from tests.llm.scripted_server import Reply, ScriptedServer, completion

GOOD = completion("yes")


async def ask_many(client: Any, count: int, **who: Any) -> list[Any]:
    """The outcomes of so many different requests at once."""
    return await asyncio.gather(
        *(client.complete("m", request(f"n{i}"), errand(20, f"r{i}")) for i in range(count)),
        return_exceptions=True,
    )


def test_the_cap_is_reached_and_never_passed(client_for: Any) -> None:
    async def go() -> int:
        async with ScriptedServer(lambda b, n: Reply(GOOD, delay=0.05)) as server:
            client = client_for(server.url, model={"endpoint": {"in_flight": 7}})
            await ask_many(client, 60)
            await client.close()
            return server.peak

    assert asyncio.run(go()) == 7


def test_identical_requests_at_once_are_sent_once(client_for: Any) -> None:
    async def go() -> tuple[int, set[str]]:
        async with ScriptedServer(
            lambda b, n: Reply(completion(f"answer {n}"), delay=0.05)
        ) as server:
            client = client_for(server.url)
            same = [client.complete("m", request("same"), errand()) for _ in range(50)]
            answers = await asyncio.gather(*same)
            await client.close()
            return len(server.requests), {answer.text for answer in answers}

    assert asyncio.run(go()) == (1, {"answer 1"})


def test_a_follower_takes_over_when_its_leader_fails(client_for: Any) -> None:
    async def go() -> tuple[Any, Any]:
        async with ScriptedServer(lambda b, n: Reply(GOOD, delay=9 if n == 1 else 0)) as server:
            client = client_for(server.url)
            outcomes = await asyncio.gather(
                client.complete("m", request("same"), errand(0.3)),
                client.complete("m", request("same"), errand(5)),
                return_exceptions=True,
            )
            await client.close()
            return outcomes

    first, second = asyncio.run(go())
    assert first.reason in ("llm_deadline", "llm_timeout")
    assert second.text == "yes"


def test_samples_of_one_request_are_different_requests_with_their_own_seed(client_for: Any) -> None:
    async def go() -> list[Any]:
        async with ScriptedServer(lambda b, n: GOOD) as server:
            client = client_for(server.url)
            for sample in (0, 1, 2, 1):
                await client.complete("m", request("same", sample), errand())
            await client.close()
            return [body.get("seed") for body in server.requests]

    assert asyncio.run(go()) == [None, 1, 2]


def test_random_throttling_does_not_shrink_the_limit() -> None:
    rng = random.Random(1)
    for share in (0.01, 0.05):
        limit, lowest = Limit(64), 64.0
        for _ in range(20_000):
            limit.overloaded() if rng.random() < share else limit.succeeded("r", 0.1)
            lowest = min(lowest, limit.value)
        assert lowest > 50


def test_the_limit_finds_what_a_server_can_take() -> None:
    limit = Limit(64)
    for _ in range(60):
        value = int(limit.value)
        for slot in range(value):
            limit.overloaded() if slot >= 20 else limit.succeeded("r", 0.1)
    assert 18 <= limit.value <= 34
    for _ in range(10_000):
        limit.overloaded()
    assert limit.value == limit.floor == 4


def test_a_growing_queue_in_the_server_shrinks_the_limit() -> None:
    limit = Limit(64)
    for _ in range(2000):
        limit.succeeded("r", 0.1)
    for _ in range(600):
        limit.succeeded("r", 1.0)
    assert limit.value < 40


def test_a_long_tail_of_latency_does_not_shrink_the_limit() -> None:
    rng, limit, lowest = random.Random(2), Limit(64), 64.0
    for _ in range(20_000):
        limit.succeeded("r", rng.lognormvariate(-1, 1))
        lowest = min(lowest, limit.value)
    assert lowest > 55


def test_the_breaker_opens_longer_each_time_and_closes_on_success() -> None:
    breaker = Breaker()
    assert not any(breaker.failed(None) for _ in range(BREAK_AFTER - 1))
    assert not breaker.open
    first, second = breaker.failed(None), breaker.failed(7.0)
    assert 0 < first <= 0.5
    assert second == 7.0
    assert breaker.open
    breaker.succeeded()
    assert not breaker.open
    assert breaker.failed(None) == 0


def test_endpoints_share_by_weight_and_a_dead_one_is_left_alone(
    client_for: Any, quick: None
) -> None:
    async def go(weights: Any, alive: bool) -> tuple[int, int, list[Any]]:
        reply = Reply(GOOD, delay=0.002)
        other = ScriptedServer(lambda b, n: reply if alive else Reply(reset=True))
        async with ScriptedServer(lambda b, n: reply) as one, other as two:
            client = client_for(one.url, two.url, folder=f"memory://{random.random()}")
            for endpoint, weight in zip(client.endpoints["m"].all, weights, strict=True):
                object.__setattr__(endpoint.settings, "weight", weight)
            outcomes = []
            for start in range(0, 400, 20):
                outcomes += await asyncio.gather(
                    *(
                        client.complete("m", request(f"n{i}"), errand(9, f"r{i}"))
                        for i in range(start, start + 20)
                    )
                )
            await client.close()
            return len(one.requests), len(two.requests), outcomes

    first, second, _ = asyncio.run(go((3.0, 1.0), alive=True))
    assert 2.0 < first / second < 4.5
    first, second, outcomes = asyncio.run(go((1.0, 1.0), alive=False))
    assert len(outcomes) == 400
    assert second < 60


def test_a_rate_of_requests_is_kept(client_for: Any) -> None:
    async def go() -> float:
        async with ScriptedServer(lambda b, n: GOOD) as server:
            client = client_for(server.url, model={"endpoint": {"requests_per_second": 40}})
            started = time.monotonic()
            await ask_many(client, 80)
            await client.close()
            return time.monotonic() - started

    assert 0.9 < asyncio.run(go()) < 2.0  # the first 40 at once, then 40 a second


def test_the_spending_cap_stops_at_the_sum_and_the_rest_is_free(client_for: Any) -> None:
    prices = Prices(input=100_000, output=100_000)  # 1.5 a request

    async def go() -> tuple[list[Any], int, int]:
        async with ScriptedServer(lambda b, n: GOOD) as server:
            client = client_for(server.url, model={"prices": prices}, max_cost=15.0)
            outcomes = []
            for i in range(14):
                try:
                    outcomes.append(await client.complete("m", request(f"n{i}"), errand()))
                except SpendingCapReached as stop:
                    outcomes.append(stop)
            paid = len(server.requests)
            again = client_for(server.url, model={"prices": prices}, max_cost=15.0)
            for i in range(10):
                await again.complete("m", request(f"n{i}"), errand())
            await client.close()
            await again.close()
            return outcomes, paid, len(server.requests)

    outcomes, paid, after = asyncio.run(go())
    assert paid == after == 10
    assert [type(o).__name__ for o in outcomes] == ["Answer"] * 10 + ["SpendingCapReached"] * 4
    assert "llm.max_cost 15" in str(outcomes[-1])


def test_a_cap_allows_for_what_other_processes_have_in_flight(client_for: Any) -> None:
    """One answer costs 1. Each of two processes may have half of what the cap leaves in flight."""
    answer = completion("yes", prompt_tokens=0, completion_tokens=1_000_000)

    async def go() -> int:
        prices = {"prices": Prices(input=0, output=1)}
        script = lambda body, n: Reply(answer, delay=0.5 if n > 1 else 0)  # noqa: E731
        async with ScriptedServer(script) as server:
            client = client_for(server.url, model=prices, max_cost=10.0)
            (first,) = await ask_many(client, 1)
            other = Journal(client.journal.folder, client.journal.run)
            await other.append(request("another's"), first, Tag(), 1.0)
            await asyncio.sleep(0.15)  # after which it must be seen
            await asyncio.gather(
                *(client.complete("m", request(f"m{n}"), errand()) for n in range(20)),
                return_exceptions=True,
            )
            await client.close()
            return server.peak

    assert asyncio.run(go()) == 4  # 2 spent; a fifth would make it 2 + 2 x 5


def test_an_open_breaker_lets_one_trial_through_at_a_time() -> None:
    endpoint = Endpoint(EndpointSettings(url="http://nowhere/v1", in_flight=16))
    endpoint.take(1, 0.0)
    for _ in range(BREAK_AFTER):
        endpoint.in_flight += 1
        endpoint.failed(Unreachable("gone"), 0.0)
    endpoint.in_flight = 0
    assert not endpoint.room(0.0)
    later = endpoint.paused_until + 0.1
    assert endpoint.room(later)
    endpoint.take(1, later)
    assert not endpoint.room(later)
    endpoint.succeeded("r", 0.1, 0.0)
    assert endpoint.room(later)
    endpoint.take(1, later)
    assert endpoint.room(later)


def test_once_the_run_is_stopped_nothing_more_is_sent_but_what_flies_is_kept(
    client_for: Any,
) -> None:
    async def go() -> tuple[list[str], int]:
        def script(body: Any, n: int) -> Reply:
            return Reply(GOOD, delay=0.2) if n == 1 else Reply({}, 401)

        async with ScriptedServer(script) as server:
            client = client_for(server.url)
            outcomes = await asyncio.gather(
                *(client.complete("m", request(f"n{i}"), errand()) for i in range(2)),
                return_exceptions=True,
            )
            outcomes += await ask_many(client, 5)
            await client.close()
            return [type(o).__name__ for o in outcomes], len(server.requests)

    names, sent = asyncio.run(go())
    assert names == ["Answer", "EndpointUnusable", "Answer", *["EndpointUnusable"] * 4]
    assert sent == 2


def test_a_loop_that_ends_hangs_up(client_for: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody closes this client: no connection may be left, and nothing said about one."""

    async def go() -> Any:
        async with ScriptedServer(lambda body, n: completion("well")) as server:
            client = client_for(server.url)
            await client.complete("m", request("hello"), errand())
            return client.transport._session

    session = asyncio.run(go())
    assert session.closed
    del session
    gc.collect()
    assert "Unclosed" not in caplog.text
