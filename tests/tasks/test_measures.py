"""Labels that are more than a noun: what is measured in which unit, what is so or not, counts."""

from __future__ import annotations

import re

import pytest

from factory.tasks.language.labels import counted, is_many, with_article
from factory.tasks.language.measures import adds_up, is_predicate, measure, said_of
from factory.tasks.tables import words
from factory.tasks.values import mentions
from tests.agents.agentic_line import line

_ARTICLE = re.compile(r"\b(?:a [aeio]\w|an [bcdfgjklmnpqrtvwz]\w)")
_AS_A_FIELD = re.compile(r"\bwith the (?:table|ward|board|shelf|quantity used) ")


@pytest.mark.parametrize(
    ("label", "of"),
    [
        ("interval days", ("interval", "days")),
        ("planned kg", ("planned weight", "kg")),
        ("total planned kg", ("total planned weight", "kg")),
        ("waiting days", ("waiting time", "days")),
        ("weekly hours", None),
        ("kg on hand", None),
        ("days", None),
    ],
)
def test_a_unit_at_the_end_of_a_label_is_what_the_value_is_counted_in(label, of):
    assert measure(label) == of
    assert of is None or not is_many(label)


@pytest.mark.parametrize(
    ("label", "part", "whole"),
    [
        ("papers complete", ("papers", "complete"), False),
        ("fee paid", ("fee", "paid"), False),
        ("papers in order", ("papers", "in order"), False),
        ("on duty", None, True),
        ("fit for service", None, True),
        ("active", None, True),
        ("gift wrap", None, False),
        ("member", None, False),
    ],
)
def test_what_is_so_is_said_of_the_part_that_it_is_true_of(label, part, whole):
    assert said_of(label) == part
    assert is_predicate(label) is whole or part is not None


def test_one_of_many_is_singular():
    assert counted("sections", "1") == "1 section"
    assert counted("sessions left", "1") == "1 session left"
    assert counted("children", "1") == "1 child"
    assert counted("guests", "3") == "3 guests"
    assert with_article("interval") == "an interval"
    assert with_article("unit price") == "a unit price"


def test_limits_and_readings_are_not_summed():
    assert adds_up("labour hours") and adds_up("portions")
    assert not adds_up("low limit") and not adds_up("last reading") and not adds_up("largest batch")


def test_humps_of_one_letter_and_figures_are_words_of_their_own():
    assert words("extraCostADay") == "extra cost a day"
    assert words("kgPer100") == "kg per 100"
    assert words("hourlyRate") == words("hourly_rate") == "hourly rate"


def test_wishes_have_the_right_article_and_no_field_for_a_place():
    for task in line().rows("task"):
        for goal in task["agenda"]["goals"]:
            bare = re.sub(r'"[^"]*"', "", f"{goal['act']} {goal['ask']}")
            assert not _ARTICLE.search(bare), bare
            assert not _AS_A_FIELD.search(bare), bare


def test_what_a_call_makes_is_named_whole_and_as_something_new():
    """ "raise the request of the guest" for a tool that makes a guest request is another thing."""
    seen = 0
    tools = [tool for tool in line().rows("tool") if tool.get("program")]
    named = {(tool["domain_id"], tool["name"]): tool for tool in tools}
    nouns = {
        domain["id"]: {t["name"]: str(t["noun"]).lower() for t in domain["world"]["tables"]}
        for domain in line().rows("domain")
    }
    for task in line().rows("task"):
        for goal in task["agenda"]["goals"]:
            tool = named.get((task["domain_id"], goal["tool"]))
            if tool is None or not goal["write"]:
                continue
            steps = [s for s in tool["program"]["steps"] if s.get("do") == "insert"]
            made = [nouns[task["domain_id"]][s["table"]] for s in steps]
            title = str(tool.get("title") or "").lower()
            for noun in (n for n in made if " " in n and title.endswith(f" {n}")):
                seen += 1
                assert re.search(rf"\ban? {noun}\b", goal["act"].lower()), goal["act"]
    assert seen


def test_a_question_names_the_row_first_that_comes_first():
    for trajectory in line().rows("trajectory"):
        for message in trajectory["messages"]:
            if message["role"] == "assistant" and message["content"]:
                assert not message["content"].startswith("You also asked"), message["content"]


def test_the_row_that_was_the_cheapest_of_several_is_named_in_the_report():
    """Where a task is about an extreme, some report says what the row is called."""
    named = 0
    tasks = {task["id"]: task for task in line().rows("task") if task["kind"] == "select"}
    for trajectory in line().rows("trajectory"):
        if trajectory["task_id"] in tasks and trajectory["outcome"] == "success":
            said = " ".join(
                m["content"] for m in trajectory["messages"] if m["role"] == "assistant"
            )
            shown = [m["content"] for m in trajectory["messages"] if m["role"] == "tool"]
            names = re.findall(r'"(?:name|title|label)": "([^"]+)"', " ".join(shown))
            named += any(mentions(said, name) for name in names)
    assert named
