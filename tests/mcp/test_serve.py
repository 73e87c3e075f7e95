"""A served world under the official client: listing, calls, errors as specified, sessions."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client

from factory.commands.mcp import _authored
from factory.mcp.serve import PAGE, World, as_tool, server_of

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "factory.cli", "mcp", "serve", "bicycle_shop"]


@pytest.fixture(scope="module")
def shop():
    """(domain, tools) of the bicycle shop."""
    return _authored("bicycle_shop")


def world(shop, seed=0):
    return World(*shop, seed)


def plain(tool):
    return tool.model_dump(by_alias=True, exclude_none=True, mode="json")


async def check_all(client, known):
    """Lists, calls a read and a write, breaks every rule once; returns the listed tools."""
    search, restock = known
    tools = {tool.name: plain(tool) for tool in (await client.list_tools()).tools}
    found = await client.call_tool(search, {})
    assert not found.is_error
    jsonschema.validate(found.structured_content, tools[search]["outputSchema"])
    part = found.structured_content["parts"][0]
    with pytest.raises(MCPError) as caught:
        await client.call_tool("no_such_tool", {})
    assert caught.value.error.code == -32602
    wrong = await client.call_tool(search, {"limit": "many"})
    assert wrong.is_error
    assert "limit" in wrong.content[0].text
    missing = await client.call_tool(restock, {"part_id": "PA-0", "units": 2})
    assert missing.is_error
    assert "PA-0" in missing.content[0].text
    assert missing.structured_content is None
    done = await client.call_tool(restock, {"part_id": part["part_id"], "units": 2})
    assert not done.is_error, done.content
    jsonschema.validate(done.structured_content, tools[restock]["outputSchema"])
    assert done.structured_content["part"]["stock"] == part["stock"] + 2
    return tools


@pytest.fixture(scope="module")
def known(shop):
    """(name of the tool that searches parts, of the one that restocks a part): the wording of
    names is drawn."""
    names = {o["code"]: o["name"].replace("-", "_") for o in shop[0]["operations"]}
    return names["orders.search_products"], names["orders.restock"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_are_listed_and_called_in_process_in_both_eras(shop, known, mode):
    async def run():
        async with Client(server_of(world(shop)), mode=mode) as client:
            return await check_all(client, known)

    listed = asyncio.run(run())
    assert listed == {tool["name"]: plain(as_tool(tool)) for tool in shop[1]}
    for tool in listed.values():
        assert tool["annotations"].keys() >= {"readOnlyHint", "destructiveHint", "idempotentHint"}


def test_every_tool_answers_or_refuses_and_structured_content_fits_its_schema(shop):
    import random

    from factory.tools.draw import draw_arguments

    async def run():
        here = world(shop)
        rng = random.Random(3)
        answered = 0
        async with Client(server_of(here)) as client:
            for tool in shop[1]:
                for _ in range(4):
                    arguments = draw_arguments(
                        tool["program"], here.state(""), shop[0]["world"], rng
                    )
                    result = await client.call_tool(tool["name"], arguments)
                    if result.is_error:
                        code = result.content[0].text.partition(":")[0]
                        assert code in tool["proof"]["errors_declared"]
                    else:
                        jsonschema.validate(result.structured_content, tool["outputSchema"])
                        answered += 1
        return answered

    assert asyncio.run(run()) > len(shop[1])


def test_a_long_listing_comes_in_pages(shop):
    domain, tools = shop
    many = [{**tools[0], "name": f"tool_{n}"} for n in range(2 * PAGE + 3)]

    async def run():
        async with Client(server_of(World(domain, many, 0))) as client:
            found, cursor = [], None
            while True:
                page = await client.list_tools(cursor=cursor)
                found += [tool.name for tool in page.tools]
                cursor = page.next_cursor
                if cursor is None:
                    break
            with pytest.raises(MCPError):
                await client.list_tools(cursor="elsewhere")
            return found

    assert asyncio.run(run()) == [tool["name"] for tool in many]


def test_sessions_do_not_see_each_other_and_the_oldest_is_forgotten(shop, known, monkeypatch):
    monkeypatch.setattr("factory.mcp.serve.MAX_SESSIONS", 2)
    _, restock = known
    here = world(shop)
    part = here.state("a").ids("part")[0]
    start = here.state("a").hash()
    assert here.call("a", restock, {"part_id": part, "units": 1}).ok
    assert here.state("b").hash() == start
    assert here.state("a").hash() != start
    here.state("c")
    assert set(here.sessions) == {"a", "c"}
    assert world(shop, seed=1).state("a").hash() != start


def test_the_command_serves_over_stdio(known):
    parameters = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], cwd=ROOT)

    async def run():
        async with Client(stdio_client(parameters)) as client:
            return await check_all(client, known)

    assert len(asyncio.run(run())) >= 20


@contextmanager
def over_http():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*COMMAND, "--http", str(port)], cwd=ROOT)
    try:
        for _ in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


def test_the_command_serves_over_http_with_a_world_for_each_session(known):
    async def run(url):
        async with Client(url) as first, Client(url) as second:
            await check_all(first, known)
            await check_all(second, known)  # finds the stock as the first found it
            return str(first.protocol_version)

    with over_http() as url:
        version = asyncio.run(run(url))
        assert re.fullmatch(r"2025-\d\d-\d\d", version)
        request = urllib.request.Request(
            url, b"{}", {"MCP-Protocol-Version": "2026-07-28", "Content-Type": "application/json"}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == 400
        assert b"-32022" in caught.value.read()


def test_an_unknown_domain_is_a_usage_error_that_names_near_ones():
    command = [*COMMAND[:-1], "bicycle_shp"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 2
    assert "bicycle_shop" in done.stderr
