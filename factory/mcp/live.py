"""Calls tools of real MCP servers, each in a process of its own with a minimal environment."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from factory.mcp.harvest import PASSED_ENVIRONMENT
from factory.mcp.servers import known_servers

log = logging.getLogger(__name__)
START_SECONDS = 30.0
CALL_SECONDS = 60.0
MAX_RESULT = 100_000
"""Characters of JSON that a result may have."""


@dataclass(frozen=True)
class Result:
    """What a server answered: data, or an error {"error": {"code", "message"}}."""

    body: Mapping[str, Any]
    is_error: bool


def failed(code: str, message: str) -> Result:
    """An error of ours about a server."""
    return Result({"error": {"code": code, "message": message[:500]}}, True)


@dataclass
class LiveServers:
    """`async with LiveServers(names) as servers`: started at their first call, stopped at the end.

    `commands`: name → command line, for servers that `tool_specs/mcp_servers.yaml` doesn't know.
    Whatever a server does ends as a Result: a crash, a hang, an answer that is too large.
    """

    names: Sequence[str]
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    call_seconds: float = CALL_SECONDS

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        self._clients: dict[str, Any] = {}
        self._dead: dict[str, Result] = {}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the servers; one that can't be stopped politely has been killed by its client."""
        try:
            await self._stack.aclose()
        except Exception as problem:  # a server that crashed makes its client's end fail too
            log.warning("servers %s did not end cleanly: %s", list(self._clients), _cause(problem))

    async def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Result:
        """One call of a tool by the name its server gave it."""
        if server in self._dead:
            return self._dead[server]
        try:
            async with asyncio.timeout(START_SECONDS):
                client = self._clients.get(server) or await self._start(server)
        except Exception as error:  # whatever a foreign server makes the SDK raise
            self._dead[server] = failed("server_unavailable", _cause(error))
            return self._dead[server]
        try:
            async with asyncio.timeout(self.call_seconds):
                answer = await client.call_tool(tool, dict(arguments))
        except TimeoutError:
            return failed("timeout", f"{server} gave no answer in {self.call_seconds:g} s")
        except Exception as error:
            return failed("call_failed", _cause(error))
        return as_result(answer.model_dump(by_alias=True, exclude_none=True, mode="json"))

    async def _start(self, server: str) -> Any:
        from mcp import Client, StdioServerParameters
        from mcp.client.stdio import stdio_client

        command = self.commands.get(server) or _known_command(server)
        parameters = StdioServerParameters(
            command=command[0],
            args=list(command[1:]),
            env={key: os.environ[key] for key in PASSED_ENVIRONMENT if key in os.environ},
        )
        unheard = self._stack.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115
        client = await self._stack.enter_async_context(
            Client(stdio_client(parameters, errlog=unheard))
        )
        self._clients[server] = client
        return client


def as_result(answer: Mapping[str, Any]) -> Result:
    """A `tools/call` answer as data: its structured content, else its text (JSON if it is)."""
    texts = [p.get("text", "") for p in answer.get("content", ()) if p.get("type") == "text"]
    others = sorted({p.get("type", "?") for p in answer.get("content", ())} - {"text"})
    body = answer.get("structuredContent")
    if body is None:
        body = _parsed("\n".join(texts))
        if others:
            body = {**body, "left_out": others}  # images and the like have no place in a chat row
    if len(json.dumps(body)) > MAX_RESULT:
        return failed("result_too_large", f"more than {MAX_RESULT} characters")
    if answer.get("isError"):
        return failed("tool_error", "\n".join(texts) or json.dumps(body))
    return Result(body, False)


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"result": found}


def _known_command(server: str) -> Sequence[str]:
    known = known_servers()[server]
    return [sys.executable, "-m", known.module, *known.args]


def _cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
