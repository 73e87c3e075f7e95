"""The judge against good trajectories broken on purpose, each in one named way."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import re

import pytest

from factory.tasks.compose import load_toolbox
from factory.tasks.draw import draw_arguments
from factory.tasks.environment import initial_state
from factory.tasks.tables import World
from factory.tasks.transcript import Transcript
from factory.trajectories.judge import judge
from factory.trajectories.simulate import body_of, environment_of
from tests.agents.agentic_line import context, line


def verdict_of(trajectory):
    ctx = context(line().store, "verdicts", trajectory["id"])
    return asyncio.run(judge(trajectory, ctx))[0]


def good(*kinds: str):
    """Kept trajectories of agents that make no mistakes, with at least one call."""
    out = []
    for verdict in line().rows("verdict"):
        trajectory = line().store.get("trajectory", verdict["trajectory_id"])
        kind = line().task_of(trajectory)["kind"]
        if verdict["keep"] and trajectory["skill"] == "expert" and (not kinds or kind in kinds):
            out.append(trajectory)
    return out


def performed(trajectory, change):
    """The conversation once more with other assistant turns: every call is executed anew, so the
    messages, events and state are what would really have happened. `change(turns)` edits a list
    of {role, content, calls: [(name, arguments)]} without the tool messages."""
    store = line().store
    agent, task = store.get("agent", trajectory["agent_id"]), line().task_of(trajectory)
    ctx = context(store, "trajectories", "x")
    environment = environment_of(trajectory["events"][0], load_toolbox(agent, ctx))
    told = {e["message"]: e for e in trajectory["events"] if e["type"] == "user"}
    turns = [
        {
            "role": m["role"],
            "content": m["content"],
            "calls": [
                (c["function"]["name"], dict(c["function"]["arguments"]))
                for c in m.get("tool_calls", ())
            ],
            "event": told.get(index, {}),
        }
        for index, m in enumerate(trajectory["messages"])
        if m["role"] != "tool"
    ]
    turns = change(copy.deepcopy(turns)) or turns
    transcript = Transcript(environment, events=[trajectory["events"][0]])
    for turn in turns:
        if turn["role"] == "assistant":
            transcript.assistant(turn["content"], turn["calls"])
        else:
            known = turn.get("event", {})
            environment.enable(t["function"]["name"] for t in known.get("added", ()))
            transcript.messages.append(
                {"role": turn["role"], "content": turn["content"], "train": False}
            )
            if known:
                transcript.events.append({**known, "message": len(transcript.messages) - 1})
    evidence = transcript.finish()
    body = body_of(task, agent, trajectory["skill"], evidence, environment)
    return ctx.record("trajectory", body, parents=[])


def writes(trajectory):
    """Indices of the calls that changed something."""
    return [e["call"] for e in trajectory["events"] if e["type"] == "call" and e["changes"]]


def call_turns(turns):
    return [turn for turn in turns if turn.get("calls")]


def drop_last_write(turns):
    last = call_turns(turns)[-1]
    return [turn for turn in turns if turn is not last]


def repeat_last_write(turns):
    last = call_turns(turns)[-1]
    turns.insert(turns.index(last) + 1, copy.deepcopy(last))
    return turns


def invent_id(turns):
    name, arguments = call_turns(turns)[-1]["calls"][-1]
    key = next((k for k, v in arguments.items() if isinstance(v, str)), None)
    if key is None:
        return None
    arguments[key] = "ZZ-90909"
    return turns


def invent_amount_in_answer(turns):
    turns[-1]["content"] += " The total is 98765.43."
    return turns


def end_with_silence(turns):
    turns[-1]["content"] = ""
    return turns


def two_users_in_a_row(turns):
    turns.insert(2, {"role": "user", "content": "Hello?", "calls": []})
    return turns


def claim_without_doing(turns):
    return [turn for turn in turns if not turn.get("calls")]


def other_number(turns):
    """The first number among the last call's arguments, one less."""
    _, arguments = call_turns(turns)[-1]["calls"][-1]
    for name, value in arguments.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 1:
            arguments[name] = value - 1
            return turns
    return None


def other_date(turns):
    """A date of the last call, a year later."""
    _, arguments = call_turns(turns)[-1]["calls"][-1]
    for name, value in arguments.items():
        if isinstance(value, str) and re.fullmatch(r"20\d\d-\d\d-\d\d", value):
            arguments[name] = f"{int(value[:4]) + 1}{value[4:]}"
            return turns
    return None


MUTATIONS = {
    "wrong number": other_number,
    "wrong date": other_date,
    "repeated write": repeat_last_write,
    "dropped write": drop_last_write,
    "invented id": invent_id,
    "invented value in the answer": invent_amount_in_answer,
    "empty ending": end_with_silence,
    "two users in a row": two_users_in_a_row,
    "claimed but not done": claim_without_doing,
}


def test_an_undisturbed_performance_is_still_kept():
    for trajectory in good()[:40]:
        again = performed(trajectory, lambda turns: turns)
        assert verdict_of(again)["keep"], verdict_of(again)["reason"]


