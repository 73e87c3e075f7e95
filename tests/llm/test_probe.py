"""What an endpoint can do is found out by asking, and what it refuses is not sent."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factory.llm.adapt import as_sent
from factory.llm.errors import EndpointUnusable
from factory.llm.probe import preflight
from factory.llm.profile import Profile
from factory.llm.request import Request
from factory.llm.settings import EndpointSettings, ModelSettings
from tests.llm.scripted_server import Reply, ScriptedServer, completion

CALL = {"id": "1", "type": "function", "function": {"name": "ping", "arguments": '{"word":"p"}'}}


def able(body: dict[str, Any]) -> dict[str, Any]:
    """An endpoint that honours everything."""
    if "tools" in body:
        return completion("", message={"tool_calls": [CALL]})
    if "response_format" in body:
        return completion({"probe": "k2-data-factory"})
    answer = completion("ready")
    return {**answer, "choices": answer["choices"] * body.get("n", 1)}


def without(field: str, refuse: bool) -> Callable[[dict[str, Any], int], Any]:
    """An endpoint that ignores one field of a request, or refuses requests that have it."""

    def script(body: dict[str, Any], _: int) -> Any:
        if field in body and refuse:
            return Reply({"error": {"message": f"unknown field {field}"}}, status=400)
        if field == "tool_choice" and "tool_choice" not in body and "tools" in body:
            return able(body)
        heard = {key: value for key, value in body.items() if key != field}
        if field == "tool_choice" and "tools" in heard and "tool_choice" in body:
            return completion("pong")
        return able(heard)

    return script


def profile_of(script: Any, folder: Path) -> Profile:
    async def go() -> None:
        async with ScriptedServer(script) as server:
            model = ModelSettings(name="m", endpoints=(EndpointSettings(url=server.url),))
            await preflight({"m": model}, str(folder))

    asyncio.run(go())
    (file,) = folder.glob("profile-*.json")
    return Profile(**json.loads(file.read_text())["profile"])


@pytest.mark.parametrize("refuse", [False, True], ids=["ignored", "refused"])
@pytest.mark.parametrize(
    ("field", "lacking"),
    [
        ("response_format", {"json_schema", "json_object"}),
        ("tools", {"tools", "tool_choice"}),
        ("tool_choice", {"tool_choice"}),
        ("n", {"n"}),
        ("seed", {"seed"}),
    ],
)
def test_what_an_endpoint_lacks_is_found_out(
    tmp_path: Path, field: str, lacking: set[str], refuse: bool
) -> None:
    if field == "seed" and not refuse:
        lacking = set()  # whether a seed is heeded can't be seen from outside
    profile = profile_of(without(field, refuse), tmp_path)
    assert {name for name, value in vars(profile).items() if not value} == lacking


def test_a_refused_seed_is_not_sent() -> None:
    model = ModelSettings(name="m", endpoints=(EndpointSettings(url="http://x/v1"),))
    request = Request("m", "", {"messages": []}, sample=3)
    assert as_sent(request, model, Profile())["seed"] == 3
    assert "seed" not in as_sent(request, model, Profile(seed=False), failures=1)


def test_a_server_that_is_busy_or_broken_at_first_is_not_taken_for_one_that_can_less(
    tmp_path: Path,
) -> None:
    def at(numbers: range, fault: Reply) -> Callable[[dict[str, Any], int], Any]:
        return lambda body, n: fault if n in numbers else able(body)

    busy = Reply({}, 429, {"Retry-After": "0.1"})
    to_greeting, to_all_tries = range(1, 3), range(2, 2 + 6 * 3)
    scripts = [
        *(at(to_greeting, fault) for fault in (busy, Reply({}, 500), Reply(reset=True))),
        at(to_all_tries, busy),
    ]
    for number, script in enumerate(scripts):
        assert all(vars(profile_of(script, tmp_path / str(number))).values())


def test_a_server_that_stays_busy_ends_the_start_in_bounded_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("factory.llm.probe.BUSY_SECONDS", 1.0)
    started = time.monotonic()
    with pytest.raises(EndpointUnusable, match="429 come later"):
        profile_of(lambda body, n: Reply({"error": {"message": "come later"}}, 429), tmp_path)
    assert time.monotonic() - started < 3
    assert not list(tmp_path.glob("profile-*"))
