"""A small line of agents, tasks, trajectories and verdicts that the tests of all three share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from factory import records
from factory.agents.compose import compose as compose_agent
from factory.authors import lone_context
from factory.recipe import Recipe
from factory.records import Record
from factory.resources import folder
from factory.stage import Context, Reject
from factory.tasks.compose import compose as compose_task
from factory.tools.synthesise import synthesise
from factory.trajectories.judge import judge
from factory.trajectories.simulate import simulate
from factory.worlds.domains import bind_domain
from factory.worlds.specs import domain_names, load_specs

DOMAINS = ("tennis_club", "credit_union", "climbing_gym", "bicycle_shop")
AGENTS, TASKS = 30, 260


@dataclass
class MemoryStore:
    """A Store over plain dicts."""

    kinds: dict[str, dict[str, Record]] = field(default_factory=dict)

    def add(self, kind: str, rows: Sequence[Any]) -> None:
        kept = [row for row in rows if not isinstance(row, Reject)]
        self.kinds.setdefault(kind, {}).update((row["id"], row) for row in kept)

    def get(self, kind: str, record_id: str) -> Record:
        return self.kinds[kind][record_id]

    def ids(self, kind: str) -> list[str]:
        return list(self.kinds.get(kind, {}))

    def column(self, kind: str, name: str) -> list[Any]:
        return [row.get(name) for row in self.kinds.get(kind, {}).values()]

    def scan(self, kind: str, names: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        yield [tuple(row.get(name) for name in names) for row in self.kinds.get(kind, {}).values()]


def context(
    store: MemoryStore, stage: str, record_id: str, recipe: Recipe | None = None
) -> Context:
    return lone_context(recipe=recipe, store=store, stage=stage, record_id=record_id)


def real_tool(name: str, server: str) -> Record:
    schema = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    body = {
        "name": name,
        "original_name": name,
        "description": f"{name} of {server}",
        "inputSchema": schema,
        "origin": "real",
        "server": server,
        "licence": "MIT",
    }
    return records.make("tool", body, parents=[], stage="tools", author="test", seed=0)


@cache
def worlds() -> MemoryStore:
    """Domains and proven tools of a few authored domains, and some real tools without programs."""
    store = MemoryStore()
    homes = domain_names(folder("tool_specs"))
    categories = sorted({homes[name] for name in DOMAINS})
    specs = load_specs(folder("tool_specs"), categories).domains
    for spec in (spec for spec in specs if spec["domain"]["name"] in DOMAINS):
        domains = asyncio.run(bind_domain(spec, context(store, "domains", spec["domain"]["name"])))
        store.add("domain", domains)
        for domain in domains:
            store.add(
                "tool", asyncio.run(synthesise(domain, context(store, "tools", domain["id"])))
            )
    store.add("tool", [real_tool(f"web_search_{i}", "exa") for i in range(4)])
    store.add("tool", [real_tool("convert_time", "time"), real_tool("get_current_time", "time")])
    return store


@dataclass
class Line:
    """The store with everything in it, and what was rejected on the way."""

    store: MemoryStore
    rejects: list[Reject]

    def rows(self, kind: str) -> list[Record]:
        return list(self.store.kinds[kind].values())

    def task_of(self, trajectory: Record) -> Record:
        return self.store.get("task", trajectory["task_id"])


@cache
def line() -> Line:
    """The whole small line, made once for a test session."""
    store = MemoryStore(dict(worlds().kinds))
    rejects: list[Reject] = []
    for index in range(AGENTS):
        ctx = context(store, "agents", f"a{index}")
        store.add("agent", asyncio.run(compose_agent({"id": f"a{index}", "index": index}, ctx)))
    for index in range(TASKS):
        ctx = context(store, "tasks", f"t{index}")
        made = asyncio.run(compose_task({"id": f"t{index}", "index": index}, ctx))
        rejects += [row for row in made if isinstance(row, Reject)]
        store.add("task", made)
    for task in list(store.kinds["task"].values()):
        ctx = context(store, "trajectories", task["id"])
        store.add("trajectory", asyncio.run(simulate(task, ctx)))
    for trajectory in list(store.kinds["trajectory"].values()):
        ctx = context(store, "verdicts", trajectory["id"])
        store.add("verdict", asyncio.run(judge(trajectory, ctx)))
    return Line(store, rejects)
