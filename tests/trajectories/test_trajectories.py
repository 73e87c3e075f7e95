"""What a trajectory promises: a legal chat, grounded calls, a state anyone can reach again."""

from __future__ import annotations

import asyncio
import copy
import json
import re
from dataclasses import replace

import pytest

from factory.agents.settings import AgentSettings
from factory.authors import lone_context
from factory.recipe import Recipe
from factory.records import canonical_json
from factory.stage import Reject
from factory.tasks.compose import compose, load_toolbox
from factory.tasks.environment import Environment
from factory.tasks.proof.checks import declines
from factory.tasks.values import mentions
from factory.trajectories.acting.agent import OfflineAgent
from factory.trajectories.preferences import pair, parting
from factory.trajectories.replay import replay
from factory.trajectories.settings import SKILLS, TrajectorySettings
from factory.trajectories.sft import to_sft
from factory.trajectories.simulate import roll_out, script_of, simulate
from factory.trajectories.simulator import NoSimulator
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
        refusals = {s.get("refused") for s in line().task_of(trajectory)["plan"]}
        for event in trajectory["events"]:
            if event["type"] == "call" and not event["ok"] and not event["fault"]:
                if event["error"] in refusals:
                    continue
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
        ctx = lone_context(
            recipe=Recipe(trajectories=TrajectorySettings(fault_rate=0.0)),
            store=store,
            stage="trajectories",
            record_id=task["id"],
            authors={"agent": Mute(), "user": OfflineUser(), "tool_simulator": NoSimulator()},
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
    assert sum(m["role"] in ("user", "assistant") for m in made["messages"]) <= 4 + 8
    assert made["messages"][-1]["role"] == "assistant"
    assert not made["messages"][-1].get("tool_calls")


def spoken(trajectory, role):
    return [m["content"] for m in trajectory["messages"] if m["role"] == role]


def of_kind(kind):
    found = [t for t in line().rows("task") if t["kind"] == kind]
    assert found, f"no task of kind {kind}"
    return found


def test_a_corrected_value_is_the_one_that_is_written():
    for task in of_kind("correction"):
        slot = next(s for s in task["agenda"]["slots"] if s["reveal"] == "corrected")
        assert mentions(task["opening"], slot["first"])
        made = rolled(task, "expert")
        calls = [e for e in made["events"] if e["type"] == "call" and e["changes"]]
        values = [value for call in calls for value in call["arguments"].values()]
        assert slot["value"] in values and slot["first"] not in values


def test_a_wish_taken_back_is_never_carried_out():
    for task in of_kind("change_of_mind"):
        dropped = next(g for g in task["agenda"]["goals"] if g.get("dropped"))
        made = rolled(task, "expert")
        assert dropped["tool"] not in {e.get("tool") for e in made["events"] if e.get("changes")}
        assert dropped["step"] not in {step["id"] for step in task["plan"]}


def test_which_of_several_is_asked_after_the_look_up_and_names_them_all():
    for task in of_kind("ambiguous"):
        made = rolled(task, "expert")
        asked = next(e for e in made["events"] if e.get("act") == "ask")
        first = min(e["message"] for e in made["events"] if e["type"] == "call")
        assert first < asked["message"]
        slot = next(s for s in task["agenda"]["slots"] if s.get("which"))
        assert mentions(made["messages"][asked["message"]]["content"], slot["value"])
        assert not mentions(task["opening"], slot["value"])


def test_a_tool_that_comes_later_is_declined_first_and_used_then():
    for task in of_kind("missing_function"):
        name = task["agenda"]["withheld"][0]
        made = rolled(task, "expert")
        assert name not in {t["function"]["name"] for t in made["tools"]}
        added = next(e for e in made["events"] if e.get("added"))
        assert f'"name": "{name}"' in made["messages"][added["message"]]["content"]
        used = [e for e in made["events"] if e.get("tool") == name]
        assert used and all(e["turn"] > added["message"] for e in used)
        assert replayed(made).equal


def test_a_row_declares_every_tool_it_calls_and_trains_no_refusal_against_them():
    whole = cut = 0
    store = line().store
    for verdict in line().rows("verdict"):
        task = store.get("task", verdict["task_id"])
        if not verdict["keep"] or not task["agenda"]["withheld"]:
            continue
        row = asyncio.run(to_sft(verdict, context(store, "sft", verdict["id"])))[0]
        names = {t["function"]["name"] for t in row["tools"]}
        called = {c["function"]["name"] for m in row["messages"] for c in m.get("tool_calls", ())}
        trained = [m["content"] for m in row["messages"] if m["train"]]
        assert row["num_tool_calls"] == len([c for c in row["messages"] if c["role"] == "tool"])
        if task["agenda"]["withheld"][0] in names:
            assert called & set(task["agenda"]["withheld"]) and not declines(trained[0])
            whole += 1
        else:
            assert not called and declines(trained[-1])
            cut += 1
    assert whole and cut


def test_a_call_of_a_withheld_tool_is_unknown():
    task = of_kind("missing_function")[0]
    store = line().store
    agent = store.get("agent", task["agent_id"])
    box = load_toolbox(agent, context(store, "trajectories", "x"))
    withheld = frozenset(task["agenda"]["withheld"])
    environment = Environment(box, task["state_seed"], withheld=withheld)
    step = task["plan"][-1]
    assert environment.call(step["tool"], step["values"]).error == "unknown_tool"


def test_what_the_system_refuses_is_tried_and_reported_honestly():
    for task in of_kind("unachievable"):
        made = rolled(task, "expert")
        assert made["events"][-1]["changes"] == []
        refused = [e for e in made["events"] if e.get("error") == task["plan"][-1]["refused"]]
        assert refused and made["messages"][refused[0]["turn"]]["train"]
        shown = json.loads(made["messages"][refused[0]["message"]]["content"])["error"]["message"]
        assert shown.rstrip(".") in " ".join(spoken(made, "assistant"))


def drawn_of(kind, count):
    """So many tasks of one kind over the small line's agents."""
    recipe = Recipe.model_validate({"tasks": {"kinds": {kind: 1.0}}})
    made = []
    for index in range(count):
        seed = {"id": f"{kind}{index}", "index": index}
        ctx = context(line().store, "tasks", seed["id"], recipe)
        made.append(asyncio.run(compose(seed, ctx)))
    return [task for tasks in made for task in tasks if not isinstance(task, Reject)]


def test_a_condition_is_read_before_it_is_acted_on():
    outcomes = set()
    for task in drawn_of("conditional", 8):
        made = rolled(task, "expert")
        goal = next(g for g in task["agenda"]["goals"] if g.get("condition"))
        wrote = any(e.get("changes") for e in made["events"][:-1])
        outcomes.add(wrote)
        slot = next(s for s in task["agenda"]["slots"] if s["name"] == goal["condition"]["slot"])
        step, field = goal["condition"]["source"]["step"], goal["condition"]["source"]["field"]
        at = [s["id"] for s in task["plan"]].index(step)
        seen = [json.loads(m) for m in spoken(made, "tool")][at]
        values = [r[field] for rows in seen.values() if isinstance(rows, list) for r in rows]
        if len(values) == 1:
            assert (values[0] == slot["value"]) == wrote
    assert outcomes == {True, False}


def test_totals_and_extremes_are_worked_out_of_the_results():
    for task in of_kind("aggregate"):
        item = next(i for i in task["rubric"]["success_criteria"] if i["type"] == "answer")
        value = item["check"]["values"][0]["value"]
        made = rolled(task, "expert")
        rows = next(
            rows
            for m in reversed(spoken(made, "tool"))
            for rows in json.loads(m).values()
            if isinstance(rows, list)
        )
        name = item["check"]["values"][0]["name"].partition("_")[2]
        numbers = [row[name] for row in rows]
        assert value in (round(sum(numbers), 2), round(sum(numbers) / len(numbers), 2))
    for task in of_kind("select"):
        assert any('"pick"' in json.dumps(step["arguments"]) for step in task["plan"]) or any(
            '"pick"' in json.dumps(g["answers"]) for g in task["agenda"]["goals"]
        )


def test_later_wishes_come_when_the_earlier_ones_are_served():
    for task in of_kind("follow_up") + of_kind("long_haul"):
        made = rolled(task, "expert")
        talk = [e for e in made["events"] if e["type"] in ("user", "assistant")]
        for before, event in zip(talk, talk[1:], strict=False):
            if event.get("act") == "follow_up":
                assert before["act"] in ("report", "decline")
        texts = spoken(made, "user")
        assert all(item["text"] in texts for item in task["agenda"]["later"])


def test_long_tasks_are_long():
    calls = [t["difficulty"]["calls"] for t in of_kind("long_haul")]
    assert min(calls) >= 9 and max(calls) >= 14


def test_an_errand_out_of_scope_is_declined_and_spoils_nothing():
    asides = [
        t
        for t in line().rows("task")
        if t["agenda"]["later"] and t["agenda"]["later"][-1]["kind"] == "aside"
    ]
    assert asides
    for task in asides:
        made = rolled(task, "expert")
        asked = next(e for e in made["events"] if e.get("act") == "aside")
        answer = made["messages"][asked["message"] + 1]
        assert declines(answer["content"]) and not answer.get("tool_calls")
        assert made["outcome"] == "success"


def preferences():
    store = line().store
    rows = []
    for task in line().rows("task"):
        rows += asyncio.run(pair(task, context(store, "preferences", task["id"])))
    return rows


def test_a_preference_is_two_answers_to_one_conversation():
    made = preferences()
    assert len(made) >= 5
    verdicts = {v["trajectory_id"]: v for v in line().rows("verdict")}
    for row in made:
        assert row["prompt"][-1]["role"] in ("user", "tool")
        assert row["chosen"][0]["role"] == row["rejected"][0]["role"] == "assistant"
        assert row["chosen"] != row["rejected"]
        good, bad = verdicts[row["chosen_id"]], verdicts[row["rejected_id"]]
        assert good["keep"] and not bad["keep"] and bad["reason"] == row["reason"]
        for side, verdict in (("chosen", good), ("rejected", bad)):
            whole = line().store.get("trajectory", verdict["trajectory_id"])["messages"]
            joined = [*row["prompt"], *row[side]]
            assert [m["content"] for m in joined] == [m["content"] for m in whole]


def test_two_runs_part_at_the_first_assistant_turn_that_differs():
    def said(*texts):
        roles = ["system", "user", "assistant", "user", "assistant"]
        return [{"role": r, "content": t} for r, t in zip(roles, texts, strict=True)]

    one = said("s", "u", "a", "b", "c")
    assert parting(one, said("s", "u", "a", "b", "d")) == 4
    assert parting(one, said("s", "u", "a", "x", "c")) == 2
    assert parting(one, said("s", "u", "x", "b", "c")) == 2
    assert parting(one, one) == 4
