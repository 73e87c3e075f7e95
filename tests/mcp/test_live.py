"""Tools of real servers executed in their own processes; what servers do wrong ends as a result."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from factory.mcp.live import LiveServers, Result, as_result
from factory.records import make
from factory.tasks.environment import Environment, Toolbox
from factory.tasks.transcript import Transcript
from factory.trajectories.simulator import NoSimulator, RealServers, stand_in

SERVER = """
import json, os, sys, time
for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    def say(**body):
        print(json.dumps({"jsonrpc": "2.0", "id": call["id"], **body}), flush=True)
    if call["method"] == "initialize":
        say(result={"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                    "serverInfo": {"name": "s", "version": "1"}})
    elif call["method"] == "tools/call":
        name = call["params"]["name"]
        text = {"environment": json.dumps(dict(os.environ)), "big": "x" * 200_000}.get(name, "no")
        if name == "crash":
            os._exit(3)
        if name == "hang":
            time.sleep(600)
        if name == "count":
            count = globals().get("count", 0) + 1
            text = json.dumps({"count": count})
        body = {"content": [{"type": "text", "text": text}], "isError": name == "refuse"}
        say(result=body)
    else:
        say(result={"tools": []})
"""


def ask(tmp_path: Path, *tools: str, **more: Any) -> list[Result]:
    script = tmp_path / "server.py"
    script.write_text(SERVER)

    async def go() -> list[Result]:
        commands = {"s": [sys.executable, str(script)]}
        async with LiveServers(["s"], commands, **more) as servers:
            return [await servers.call("s", tool, {}) for tool in tools]

    return asyncio.run(go())


def test_a_session_lasts_as_long_as_the_conversation(tmp_path: Path) -> None:
    assert [r.body for r in ask(tmp_path, "count", "count")] == [{"count": 1}, {"count": 2}]
    assert [r.body for r in ask(tmp_path, "count")] == [{"count": 1}]


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        ("crash", "call_failed"),
        ("hang", "timeout"),
        ("refuse", "tool_error"),
        ("big", "result_too_large"),
    ],
)
def test_what_a_server_does_wrong_is_a_result(tmp_path: Path, tool: str, code: str) -> None:
    (result,) = ask(tmp_path, tool, call_seconds=1.5)
    assert result.is_error and result.body["error"]["code"] == code


def test_a_server_that_can_not_start_is_told_once_and_for_all() -> None:
    async def go() -> list[Result]:
        async with LiveServers(["s"], {"s": ["/nonexistent/server"]}) as servers:
            return [await servers.call("s", "a", {}), await servers.call("s", "b", {})]

    first, second = asyncio.run(go())
    assert first is second and first.body["error"]["code"] == "server_unavailable"


def test_no_variable_of_the_user_reaches_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "hunter2")
    (result,) = ask(tmp_path, "environment")
    assert "PATH" in result.body and "MY_SECRET" not in result.body


def test_pictures_are_named_as_left_out() -> None:
    answer = {"content": [{"type": "image", "data": "..."}, {"type": "text", "text": "a map"}]}
    assert as_result(answer) == Result({"text": "a map", "left_out": ["image"]}, False)


def test_a_real_server_answers_in_a_conversation() -> None:
    """mcp-server-time, installed beside us, over stdio."""
    pytest.importorskip("mcp_server_time")
    properties = {
        name: {"type": "string"} for name in ("source_timezone", "time", "target_timezone")
    }
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    body = {
        "name": "time_convert",
        "original_name": "convert_time",
        "description": "Convert time between time zones",
        "inputSchema": schema,
        "origin": "real",
        "server": "time",
        "licence": "MIT",
        "annotations": {},
    }
    tool = make("tool", body, parents=[], stage="tools", author="test", seed=0)
    environment = Environment(Toolbox({"time_convert": tool}, {}), "seed")
    transcript = Transcript(environment)
    arguments = {
        "source_timezone": "Asia/Kolkata",
        "time": "12:00",
        "target_timezone": "Asia/Tokyo",
    }
    calls = [("time_convert", arguments), ("time_convert", {"time": "12:00"})]

    async def go() -> None:
        async with LiveServers(["time"]) as servers:
            await stand_in(RealServers(servers, NoSimulator()), environment, calls, {}, 0)

    asyncio.run(go())
    transcript.assistant("", calls)
    good, bad = (json.loads(m["content"]) for m in transcript.messages if m["role"] == "tool")
    assert good["target"]["datetime"].split("T")[1].startswith("15:30")
    assert bad["error"]["code"] == "invalid_arguments"
    assert [event["outside"] for event in transcript.events] == ["server", "schema"]
