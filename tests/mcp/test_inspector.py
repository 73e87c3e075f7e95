"""A served world under the command line of the npm inspector: another maker's client."""

from __future__ import annotations

import json
import shutil
import subprocess

import jsonschema
import pytest

from factory.commands.mcp import _authored
from tests.mcp.test_serve import COMMAND, ROOT, over_http

pytestmark = pytest.mark.slow
PACKAGE = "@modelcontextprotocol/inspector@0.15"


@pytest.fixture(scope="module")
def inspect(tmp_path_factory):
    """(target, *options) -> (exit status, the answer or what was said)."""
    npm, home = shutil.which("npm"), tmp_path_factory.mktemp("inspector")
    if npm is None:
        pytest.skip("npm is not installed")
    install = [npm, "install", "--silent", "--ignore-scripts", "--no-audit", PACKAGE]
    if subprocess.run(install, cwd=home, timeout=300, check=False).returncode:
        pytest.skip("npm cannot install the inspector here")
    program = str(home / "node_modules" / ".bin" / "mcp-inspector")

    def ask(target, *options):
        command = [program, "--cli", *target, *options]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        return done.returncode, json.loads(done.stdout) if not done.returncode else done.stderr

    return ask


@pytest.fixture(scope="module")
def names():
    domain, _ = _authored("bicycle_shop")
    names = {o["code"]: o["name"].replace("-", "_") for o in domain["operations"]}
    return names["orders.search_products"], names["orders.restock"]


def call(name, *arguments):
    given = [part for argument in arguments for part in ("--tool-arg", argument)]
    return ["--method", "tools/call", "--tool-name", name, *given]


def check(inspect, target, names):
    """Lists, reads, breaks every rule once; returns a part."""
    search, restock = names
    status, listed = inspect(target, "--method", "tools/list")
    assert status == 0
    tools = {tool["name"]: tool for tool in listed["tools"]}
    assert len(tools) >= 20
    status, found = inspect(target, *call(search, "limit=2"))
    assert (status, found["isError"]) == (0, False)
    jsonschema.validate(found["structuredContent"], tools[search]["outputSchema"])
    status, said = inspect(target, *call("no_such_tool"))
    assert status == 1
    assert "-32602" in said
    _, wrong = inspect(target, *call(search, "limit=0"))
    assert wrong["isError"]
    assert "limit" in wrong["content"][0]["text"]
    _, missing = inspect(target, *call(restock, "part_id=PA-0", "units=2"))
    assert missing["isError"]
    assert "PA-0" in missing["content"][0]["text"]
    return found["structuredContent"]["parts"][0]


def restocked(inspect, target, names, part):
    _, done = inspect(target, *call(names[1], f"part_id={part['part_id']}", "units=2"))
    assert not done["isError"]
    return done["structuredContent"]["part"]["stock"]


def test_the_inspector_lists_and_calls_over_stdio(inspect, names):
    part = check(inspect, COMMAND, names)
    assert restocked(inspect, COMMAND, names, part) == part["stock"] + 2


def test_the_inspector_lists_and_calls_over_http_each_call_a_session_of_its_own(inspect, names):
    with over_http() as url:
        target = [url, "--transport", "http"]
        part = check(inspect, target, names)
        for _ in range(2):  # the second session does not see what the first did
            assert restocked(inspect, target, names, part) == part["stock"] + 2
