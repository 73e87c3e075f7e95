"""Stage: a seed → one agent: a toolset by one of several strategies, a system prompt, policies."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.agents.authoring import AgentAuthor, AgentBrief, OfflineAgentAuthor
from factory.agents.brief import Brief
from factory.agents.enforced import enforced
from factory.agents.houses import counted, described
from factory.agents.notes import listed, tool_notes
from factory.agents.phrases import FORMATS, TONES
from factory.agents.pool import Pool, domains_by_category, tool_pool
from factory.agents.prompts import draw_layout, draw_name, draw_role, policy_text
from factory.agents.settings import AgentSettings
from factory.agents.wording import wording_failure
from factory.records import Record
from factory.stage import AuthorFailed, Context, Reject
from factory.tools.authoring import Trial
from factory.tools.written_world import WRITTEN

MAX_NAME = 64
OFFICES = (
    "the duty manager",
    "the back office",
    "the records team",
    "the front office",
    "the service desk",
    "the head of operations",
    "the accounts department",
)


async def compose(seed: Record, ctx: Context) -> Sequence[Record | Reject]:
    """`seed`: {"id", "index"}. One agent record, or a Reject (no_tools): the store has too few.

    Two tools of an agent never share a visible name: those that clash are prefixed by their
    domain or server (`behaviour.visible_names` keeps the map).
    """
    settings = ctx.recipe.agents
    pool = tool_pool(ctx.store)
    strategy = ctx.rng.choices(list(settings.strategies), list(settings.strategies.values()))[0]
    domains = _choose_domains(strategy, ctx)
    if not domains:
        return [Reject("no_tools", "no domain has an executable tool")]
    own = _choose_tools(strategy, domains, pool, settings, ctx)
    if len(own) < settings.tools_min:
        return [Reject("no_tools", f"{len(own)} tools, tools_min is {settings.tools_min}")]
    wanted = ctx.rng.choice(settings.distractor_choices)
    if strategy == "real_distractors":
        wanted = max(wanted, 3)
    elif strategy == "crowded":
        wanted = settings.tools_max
    room = settings.tools_max - len(own)
    distractors = _choose_distractors(strategy, domains, pool, min(wanted, room), ctx.rng)
    return [await _agent(strategy, domains, own, distractors, ctx)]


def _choose_domains(strategy: str, ctx: Context) -> list[Record]:
    """The domains the agent works in; the pair strategies take what there is if it is less."""
    by_category = domains_by_category(ctx.store)
    if not by_category:
        return []
    ids = [domain_id for group in by_category.values() for domain_id in group]
    primary = ctx.store.get("domain", ctx.rng.choice(ids))
    chosen = [primary["id"]]
    if strategy == "category_pair":
        siblings = [other for other in by_category[primary["category"]] if other not in chosen]
        chosen += ctx.rng.sample(siblings, min(1, len(siblings)))
    elif strategy == "cross_category":
        others = [name for name in by_category if name != primary["category"]]
        wanted = min(len(others), ctx.rng.choice((1, 1, 2)))
        chosen += [ctx.rng.choice(by_category[name]) for name in ctx.rng.sample(others, wanted)]
    return [ctx.store.get("domain", domain_id) for domain_id in chosen]


def _choose_tools(
    strategy: str,
    domains: Sequence[Record],
    pool: Pool,
    settings: AgentSettings,
    ctx: Context,
) -> list[Record]:
    """Tools of the agent's own domains: closed under lookup as far as the size allows."""
    low, high = settings.tools_min, settings.tools_max
    if strategy == "focused":
        high = max(low, min(high, 8))
    chosen: list[Record] = []
    for domain in domains:
        tools = [ctx.store.get("tool", tool_id) for tool_id in pool[domain["id"]]]
        tools = [tool for tool in tools if tool.get("program")]
        share = max(low, high // len(domains))
        size = ctx.rng.randint(min(max(low, 5), share), share)
        chosen += _coherent(tools, size, ctx.rng)
    return chosen


def _coherent(tools: Sequence[Record], size: int, rng: random.Random) -> list[Record]:
    """Up to `size` tools: writers first drawn, each with readers that can find what it needs."""
    order = sorted(tools, key=lambda tool: str(tool["id"]))
    rng.shuffle(order)
    readers = [tool for tool in order if tool["annotations"]["readOnlyHint"]]
    writers = [tool for tool in order if not tool["annotations"]["readOnlyHint"]]
    chosen: dict[str, Record] = {}
    for tool in writers + readers:
        group = [tool, *_finders_for(tool, readers)]
        fresh = [member for member in group if member["id"] not in chosen]
        if len(chosen) + len(fresh) <= size:
            chosen.update((member["id"], member) for member in fresh)
        if len(chosen) >= size:
            break
    for tool in order:
        if len(chosen) >= size:
            break
        chosen.setdefault(tool["id"], tool)
    return sorted(chosen.values(), key=lambda tool: order.index(tool))


def _finders_for(tool: Record, readers: Sequence[Record], depth: int = 0) -> list[Record]:
    """One reader that returns rows of each table whose id the tool needs, and its own finders."""
    out: list[Record] = []
    for param in tool["program"]["params"]:
        table, _, column = str(param["semantic"]).partition(".")
        if column != "id" or not (param["required"] or depth):
            continue
        for reader in readers:
            returns = reader["program"]["returns"].values()
            needs = [p["semantic"] for p in reader["program"]["params"] if p["required"]]
            if f"{table}.id" in needs or not any(r.get("table") == table for r in returns):
                continue
            if reader not in out and reader is not tool:
                out.append(reader)
                if depth < 2:
                    out += [r for r in _finders_for(reader, readers, depth + 1) if r not in out]
            break
    return out


def _choose_distractors(
    strategy: str,
    domains: Sequence[Record],
    pool: Pool,
    count: int,
    rng: random.Random,
) -> list[str]:
    own = {domain["id"] for domain in domains}
    real = list(pool.get("", ()))
    other = [
        t for domain_id, ids in pool.items() if domain_id and domain_id not in own for t in ids
    ]
    source = real if strategy == "real_distractors" and real else real + other
    return rng.sample(source, min(max(count, 0), len(source)))


def visible_names(
    tools: Sequence[Record], prefixes: Mapping[str, str], always: bool = False
) -> dict[str, str]:
    """Tool id → the name the agent sees, at most 64 long. Clashing names get their prefix; with
    `always` every name does, as behind an aggregator of servers."""
    count: dict[str, int] = {}
    for tool in tools:
        count[tool["name"].lower()] = count.get(tool["name"].lower(), 0) + 1
    names: dict[str, str] = {}
    taken: set[str] = set()
    for tool in tools:
        name = tool["name"]
        if always or count[name.lower()] > 1:
            name = f"{prefixes[tool['id']]}__{name}"[:MAX_NAME]
        number = 2
        while name.lower() in taken:
            suffix = f"_{number}"
            name = name[: MAX_NAME - len(suffix)] + suffix
            number += 1
        taken.add(name.lower())
        names[tool["id"]] = name
    return names


def _prefix(tool: Record, domains: Mapping[str, str]) -> str:
    words = domains.get(tool.get("domain_id", ""), tool.get("server", "") or "other")
    return "".join(char if char.isalnum() else "_" for char in words.lower()).strip("_") or "other"


async def _agent(
    strategy: str,
    domains: Sequence[Record],
    own: Sequence[Record],
    distractors: Sequence[str],
    ctx: Context,
) -> Record | Reject:
    rng = ctx.child("agent")
    extra = [ctx.store.get("tool", tool_id) for tool_id in distractors]
    extra = [tool for tool in extra if tool["id"] not in {t["id"] for t in own}]
    tools = [*own, *extra]
    if strategy != "focused":
        rng.shuffle(tools)
    named = dict(zip(ctx.store.ids("domain"), ctx.store.column("domain", "name"), strict=True))
    prefixes = {tool["id"]: _prefix(tool, named) for tool in tools}
    names = visible_names(tools, prefixes, always=strategy == "cross_category")
    rules, policies = _policies(domains, own, names, rng)
    title = listed([str(domain["title"]) for domain in domains])
    tone = rng.choice(list(TONES))
    formats = rng.sample(list(FORMATS), rng.choices((0, 1, 2), (4, 4, 1))[0])
    if {"plain_text", "bullets"} <= set(formats):
        formats.remove("bullets")
    name, role = draw_name(rng), draw_role(rng, title)
    layout = draw_layout(rng)
    brief = Brief(
        name=name,
        role=role,
        title=title,
        setting=" ".join(described(domain, rng) for domain in domains),
        tone=tone,
        format_rules=formats,
        policies=policies,
        duties=[
            str(tool.get("title") or tool["name"])
            for tool in own
            if names[tool["id"]] not in rules["forbid"]
        ],
        notes=tool_notes(own, names, rules["forbid"]),
    )
    shown = [(names[tool["id"]], str(tool["description"])) for tool in tools]
    author: AgentAuthor = ctx.authors["agent_author"]
    worded = await _worded(AgentBrief(brief, layout, shown, rng, _sample(ctx)), author)
    if isinstance(worded, Reject):
        return worded
    body = {
        "name": name,
        "role": worded["role"].strip(),
        "system_prompt": worded["system_prompt"].strip(),
        "behaviour": {
            "tone": tone,
            "format_rules": formats,
            "layout": layout,
            "strategy": strategy,
            "title": title,
            "rules": rules,
            "visible_names": [{"tool": t["id"], "name": names[t["id"]]} for t in tools],
        },
        "domains": [domain["id"] for domain in domains],
        "tools": [tool["id"] for tool in tools],
        "distractors": [tool["id"] for tool in extra],
        "policies": policies,
    }
    parents = [*(d["id"] for d in domains), *(t["id"] for t in tools)]
    return ctx.record("agent", body, parents=parents, author=author.label)


def _sample(ctx: Context) -> int:
    """The sample number of what a model is asked for this agent."""
    return ctx.child("author").getrandbits(31)


async def _worded(brief: AgentBrief, author: AgentAuthor) -> Mapping[str, str] | Reject:
    """Role and system prompt by the author; one that is not made of our own phrases is checked."""
    trial = Trial(lambda answer: wording_failure(answer, brief))
    try:
        answer = await author.write(brief, trial)
    except AuthorFailed as error:
        return trial.rejected(error, brief.brief.title)
    wrong = None if author.label == OfflineAgentAuthor.label else trial.final(answer)
    if wrong is not None:
        return Reject(wrong.reason, f"{brief.brief.title}: {wrong.detail}", answer)
    return answer


def _of_house(text: str, domain: Record, domains: Sequence[Record]) -> str:
    """A policy that says whose it is, where an agent works for several houses."""
    if len(domains) == 1:
        return text
    plain = text[:2] == text[:2].capitalize()
    return f"At {domain['title']}: {text[0].lower() + text[1:] if plain else text}"


def _policies(
    domains: Sequence[Record],
    own: Sequence[Record],
    names: Mapping[str, str],
    rng: random.Random,
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The agent's own rules (confirm, forbid), and all policies in words: of the domains' only
    those that the agent's own tools hold to, or that an author wrote and proved."""
    writers = [names[t["id"]] for t in own if not t["annotations"]["readOnlyHint"]]
    lossy = [
        names[t["id"]]
        for t in own
        if not t["annotations"]["readOnlyHint"] and t["annotations"].get("destructiveHint")
    ]
    rules: dict[str, Any] = {"confirm": [], "forbid": [], "office": rng.choice(OFFICES)}
    policies = [
        {**policy, "text": _of_house(counted(policy["text"]), domain, domains)}
        for domain in domains
        for policy in domain["policies"]
        if domain["archetypes"] == [WRITTEN] or enforced(policy["text"], own)
    ]
    if len(policies) > 4:
        policies = rng.sample(policies, 4)
    free = list(writers)
    if len(free) >= 2 and rng.random() < 0.35:
        rules["forbid"] = [rng.choice(free)]
        free = [name for name in free if name not in rules["forbid"]]
        text = policy_text(rng, "forbid", rules["forbid"], rules["office"])
        policies.append({"code": f"forbid_{rules['forbid'][0]}", "text": text})
    if free and rng.random() < 0.45:
        risky = [name for name in lossy if name in free]
        rules["confirm"] = risky if risky and rng.random() < 0.6 else free[:6]
        text = policy_text(rng, "confirm", rules["confirm"], rules["office"])
        policies.append({"code": "confirm_before_write", "text": text})
    return rules, policies
