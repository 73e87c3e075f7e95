"""Real tools: listed from a real server over stdio, read from catalogues, secrets taken out."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from pathlib import Path

import pytest

from factory.authors import lone_context
from factory.mcp.catalogue import CatalogueError, read_catalogue
from factory.mcp.harvest import HarvestError, harvest, harvest_command, list_tools
from factory.mcp.listings import record_listing
from factory.mcp.servers import known_servers, resolve
from factory.stage import Reject

PAGING_SERVER = """
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    if call["method"] == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                  "serverInfo": {"name": "pages", "version": "1"}}
    elif call["method"] == "tools/list":
        page = int(call.get("params", {}).get("cursor") or 0)
        result = {"tools": [{"name": f"tool_{page}", "inputSchema": {"type": "object"}}]}
        if page < 2:
            result["nextCursor"] = str(page + 1)
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": call["id"],
                          "error": {"code": -32601, "message": "no such method"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}), flush=True)
"""


def test_a_real_server_is_listed_verbatim_with_its_version_in_the_lineage() -> None:
    [(name, server, version)] = resolve(["time"])
    listing = asyncio.run(harvest(name, server, version, timeout_seconds=60))
    assert {tool["name"] for tool in listing["tools"]} == {"get_current_time", "convert_time"}
    assert all(tool["inputSchema"]["type"] == "object" for tool in listing["tools"])
    assert listing["server"]["version"] == version
    assert listing["source"]["catalogue"] == "stdio:mcp-server-time"
    assert listing == asyncio.run(harvest(name, server, version, timeout_seconds=60))


def test_all_pages_of_a_listing_are_read(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(PAGING_SERVER)
    _, tools = asyncio.run(list_tools("pages", [sys.executable, str(script)], 30))
    assert [tool["name"] for tool in tools] == ["tool_0", "tool_1", "tool_2"]


@pytest.mark.parametrize(
    ("command", "timeout", "words"),
    [
        ("no-such-program-here", 10, "broken"),
        (f"{sys.executable} -c 'print(1)'", 10, "broken"),
        (f"{sys.executable} -c 'import time; time.sleep(60)'", 1, "within 1 s"),
        (f"{sys.executable} -c 'raise SystemExit(\"no config\")'", 10, "it said: no config"),
    ],
    ids=["absent", "not a server", "silent", "with last words"],
)
def test_a_server_that_fails_or_stalls_is_named(command: str, timeout: float, words: str) -> None:
    with pytest.raises(HarvestError, match="server broken") as caught:
        asyncio.run(harvest_command("broken", command, timeout))
    assert words in str(caught.value)


def test_unknown_and_uninstalled_servers_say_what_to_do(monkeypatch) -> None:
    with pytest.raises(ValueError, match="unknown server nope; known: time"):
        resolve(["nope"])
    absent = known_servers()["time"].model_copy(update={"package": "not-a-package-of-ours"})
    monkeypatch.setattr("factory.mcp.servers.known_servers", lambda: {"time": absent})
    with pytest.raises(ValueError, match="pip install"):
        resolve(["time"])


def catalogue_line(**changes: object) -> str:
    entry = {
        "server": {"name": "s", "license": "MIT", "unknown": 1},
        "source": {"catalogue": "c", "license": "MIT"},
        "tools": [{"name": "t", "inputSchema": {"type": "object"}}],
    }
    return json.dumps(entry | changes)


def test_a_catalogue_is_read_plain_and_compressed(tmp_path: Path) -> None:
    plain, packed = tmp_path / "c.jsonl", tmp_path / "c.jsonl.gz"
    plain.write_text(catalogue_line() + "\n\n" + catalogue_line(tools=[]) + "\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    listings = list(read_catalogue(plain))
    assert listings == list(read_catalogue(packed)) and len(listings) == 2
    assert listings[0]["server"] == {"name": "s", "license": "MIT"}


@pytest.mark.parametrize(
    "line", ["{", "[]", json.dumps({"server": {}, "source": {}, "tools": []}), '{"tools": 1}']
)
def test_a_broken_catalogue_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text(catalogue_line() + "\n" + line + "\n")
    with pytest.raises(CatalogueError, match="line 2"):
        list(read_catalogue(file))


def test_a_truncated_catalogue_is_an_error_not_a_shorter_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "c.jsonl.gz"
    file.write_bytes(gzip.compress((catalogue_line() + "\n").encode() * 500)[:-20])
    with pytest.raises(CatalogueError, match="to its end"):
        list(read_catalogue(file))


def test_credentials_never_reach_a_listing_record() -> None:
    secret = "sk-" + "a1B2" * 8
    listing = {
        "server": {"name": "s"},
        "source": {"catalogue": "c"},
        "tools": [{"name": "t", "inputSchema": {"properties": {"k": {"default": secret}}}}],
    }
    [record] = asyncio.run(record_listing({"id": "x", "listing": listing}, lone_context()))
    assert secret not in json.dumps(record) and "[REDACTED]" in json.dumps(record)


def test_a_failed_harvest_and_an_empty_listing_become_rejects() -> None:
    empty = {"server": {"name": "s"}, "source": {"catalogue": "c"}, "tools": []}
    for entry, reason in (
        ({"failure": "gone"}, "harvest_failed"),
        ({"listing": empty}, "no_tools"),
    ):
        [reject] = asyncio.run(record_listing({"id": "x", **entry}, lone_context()))
        assert isinstance(reject, Reject) and reject.reason == reason
