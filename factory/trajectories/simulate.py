"""Stage: a task → its roll-outs: conversations with a simulated user and executed tools."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.mcp.live import LiveServers
from factory.records import Record
from factory.stage import AuthorFailed, Context, Reject
from factory.tasks.compose import load_toolbox
from factory.tasks.environment import Environment, Toolbox
from factory.tasks.proof.checks import Evidence, evaluate
from factory.tasks.transcript import Transcript
from factory.trajectories.authors import Agent, AgentView, Reply, Script, Turn, User, UserView
from factory.trajectories.provenance import trace
from factory.trajectories.simulator import (
    NoSimulator,
    RealServers,
    ServerMemory,
    ToolSimulator,
    stand_in,
)
from factory.trajectories.user import opening_slots
from factory.worlds.faults import FaultModel


async def simulate(task: Record, ctx: Context) -> Sequence[Record | Reject]:
    """`recipe.trajectories.rollouts_per_task` trajectory records of one task."""
    settings = ctx.recipe.trajectories
    agent = ctx.store.get("agent", task["agent_id"])
    toolbox = load_toolbox(agent, ctx)
    made: list[Record | Reject] = []
    for index in range(settings.rollouts_per_task):
        rng = ctx.child("skill", index)
        skill = rng.choices(list(settings.skills), list(settings.skills.values()))[0]
        try:
            made.append(await roll_out(task, agent, toolbox, skill, index, ctx))
        except AuthorFailed as error:
            made.append(error.as_reject({"task_id": task["id"], "rollout": index}))
    return made


async def roll_out(
    task: Record, agent: Record, toolbox: Toolbox, skill: str, index: int, ctx: Context
) -> Record:
    """One trajectory record: the roll-out number `index` of a task by an agent of `skill`."""
    start = {
        "type": "start",
        "state_seed": task["state_seed"],
        "fault_seed": ctx.seed,
        "fault_rate": ctx.recipe.trajectories.fault_rate,
        "fault_key": f"{task['id']}-{index}",
        "planted": task["agenda"]["planted"],
        "withheld": task["agenda"]["withheld"],
    }
    environment = environment_of(start, toolbox)
    refusals = frozenset(step["refused"] for step in task["plan"] if step.get("refused"))
    transcript = Transcript(environment, events=[start], expected=refusals)
    talk = Conversation(task, agent, transcript, skill, ctx.child("talk", index), index)
    settings, authors = ctx.recipe.trajectories, ctx.authors
    async with LiveServers(settings.servers) as servers:
        talk.simulator = RealServers(servers, authors["tool_simulator"])
        await talk.run(authors["agent"], authors["user"], settings.max_turns)
    evidence = transcript.finish()
    return ctx.record(
        "trajectory", body_of(task, agent, skill, evidence, environment), parents=[task["id"]]
    )


def environment_of(start: Mapping[str, Any], toolbox: Toolbox) -> Environment:
    """The environment that a trajectory's first event (`start`) describes."""
    planted = {entry["tool"]: entry["fault"] for entry in start["planted"]}
    faults = FaultModel(start["fault_seed"], start["fault_rate"])
    withheld = frozenset(start["withheld"])
    return Environment(toolbox, start["state_seed"], faults, start["fault_key"], planted, withheld)


def script_of(task: Record) -> Script:
    """What an offline agent may follow: the plan without the values that it has to find."""
    agenda = task["agenda"]
    steps = list(task["plan"])
    if agenda["dropped"]:
        at = next((i for i, step in enumerate(steps) if step["stage"]), len(steps))
        steps.insert(at, agenda["dropped"])
    return Script(
        steps=[
            {key: step[key] for key in ("id", "tool", "arguments", "role", "after", "stage")}
            for step in steps
        ],
        goals=agenda["goals"],
        labels={slot["name"]: slot["label"] for slot in agenda["slots"]},
        kind=task["kind"],
        declined=agenda["declined"],
        later=[{key: item[key] for key in ("kind", "on", "about")} for item in agenda["later"]],
        withheld=agenda["withheld"],
        unclear=agenda["unclear"],
        again=[(long, short) for long, short in agenda.get("again", ())],
    )


