"""A domain's tools as an MCP server: any MCP client can use a synthetic tool as if it were real.

Each session has a world of its own, sampled from the seed: a process over stdio, an
``Mcp-Session-Id`` over HTTP. The specification of 2026-07-28 knows no sessions, so over HTTP the
server offers the versions before it, and says so to a client that asks for more.
"""

from __future__ import annotations

import json
import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from mcp import MCPError
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp_types import (
    INVALID_PARAMS,
    UNSUPPORTED_PROTOCOL_VERSION,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from starlette.responses import JSONResponse

from factory import __version__
from factory.worlds.interpreter import Outcome, execute
from factory.worlds.sampler import sample_state
from factory.worlds.state import State

MAX_SESSIONS = 1000  # worlds kept over HTTP; the one used longest ago is forgotten first
PAGE = 50  # tools on a page of tools/list


class World:
    """A domain, its tools, and the state of each session."""

    def __init__(
        self, domain: Mapping[str, Any], tools: Sequence[Mapping[str, Any]], seed: int
    ) -> None:
        self.domain = domain
        self.tools = {str(tool["name"]): tool for tool in tools}
        self.seed = seed
        self.sessions: OrderedDict[str, State] = OrderedDict()

    def state(self, session: str) -> State:
        """The state of a session, sampled when it is first asked for."""
        if session not in self.sessions:
            rng = random.Random(f"{self.domain['name']}/{self.seed}")
            self.sessions[session] = sample_state(self.domain["world"], rng)
            if len(self.sessions) > MAX_SESSIONS:
                self.sessions.popitem(last=False)
        self.sessions.move_to_end(session)
        return self.sessions[session]

    def call(self, session: str, name: str, arguments: Mapping[str, Any]) -> Outcome:
        """One call in a session. Raises KeyError for an unknown tool."""
        program = self.tools[name]["program"]
        return execute(program, self.state(session), arguments)


def server_of(world: World) -> Server[Any]:
    """The MCP server of a world."""

    async def list_tools(
        _: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return _page(world, params.cursor if params else None)

    async def call_tool(
        context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        if params.name not in world.tools:
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {params.name}")
        return as_result(world.call(_session(context), params.name, params.arguments or {}))

    return Server(
        f"{world.domain['name']}",
        version=__version__,
        title=str(world.domain["title"]),
        instructions=_instructions(world.domain),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _instructions(domain: Mapping[str, Any]) -> str:
    rules = [f"- {policy['text']}" for policy in domain["policies"]]
    return "\n".join([str(domain["setting"]), f"Today is {domain['world']['today']}.", *rules])


def _session(context: ServerRequestContext[Any]) -> str:
    """The session a request belongs to; over stdio there is one, without a name."""
    return "" if context.request is None else context.request.headers.get("mcp-session-id", "")


def _page(world: World, cursor: str | None) -> ListToolsResult:
    start = 0
    if cursor is not None:
        if not cursor.isdecimal() or not 0 < int(cursor) < len(world.tools):
            raise MCPError(INVALID_PARAMS, f"Unknown cursor: {cursor}")
        start = int(cursor)
    page = list(world.tools.values())[start : start + PAGE]
    following = start + PAGE
    return ListToolsResult(
        tools=[as_tool(tool) for tool in page],
        next_cursor=str(following) if following < len(world.tools) else None,
    )


def as_tool(tool: Mapping[str, Any]) -> Tool:
    """A tool record as the specification's ``Tool``."""
    keys = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
    return Tool.model_validate({key: tool[key] for key in keys if tool.get(key) is not None})


def as_result(outcome: Outcome) -> CallToolResult:
    """What a call gave: structured and as text; a refusal, of whatever kind, with ``isError`` so
    that a model can correct itself."""
    if outcome.error is not None:
        text = f"{outcome.error.code}: {outcome.error.message}"
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
    text = json.dumps(outcome.value, ensure_ascii=False)
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=outcome.value
    )


async def serve_stdio(world: World) -> None:
    """Serves one client over standard input and output, until it closes them."""
    server = server_of(world)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def http_app(world: World) -> Any:
    """The ASGI application that serves a world at ``/mcp`` over streamable HTTP."""
    app = server_of(world).streamable_http_app()

    async def sessions_only(scope: Any, receive: Any, send: Any) -> None:
        asked = dict(scope.get("headers") or ()).get(b"mcp-protocol-version", b"").decode()
        if scope["type"] == "http" and asked in MODERN_PROTOCOL_VERSIONS:
            await _unsupported(asked)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return sessions_only


def _unsupported(asked: str) -> JSONResponse:
    error = {
        "code": UNSUPPORTED_PROTOCOL_VERSION,
        "message": f"Unsupported protocol version {asked}: a world needs a session",
        "data": {"supported": list(HANDSHAKE_PROTOCOL_VERSIONS), "requested": asked},
    }
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=400)


def serve_http(world: World, port: int) -> None:
    """Serves on ``http://127.0.0.1:PORT/mcp`` until interrupted."""
    import uvicorn

    uvicorn.run(http_app(world), host="127.0.0.1", port=port, log_level="warning")