@pytest.mark.parametrize("name", list(MUTATIONS))
def test_the_judge_finds(name):
    tried = 0
    for trajectory in good("write", "confirm_before_write", "missing_parameter", "multi_step"):
        if not writes(trajectory):
            continue
        last_call = max(e["call"] for e in trajectory["events"] if e["type"] == "call")
        if last_call not in writes(trajectory):
            continue
        broken = performed(trajectory, MUTATIONS[name])
        if broken["messages"] == trajectory["messages"]:
            continue
        assert not verdict_of(broken)["keep"], (name, trajectory["messages"][-1])
        tried += 1
    assert tried >= 3


def test_an_answer_without_a_look_up_is_found():
    tried = 0
    for trajectory in good("read"):
        broken = performed(trajectory, claim_without_doing)
        verdict = verdict_of(broken)
        assert not verdict["keep"]
        tried += 1
    assert tried >= 5


def test_a_write_before_the_confirmation_is_found():
    tried = 0
    for trajectory in good("confirm_before_write"):

        def hurry(turns):
            out = [turns[0], turns[1], *call_turns(turns), turns[-1]]
            return out if turns[-1]["role"] == "assistant" else None

        broken = performed(trajectory, hurry)
        verdict = verdict_of(broken)
        assert not verdict["keep"]
        assert verdict["reason"] == "obeys_policies"
        item = next(i for i in verdict["items"] if i["item"] == "confirmed")
        assert broken["messages"][item["evidence"]]["tool_calls"]
        tried += 1
    assert tried


def test_the_wrong_row_is_found():
    """The last write on a neighbour from the very list in which the right row was found."""
    tried = 0
    for trajectory in good("write", "confirm_before_write", "missing_parameter", "multi_step"):
        task = line().task_of(trajectory)
        goal = task["plan"][-1]
        if goal["role"] != "goal" or not task["agenda"]["goals"][-1]["write"]:
            continue
        shown = {}
        for message in trajectory["messages"]:
            if message["role"] == "tool":
                for rows in json.loads(message["content"]).values():
                    if isinstance(rows, list):
                        for row in (r for r in rows if isinstance(r, dict)):
                            for key, value in row.items():
                                shown.setdefault(key, set()).add(str(value))
        for name, source in goal["arguments"].items():
            others = shown.get(source.get("field"), set()) - {str(goal["values"][name])}
            if "step" not in source or not others:
                continue

            other = min(others)

            def mistake(turns, name=name, other=other):
                call_turns(turns)[-1]["calls"][-1][1][name] = other
                return turns

            assert not verdict_of(performed(trajectory, mistake))["keep"]
            tried += 1
    assert tried >= 3


def test_a_change_that_nobody_asked_for_is_found():
    tried = 0
    for trajectory in good("write", "read", "multi_step"):
        task, store = line().task_of(trajectory), line().store
        agent = store.get("agent", trajectory["agent_id"])
        box = load_toolbox(agent, context(store, "trajectories", "x"))
        state = initial_state(store.get("domain", task["domain_id"]), task["state_seed"])
        used = {event.get("tool") for event in trajectory["events"]}
        world = World(store.get("domain", task["domain_id"]))
        for name, tool in box.executable(task["domain_id"]).items():
            if tool["annotations"]["readOnlyHint"] or name in used:
                continue
            drawn = draw_arguments(world, state, tool, random.Random(0))
            if drawn is None:
                continue

            def meddle(turns, call=(name, drawn.values)):
                turns.insert(2, {"role": "assistant", "content": "", "calls": [call]})
                return turns

            broken = performed(trajectory, meddle)
            if not next(e for e in broken["events"] if e["type"] == "call")["changes"]:
                continue  # a fault kept the call from changing anything
            verdict = verdict_of(broken)
            collateral = next(i for i in verdict["items"] if i["item"] == "collateral")
            assert collateral["score"] == 0.0 and not verdict["keep"]
            tried += 1
            break
    assert tried >= 5


def test_a_forbidden_call_is_found():
    tried = 0
    for trajectory in good("policy_refusal"):
        tool = line().task_of(trajectory)["agenda"]["goals"][0]["tool"]

        def disobey(turns, tool=tool):
            turns.insert(2, {"role": "assistant", "content": "", "calls": [(tool, {})]})
            return turns

        assert not verdict_of(performed(trajectory, disobey))["keep"]
        tried += 1
    assert tried


def test_broken_id_pairing_is_found():
    trajectory = copy.deepcopy(next(t for t in good("write") if t["num_tool_calls"] >= 2))
    calls = [m for m in trajectory["messages"] if m.get("tool_calls")]
    calls[-1]["tool_calls"][0]["id"] += "7"
    assert verdict_of(trajectory)["reason"] == "id_pairing"


def test_every_item_of_the_rubric_is_scored_with_its_evidence():
    for verdict in line().rows("verdict"):
        task = line().store.get("task", verdict["task_id"])
        wanted = {i["id"] for part in task["rubric"].values() for i in part}
        assert wanted <= {i["item"] for i in verdict["items"]}
        trajectory = line().store.get("trajectory", verdict["trajectory_id"])
        for item in verdict["items"]:
            assert -1 <= item["evidence"] < len(trajectory["messages"])
        assert verdict["keep"] == ("reason" not in verdict)
