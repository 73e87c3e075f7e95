"""Every phrase of the offline agent is read as what it is: a question, a refusal, a report."""

from __future__ import annotations

import asyncio
import random

import pytest

from factory.agents.grammar import Speaker, plain
from factory.recipe import Recipe
from factory.tasks.compose import load_toolbox
from factory.tasks.proof.checks import declines
from factory.tasks.values import mentions
from factory.trajectories.acting.agent_phrases import GRAMMAR
from factory.trajectories.settings import TrajectorySettings
from factory.trajectories.simulate import roll_out
from factory.trajectories.user import read_act
from tests.agents.agentic_line import context, line

READ_AS = {
    "ask": "ask",
    "which": "ask",
    "confirm": "confirm",
    "no_tool": "decline",
    "forbidden": "decline",
    "not_there": "decline",
    "gave_up": "decline",
    "stuck": "decline",
    "done": "report",
    "now": "report",
    "facts": "report",
    "answer": "report",
    "single": "report",
    "counted": "report",
    "condition_unmet": "report",
    "welcome": "report",
    "welcome_no": "report",
}
VALUES = {
    "labels": "the date",
    "it": "it",
    "they": "it",
    "are": "is",
    "count": "two",
    "plural": "rows",
    "label": "date",
    "options": "3 May and 4 May",
    "act": "cancel the row",
    "past": "cancelled the row",
    "done": "cancelled the row",
    "what": "the row",
    "facts": "status open",
    "fact": "status is open",
    "value": "open",
    "wanted": "closed",
    "name": "Ana Ruiz",
    "title": "a house",
    "office": "the office",
    "why": "it is closed",
    "fault": "the call timed out",
}


@pytest.mark.parametrize("key", [k for k in GRAMMAR if k.partition(".")[0] in READ_AS])
def test_a_phrase_is_read_as_what_it_is(key):
    symbol, _, tone = key.partition(".")
    for seed in range(60):
        speaker = Speaker(GRAMMAR, random.Random(seed), [tone] if tone else [])
        said = plain(speaker.say(symbol, **VALUES))
        assert read_act(said) == READ_AS[symbol], said


def test_leave_is_taken_of_a_refusal_in_other_words_than_of_a_success():
    kept = 0
    for trajectory in line().rows("trajectory"):
        said = [m for m in trajectory["messages"] if m["role"] != "system"]
        if len(said) < 4 or said[-2]["role"] != "user" or said[-1].get("tool_calls"):
            continue
        before = said[-3]["content"] if said[-3]["role"] == "assistant" else ""
        if declines(before):
            kept += 1
            assert "glad it worked" not in said[-1]["content"], said[-1]["content"]
            assert "You're welcome" not in said[-1]["content"], said[-1]["content"]
    assert kept


def test_what_a_condition_came_to_is_told_before_the_go_ahead_is_asked_for():
    store, seen = line().store, 0
    recipe = Recipe(trajectories=TrajectorySettings(fault_rate=0.0))
    for task in line().rows("task"):
        goal = task["agenda"]["goals"][0]
        if task["kind"] != "conditional" or not goal["write"]:
            continue
        ctx = context(store, "trajectories", task["id"], recipe)
        agent = store.get("agent", task["agent_id"])
        made = asyncio.run(roll_out(task, agent, load_toolbox(agent, ctx), "cautious", 0, ctx))
        asked = next(e for e in made["events"] if e.get("act") == "confirm")
        slots = {slot["name"]: slot["value"] for slot in task["agenda"]["slots"]}
        said = made["messages"][asked["message"]]["content"]
        assert mentions(said.partition("?")[0], slots[goal["condition"]["slot"]]), said
        seen += 1
    assert seen
