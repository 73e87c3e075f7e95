"""List the tools of a running MCP server, over stdio or streamable HTTP, with the official SDK.

A foreign server may do anything: crash, hang, repeat itself for ever, answer with megabytes. Each
of that ends as a HarvestError that names the server, or as an entry cut to a size that the tools
stage then refuses with its reason.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from string import Template
from typing import Any, TextIO

from factory.mcp.servers import Server

Listing = dict[str, Any]
PASSED_ENVIRONMENT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
"""A server sees these variables only: no key or token of the user's leaks into it."""


MAX_PAGES = 200
MAX_TOOLS = 5_000  # of a server; the largest known has 253
MAX_ENTRY = 200_000  # characters of JSON that an entry may have before it is cut


class HarvestError(RuntimeError):
    """A server that could not be started or listed; the message says which and why."""


async def list_tools(
    name: str, command: Sequence[str], timeout_seconds: float
) -> tuple[str, list[dict[str, Any]]]:
    """(protocol version, verbatim `tools/list` entries) of a server that is started here, all
    pages. The process sees few variables of the environment and does not outlive the call.

    Raises HarvestError when it can't be started, answers wrongly or not within the time-out; what
    the server said last on its standard error goes into the message.
    """
    _need_sdk(name)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        return await _in_time(
            name, lambda: _over_stdio(command, said), timeout_seconds, lambda: _last_words(said)
        )


async def list_tools_over_http(
    name: str, url: str, headers: Mapping[str, str], timeout_seconds: float
) -> tuple[str, list[dict[str, Any]]]:
    """(protocol version, verbatim `tools/list` entries) of a server at a URL, all pages.

    ``headers``: sent with every request; `$NAME` in a value stands for a variable of the
    environment, so that no recipe holds a secret. Raises HarvestError, also for an unset variable.
    """
    _need_sdk(name)
    filled = {header: _from_environment(name, value) for header, value in headers.items()}
    return await _in_time(name, lambda: _over_http(url, filled), timeout_seconds, lambda: "")


def _need_sdk(name: str) -> None:
    if importlib.util.find_spec("mcp") is None:
        raise HarvestError(
            f"server {name}: listing it needs the mcp SDK: pip install 'k2-data-factory[mcp]'"
        )


def _from_environment(name: str, value: str) -> str:
    try:
        return Template(value).substitute(os.environ)
    except (KeyError, ValueError) as error:
        raise HarvestError(f"server {name}: header needs the variable {error}") from None


Listed = tuple[str, list[dict[str, Any]]]


async def _in_time(
    name: str,
    ask: Callable[[], Awaitable[Listed]],
    timeout_seconds: float,
    last_words: Callable[[], str],
) -> Listed:
    try:
        async with asyncio.timeout(timeout_seconds):
            return await ask()
    except TimeoutError:
        reason = f"no listing within {timeout_seconds:g} s"
    except Exception as error:  # whatever a foreign server makes the SDK raise has one name
        reason = _root_cause(error)
    raise HarvestError(f"server {name}: {reason}{last_words()}") from None


async def _over_stdio(command: Sequence[str], errors: TextIO) -> Listed:
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    parameters = StdioServerParameters(
        command=command[0],
        args=list(command[1:]),
        env={key: os.environ[key] for key in PASSED_ENVIRONMENT if key in os.environ},
    )
    async with Client(stdio_client(parameters, errlog=errors)) as client:
        return await _all_pages(client)


async def _over_http(url: str, headers: Mapping[str, str]) -> Listed:
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    async with (
        create_mcp_http_client(headers=dict(headers)) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        return await _all_pages(client)


async def _all_pages(client: Any) -> Listed:
    tools: list[dict[str, Any]] = []
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += [
            bounded(tool.model_dump(by_alias=True, exclude_none=True, mode="json"))
            for tool in page.tools
        ]
        cursor = page.next_cursor
        if not cursor:
            return str(client.protocol_version), tools
        if cursor in seen:
            raise EndlessListing(f"its cursor {cursor[:40]!r} comes back after {len(tools)} tools")
        seen.add(cursor)
        if len(seen) >= MAX_PAGES or len(tools) > MAX_TOOLS:
            raise EndlessListing(f"no end after {len(seen)} pages and {len(tools)} tools")


class EndlessListing(RuntimeError):
    """A server whose listing does not end."""


def bounded(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as it is, or one of a size that no honest tool has, cut: its description to what
    the tools stage refuses as too long, its schemas left out."""
    if len(json.dumps(entry)) <= MAX_ENTRY:
        return entry
    cut: dict[str, Any] = {"name": str(entry["name"])[:200]}
    if isinstance(entry.get("description"), str):
        cut["description"] = entry["description"][: MAX_ENTRY // 4]
    if len(json.dumps(entry.get("inputSchema"))) <= MAX_ENTRY:
        cut["inputSchema"] = entry.get("inputSchema")
    return cut


def _last_words(said: TextIO) -> str:
    said.seek(0)
    lines = [line.strip() for line in said.read().splitlines() if line.strip()]
    return f" (it said: {lines[-1][:200]})" if lines else ""


def _root_cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


async def harvest_command(name: str, command: str, timeout_seconds: float) -> Listing:
    """The body of a `listing` record of a server started by a command line of the user's."""
    protocol, tools = await list_tools(name, shlex.split(command), timeout_seconds)
    return _unknown_server(name, f"stdio:{name}", protocol, tools)


async def harvest_url(
    name: str, url: str, headers: Mapping[str, str], timeout_seconds: float
) -> Listing:
    """The body of a `listing` record of a server at a URL."""
    protocol, tools = await list_tools_over_http(name, url, headers, timeout_seconds)
    return _unknown_server(name, f"http:{name}", protocol, tools)


def _unknown_server(name: str, source: str, protocol: str, tools: list[Any]) -> Listing:
    return {
        "server": {"name": name},
        "source": {"catalogue": source},
        "protocol": protocol,
        "tools": tools,
    }


async def harvest(name: str, server: Server, version: str, timeout_seconds: float) -> Listing:
    """The body of a `listing` record of one known server."""
    command = [sys.executable, "-m", server.module, *server.args]
    protocol, tools = await list_tools(name, command, timeout_seconds)
    return {
        "server": {
            "name": name,
            "title": server.title,
            "version": version,
            "repository": server.repository,
            "category": server.category,
            "license": server.license,
        },
        "source": {"catalogue": f"stdio:{server.package}", "license": server.license},
        "protocol": protocol,
        "tools": tools,
    }
