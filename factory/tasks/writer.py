"""Turns a drafted plan into a task record: runs it, words it, derives rubric and agenda, proves
it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from factory.agents.grammar import plain
from factory.records import Record
from factory.stage import Context, Reject
from factory.tasks.agenda import (
    Phrases,
    build_agenda,
    draw_aside,
    spoken_forms,
    write_later,
    write_opening,
)
from factory.tasks.draft import Draft, Later
from factory.tasks.environment import Environment, Toolbox, initial_state
from factory.tasks.goals import Goal, Plan
from factory.tasks.kinds import difficulty
from factory.tasks.language.wording import Phraser, Wording
from factory.tasks.persona import draw_persona
from factory.tasks.proof.changes import rows_made
from factory.tasks.proof.prove import Case, prove
from factory.tasks.rubric import Expectation, build_rubric
from factory.tasks.sources import Unresolved, resolve, slots_used
from factory.tasks.tables import World


class Writer:
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
        failed: Sequence[str] = (),
        other: Record | None = None,
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
        self.failed = failed
        self.domains = [domain, other] if other else [domain]
        self.rules: Mapping[str, list[str]] = agent["behaviour"]["rules"]
        values = {name: slot.value for name, slot in self.plan.slots.items()}
        self.said = spoken_forms(values, ctx.child("said", state_seed))
        self.first = spoken_forms({**values, **draft.wrong}, ctx.child("said", state_seed))
        self.persona = draw_persona(ctx.child("persona", state_seed))
        calm = not draft.declined and len(draft.later) < 3
        aside = draw_aside(ctx.child("aside", state_seed)) if calm else ""
        if aside:
            draft.later.append(Later("aside", "report", aside))

    def environment(self) -> Environment:
        """A fresh environment on the task's initial states, without faults."""
        withheld = frozenset([self.draft.withheld]) if self.draft.withheld else frozenset()
        return Environment(self.toolbox, self.state_seed, withheld=withheld)

    def task(self) -> Record | Reject:
        """The proven task, or the Reject of the obligation that failed."""
        slots = {name: slot.value for name, slot in self.plan.slots.items()}
        changes = [] if self.draft.declined else self._execute(slots)
        if isinstance(changes, Reject):
            return changes
        self.made = rows_made(changes)
        wordings = self._wordings(self.said, self.plan.goals, self.draft.hidden)
        phrases = self._phrases(wordings)
        rng = self.ctx.child("opening", self.state_seed)
        opening = write_opening(self._first_wishes(phrases), self.persona, rng, phrases.again)
        later = write_later(self.draft, phrases, self.plan, self.persona, self.toolbox, rng)
        expectation = self._expectation(changes, wordings)
        rubric = build_rubric(expectation)
        self.phrases = phrases
        self.case = Case(
            steps=[] if self.draft.declined else self.plan.steps,
            slots=slots,
            answers=[{**a, "stage": g.stage} for g in self.plan.goals for a in g.answers],
            opening=opening,
            later=later,
            first=self.draft.wrong,
            extremes=self.plan.extremes,
            unclear=self.draft.unclear,
            referents=self.plan.referents,
            initial=[initial_state(domain, self.state_seed) for domain in self.domains],
            rubric=rubric,
            fresh=self.environment,
            expected=changes,
            confirm=expectation.confirm,
            hidden=self.draft.hidden,
            decline_text="I'm sorry, I can't do that." if self.draft.declined else "",
        )
        return self._proven(self.case)

    def reworded(self, opening: str, texts: Sequence[str], label: str) -> Record | Reject:
        """The task in the words of the author called `label`, proven with them; `texts`: of the
        later messages, but for those that bring tools along, which stay."""
        words = iter(texts)
        later = [
            item if item["tools"] else {**item, "text": next(words)} for item in self.case.later
        ]
        return self._proven(replace(self.case, opening=opening, later=later), label)

    def _proven(self, case: Case, label: str = "offline") -> Record | Reject:
        proof = prove(case)
        if proof.reason:
            detail = f"{self.kind}: {proof.detail}"
            data = {"kind": self.kind, "opening": case.opening, "failed_drafts": list(self.failed)}
            return Reject(proof.reason, detail, data)
        return self._record(case, proof.body, label)

    def _execute(self, slots: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | Reject:
        """Run the plan once to note the literal values of every argument; the goal's changes."""
        environment = Environment(self.toolbox, self.state_seed)
        results: dict[str, Mapping[str, Any]] = {}
        wanted = {goal.step for goal in self.plan.goals}
        for step in self.plan.steps:
            try:
                step["values"] = {
                    name: resolve(source, slots, results)
                    for name, source in step["arguments"].items()
                }
            except Unresolved as missing:
                return Reject("oracle_failed", f"{self.kind}: {missing}")
            result = environment.call(step["tool"], step["values"])
            if step.get("refused") and result.error == step["refused"]:
                continue
            if result.value is None:
                return Reject("oracle_failed", f"{self.kind}: {step['tool']}: {result.error}")
            if result.changes and step["id"] not in wanted:
                return Reject("collateral", f"{self.kind}: {step['tool']} changes the state")
            results[step["id"]] = result.value
        return environment.changes()

    def _wordings(
        self, said: Mapping[str, str], goals: Sequence[Goal], hidden: frozenset[str]
    ) -> list[Wording]:
        rng = self.ctx.child("wording", self.state_seed)
        phrasers = [
            Phraser(
                World(domain),
                self.plan,
                self.tools,
                said,
                rng,
                hidden,
                self.draft.hidden,
                self.made,
            )
            for domain in self.domains
        ]
        for phraser in phrasers:
            phraser.rows.share(phrasers[0].rows)
        made = [phrasers[self._home(goal)].goal(goal) for goal in goals]
        self.again = phrasers[0].rows.again()
        return made

    def _home(self, goal: Goal) -> int:
        """Which of the task's domains a wish lies in."""
        home = self.tools[goal.tool]["domain_id"]
        return [domain["id"] for domain in self.domains].index(home)

    def _phrases(self, wordings: Sequence[Wording]) -> Phrases:
        """The wishes as they are meant, as they are first said, and the one taken back."""
        goals, hidden = self.plan.goals, self.draft.hidden
        if self.draft.dropped is not None:
            both = self._wordings(self.said, [self.draft.dropped, *goals], hidden)
            return Phrases(both[1:], both[1:], both[0], self.first, again=self.again)
        again = self.again
        first = self._wordings(self.first, goals, hidden) if self.draft.wrong else wordings
        full = self._wordings(self.said, goals, frozenset()) if hidden else ()
        return Phrases(wordings, first, None, self.first, full, again)

    def _first_wishes(self, phrases: Phrases) -> list[Wording]:
        if phrases.dropped is not None:
            return [phrases.dropped]
        if self.draft.withheld:
            return list(phrases.first)
        pairs = zip(phrases.first, self.plan.goals, strict=True)
        return [wording for wording, goal in pairs if goal.stage == 0]

    def _expectation(
        self, changes: Sequence[Mapping[str, Any]], wordings: Sequence[Wording]
    ) -> Expectation:
        if self.draft.declined:
            what = wordings[0].short or f"find out {wordings[0].ask}"
            forbidden = self.rules["forbid"] if self.draft.declined == "forbidden" else ()
            return Expectation(decline=plain(what), forbidden=forbidden)
        goals = [goal for goal in self.plan.goals if goal.write and not goal.refused]
        steps = {step["id"]: step for step in self.plan.steps}
        refused = [goal for goal in self.plan.goals if goal.refused]
        absent = [goal for goal in self.plan.goals if goal.absent]
        used = [goal.tool for goal in (*goals, *refused)]
        untouched = [g for g in self.plan.goals if g.condition and not g.condition["holds"]]
        hidden = [self.plan.slots[slot] for slot in sorted(self.draft.hidden)]
        return Expectation(
            changes=changes,
            free=self._free_fields(),
            answers=[answer for goal in self.plan.goals for answer in goal.answers],
            calls=[
                *(self._call(goal.tool, steps[goal.step]) for goal in goals),
                *(self._call(steps[goal.step]["tool"], steps[goal.step]) for goal in absent),
            ],
            order=self._order([goal.step for goal in (*goals, *absent)]),
            confirm=sorted({tool for tool in used if tool in self.rules["confirm"]}),
            forbidden=self.rules["forbid"],
            ask_first=[(slot.label, self._needing(slot.name)) for slot in hidden],
            recover=bool(self.draft.planted),
            decline=", ".join(plain(w.short) for w in wordings) if refused or absent else "",
            refused=[self._refused_call(goal, steps[goal.step]) for goal in refused],
            untouched=[goal.tool for goal in untouched],
            which=self.draft.unclear is not None,
            later=[item.kind for item in self.draft.later],
        )

    def _needing(self, slot: str) -> str:
        """The tool whose call waits for a slot; none where only the answer does."""
        used = {
            name for s in self.plan.steps for a in s["arguments"].values() for name in slots_used(a)
        }
        return self.plan.goals[0].tool if slot in used else ""

    def _refused_call(self, goal: Goal, step: Mapping[str, Any]) -> dict[str, Any]:
        rows = [row_id for _, row_id in goal.targets.values()]
        return {"tool": goal.tool, "arguments": step["values"], "error": goal.refused, "rows": rows}

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

    def _record(self, case: Case, proof: Mapping[str, Any], label: str) -> Record:
        draft, agent = self.draft, self.agent
        agenda = build_agenda(
            draft,
            self.said,
            self.phrases,
            case.later,
            self.persona,
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
            "opening": case.opening,
            "persona": self.persona,
            "agenda": agenda,
            "state_seed": self.state_seed,
            "plan": steps,
            "rubric": case.rubric,
            "difficulty": measured,
            "proof": {**proof, "failed_drafts": list(self.failed)},
        }
        parents = [agent["id"], *(domain["id"] for domain in self.domains)]
        return self.ctx.record("task", body, parents=parents, author=label)
