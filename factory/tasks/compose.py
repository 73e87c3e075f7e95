"""Stage: a seed → one proven task for one of the store's agents, or the reason why not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.agents.grammar import plain
from factory.agents.pool import domains_by_category, tool_pool
from factory.records import Record
from factory.stage import Context, Reject
from factory.tasks.agenda import build_agenda, spoken_forms, write_opening
from factory.tasks.environment import Environment, Toolbox, initial_state, toolbox_of
from factory.tasks.goals import Plan
from factory.tasks.kinds import DRAFTERS, Bench, Draft, difficulty
from factory.tasks.persona import draw_persona
from factory.tasks.prove import Case, prove
from factory.tasks.rubric import Expectation, build_rubric
from factory.tasks.settings import TaskSettings
from factory.tasks.sources import Unresolved, resolve
from factory.tasks.tables import World
from factory.tasks.wording import Phraser, Wording

CONFIRMED = "confirm_before_write"
REFUSED = "policy_refusal"
FOREIGN = "irrelevance"


async def compose(seed: Record, ctx: Context) -> Sequence[Record | Reject]:
    """`seed`: {"id", "index"}. One task record with its proof, or one Reject.

    Reads agents, tools and domains from the store. Reject reasons: no_agent (none carries what
    the kind needs), no_plan, oracle_failed, idle_succeeds, shorter_plan_succeeds,
    ambiguous_referent, collateral, leak, untold.
    """
    settings = ctx.recipe.tasks
    kind = ctx.rng.choices(list(settings.kinds), list(settings.kinds.values()))[0]
    agents = list(ctx.store.ids("agent"))
    if not agents:
        return [Reject("no_agent", "the run has no agents")]
    ctx.rng.shuffle(agents)
    tried = 0
    for number, agent_id in enumerate(_cycled(agents, settings.attempts * 4)):
        if tried >= settings.attempts:
            break
        agent = ctx.store.get("agent", agent_id)
        if not _fits(kind, agent):
            continue
        tried += 1
        made = _attempt(kind, agent, f"{seed['id']}-{number}", settings, ctx)
        if made is not None:
            return [made]
    if not tried:
        return [Reject("no_agent", f"no agent carries what a {kind} task needs")]
    return [Reject("no_plan", f"{kind}: {tried} attempts gave no plan")]


def _cycled(ids: Sequence[str], count: int) -> list[str]:
    return [ids[index % len(ids)] for index in range(count)]


def _fits(kind: str, agent: Record) -> bool:
    rules = agent["behaviour"]["rules"]
    if kind == CONFIRMED:
        return bool(rules["confirm"])
    return bool(rules["forbid"]) if kind == REFUSED else True


def load_toolbox(agent: Record, ctx: Context) -> Toolbox:
    """The agent's toolbox from the store."""
    tools = {tool_id: ctx.store.get("tool", tool_id) for tool_id in agent["tools"]}
    ids = {tool["domain_id"] for tool in tools.values() if tool.get("program")}
    domains = {domain_id: ctx.store.get("domain", domain_id) for domain_id in ids}
    return toolbox_of(agent, tools, domains)


def _attempt(
    kind: str, agent: Record, state_seed: str, settings: TaskSettings, ctx: Context
) -> Record | Reject | None:
    toolbox = load_toolbox(agent, ctx)
    rng = ctx.child("plan", state_seed)
    found = _foreign(agent, toolbox, ctx, rng) if kind == FOREIGN else _own(agent, toolbox, rng)
    if found is None:
        return None
    domain, tools = found
    state = initial_state(domain, state_seed)
    bench = Bench(
        World(domain), state.copy(), tools, agent["behaviour"]["rules"], rng, settings.max_calls
    )
    draft = DRAFTERS[kind](bench)
    if draft is None:
        return None
    writer = _Writer(kind, agent, toolbox, domain, tools, state_seed, draft, ctx)
    return writer.task()


def _own(
    agent: Record, toolbox: Toolbox, rng: random.Random
) -> tuple[Record, Mapping[str, Record]] | None:
    """One of the domains that the agent works in, with its tools there."""
    domain_id = rng.choice(agent["domains"])
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


