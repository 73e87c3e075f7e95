"""Calls of tools that have no program: a real server answers them, or the role `tool_simulator`.

What a simulator answers is checked before anybody sees it: the arguments against the input
schema before it is asked, the result against the output schema, the state against a bound on its
size. The state belongs to one conversation and one server, and is carried from call to call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from jsonschema import Draft202012Validator

from factory.mcp.live import LiveServers, failed
from factory.records import Record, canonical_json
from factory.tasks.environment import CallResult, Environment, Given, answered

STATE_CHARS = 8000
"""A server's state may take so many characters of JSON."""
HISTORY_CALLS = 12
"""How many of its latest calls a simulator is shown."""


@dataclass
class ServerMemory:
    """What a stand-in for one server has to remember of one conversation."""

    state: Mapping[str, Any] = field(default_factory=dict)
    history: list[Mapping[str, Any]] = field(default_factory=list)
    """{tool, arguments, result} of each call answered."""


@dataclass(frozen=True)
class ToolView:
    """What a simulator sees: the tool called, its server's other tools, what is remembered."""

    tool: Record
    neighbours: Sequence[Record]
    arguments: Mapping[str, Any]
    memory: ServerMemory
    sample: int
    """One number a conversation."""


@dataclass(frozen=True)
class Simulated:
    """One answer: the result, whether it is an error, and the server's state after the call."""

    result: Mapping[str, Any]
    is_error: bool
    state: Mapping[str, Any]
    by: str = "simulator"
    """Who answered: the simulator, or a real server."""


class ToolSimulator(Protocol):
    """The role `tool_simulator`."""

    async def simulate(self, view: ToolView) -> Simulated | None:
        """The answer to one call; None where nobody stands in for the server."""


class RealServers:
    """Asks the real server of a tool if the recipe names it, somebody else otherwise."""

    def __init__(self, servers: LiveServers, otherwise: ToolSimulator) -> None:
        self._servers = servers
        self._otherwise = otherwise

    async def simulate(self, view: ToolView) -> Simulated | None:
        """The server's answer; an answer that breaks the tool's output schema is an error."""
        server = str(view.tool.get("server"))
        if view.tool["origin"] != "real" or server not in self._servers.names:
            return await self._otherwise.simulate(view)
        name = view.tool["original_name"]
        found = await self._servers.call(server, name, view.arguments)
        schema = view.tool.get("outputSchema")
        wrong = schema_problem(schema, found.body) if schema and not found.is_error else None
        if wrong:
            found = failed("invalid_result", f"the server's result breaks its own schema: {wrong}")
        return Simulated(found.body, found.is_error, view.memory.state, "server")


class NoSimulator:
    """The offline author: a server without a program is not connected."""

    async def simulate(self, view: ToolView) -> Simulated | None:
        """Always None."""
        return None


@lru_cache(maxsize=256)  # 30 KB each
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))


def schema_problem(schema: Mapping[str, Any], value: Any) -> str | None:
    """The first way in which a value breaks a schema, as `path: what`; None if it doesn't."""
    checker = _validator(canonical_json(schema))
    for error in checker.iter_errors(value):
        where = "/".join(map(str, error.absolute_path))
        return f"{where or 'value'}: {error.message[:300]}"
    return None


def problem_of(view: ToolView, answer: Simulated) -> str | None:
    """What is wrong with an answer, for its author to read; None if it can be used."""
    if len(canonical_json(answer.state)) > STATE_CHARS:
        return f"state: more than {STATE_CHARS} characters; keep facts, not results"
    if answer.is_error:
        error = answer.result.get("error")
        said = isinstance(error, Mapping) and error.get("code") and error.get("message")
        return None if said else 'result: an error is {"error": {"code": ..., "message": ...}}'
    schema = view.tool.get("outputSchema")
    found = schema_problem(schema, answer.result) if schema else None
    if found:
        return f"result breaks the tool's output schema: {found}"
    if view.tool["annotations"].get("readOnlyHint") is True and not extends(
        view.memory.state, answer.state
    ):
        return "state: a tool that only reads must leave what was known as it was"
    return None


def extends(before: Any, after: Any) -> bool:
    """Whether all that was known is still known: objects and lists may only have grown."""
    if isinstance(before, Mapping):
        return isinstance(after, Mapping) and all(
            key in after and extends(value, after[key]) for key, value in before.items()
        )
    if isinstance(before, list):
        return isinstance(after, list) and all(
            any(extends(one, other) for other in after) for one in before
        )
    return bool(before == after)


async def stand_in(
    simulator: ToolSimulator,
    environment: Environment,
    calls: Sequence[tuple[str, Mapping[str, Any]]],
    memories: dict[str, ServerMemory],
    sample: int,
) -> None:
    """Ask the simulator for those of the calls, about to be made, that no program answers.

    The answers wait in `environment.given` under the calls' numbers. Raises AuthorFailed.
    """
    for number, (name, arguments) in enumerate(calls, environment.calls):
        tool = environment.without_program(name)
        if tool is None:
            continue
        wrong = schema_problem(tool["inputSchema"], arguments)
        if wrong is not None:
            error = {"error": {"code": "invalid_arguments", "message": wrong}}
            environment.given[number] = Given(answered(error, "invalid_arguments"), "schema")
            continue
        server = str(tool.get("server") or name)
        memory = memories.setdefault(server, ServerMemory())
        neighbours = [
            other
            for other in environment.toolbox.tools.values()
            if other.get("server") == tool.get("server") and other is not tool
        ]
        view = ToolView(tool, neighbours, arguments, memory, sample)
        answer = await simulator.simulate(view)
        if answer is None:
            continue
        memory.state = answer.state
        seen = {"tool": name, "arguments": dict(arguments), "result": answer.result}
        memory.history = [*memory.history, seen][-HISTORY_CALLS:]
        environment.given[number] = Given(answered(answer.result, _code(answer)), answer.by)


def _code(answer: Simulated) -> str | None:
    return str(answer.result["error"]["code"]) if answer.is_error else None


def as_recorded(content: str) -> CallResult:
    """The result of a call that was answered from outside, as a trajectory recorded it."""
    body = json.loads(content)
    error = body.get("error") if isinstance(body, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return answered(body, str(code) if code else None)
