"""Wishes in words: labels, short names for what was named before, replies, values nobody knows."""

from __future__ import annotations

import re

import pytest

from factory.agents.grammar import plain
from factory.tasks.goals import Plan, Slot
from factory.tasks.language.labels import asked_label, date_pair, noun_label
from factory.tasks.language.mentions import in_reply, named_before
from factory.tasks.language.rows import RowNames
from factory.tasks.tables import Fact, World
from factory.tasks.values import mentions
from tests.agents.agentic_line import line


@pytest.mark.parametrize(
    ("label", "noun"),
    [
        ("opened on", "opening date"),
        ("raised on", "date raised"),
        ("starts at", "start time"),
        ("planned for", "planned date"),
        ("valid until", "expiry date"),
        ("paid until", "paid-until date"),
        ("trained for", "trained for"),
        ("interval days", "interval in days"),
        ("planned kg", "planned weight in kg"),
        ("kg on hand", "kg on hand"),
        ("sent on", "date sent"),
        ("written by", "written by"),
        ("status", "status"),
    ],
)
def test_a_label_can_follow_an_article(label, noun):
    assert noun_label(label) == noun


def test_a_date_is_tied_as_people_tie_it():
    assert date_pair("placed on", "3 May") == "placed on 3 May"
    assert date_pair("valid until", "3 May") == "valid until 3 May"
    assert date_pair("starts on", "3 May") == "starting on 3 May"
    assert date_pair("date", "3 May") == "on 3 May"
    assert date_pair("incident date", "3 May") == "with incident date 3 May"


def test_counts_are_asked_for_as_numbers_once():
    assert asked_label("guests", 3) == "number of guests"
    assert asked_label("number of guests", 3) == "number of guests"
    assert asked_label("status", "open") == "status"
    assert asked_label("email", "a@b.example") == "e-mail address"


def test_what_was_named_at_length_is_brief_the_second_time():
    again = {"the booking of Ana Ruiz on 3 May": "that booking"}
    text = "Move the booking of Ana Ruiz on 3 May. The booking of Ana Ruiz on 3 May was early."
    assert named_before(text, again) == (
        "Move the booking of Ana Ruiz on 3 May. That booking was early."
    )
    later = "Cancel the booking of Ana Ruiz on 3 May."
    assert named_before(later, again, text) == "Cancel that booking."
    other = "Cancel the booking of Ana Ruiz on 31 May."
    assert named_before(other.replace("31", "3") + "0", again, text) == "Cancel that booking.0"
    assert named_before("the booking of Ana Ruiz on 3 Mayor", again, text).endswith("Mayor")


def test_what_is_mine_in_a_request_is_yours_in_the_reply():
    assert in_reply("call my husband and tell him I'm late") == (
        "call your husband and tell him you're late"
    )
    assert in_reply("mystify me") == "mystify you"


def test_a_short_name_stands_only_for_the_one_row_of_its_noun():
    """No row is "that booking" where another booking was named too."""
    for task in line().rows("task"):
        shorts = [short for _, short in task["agenda"]["again"]]
        assert len(shorts) == len(set(shorts))


def test_no_row_is_named_at_length_twice_by_the_user():
    seen = 0
    for task in line().rows("task"):
        later = [item["text"] for item in task["agenda"]["later"] if not item["tools"]]
        for long, short in task["agenda"]["again"]:
            seen += any(short in text for text in (task["opening"], *later))
            assert task["opening"].lower().count(long.lower()) <= 1, task["opening"]
    assert seen


def test_nobody_tells_a_value_with_a_field_glued_on():
    """ "with placed on", "with valid from": a label that runs on into its value has no "with"."""
    glued = re.compile(r"\bwith (?:the )?\w+ (?:on|for|from|until) (?:\d|[A-Z][a-z]+ \d)")
    for task in line().rows("task"):
        assert not glued.search(task["opening"]), task["opening"]


def test_what_the_user_does_not_know_is_never_said_by_the_user():
    tasks = [t for t in line().rows("task") if t["kind"] == "unknown_value"]
    assert tasks
    for task in tasks:
        slot = next(s for s in task["agenda"]["slots"] if s.get("which"))
        assert slot["unknown"] and slot["unknown"] != slot["label"]
        assert not mentions(task["opening"], slot["value"])
        assert task["agenda"]["unclear"]["label"] == slot["unknown"]


def test_a_new_row_is_not_called_by_the_name_of_another():
    """A client that the plan registers is "the new client", whoever else was named before."""
    world = World(
        {
            "id": "d",
            "world": {
                "currency": "EUR",
                "tables": [
                    {"name": "client", "noun": "client", "plural": "clients", "key": "id",
                     "handles": [], "fields": [{"name": "email", "type": "string",
                                                "kind": "email", "gen": {}}]},
                    {"name": "booking", "noun": "booking", "plural": "bookings", "key": "id",
                     "handles": [], "fields": [{"name": "client_id", "type": "string",
                                                "kind": "id", "ref": "client", "gen": {}}]},
                ],
            },
        }
    )  # fmt: skip
    known = Fact(("client_id",), "client", "email", "ana@a.example")
    slot = Slot("s1", "email", "client.email", "email", "ana@a.example")
    plan = Plan(slots={"s1": slot}, referents={("booking", "B1"): [known]})
    names = RowNames(world, plan, {"s1": "ana@a.example"}, 1, frozenset(), {"client": ["C9"]})
    assert "new client" in plain(names.row("client", "C9"))
    assert "ana@a.example" in plain(names.row("client", "C1"))