class _Writer:
    """Turns a draft into a task record: runs the plan, words it, builds the rubric, proves it."""

    def __init__(
        self,
        kind: str,
        agent: Record,
        toolbox: Toolbox,
        domain: Record,
        tools: Mapping[str, Record],
        state_seed: str,
        draft: Draft,
        ctx: Context,
    ) -> None:
        self.kind = kind
        self.agent = agent
        self.toolbox = toolbox
        self.domain = domain
        self.tools = tools
        self.state_seed = state_seed
        self.draft = draft
        self.plan: Plan = draft.plan
        self.ctx = ctx
        self.rules: Mapping[str, list[str]] = agent["behaviour"]["rules"]
        self.said = spoken_forms(self.plan, ctx.child("said", state_seed))
        self.persona = draw_persona(ctx.child("persona", state_seed))

    def environment(self) -> Environment:
        """A fresh environment on the task's initial states, without faults."""
        return Environment(self.toolbox, self.state_seed)

    def task(self) -> Record | Reject:
        """The proven task, or the Reject of the obligation that failed."""
        slots = {name: slot.value for name, slot in self.plan.slots.items()}
        changes = [] if self.draft.declined else self._execute(slots)
        if isinstance(changes, Reject):
            return changes
        wordings = self._wordings()
        opening = write_opening(wordings, self.persona, self.ctx.child("opening", self.state_seed))
        expectation = self._expectation(changes, wordings)
        rubric = build_rubric(expectation)
        case = Case(
            steps=[] if self.draft.declined else self.plan.steps,
            slots=slots,
            answers=[a for g in self.plan.goals for a in g.answers],
            opening=opening,
            referents=self.plan.referents,
            initial=initial_state(self.domain, self.state_seed),
            rubric=rubric,
            fresh=self.environment,
            expected=changes,
            confirm=expectation.confirm,
            hidden=self.draft.hidden,
            decline_text="I'm sorry, I can't do that." if self.draft.declined else "",
        )
        proof = prove(case)
        if proof.reason:
            detail = f"{self.kind}: {proof.detail}"
            return Reject(proof.reason, detail, {"kind": self.kind, "opening": opening})
        return self._record(opening, wordings, rubric, proof.body)

    def _execute(self, slots: Mapping[str, Any]) -> list[dict[str, Any]] | Reject:
        """Run the plan once to note the literal values of every argument; the goal's changes."""
        environment = self.environment()
        results: dict[str, Mapping[str, Any]] = {}
        wanted = {goal.step for goal in self.plan.goals}
        mark = environment.state(self.domain["id"]).mark()
        for step in self.plan.steps:
            try:
                step["values"] = {
                    name: resolve(source, slots, results)
                    for name, source in step["arguments"].items()
                }
            except Unresolved as missing:
                return Reject("oracle_failed", f"{self.kind}: {missing}")
            result = environment.call(step["tool"], step["values"])
            if result.value is None:
                return Reject("oracle_failed", f"{self.kind}: {step['tool']}: {result.error}")
            if result.changes and step["id"] not in wanted:
                return Reject("collateral", f"{self.kind}: {step['tool']} changes the state")
            results[step["id"]] = result.value
        state = environment.state(self.domain["id"])
        return [
            {"domain": self.domain["id"], **change.as_json()}
            for change in state.changes_since(mark)
        ]

    def _wordings(self) -> list[Wording]:
        phraser = Phraser(
            World(self.domain),
            self.plan,
            self.tools,
            self.said,
            self.ctx.child("wording", self.state_seed),
            self.draft.hidden,
        )
        return [phraser.goal(goal) for goal in self.plan.goals]

    def _expectation(
        self, changes: Sequence[Mapping[str, Any]], wordings: Sequence[Wording]
    ) -> Expectation:
        if self.draft.declined:
            what = wordings[0].short or f"find out {wordings[0].ask}"
            forbidden = self.rules["forbid"] if self.draft.declined == "forbidden" else ()
            return Expectation(decline=plain(what), forbidden=forbidden)
        goals = [goal for goal in self.plan.goals if goal.write]
        steps = {step["id"]: step for step in self.plan.steps}
        used = [goal.tool for goal in goals]
        hidden = [self.plan.slots[slot] for slot in sorted(self.draft.hidden)]
        return Expectation(
            changes=changes,
            free=self._free_fields(),
            answers=[answer for goal in self.plan.goals for answer in goal.answers],
            calls=[self._call(goal.tool, steps[goal.step]) for goal in goals],
            order=self._order([goal.step for goal in goals]),
            confirm=sorted({tool for tool in used if tool in self.rules["confirm"]}),
            forbidden=self.rules["forbid"],
            ask_first=[(slot.label, goals[0].tool) for slot in hidden],
            recover=bool(self.draft.planted),
        )

    def _free_fields(self) -> list[str]:
        """Fields that hold a free text of the user's, which an agent may word anew."""
        return sorted({s.semantic for s in self.plan.slots.values() if s.kind == "text"})

    def _call(self, tool: str, step: Mapping[str, Any]) -> dict[str, Any]:
        free = {name for name, slot in self._slot_params(step) if slot.kind == "text"}
        arguments = {name: value for name, value in step["values"].items() if name not in free}
        listed = ", ".join(f"{name}={value}" for name, value in arguments.items())
        return {"tool": tool, "arguments": arguments, "text": f"{tool} succeeds with {listed}."}

    def _slot_params(self, step: Mapping[str, Any]) -> list[tuple[str, Any]]:
        return [
            (name, self.plan.slots[source["slot"]])
            for name, source in step["arguments"].items()
            if "slot" in source
        ]

    def _order(self, steps: Sequence[str]) -> list[tuple[int, int]]:
        after: dict[str, set[str]] = {}
        for step in self.plan.steps:
            direct = set(step["after"])
            after[step["id"]] = direct.union(*(after[other] for other in direct))
        return [
            (i, j)
            for j, then in enumerate(steps)
            for i, first in enumerate(steps)
            if first in after[then]
        ]

    def _record(
        self,
        opening: str,
        wordings: Sequence[Wording],
        rubric: Mapping[str, Any],
        proof: Mapping[str, Any],
    ) -> Record:
        draft, agent = self.draft, self.agent
        agenda = build_agenda(
            self.plan,
            self.said,
            wordings,
            draft.hidden,
            self.persona,
            draft.planted,
            self.ctx.child("agenda", self.state_seed),
        )
        agenda["declined"] = draft.declined
        steps = [] if draft.declined else self.plan.steps
        measured = difficulty(self.plan, draft.planted, len(agent["tools"]))
        if draft.declined:
            measured.update(calls=0, distinct_tools=0, dependency_depth=0, hidden_facts=0)
            measured["distractors"] = len(agent["tools"])
        body = {
            "agent_id": agent["id"],
            "domain_id": self.domain["id"],
            "kind": self.kind,
            "opening": opening,
            "persona": self.persona,
            "agenda": agenda,
            "state_seed": self.state_seed,
            "plan": steps,
            "rubric": rubric,
            "difficulty": measured,
            "proof": proof,
        }
        return self.ctx.record("task", body, parents=[agent["id"], self.domain["id"]])
