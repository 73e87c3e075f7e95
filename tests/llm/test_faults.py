"""Every way a server can misbehave ends as the recipe says, counted, in bounded time."""

from __future__ import annotations

import asyncio
import email.utils
import time
from typing import Any

import pytest

from factory.llm.errors import EndpointUnusable, ModelFailed, RequestRefused
from tests.llm.asking import errand, request
from tests.llm.scripted_server import Reply, ScriptedServer, completion

GOOD = completion({"ok": True})


def ask(client_for: Any, script: Any, *, seconds: float = 5.0, **llm: Any) -> tuple[Any, Any, Any]:
    """(answer or exception, counts of the errand, server) of one request."""

    async def go() -> tuple[Any, Any, Any]:
        async with ScriptedServer(script) as server:
            client = client_for(server.url, **llm)
            who = errand(seconds)
            try:
                outcome: Any = await client.complete("m", request("hello"), who)
            except Exception as error:
                outcome = error
            await client.close()
            return outcome, who.tally.as_json()["rewriter|m"], server

    return asyncio.run(go())


def after(faults: int, fault: Reply) -> Any:
    """A script: so many faults, then a good answer."""
    return lambda body, n: fault if n <= faults else GOOD


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "counted"),
    [
        (Reply({"error": {"message": "slow down"}}, 429), "throttled"),
        (Reply({"error": {"message": "overloaded"}}, 503), "throttled"),
        (Reply({"error": {"message": "oops"}}, 500), "failed"),
        (Reply(b"<html>bad gateway</html>", 502), "failed"),
        (Reply({}, 408), "failed"),
        (Reply({}, 409), "failed"),
        (Reply({}, 425), "failed"),
        (Reply(reset=True), "failed"),
        (Reply(GOOD, cut=40), "failed"),
        (Reply(b'{"choices": [{"mess'), "failed"),
        (Reply(b"<html>login</html>"), "failed"),
        (Reply(b""), "failed"),
        (Reply([1, 2]), "failed"),
        (Reply({"choices": []}), "failed"),
        (Reply({"choices": [{"message": {"content": 7}}]}), "failed"),
        (Reply({"error": {"message": "in a 200"}}), "failed"),
        (Reply(completion("x" * 50_000)), "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.status} {str(value.body)[:25]}",
)
def test_a_passing_fault_is_retried(client_for: Any, fault: Reply, counted: str) -> None:
    outcome, counts, server = ask(client_for, after(2, fault), max_answer_bytes=20_000)
    assert outcome.text == '{"ok": true}', outcome
    assert counts["sent"] == len(server.requests) == 3
    assert counts[counted] == counts["retried"] == 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_request_is_not_sent_again(client_for: Any, status: int) -> None:
    outcome, counts, server = ask(
        client_for, lambda b, n: Reply({"error": {"message": "no"}}, status)
    )
    assert isinstance(outcome, RequestRefused)
    assert (outcome.reason, len(server.requests)) == ("llm_refused", 1)
    assert "no" in outcome.detail


def test_a_500_that_blames_the_request_counts_as_a_refusal(client_for: Any) -> None:
    body = {"detail": "1 validation error for ChatCompletionRequest"}
    outcome, _, server = ask(client_for, lambda b, n: Reply(body, 500))
    assert isinstance(outcome, RequestRefused)
    assert len(server.requests) == 1


def test_a_context_that_is_too_long_has_a_reason_of_its_own(client_for: Any) -> None:
    body = {"error": {"message": "This model's maximum context length is 8192 tokens."}}
    outcome, _, _ = ask(client_for, lambda b, n: Reply(body, 400))
    assert outcome.reason == "llm_context_too_long"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": {"message": "bad key"}}),
        (403, {}),
        (404, {"error": {"message": "no such model"}}),
        (402, {}),
        (307, {}),
        (429, {"error": {"message": "quota", "code": "insufficient_quota"}}),
    ],
)
def test_an_endpoint_that_gives_nothing_ends_the_run(
    client_for: Any, status: int, body: Any
) -> None:
    outcome, _, server = ask(client_for, lambda b, n: Reply(body, status))
    assert isinstance(outcome, EndpointUnusable)
    assert str(status) in str(outcome)
    assert len(server.requests) == 1


def test_a_missing_key_is_named_by_its_variable(client_for: Any) -> None:
    outcome, _, _ = ask(client_for, lambda b, n: Reply({}, 401))
    assert "$OPENAI_API_KEY" in str(outcome)


def test_retry_after_in_seconds_is_honoured(client_for: Any) -> None:
    _, _, server = ask(client_for, after(1, Reply({}, 429, {"Retry-After": "0.6"})))
    assert 0.6 <= server.times[1] - server.times[0] < 1.2


def test_retry_after_as_a_date_is_honoured(client_for: Any) -> None:
    moment = email.utils.formatdate(time.time() + 2, usegmt=True)
    _, _, server = ask(client_for, after(1, Reply({}, 429, {"Retry-After": moment})))
    assert 0.9 <= server.times[1] - server.times[0] < 2.5


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(client_for: Any) -> None:
    started = time.monotonic()
    outcome, _, _ = ask(client_for, lambda b, n: Reply({}, 429, {"Retry-After": "60"}), seconds=2)
    assert isinstance(outcome, ModelFailed)
    assert outcome.reason == "llm_deadline"
    assert time.monotonic() - started < 1


@pytest.mark.usefixtures("quick")
def test_a_server_error_that_stays_uses_up_the_attempts(client_for: Any) -> None:
    outcome, counts, server = ask(client_for, lambda b, n: Reply({}, 500), attempts=4)
    assert (outcome.reason, counts["failed"]) == ("llm_server_error", 4)
    assert len(server.requests) == 4


