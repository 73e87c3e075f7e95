"""A yes, a no and a correction are told apart; lists are held to their rows."""

from __future__ import annotations

import pytest

from factory.tasks.language.assent import assents, denies, puts_right
from factory.trajectories.judging.answers import _wrong_list
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
