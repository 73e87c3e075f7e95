"""What a trajectory promises: a legal chat, grounded calls, a state anyone can reach again."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from dataclasses import replace

import pytest

from factory.agents.settings import AgentSettings
from factory.recipe import Recipe
from factory.records import canonical_json
from factory.stage import Context
from factory.tasks.compose import load_toolbox
from factory.tasks.values import mentions
from factory.trajectories.agent import OfflineAgent
from factory.trajectories.replay import replay
from factory.trajectories.settings import SKILLS, TrajectorySettings
from factory.trajectories.sft import to_sft
from factory.trajectories.simulate import roll_out, script_of, simulate
from factory.trajectories.user import OfflineUser
from tests.agents.agentic_line import context, line


def trajectories(*skills: str):
    return [t for t in line().rows("trajectory") if not skills or t["skill"] in skills]


def rolled(task, skill, fault_rate=0.0, index=0):
    """One roll-out of a task by a chosen skill."""
    store = line().store
    recipe = Recipe(trajectories=TrajectorySettings(fault_rate=fault_rate))
    ctx = context(store, "trajectories", task["id"], recipe)
    agent = store.get("agent", task["agent_id"])
    return asyncio.run(roll_out(task, agent, load_toolbox(agent, ctx), skill, index, ctx))


def replayed(trajectory):
    store = line().store
    agent = store.get("agent", trajectory["agent_id"])
    task = line().task_of(trajectory)
    return replay(trajectory, task, agent, store.kinds["tool"], store.kinds["domain"])


def test_roles_alternate_and_the_assistant_has_the_last_word():
    for trajectory in trajectories():
        roles = "".join({"tool": "t"}.get(m["role"], m["role"][0]) for m in trajectory["messages"])
        assert re.fullmatch(r"s(u(at+)*a)+", roles), roles
        last = trajectory["messages"][-1]
        assert last["content"] and not last.get("tool_calls")


def test_call_ids_count_over_the_conversation_and_are_answered_in_order():
    for trajectory in trajectories():
        calls = [c for m in trajectory["messages"] for c in m.get("tool_calls", ())]
        for index, call in enumerate(calls):
            name = call["function"]["name"]
            assert call["id"] == f"functions.{name}:{index}"
            assert re.fullmatch(r"[A-Za-z0-9_]{1,64}", name)
            assert isinstance(call["function"]["arguments"], dict)
        tools = [m for m in trajectory["messages"] if m["role"] == "tool"]
        assert [m["tool_call_id"] for m in tools] == [c["id"] for c in calls]
        for message in tools:
            json.loads(message["content"])
        assert trajectory["num_tool_calls"] == len(calls)


def test_every_trajectory_replays_to_the_same_state():
    for trajectory in trajectories():
        result = replayed(trajectory)
        assert result.equal, result.mismatches


@pytest.mark.parametrize("part", ["content", "arguments", "hash", "seed"])
def test_a_tampered_trajectory_does_not_replay(part):
    source = next(
        t for t in trajectories("expert") if any(e.get("changes") for e in t["events"][:-1])
    )
    trajectory = copy.deepcopy(source)
    if part == "content":
        next(m for m in trajectory["messages"] if m["role"] == "tool")["content"] = "{}"
    elif part == "arguments":
        calls = [c for m in trajectory["messages"] for c in m.get("tool_calls", ())]
        calls[-1]["function"]["arguments"] = {}
    elif part == "hash":
        trajectory["final_state_hash"] = "0" * 32
    else:
        trajectory["events"][0]["state_seed"] += "x"
    assert not replayed(trajectory).equal


@pytest.mark.parametrize("skill", ["expert", "cautious", "parallel", "recovering"])
def test_able_agents_always_succeed_without_faults(skill):
    for task in line().rows("task"):
        assert rolled(task, skill)["outcome"] == "success", task["opening"]


def test_the_expert_recovers_from_heavy_faults():
    faults = 0
    for task in line().rows("task"):
        trajectory = rolled(task, "expert", fault_rate=0.4)
        assert trajectory["outcome"] == "success", task["opening"]
        faults += trajectory["num_faults"]
        assert trajectory["error_recovered"] == (trajectory["num_faults"] > 0)
        assert replayed(trajectory).equal
    assert faults > 50


def test_a_planted_fault_is_met_and_survived():
    recovery = [t for t in line().rows("task") if t["kind"] == "fault_recovery"]
    assert recovery
    for task in recovery:
        trajectory = rolled(task, "expert")
        assert trajectory["num_faults"] >= 1
        assert trajectory["error_recovered"]


def test_every_argument_of_an_expert_was_told_or_shown():
    seen = 0
    for trajectory in trajectories("expert", "cautious", "parallel"):
        for event in trajectory["events"]:
            for origins in event.get("provenance", ()):
                for origin in origins.values():
                    assert origin["from"] in ("user", "result", "default")
                    assert origin["message"] < event["message"]
                    seen += 1
    assert seen > 100


def test_ids_come_from_earlier_results_wherever_the_plan_looks_them_up():
    for task in line().rows("task"):
        trajectory = rolled(task, "expert")
        told = " ".join(m["content"] for m in trajectory["messages"] if m["role"] == "user")
        for step in task["plan"]:
            for name, source in step["arguments"].items():
                if "step" in source:
                    assert not mentions(told, step["values"][name])


def test_the_agents_script_holds_no_hidden_value():
    for task in line().rows("task"):
        script = script_of(task)
        assert all("values" not in step for step in script.steps)
        for goal in script.goals:
            assert all("value" not in a and "values" not in a for a in goal["answers"])


def test_a_forgotten_value_is_said_only_when_asked_for():
    asked = [t for t in line().rows("task") if t["kind"] == "missing_parameter"]
    assert asked
    for task in asked:
        trajectory = rolled(task, "expert")
        events = [e for e in trajectory["events"] if e["type"] in ("user", "assistant")]
        hidden = {s["name"] for s in task["agenda"]["slots"] if s["reveal"] == "ask"}
        for before, event in zip(events, events[1:], strict=False):
            if hidden & set(event.get("slots", ())):
                assert before["act"] == "ask"
        revealed = {name for e in events for name in e.get("slots", ())}
        assert hidden <= revealed


def test_agents_own_errors_are_masked_and_their_repair_is_trained_on():
    masked = repaired = 0
    for trajectory in trajectories():
        messages = trajectory["messages"]
        assert not any(m["train"] for m in messages if m["role"] != "assistant")
        for event in trajectory["events"]:
            if event["type"] == "call" and not event["ok"] and not event["fault"]:
                assert not messages[event["turn"]]["train"]
                masked += 1
                if trajectory["outcome"] == "success":
                    later = messages[event["turn"] + 1 :]
                    repaired += any(m["train"] for m in later if m.get("tool_calls"))
    assert masked and repaired


def test_a_fault_is_not_the_agents_error():
    for trajectory in trajectories("expert"):
        for event in trajectory["events"]:
            if event["type"] == "call" and event["fault"]:
                assert trajectory["messages"][event["turn"]]["train"]


def test_hallucinated_claims_are_never_kept():
    caught = 0
    verdicts = {v["trajectory_id"]: v for v in line().rows("verdict")}
    for trajectory in trajectories("hallucinating"):
        invented = any(e.get("mistake") for e in trajectory["events"])
        if invented:
            assert not verdicts[trajectory["id"]]["keep"]
            caught += 1
    assert caught


def test_skills_and_outcomes_both_vary():
    assert {t["skill"] for t in trajectories()} == set(SKILLS)
    assert len({t["outcome"] for t in trajectories()}) >= 2


def test_same_seed_same_bytes():
    store = line().store
    for task in line().rows("task")[:8]:
        rows = [
            asyncio.run(simulate(task, context(store, "trajectories", task["id"]))) for _ in "ab"
        ]
        assert canonical_json(rows[0]) == canonical_json(rows[1])


def test_only_kept_trajectories_become_rows_and_the_rest_keep_their_reason():
    store = line().store
    for verdict in line().rows("verdict"):
        made = asyncio.run(to_sft(verdict, context(store, "sft", verdict["id"])))[0]
        if verdict["keep"]:
            assert made["messages"][-1]["role"] == "assistant"
            assert any(m["train"] for m in made["messages"])
            assert made["source_id"] == verdict["task_id"]
        else:
            assert made.reason == verdict["reason"]


def test_the_user_understands_an_assistant_by_its_words_alone():
    """A model that acts as agent gives no account of its turns."""

    class Mute(OfflineAgent):
        async def act(self, view):
            return replace(await super().act(view), act={})

    store = line().store
    for task in line().rows("task"):
        ctx = Context.for_test(
            recipe=Recipe(trajectories=TrajectorySettings(fault_rate=0.0)),
            store=store,
            stage="trajectories",
            record_id=task["id"],
            authors={"agent": Mute(), "user": OfflineUser()},
        )
        agent = store.get("agent", task["agent_id"])
        box = load_toolbox(agent, ctx)
        for skill in ("expert", "cautious"):
            made = asyncio.run(roll_out(task, agent, box, skill, 0, ctx))
            assert made["outcome"] == "success", made["messages"][-1]["content"]


def test_the_limit_on_turns_ends_a_conversation():
    store = line().store
    task = max(line().rows("task"), key=lambda t: len(t["plan"]))
    recipe = Recipe(trajectories=TrajectorySettings(max_turns=4), agents=AgentSettings())
    ctx = context(store, "trajectories", task["id"], recipe)
    agent = store.get("agent", task["agent_id"])
    made = asyncio.run(roll_out(task, agent, load_toolbox(agent, ctx), "expert", 0, ctx))
    assert len(made["messages"]) <= 4 + 12
    assert made["messages"][-1]["role"] == "assistant"
    assert not made["messages"][-1].get("tool_calls")
