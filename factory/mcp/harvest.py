"""List the tools of a running MCP server over stdio, with the official SDK."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from typing import Any, TextIO

from factory.mcp.servers import Server

Listing = dict[str, Any]
PASSED_ENVIRONMENT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
"""A server sees these variables only: no key or token of the user's leaks into it."""


class HarvestError(RuntimeError):
    """A server that could not be started or listed; the message says which and why."""


async def list_tools(
    name: str, command: Sequence[str], timeout_seconds: float
) -> tuple[str, list[dict[str, Any]]]:
    """(protocol version, verbatim `tools/list` entries) of a server, all pages.

    Raises HarvestError when it can't be started, answers wrongly or not within the time-out; what
    the server said last on its standard error goes into the message.
    """
    if importlib.util.find_spec("mcp") is None:
        raise HarvestError(
            f"server {name}: listing it needs the mcp SDK: pip install 'k2-data-factory[mcp]'"
        )
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            async with asyncio.timeout(timeout_seconds):
                return await _all_pages(command, said)
        except TimeoutError:
            reason = f"no listing within {timeout_seconds:g} s"
        except Exception as error:  # whatever a foreign server makes the SDK raise has one name
            reason = _root_cause(error)
        raise HarvestError(f"server {name}: {reason}{_last_words(said)}") from None


async def _all_pages(command: Sequence[str], errors: TextIO) -> tuple[str, list[dict[str, Any]]]:
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    parameters = StdioServerParameters(
        command=command[0],
        args=list(command[1:]),
        env={key: os.environ[key] for key in PASSED_ENVIRONMENT if key in os.environ},
    )
    tools: list[dict[str, Any]] = []
    async with Client(stdio_client(parameters, errlog=errors)) as client:
        cursor: str | None = None
        while True:
            page = await client.list_tools(cursor=cursor)
            tools += [
                tool.model_dump(by_alias=True, exclude_none=True, mode="json")
                for tool in page.tools
            ]
            cursor = page.next_cursor
            if not cursor:
                return str(client.protocol_version), tools


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
    return {
        "server": {"name": name},
        "source": {"catalogue": f"stdio:{name}"},
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