class Conversation:
    """User and agent taking turns until the user leaves or the limit is reached."""

    def __init__(
        self,
        task: Record,
        agent: Record,
        transcript: Transcript,
        skill: str,
        rng: random.Random,
        index: int = 0,
    ) -> None:
        self.index = index
        self.task = task
        self.agent = agent
        self.transcript = transcript
        self.skill = skill
        self.rng = rng
        self.values = {slot["name"]: slot["value"] for slot in task["agenda"]["slots"]}
        self.heard = {
            slot["name"]: slot.get("first", slot["value"]) for slot in opening_slots(task["agenda"])
        }
        environment = transcript.environment
        self.tools = environment.toolbox.declarations(without=environment.withheld)
        self.script = script_of(task)
        self.simulator: ToolSimulator = NoSimulator()
        self.memories: dict[str, ServerMemory] = {}
        self.agent_notes: dict[str, Any] = {"stage": 0}
        self.user_notes: dict[str, Any] = {}

    async def run(self, agent: Agent, user: User, max_turns: int) -> None:
        """Fill the transcript; it ends on an assistant message without calls."""
        self.transcript.system(self.agent["system_prompt"])
        self.transcript.user(self.task["opening"], act="open", slots=sorted(self.heard))
        while True:
            act = await self._assistant(agent)
            if act is None:
                if self._turns() >= max_turns + 6:
                    self.transcript.assistant("I have to stop here.", train=False)
                    return
                continue
            if self._turns() >= max_turns:
                return
            if not await self._user(user, act):
                return

    def _turns(self) -> int:
        return sum(m["role"] in ("user", "assistant") for m in self.transcript.messages)

    async def _assistant(self, agent: Agent) -> Mapping[str, Any] | None:
        """One assistant turn; its act, or None when it made calls and goes on."""
        view = AgentView(
            self.agent,
            self.transcript.messages,
            self.tools,
            self.skill,
            self.script,
            self.heard,
            self.agent_notes,
            self.rng,
        )
        turn = await agent.act(view)
        before = list(self.transcript.messages)
        schemas = {t["function"]["name"]: t["function"]["parameters"] for t in self.tools}
        provenance = [trace(a, before, schemas.get(name, {})) for name, a in turn.calls]
        await self._stand_in(turn)
        self.transcript.assistant(
            turn.text,
            turn.calls,
            train=not turn.mistake,
            act=str(turn.act.get("kind", "")),
            mistake=turn.mistake,
            provenance=provenance,
        )
        return None if turn.calls else turn.act

    async def _stand_in(self, turn: Turn) -> None:
        """Have the calls that no program executes answered, if somebody simulates their server."""
        environment = self.transcript.environment
        await stand_in(self.simulator, environment, turn.calls, self.memories, self.index)

    async def _user(self, user: User, act: Mapping[str, Any]) -> bool:
        """One user turn; False when the user leaves."""
        view = UserView(
            self.task["agenda"],
            self.task["persona"],
            self.transcript.messages,
            act,
            self.user_notes,
            self.rng,
        )
        reply = await user.reply(view)
        if reply.text is None:
            return False
        self.heard.update((name, self.values[name]) for name in reply.slots)
        added = self._advance(reply)
        if reply.kind == "answer":
            self.agent_notes.setdefault("late", []).extend(reply.slots)
        self.transcript.user(reply.text, act=reply.kind, slots=list(reply.slots), **added)
        return True

    def _advance(self, reply: Reply) -> dict[str, Any]:
        """Go on to the next part of the conversation when the user opens it; the tools that are
        connected with it. A user who is a model opens it by saying anything after a report."""
        stage = self.agent_notes["stage"]
        later = self.task["agenda"]["later"]
        if stage >= len(later):
            return {}
        scripted = {item["kind"] for item in later}
        told = reply.kind == later[stage]["kind"]
        free = reply.kind == "answer" and self.agent_notes.get("reported", -1) >= stage
        if not told and (not free or reply.kind in scripted):
            return {}
        self.agent_notes["stage"] += 1
        names = later[stage]["tools"] if told else []
        if not names:
            return {}
        environment = self.transcript.environment
        environment.enable(names)
        self.tools = environment.toolbox.declarations(
            without=environment.withheld - environment.enabled
        )
        return {"added": [t for t in self.tools if t["function"]["name"] in names]}


def body_of(
    task: Record, agent: Record, skill: str, evidence: Evidence, environment: Environment
) -> dict[str, Any]:
    """The trajectory's body from what the conversation left behind."""
    faults = [event for event in evidence.calls if event["fault"]]
    failed = [event for event in evidence.calls if not event["ok"]]
    outcome = outcome_of(task, evidence)
    turns = [m for m in evidence.messages if m["role"] in ("user", "assistant")]
    return {
        "task_id": task["id"],
        "agent_id": agent["id"],
        "skill": skill,
        "messages": list(evidence.messages),
        "tools": environment.toolbox.declarations(without=environment.withheld),
        "events": list(evidence.events),
        "outcome": outcome,
        "num_turns": len(turns),
        "num_tool_calls": len(evidence.calls),
        "num_faults": len(faults),
        "error_recovered": outcome == "success" and any(not _refused(task, e) for e in failed),
        "final_state_hash": environment.hash(),
    }


def _refused(task: Record, event: Mapping[str, Any]) -> bool:
    """Whether a failed call is the refusal that the task is about."""
    return any(s.get("refused") == event["error"] for s in task["plan"])


def outcome_of(task: Record, evidence: Evidence) -> str:
    """success: every success criterion is met; partial: part of the goal or answer is."""
    items = task["rubric"]["success_criteria"]
    scores = {item["id"]: evaluate(item, evidence).score for item in items}
    if all(score == 1.0 for score in scores.values()):
        return "success"
    reached = [scores[name] for name in ("goal", "answer", "declined") if name in scores]
    return "partial" if max(reached, default=0.0) > 0 else "failure"
