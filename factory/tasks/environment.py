"""The executable world of a task: an agent's tools bound to sampled states and seeded faults.

The states are functions of the task's `state_seed`, the faults of the fault key, so anyone can
run the same calls again and see the same results (factory/trajectories/replay.py).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from factory.held import Held
from factory.records import Record, digest
from factory.stage import seeded
from factory.tasks.proof.changes import ChangeJson
from factory.worlds.faults import Fault, FaultModel, make_fault
from factory.worlds.interpreter import execute
from factory.worlds.sampler import sample_state
from factory.worlds.state import State


@dataclass(frozen=True)
class Toolbox:
    """An agent's tools by the name it sees them under, and the domains that some run in."""

    tools: Mapping[str, Record]
    domains: Mapping[str, Record]

    def declarations(self, without: Collection[str] = ()) -> list[dict[str, Any]]:
        """The tools as OpenAI-style declarations, in the agent's order, but for some."""
        return [
            {
                "type": "function",
                "function": {
                    "name": name,
                    "description": tool.get("description", ""),
                    "parameters": tool["inputSchema"],
                },
            }
            for name, tool in self.tools.items()
            if name not in without
        ]

    def executable(self, domain_id: str) -> dict[str, Record]:
        """The tools that run in one domain, by visible name."""
        return {
            name: tool
            for name, tool in self.tools.items()
            if tool.get("program") and tool.get("domain_id") == domain_id
        }


def toolbox_of(
    agent: Record, tools: Mapping[str, Record], domains: Mapping[str, Record]
) -> Toolbox:
    """The toolbox of an agent from the tool records (by id) and domain records (by id)."""
    names: Mapping[str, str] = {
        entry["tool"]: entry["name"] for entry in agent["behaviour"]["visible_names"]
    }
    carried = [tools[tool_id] for tool_id in agent["tools"]]
    needed = {tool["domain_id"] for tool in carried if tool.get("program")}
    return Toolbox(
        {names[tool["id"]]: tool for tool in carried},
        {domain_id: domains[domain_id] for domain_id in sorted(needed)},
    )


@dataclass(frozen=True)
class CallResult:
    """What a call returned: the JSON text of the tool message, and what happened behind it."""

    content: str
    ok: bool
    error: str | None
    fault: str | None
    changes: tuple[ChangeJson, ...]
    value: Mapping[str, Any] | None


@dataclass(frozen=True)
class Given:
    """A result that no program here computes, and whose it is: a real server's, a simulator's."""

    result: CallResult
    by: str


def initial_state(domain: Record, state_seed: str) -> State:
    """The state a task starts from, a function of the domain's world and the seed alone."""
    return _sampled(Held(domain), state_seed).copy()


@lru_cache(maxsize=32)  # proof and judge start from the same state many times in a row
def _sampled(domain: Held[Record], state_seed: str) -> State:
    it = domain.it
    return sample_state(it["world"], seeded("state", it["name"], state_seed))


@dataclass
class Environment:
    """Executes tool calls one after another.

    `planted` maps a tool's visible name to the kind of fault that its first call meets, whatever
    the fault model draws. A fault never changes the state; a truncated page shows half a list.
    `withheld` tools are unknown until `enable` is called.
    """

    toolbox: Toolbox
    state_seed: str
    faults: FaultModel | None = None
    fault_key: str = ""
    planted: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    enabled: set[str] = field(default_factory=set)
    states: dict[str, State] = field(default_factory=dict)
    calls: int = 0
    called: set[str] = field(default_factory=set)
    given: dict[int, Given] = field(default_factory=dict)
    """Results, by call number, of calls that are answered from outside the world."""

    def state(self, domain_id: str) -> State:
        """The state of one domain, sampled when first asked for."""
        if domain_id not in self.states:
            domain = self.toolbox.domains[domain_id]
            self.states[domain_id] = initial_state(domain, self.state_seed)
        return self.states[domain_id]

    def call(self, name: str, arguments: Mapping[str, Any]) -> CallResult:
        """One tool call. Never raises: what is wrong comes back as an error result."""
        index = self.calls
        self.calls += 1
        tool = self.toolbox.tools.get(name)
        if tool is None or name in self.withheld - self.enabled:
            return _refusal("unknown_tool", f"There is no tool named {name}.")
        fault = self._fault(name, tool, index)
        if not tool.get("program"):
            if index in self.given:
                return self.given.pop(index).result
            message = f"The server of {name} is not connected in this session."
            return _refusal("server_unavailable", message)
        if fault is not None and not fault.executed:
            return _result(fault.as_result(), error=fault.code, fault=fault.kind)
        domain_id = tool["domain_id"]
        outcome = execute(tool["program"], self.state(domain_id), arguments)
        if outcome.error is not None:
            return _refusal(outcome.error.code, outcome.error.message)
        assert outcome.value is not None
        changes = tuple({"domain": domain_id, **change.as_json()} for change in outcome.changes)
        if fault is not None:
            seen = fault.as_result(outcome.value)
            return _result(seen, error=fault.code, fault=fault.kind, changes=changes)
        return _result(outcome.value, changes=changes, value=outcome.value)

    def without_program(self, name: str) -> Record | None:
        """The tool of that name if it can be called and nothing here executes it."""
        tool = self.toolbox.tools.get(name)
        if tool is None or tool.get("program") or name in self.withheld - self.enabled:
            return None
        return tool

    def enable(self, names: Collection[str]) -> None:
        """From now on these tools can be called."""
        self.enabled.update(names)

    def _fault(self, name: str, tool: Record, index: int) -> Fault | None:
        first = name not in self.called
        self.called.add(name)
        if first and name in self.planted:
            return make_fault(self.planted[name], name, 0.4)
        if self.faults is None or not tool.get("program"):
            return None
        return self.faults.draw(self.fault_key, index, {**tool, "name": name})

    def changes(self) -> list[ChangeJson]:
        """Net changes of all states since the start."""
        return [
            {"domain": domain_id, **change.as_json()}
            for domain_id, state in sorted(self.states.items())
            for change in state.changes_since(0)
        ]

    def hash(self) -> str:
        """One hash over the states of the domains that were touched or looked at."""
        hashes = {domain_id: state.hash() for domain_id, state in self.states.items()}
        return digest("states", *(f"{key}={hashes[key]}" for key in sorted(hashes)))


def _result(
    body: Mapping[str, Any],
    *,
    error: str | None = None,
    fault: str | None = None,
    changes: Sequence[ChangeJson] = (),
    value: Mapping[str, Any] | None = None,
) -> CallResult:
    content = json.dumps(body, ensure_ascii=False)
    return CallResult(content, error is None, error, fault, tuple(changes), value)


def answered(body: Mapping[str, Any], error: str | None) -> CallResult:
    """A result that came from outside the world; it changed nothing in it."""
    return _result(body, error=error)


def _refusal(code: str, message: str) -> CallResult:
    return _result({"error": {"code": code, "message": message}}, error=code)
