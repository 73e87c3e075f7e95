"""An error's text that the agent repeats with another word in it is not what the system said."""

from __future__ import annotations

import pytest

from factory.trajectories.judging.wording import _misquoted, _tokens

REFUSAL = "The work order is cancelled; its parts stay where they are."


@pytest.mark.parametrize("instead", ["done", "in work", "open", "scrapped", "not cancelled"])
def test_another_state_in_its_place_is_seen(instead: str) -> None:
    said = f"I'm sorry, that failed: {REFUSAL.replace('cancelled', instead)}"
    assert _misquoted(said, [_tokens(REFUSAL)])


@pytest.mark.parametrize(
    "said",
    [
        f"I'm sorry, that failed: {REFUSAL}",
        REFUSAL.replace("The work order", "This work order"),
        "A cancelled work order keeps its parts, I am told.",
    ],
)
def test_a_true_quote_and_other_words_are_let_be(said: str) -> None:
    assert _misquoted(said, [_tokens(REFUSAL)]) is None
