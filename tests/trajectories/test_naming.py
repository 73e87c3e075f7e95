"""What an agent calls its own steps: true to the tool that it calls, and to what the call does."""

from __future__ import annotations

import random

import pytest

from factory.agents.grammar import Speaker, plain
from factory.tasks.language.user_phrases import GRAMMAR
from factory.trajectories.acting.naming import in_progress, looked_through
from tests.agents.agentic_line import line


@pytest.mark.parametrize(
    ("tool", "things"),
    [
        ("lake_hotel__search_guests", "the guests"),
        ("findCrewMember", "the crew member records"),
        ("get_rota", "the rota"),
        ("show_the_pass", "the pass"),
        ("get_stocking", "the stocking record"),
        ("kitchen_day_report", "the kitchen day report"),
        ("crops_search", "the crops"),
        ("coupleLookUp", "the couple records"),
        ("sales_get", "the sales"),
        ("calculate_flour_need", "the records"),
        ("when_is_trip_at_stop", "the records"),
        ("find_supervisor", "the records"),
    ],
)
def test_what_is_looked_through_is_what_the_tool_reads(tool, things):
    assert looked_through(tool) == things


def test_a_change_is_named_by_its_verb_where_the_verb_says_enough():
    assert in_progress("archive repair RP-1") == "archiving it"
    assert in_progress("cancel the booking of Ana Ruiz") == "cancelling it"
    for vague in ("call off the trip", "put the batch on hold", "mark X as blocked", ""):
        assert in_progress(vague) == "making the change"


def test_no_change_is_announced_before_a_call_that_only_reads():
    tools = {t["name"]: t for t in line().rows("tool") if t.get("program")}
    tasks = {task["id"]: task for task in line().rows("task")}
    seen = 0
    for trajectory in line().rows("trajectory"):
        goals = tasks[trajectory["task_id"]]["agenda"]["goals"]
        doing = {in_progress(g["short"]) for g in goals if g["write"]}
        for message in trajectory["messages"]:
            names = [call["function"]["name"] for call in message.get("tool_calls") or ()]
            known = [tools[name] for name in names if name in tools]
            if not message["content"] or not known or len(known) < len(names):
                continue
            seen += 1
            if all(tool["annotations"]["readOnlyHint"] for tool in known):
                said = message["content"].lower()
                assert not any(what in said for what in doing), message["content"]
    assert seen


@pytest.mark.parametrize("symbol", ["yes", "thanks", "accept_no", "hello"])
def test_few_replies_of_many_are_the_same(symbol):
    rng = random.Random(3)
    for register in ("polite", "casual", "formal", "neutral"):
        said = {plain(Speaker(GRAMMAR, rng, [register]).say(symbol)) for _ in range(200)}
        assert len(said) > 50, (symbol, register, len(said))
