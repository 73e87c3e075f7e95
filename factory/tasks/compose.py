"""Stage: a seed → one proven task for one of the store's agents, or the reason why not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from factory.agents.pool import domains_by_category, tool_pool
from factory.records import Record
from factory.stage import Context, Reject
from factory.tasks.authoring import worded
from factory.tasks.draft import Bench
from factory.tasks.environment import Toolbox, initial_state, toolbox_of
from factory.tasks.kinds import DRAFTERS
from factory.tasks.settings import TaskSettings
from factory.tasks.tables import World
from factory.tasks.writer import Writer

CONFIRMED = ("confirm_before_write", "correction", "change_of_mind")
REFUSED = "policy_refusal"
FOREIGN = "irrelevance"
CROSSING = "cross_domain"
REDRAFTS = 4
"""How many drafts may fail their proof before the task is rejected; the task says which did."""


async def compose(seed: Record, ctx: Context) -> Sequence[Record | Reject]:
    """`seed`: {"id", "index"}. One task record with its proof, or one Reject.

    Reads agents, tools and domains from the store. Reject reasons: no_agent (none carries what
    the kind needs), no_plan, oracle_failed, idle_succeeds, shorter_plan_succeeds,
    ambiguous_referent, collateral, leak, untold; author_* where a model words the task.
    """
    settings = ctx.recipe.tasks
    kind = ctx.rng.choices(list(settings.kinds), list(settings.kinds.values()))[0]
    agents = list(ctx.store.ids("agent"))
    if not agents:
        return [Reject("no_agent", "the run has no agents")]
    ctx.rng.shuffle(agents)
    tried = 0
    failed: list[str] = []
    for number, agent_id in enumerate(_cycled(agents, settings.attempts * 4)):
        if tried >= settings.attempts:
            break
        agent = ctx.store.get("agent", agent_id)
        if not _fits(kind, agent):
            continue
        tried += 1
        writer = _attempt(kind, agent, f"{seed['id']}-{number}", failed, settings, ctx)
        if writer is None:
            continue
        made = writer.task()
        if not isinstance(made, Reject):
            return [await worded(writer, made, ctx)]
        if len(failed) >= REDRAFTS:
            return [made]
        failed.append(made.reason)
    if not tried:
        return [Reject("no_agent", f"{kind}: no agent carries what it needs")]
    return [Reject("no_plan", f"{kind}: {tried} attempts gave no plan", {"failed_drafts": failed})]


def _cycled(ids: Sequence[str], count: int) -> list[str]:
    return [ids[index % len(ids)] for index in range(count)]


def _rule(kind: str) -> str:
    """The rule of an agent that a kind of task is about, if it is about one."""
    return "confirm" if kind in CONFIRMED else "forbid" if kind == REFUSED else ""


def _fits(kind: str, agent: Record) -> bool:
    if kind == CROSSING:
        return len(agent["domains"]) > 1
    return not _rule(kind) or bool(agent["behaviour"]["rules"][_rule(kind)])


def load_toolbox(agent: Record, ctx: Context) -> Toolbox:
    """The agent's toolbox from the store."""
    tools = {tool_id: ctx.store.get("tool", tool_id) for tool_id in agent["tools"]}
    ids = dict.fromkeys(tool["domain_id"] for tool in tools.values() if tool.get("program"))
    domains = {domain_id: ctx.store.get("domain", domain_id) for domain_id in ids}
    return toolbox_of(agent, tools, domains)


def _attempt(
    kind: str,
    agent: Record,
    state_seed: str,
    failed: Sequence[str],
    settings: TaskSettings,
    ctx: Context,
) -> Writer | None:
    toolbox = load_toolbox(agent, ctx)
    rng = ctx.child("plan", state_seed)
    if kind == FOREIGN:
        found = _foreign(agent, toolbox, ctx, rng)
    else:
        found = _own(kind, agent, toolbox, rng)
    if found is None:
        return None
    domain, tools = found
    state = initial_state(domain, state_seed)
    rules, most = agent["behaviour"]["rules"], settings.max_calls
    bench = Bench(World(domain), state.copy(), state, tools, rules, rng, most)
    other = _beside(domain, toolbox, agent, rng) if kind == CROSSING else None
    if other is not None:
        there = initial_state(other, state_seed)
        more = toolbox.executable(other["id"])
        second = Bench(World(other), there.copy(), there, more, rules, rng, most)
        bench, tools = replace(bench, other=second), {**tools, **more}
    draft = DRAFTERS[kind](bench)
    if draft is None:
        return None
    return Writer(kind, agent, toolbox, domain, tools, state_seed, draft, ctx, failed, other)


def _beside(domain: Record, toolbox: Toolbox, agent: Record, rng: random.Random) -> Record | None:
    """Another of the domains that the agent works in and has tools for."""
    others = [
        other_id
        for other_id in agent["domains"]
        if other_id != domain["id"] and toolbox.executable(other_id)
    ]
    return toolbox.domains[rng.choice(others)] if others else None


def _own(
    kind: str, agent: Record, toolbox: Toolbox, rng: random.Random
) -> tuple[Record, Mapping[str, Record]] | None:
    """One of the domains that the agent works in, with its tools there: one in which a rule
    holds, for the kinds that are about a rule."""
    ruled = set(agent["behaviour"]["rules"].get(_rule(kind), ()))
    domains = [
        domain_id
        for domain_id in agent["domains"]
        if not _rule(kind) or ruled & toolbox.executable(domain_id).keys()
    ]
    if not domains:
        return None
    domain_id = rng.choice(domains)
    tools = toolbox.executable(domain_id)
    return (toolbox.domains[domain_id], tools) if tools else None


def _foreign(
    agent: Record, toolbox: Toolbox, ctx: Context, rng: random.Random
) -> tuple[Record, Mapping[str, Record]] | None:
    """A domain of another category, none of whose tools the agent carries."""
    carried = {domain["category"] for domain in toolbox.domains.values()}
    strange = domains_by_category(ctx.store)
    ids = [
        domain_id for name, group in strange.items() if name not in carried for domain_id in group
    ]
    if not ids:
        return None
    chosen = rng.choice(ids)
    tools: dict[str, Record] = {}
    for tool_id in tool_pool(ctx.store)[chosen]:
        tool = ctx.store.get("tool", tool_id)
        if tool.get("program"):
            tools.setdefault(tool["name"], tool)
    return (ctx.store.get("domain", chosen), tools) if tools else None
