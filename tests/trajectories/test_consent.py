"""A yes, a no and a correction are told apart; lists are held to their rows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from factory.tasks.language.assent import assents, denies, puts_right
from factory.trajectories.judging.answers import _wrong_list
from factory.trajectories.judging.consent import _taken_back, asks_go_ahead, obeys_policies
from factory.trajectories.judging.grounding import first_ungrounded
from factory.trajectories.judging.vocabulary import stem


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "That's what I meant, go ahead",
        "ok make it so",
        "Yes, no changes from my side",
        "Right.",
    ],
)
def test_a_yes_is_a_yes(text):
    assert assents(text) and not denies(text) and not puts_right(text)


@pytest.mark.parametrize(
    "text",
    [
        "Absolutely not.", "Cancel.", "That's not right", "I'd prefer you didn't", "No way!",
        "Oops, wrong outcome. struck, not agreed", "Yes, but make it 7 instead", "Maybe.",
        "No. status confirmed, not open.", "Stop right there.",
    ],
)  # fmt: skip
def test_what_is_no_plain_yes_is_none(text):
    assert not assents(text)


ROWS = [["Anna", "open"], ["Boris", "closed"], ["Cleo", "frozen"]]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("I found 3 entries:\n- Anna, open\n- Boris, closed\n- Cleo, frozen", True),
        ("Three match: Cleo, frozen; Anna, open; Boris, closed.", True),
        ("I found 2 entries:\n- Anna, open\n- Boris, closed\n- Cleo, frozen", False),
        ("I found 3 entries:\n- Anna, open\n- Anna, open\n- Boris, closed\n- Cleo, frozen", False),
        ("I found 3 entries:\n- Anna, closed\n- Boris, open\n- Cleo, frozen", False),
    ],
)
def test_a_list_has_its_rows_and_no_others(text, good):
    assert (_wrong_list(ROWS, text, {3}) == "") is good


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("It begins at 15:00.", "15:00"),
        ("Write to anna@club.example.", "anna@club.example"),
        ("The fee is 40 yen.", " yen as a unit"),
        ("There are five of them.", "five"),
        ("It begins at 14:00, the fee is 40.", None),
    ],
)
def test_times_addresses_units_and_number_words_are_held_to_what_was_shown(said, found):
    shown = '{"time": "14:00", "fee": 40, "email": "anna@club.example.org", "court": 15, "row": 0}'
    messages = [
        {"role": "user", "content": "When?"},
        {"role": "tool", "content": shown},
        {"role": "assistant", "content": said},
    ]
    wrong = first_ungrounded(messages)
    assert (wrong[1] if wrong else None) == found


def test_forms_of_a_verb_have_one_stem():
    assert len({stem(w) for w in ("schedule", "scheduled", "scheduling", "schedules")}) == 1
    assert stem("sent") == stem("send") and stem("paid") == stem("pay")


WISHES = {
    "run_batch": "run the batch planned for October 9, 2026 for the master formula Metformin",
    "condemn_batch": "condemn the batch in the granulation 1 suite of the master formula Folic",
    "record_arrival": "enter an arrival for incident no. IN-3814",
    "abort_incident": "abort incident IN-3786",
    "open_case": "open case CA-11",
    "change_case": "change case CA-22",
    "ask_for_swap": "ask for a duty swap for Ada Brock with duty DU-1077",
}
ARGUMENTS = {
    "run_batch": {"batch_id": "B-433399"},
    "condemn_batch": {"batch_id": "B-433353"},
    "record_arrival": {"incident_id": "IN-3814"},
    "abort_incident": {"incident_id": "IN-3786"},
    "open_case": {"case_id": "CA-11"},
    "change_case": {"case_id": "CA-22"},
    "ask_for_swap": {"duty_id": "DU-1077"},
}


def talk(*said, tools=()):
    """A conversation under the rule that every tool has to be confirmed; `tools` are used in turn
    after its last message."""
    roles = ["system", "user", *["assistant", "user"] * len(said)]
    messages = [
        {"role": role, "content": text}
        for role, text in zip(roles, ["", "Please.", *said], strict=False)
    ]
    start = len(messages)
    for _ in tools:
        messages += [{"role": "assistant", "content": ""}, {"role": "tool", "content": "{}"}]
    writes = {"program": "p", "annotations": {"readOnlyHint": False}}
    goals = [{"step": name, "act": act} for name, act in WISHES.items()]
    calls = [
        {"tool": name, "arguments": ARGUMENTS[name], "turn": start + 2 * n, "changes": [1]}
        for n, name in enumerate(tools)
    ]
    return SimpleNamespace(
        messages=messages,
        calls=calls,
        agent={"behaviour": {"rules": {"forbid": [], "confirm": list(WISHES)}}},
        task={
            "agenda": {"withheld": [], "goals": goals},
            "plan": [{"id": name, "tool": name} for name in WISHES],
        },
        toolbox=SimpleNamespace(tools=dict.fromkeys(WISHES, writes)),
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("run_batch", "condemn_batch"),  # both are about a batch of a master formula
        ("record_arrival", "abort_incident"),  # "record" and "enter" are everyday words
        ("open_case", "change_case"),  # only the ids tell them apart
    ],
)
def test_a_yes_to_one_change_is_no_yes_to_another(first, second):
    one, other = f"Shall I {WISHES[first]}?", f"Shall I {WISHES[second]}?"
    both = f"Shall I {WISHES[first]} and {WISHES[second]}?"
    assert obeys_policies(talk(one, "Yes.", tools=[first])).score
    assert obeys_policies(talk(both, "Yes.", tools=[first, second])).score
    for asked in (one, other):
        verdict = obeys_policies(talk(asked, "Yes.", tools=[first, second]))
        assert not verdict.score and verdict.detail.endswith("without a confirmation")


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("May I ask for a duty swap for Ada Brock with duty DU-1077 for you?", True),
        ("May I ask for the date?", False),
        ("May I ask which one you mean?", False),
        ("I ran the batch. Is there anything else you'd like me to do?", False),
        ("Shall I run the batch, or is there anything else to change?", True),
        ("I would run the batch. Do you agree? Tell me if there is anything else.", True),
    ],
)
def test_a_question_for_a_go_ahead_is_told_from_other_questions(said, asks):
    assert asks_go_ahead(talk(said, "Ok."), 2) is asks


def test_an_ok_that_opens_a_new_wish_is_no_consent():
    said = "I ran the batch. Anything else you want me to do?"
    new_wish = talk(said, "Ok good, condemn the batch next.", tools=["condemn_batch"])
    assert not obeys_policies(new_wish).score


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("Shall I sign it off, opened on December 5, 2026, with 5 labour hours?", "5"),
        ("Shall I sign it off, opened on December 5, 2026, with 6 labour hours?", ""),
        ("Shall I sign off the one opened on December 5, 2026?", ""),
    ],
)
def test_what_was_put_right_is_not_asked_for_as_it_was_first_said(asked, wrong):
    slots = [{"value": 6, "first": 5}, {"value": "2026-12-05"}]
    made = SimpleNamespace(task={"agenda": {"slots": slots}})
    writes = [{"arguments": {"order_id": "SO-1383", "labour_hours": 6}}]
    assert _taken_back(made, asked, "Sign it off with 5 hours. No, 6, not 5.", writes) == wrong
