"""Harvest: servers that misbehave end in one line about them; folders, snapshots and HTTP are
read; nothing of the environment leaks."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
import time
from pathlib import Path

import pytest

from factory.authors import lone_context
from factory.commands.harvest import execute
from factory.mcp.catalogue import CatalogueError, read_catalogue
from factory.mcp.harvest import HarvestError, harvest_url, list_tools
from factory.stage import Reject
from factory.tools.adopt import adopt

SERVER = """
import json, os, sys, time
MODE = sys.argv[1]
def say(call, **body):
    print(json.dumps({"jsonrpc": "2.0", "id": call["id"], **body}), flush=True)
def tool(n, **more):
    return {"name": f"tool_{n}", "inputSchema": {"type": "object"}, **more}
page = 0
for line in sys.stdin:
    call = json.loads(line)
    if "id" not in call:
        continue
    if call["method"] == "initialize":
        say(call, result={"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                          "serverInfo": {"name": "s", "version": "1"}})
    elif call["method"] == "tools/list":
        page += 1
        if MODE == "crash" and page == 2:
            print("segmentation fault, probably", file=sys.stderr, flush=True); os._exit(3)
        if MODE == "hang" and page == 2:
            time.sleep(600)
        result = {"tools": [tool(page)]}
        if MODE in ("crash", "hang"):
            result["nextCursor"] = str(page)
        if MODE == "loop":
            result["nextCursor"] = ["a", "b"][page % 2]
        if MODE == "endless":
            result["nextCursor"] = str(page)
        if MODE == "twice":
            result["tools"] = [tool(1), tool(1)]
        if MODE == "fat":
            result["tools"] = [tool(1, description="x" * 10_000_000), tool(2)]
        if MODE == "liar":
            result["tools"] = [tool(1), {"name": "t", "inputSchema": "none of your business"}]
        if MODE == "odd":
            result["tools"] = [tool(1), {"name": "t", "inputSchema": {"type": "object",
                               "properties": {"a": {"type": "any"}}}}]
        if MODE == "environment":
            result["tools"] = [tool(1, description=json.dumps(dict(os.environ)))]
        if MODE == "stubborn":
            import signal
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print(os.getpid(), file=open(sys.argv[2], "w"), flush=True)
            time.sleep(600)
        say(call, result=result)
    else:
        say(call, error={"code": -32601, "message": "no such method"})
"""


@pytest.fixture
def server(tmp_path):
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    return [sys.executable, str(script)]


def listed(command, mode, *more, limit=20.0):
    return asyncio.run(list_tools("odd one", [*command, mode, *more], limit))[1]


def adopted(tools):
    listing = {"id": "0" * 32, "server": {"name": "s"}, "source": {"catalogue": "c"},
               "tools": tools}  # fmt: skip
    out = asyncio.run(adopt(listing, lone_context(record_id="x", stage="tools")))
    return [item.reason if isinstance(item, Reject) else item["name"] for item in out]


@pytest.mark.parametrize(
    ("mode", "limit", "words"),
    [
        ("crash", 20, "it said: segmentation fault, probably"),
        ("hang", 2, "no listing within 2 s"),
        ("loop", 20, "comes back after"),
        ("endless", 60, "no end after 200 pages"),
        ("liar", 20, "inputSchema"),
    ],
)
def test_a_server_without_an_end_or_a_sound_answer_is_named_with_the_reason(
    server, mode, limit, words
):
    with pytest.raises(HarvestError, match="server odd one") as caught:
        listed(server, mode, limit=limit)
    assert words in str(caught.value)


def test_repeated_oversized_and_invalid_entries_are_rejects_and_the_rest_stays(server):
    assert adopted(listed(server, "twice")) == ["tool_1", "duplicate_tool_name"]
    fat = listed(server, "fat")
    assert len(json.dumps(fat)) < 300_000
    assert adopted(fat) == ["description_too_long", "tool_2"]
    assert adopted(listed(server, "odd")) == ["tool_1", "invalid_input_schema"]


def test_a_server_sees_no_secret_of_the_environment(server, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "swordfish")
    (tool,) = listed(server, "environment")
    assert "swordfish" not in json.dumps(tool)
    assert "PATH" in tool["description"]


def test_no_server_outlives_its_harvest(server, tmp_path):
    note = tmp_path / "pid"
    with pytest.raises(HarvestError):
        listed(server, "stubborn", str(note), limit=2)
    pid = int(note.read_text())
    for _ in range(50):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.1)
    raise AssertionError(f"process {pid} still runs")


# ---- HTTP

HTTP_SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("Authorization") != "Bearer swordfish":
            self.send_response(401); self.end_headers(); return
        if "id" not in call:
            self.send_response(202); self.end_headers(); return
        if call["method"] == "initialize":
            body = {"result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                               "serverInfo": {"name": "h", "version": "1"}}}
        elif call["method"] == "tools/list":
            body = {"result": {"tools": [{"name": "far", "inputSchema": {"type": "object"}}]}}
        else:
            body = {"error": {"code": -32601, "message": "no such method"}}
        data = json.dumps({"jsonrpc": "2.0", "id": call["id"], **body}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        self.send_response(405); self.end_headers()
    def do_DELETE(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *a): pass
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def url(tmp_path):
    import subprocess

    script = tmp_path / "http_server.py"
    script.write_text(HTTP_SERVER)
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/mcp"
    finally:
        process.kill()
        process.wait()


def test_a_server_at_a_url_is_listed_with_headers_from_the_environment(url, monkeypatch):
    headers = {"Authorization": "Bearer $MCP_TEST_TOKEN"}
    with pytest.raises(HarvestError, match="MCP_TEST_TOKEN"):
        asyncio.run(harvest_url("far", url, headers, 10))
    monkeypatch.setenv("MCP_TEST_TOKEN", "swordfish")
    listing = asyncio.run(harvest_url("far", url, headers, 10))
    assert [tool["name"] for tool in listing["tools"]] == ["far"]
    assert listing["source"] == {"catalogue": "http:far"}
    assert "swordfish" not in json.dumps(listing)


def test_a_url_that_refuses_or_is_not_there_is_named(url):
    with pytest.raises(HarvestError, match="server far"):
        asyncio.run(harvest_url("far", url, {}, 10))
    with pytest.raises(HarvestError, match="server far"):
        asyncio.run(harvest_url("far", "http://127.0.0.1:9/mcp", {}, 10))


# ---- snapshots

ONE = {"name": "one", "inputSchema": {"type": "object"}}
TWO = {"name": "two", "inputSchema": {"type": "object"}}


def test_a_folder_of_snapshots_is_read_whatever_form_each_has(tmp_path):
    folder = tmp_path / "snapshots"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps({"tools": [ONE, TWO]}))
    (folder / "b.json").write_text(json.dumps({"jsonrpc": "2.0", "result": {"tools": [ONE]}}))
    (folder / "c.json.gz").write_bytes(gzip.compress(json.dumps([TWO]).encode()))
    line = {"server": {"name": "d"}, "source": {"catalogue": "x", "date": "2026-11-22"},
            "tools": [ONE]}  # fmt: skip
    (folder / "d.jsonl").write_text(json.dumps(line) + "\n")
    (folder / "one.json").write_text(json.dumps(ONE))
    (folder / "two.json").write_text(json.dumps(TWO))
    (folder / "README.md").write_text("not a catalogue")
    found = {entry["server"]["name"]: entry for entry in read_catalogue(folder)}
    counts = {name: len(entry["tools"]) for name, entry in found.items()}
    assert counts == {"a": 2, "b": 1, "c": 1, "d": 1, "snapshots": 2}
    assert found["d"]["source"]["date"] == "2026-11-22"
    assert list(read_catalogue(folder / "a.json"))[0]["tools"] == [ONE, TWO]
    assert list(read_catalogue(folder / "one.json"))[0]["tools"] == [ONE]


def test_a_snapshot_that_is_none_is_named(tmp_path):
    file = tmp_path / "x.json"
    for text in ("{", "3", '{"tools": 1}'):
        file.write_text(text)
        with pytest.raises(CatalogueError, match="x.json"):
            list(read_catalogue(file))


# ---- the command


def test_the_command_reports_each_failure_and_records_the_day(server, tmp_path, capsys):
    import argparse

    from factory.shards import open_dataset

    snapshot = tmp_path / "a.json"
    snapshot.write_text(json.dumps({"tools": [ONE]}))
    arguments = argparse.Namespace(
        server=[], command=[f"broken={' '.join(server)} crash"], url=[], header=[],
        catalog=[str(snapshot)], timeout=20.0, out=str(tmp_path / "out"), debug=False,
    )  # fmt: skip
    assert execute(arguments) == 0
    said = capsys.readouterr().out
    assert "harvest_failed: server broken" in said
    assert "1 servers, 1 tools" in said
    (row,) = open_dataset(tmp_path / "out" / "listing").rows()
    assert len(row["source"]["date"]) == 10
    assert os.environ.get("MY_API_KEY") is None
