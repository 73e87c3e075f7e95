"""What an agent says that is not so is told from what is: by hand-made sentences, rule by rule."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from factory.trajectories.judging.answers import _other_figure, _wrong_list
from factory.trajectories.judging.consent import _about, _told_apart
from factory.trajectories.judging.endings import (
    _breaks_off,
    _claimed_early,
    _offers,
    _tells,
)
from factory.trajectories.judging.failures import no_machinery
from factory.trajectories.judging.fields import _misplaced, _shown
from factory.trajectories.judging.grounding import first_ungrounded
from factory.trajectories.judging.vocabulary import _one_is_enough
from factory.trajectories.judging.wording import _changed, _other_act, _tokens


def case(*said, goals=(), calls=(), tools=()):
    messages = [{"role": role, "content": text, **more} for role, text, more in said]
    agenda = {"goals": list(goals), "slots": [], "later": []}
    return SimpleNamespace(
        messages=messages,
        task={"agenda": agenda, "plan": []},
        calls=list(calls),
        trajectory={"tools": list(tools)},
    )


def agent(text, **more):
    return ("assistant", text, more)


@pytest.mark.parametrize(
    ("text", "broken_off"),
    [
        ('I moved the appeal titled "Winter nights, second letter"', True),
        ('I moved the appeal titled "Winter nights, second letter".', False),
        ('It says: "Bring shoes."', False),
        ("I did it (as agreed)", False),
    ],
)
def test_a_quotation_alone_ends_no_sentence(text, broken_off):
    assert _breaks_off(case(agent(text)), 0) is broken_off


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("I could not find Thermo West in the records and am thus able to proceed.", True),
        ("I was therefore able to do it.", True),
        ("I don't have a tool for that, so I can find you a hotel.", True),
        ("I could not find Thermo West in the records and am thus unable to proceed.", False),
        ("I have no tool for it, so I can't do that.", False),
        ("I'm not able to do it. I can help with the club, though.", False),
        ("I have no tool for it, so I can help with that.", True),
        ("I can check the share price: none of my tools does that.", True),
        ("I can't check the share price: none of my tools does that.", False),
        ("I'm afraid, but I can find you a flight: I have no tool for it.", True),
        ("I'm sorry, I can book it.", True),
        ("That's outside what I can do here: I have no tool to draw a nozzle.", False),
        ("I'm sorry, but I can only help with the club.", False),
    ],
)
def test_a_refusal_turned_round_is_an_offer(text, offered):
    assert _offers(case(agent(text)), text) is offered


def test_a_failure_is_no_word_of_something_done():
    assert not _tells(case(), "The operation failed because of an internal error.")
    assert _tells(case(), "I released the case.")


@pytest.mark.parametrize(
    ("said", "changed_at", "found"),
    [
        ("I have already made the change.", 9, 0),
        ("It's done, let me just double-check.", 9, 0),
        ("No change has been made yet; searching.", 9, -1),
        ("I found it.", 9, -1),
        ("It's done; now the next.", 0, -1),
    ],
)
def test_what_is_not_done_yet_is_not_claimed(said, changed_at, found):
    calls = [{"message": changed_at, "changes": [1]}]
    made = case(agent(said, tool_calls=[{}]), ("tool", "{}", {}), calls=calls)
    assert _claimed_early(made) == found


def test_the_text_of_an_error_is_of_no_field_and_an_act_is_no_label():
    error = {"error": {"code": "not_in_review", "message": "Access AA-1 is rejected."}}
    record = {"drop": {"request": "data", "channel": "letter"}, "released": 280.0}
    shown = dict(_shown(json.dumps(error)))
    assert "message" not in shown
    shown = {label: set(said) for label, said in _shown(json.dumps(record))}
    assert not _misplaced("I released letter drop no. LD-1.", shown, "", "", [])
    assert _misplaced("Released: letter.", shown, "", "", []) == "released letter"


def test_a_word_of_the_instructions_excuses_no_value_of_another_field():
    shown = {"band": {"night"}, "rank needed": {"captain"}, "post": {"front desk"}}
    swapped, told = "Rank needed: night, band: captain.", "Captains fly by night."
    assert _misplaced(swapped, shown, told, "", []) == "rank needed night"
    assert not _misplaced(swapped, shown, told, "Any captain by night will do.", [])
    assert not _misplaced("The duty at the front desk post is captain.", shown, "", "", [])


def test_a_quoted_value_is_taken_whole():
    shown = {"place": {"17 ring road"}, "table": {"4"}}
    assert not _misplaced('place: "4 Mill Lane"', shown, "", "", [])
    assert _misplaced('place: "4"', shown, "", "", [])


def test_a_number_that_is_said_to_hold_now_was_shown():
    shown = {"charges due": {"2.5", "2.50"}}
    assert _misplaced("The charges due are now 2.", shown, "pay 2 USD", "", [])
    assert not _misplaced("The charges due are now 2.5.", shown, "pay 2 USD", "", [])


def test_a_unit_may_be_spoken_of_when_a_tool_takes_it():
    messages = [
        {"role": "user", "content": "Silence it, 6 please."},
        {"role": "assistant", "content": "Shall I silence it for 6 days?"},
    ]
    assert first_ungrounded(messages) == (1, " days as a unit")
    assert first_ungrounded(messages, lambda: "sensor_id days") is None


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Shall I water the flowers?", False),
        ("Shall I submit a dial reading for the water meter?", True),
        ("Shall I do it for WM-1?", True),
    ],
)
def test_a_question_shares_more_with_the_wish_than_a_word(question, about):
    told = ["Please submit a dial reading for the 5/8 inch water meter."]
    writes = [{"arguments": {"meter_id": "WM-1"}}]
    assert _about(question, told, writes) is about


def test_of_two_changes_after_one_yes_each_was_asked_for():
    first, second = (
        {"arguments": {"file_id": "CF-1", "task": "income return", "days": 29}},
        {"arguments": {"file_id": "CF-2", "task": "tourist tax", "days": 43}},
    )
    asked = "Shall I add the deadline (task income return, 29 days)?"
    both = "Shall I add both deadlines (income return, 29 days; tourist tax, 43 days)?"
    talk = case()
    assert _told_apart(talk, 0, asked, first, [second])
    assert not _told_apart(talk, 0, asked, second, [first])
    assert _told_apart(talk, 0, both, second, [first])


@pytest.mark.parametrize(
    ("sentence", "strange", "enough"),
    [
        ("Besides, I scheduled a photographer.", {"photog"}, True),
        ("You are a premium subscriber now.", {"premiu"}, True),
        ("I got no answer, the list came back incomplete.", {"incomp"}, False),
        ("I scheduled the mix for the lacquer.", {"lacque"}, False),
        ("Setting it.", {"settin"}, False),
    ],
)
def test_one_strange_word_is_enough_for_an_act_on_nothing_known(sentence, strange, enough):
    assert _one_is_enough(sentence, strange) is enough


WISH = _tokens("reduce the delay for the train at 05:40 with 3 minutes made up")
SHORT = _tokens("reduce the delay for the train at 05:40")
VALUES = {"3": {"3", "three"}, "05:40": {"05:40"}}


ASK = (
    "You want me to reduce the delay for the train at 05:40 with {} minutes made up, is that right?"
)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (ASK.format(2), "2"),
        (ASK.format(3), None),
        ("I did not reduce it. The delay for the train at 05:40 stays.", None),
        ("I reduce the delay for the train not at 05:40 with 3 minutes made up.", "not"),
    ],
)
def test_a_number_of_a_wish_stays_though_its_shorter_form_stands_there(text, wrong):
    found = _changed(text, [WISH, SHORT], VALUES)
    assert (found[1] if found else None) == wrong


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("Shall I cancel the delay for the train at 05:40?", "cancel"),
        ("Shall I reduce the delay for the train at 05:40?", None),
        ("Then the delay for the train at 05:40: 3 minutes.", None),
        ("For the delay for the train at 05:40 there is no cause.", None),
    ],
)
def test_another_act_in_the_place_of_the_wish_is_seen(text, act):
    found = _other_act(text, [SHORT], frozenset(("reduc",)))
    assert (found[1] if found else None) == act


def test_a_figure_stands_behind_the_label_it_answers():
    goal = {
        "stage": 0,
        "answers": [
            {"label": f"number of {side}", "source": {"slot": side}}
            for side in ("buyers", "sellers")
        ],
    }
    values = {"buyers": 1, "sellers": 0}
    talk = case(goals=[goal])
    right = "The number of buyers is 1 and the number of sellers is 0."
    swapped = "It has number of buyers 0, number of sellers 1."
    assert _other_figure(talk, 0, right, values, {}) == ""
    assert _other_figure(talk, 0, swapped, values, {}) == "0 said of the number of buyers"


def test_every_row_of_a_list_has_a_line_of_its_own():
    rows = [["2026-01-27", "served"], ["2026-01-27", "ordered"]]
    assert (
        _wrong_list(rows, "These:\n- 27 January 2026, served\n- 27 January 2026, ordered", {2})
        == ""
    )
    assert _wrong_list(rows, "These:\n- 27 January 2026, served\n- 27 January 2026, on fire", {2})


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("It is done. You idiot.", False),
        ("It is done. TODO: fill this in.", False),
        ("Dear [insert name here], it is done.", False),
        ("It is done, and the sign says no todo is left.", True),
    ],
)
def test_rude_words_and_marks_of_a_draft_are_seen(text, fit):
    assert no_machinery(case(agent(text))).score == float(fit)


def test_what_was_said_at_length_is_not_said_again():
    report = "I moved the booking of Anna Weber to the third of May as asked."
    talk = [agent(report), ("user", "And now?", {})]
    assert no_machinery(case(*talk, agent("Nothing more to do."))).score == 1.0
    assert no_machinery(case(*talk, agent(report))).score == 0.0