@pytest.mark.usefixtures("quick")
def test_an_answer_that_breaks_its_server_is_drawn_anew(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        return GOOD if body.get("seed") else Reply({"error": {"message": "unparsed"}}, 500)

    outcome, _, server = ask(client_for, script)
    assert outcome.text == '{"ok": true}'
    assert len(server.requests) == 2


@pytest.mark.usefixtures("quick")
def test_throttling_is_bounded_by_the_deadline_alone(client_for: Any) -> None:
    outcome, counts, _ = ask(client_for, lambda b, n: Reply({}, 429), seconds=1, attempts=2)
    assert outcome.reason == "llm_deadline"
    assert counts["throttled"] > 2


@pytest.mark.parametrize(
    "script",
    [lambda b, n: Reply(GOOD, delay=60), lambda b, n: Reply(GOOD, drip=0.2)],
    ids=["hangs", "drips"],
)
def test_a_stalled_server_costs_a_record_its_deadline_and_no_more(
    client_for: Any, script: Any
) -> None:
    started = time.monotonic()
    outcome, counts, _ = ask(client_for, script, seconds=1.0, request_seconds=0.3)
    assert outcome.reason in ("llm_deadline", "llm_timeout")
    assert counts["failed"] >= 1
    assert time.monotonic() - started < 1.6


@pytest.mark.usefixtures("quick")
def test_a_dead_server_is_told_fast_once_it_is_known_to_be_dead(client_for: Any) -> None:
    async def go() -> tuple[list[str], float]:
        async with ScriptedServer(lambda b, n: GOOD) as server:
            url = server.url
        client = client_for(url, record_seconds=0.5)
        first = [_reason(client, str(i)) for i in range(20)]
        reasons = await asyncio.gather(*first)
        started = time.monotonic()
        reasons += await asyncio.gather(*(_reason(client, f"late {i}") for i in range(200)))
        await client.close()
        return reasons, time.monotonic() - started

    async def _reason(client: Any, text: str) -> str:
        try:
            await client.complete("m", request(text), errand(0.5, record=text))
        except ModelFailed as error:
            return error.reason
        return "answered"

    reasons, late = asyncio.run(go())
    assert set(reasons) <= {"llm_deadline", "llm_unavailable"}
    assert reasons.count("llm_unavailable") > 150
    assert late < 1.5


@pytest.mark.usefixtures("quick")
def test_a_server_that_fails_at_one_role_is_tried_for_the_next(client_for: Any) -> None:
    async def go() -> tuple[str, str]:
        def script(body: Any, n: int) -> Any:
            return Reply({}, 500) if "agent" in body["messages"][0]["content"] else GOOD

        async with ScriptedServer(script) as server:
            client = client_for(server.url, record_seconds=0.4, attempts=2)

            async def reason(number: int) -> str:
                try:
                    text = f"agent {number}"
                    await client.complete("m", request(text), errand(0.4, text, "agent"))
                except ModelFailed as error:
                    return error.reason
                return "answered"

            await asyncio.gather(*(reason(n) for n in range(20)))
            await asyncio.sleep(0.2)
            late = await asyncio.gather(*(reason(n) for n in range(20, 40)))
            answer = await client.complete("m", request("rewrite"), errand(2.0, role="rewriter"))
            await client.close()
            return max(late), answer.text

    assert asyncio.run(go()) == ("llm_unavailable", '{"ok": true}')


@pytest.mark.usefixtures("quick")
def test_an_answer_of_another_model_is_counted_or_refused(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        return completion("hi", model="somebody else")

    answer, counts, _ = ask(client_for, script)
    assert (answer.text, counts["other_model"]) == ("hi", 1)
    outcome, counts, _ = ask(
        client_for, script, model={"answers_as": ("scripted",)}, attempts=2, folder="memory://names"
    )
    assert outcome.reason == "llm_malformed"


def test_answers_that_share_an_id_are_kept_apart_and_counted(client_for: Any) -> None:
    async def go() -> tuple[list[str], int]:
        def script(body: Any, n: int) -> Any:
            return completion(body["messages"][0]["content"].upper(), id="the same")

        async with ScriptedServer(script) as server:
            client = client_for(server.url)
            errands = [errand(), errand(), errand()]
            answers = await asyncio.gather(
                *(client.complete("m", request(t), e) for t, e in zip("abc", errands, strict=True))
            )
            await client.close()
            counts = [e.tally.as_json()["rewriter|m"].get("repeated_id", 0) for e in errands]
            return [answer.text for answer in answers], sum(counts)

    assert asyncio.run(go()) == (["A", "B", "C"], 2)


def test_ids_are_remembered_for_a_while_and_not_for_ever(
    client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("factory.llm.client.IDS_REMEMBERED", 5)

    async def go() -> tuple[list[int], int]:
        ids = iter(["a", "b", "a", *(f"n{n}" for n in range(12)), "a"])
        async with ScriptedServer(lambda body, n: completion("x", id=next(ids))) as server:
            client = client_for(server.url)
            counts = []
            for n in range(16):
                who = errand()
                await client.complete("m", request(str(n)), who)
                counts.append(who.tally.as_json()["rewriter|m"].get("repeated_id", 0))
            await client.close()
            return counts, len(client._ids) + len(client._older_ids)

    counts, held = asyncio.run(go())
    assert [n for n, count in enumerate(counts) if count] == [2]
    assert held <= 10


def test_halves_of_surrogate_pairs_do_not_break_the_journal(client_for: Any) -> None:
    answer, _, _ = ask(
        client_for, lambda b, n: Reply(b'{"choices":[{"message":{"content":"a\\ud83d"}}]}')
    )
    assert answer.text == "a\ufffd"
