"""Sentence moves of the offline author: grammatical, sure of themselves, or not made."""

from __future__ import annotations

import random

import pytest

from factory.rephrase.english.moves import move_clause
from factory.rephrase.english.naming import name_persons
from factory.rephrase.english.sentences import parse
from factory.rephrase.english.voices import turn_modal
from factory.rephrase.english.wording import REGISTERS, SYNONYMS, Register, vary
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.scores import check
from factory.rephrase.settings import Thresholds

COMMON = frozenset({"value", "program", "users"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The value must be an integer.", "It is required that the value be an integer."),
        ("A program can raise it.", "It is possible for a program to raise it."),
        ("The value cannot change.", "It is not possible for the value to change."),
        ("Users should not rely on `x`.", "It is advisable for users not to rely on `x`."),
        ("It must be an integer.", None),
        ("The value must be odd, but can be negative.", None),
        ("The value that is given must be odd.", None),
    ],
)
def test_modal_sentences_are_turned_only_when_the_subject_is_plain(
    before: str, after: str | None
) -> None:
    sentence = parse(before)
    turned = turn_modal(sentence.body, COMMON)
    assert (turned and sentence.text(turned)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("If the value is odd, an error is raised.", "An error is raised if the value is odd."),
        ("An error is raised if `a, b` is odd.", "If `a, b` is odd, an error is raised."),
        ("If the value is odd, it is dropped.", None),
        ("This is called only if the value is odd.", None),
        ("If a, b and c are odd, the sum is odd.", None),
    ],
)
def test_clauses_move_only_where_reference_and_scope_survive(
    before: str, after: str | None
) -> None:
    sentence = parse(before)
    moved = move_clause(sentence.body, COMMON)
    assert (moved and sentence.text(moved)) == after


def test_a_pronoun_gets_the_full_name_only_where_one_thing_was_named() -> None:
    def told(*sentences: str) -> list[str]:
        return [s.text() for s in name_persons([parse(s) for s in sentences])]

    one = told("Marie Curie was born in 1867.", "She studied physics.")
    assert one[1] == "Marie Curie studied physics."
    two = told("Marie Curie met Pierre Curie.", "She studied physics.")
    assert two[1] == "She studied physics."
    assert told("She studied physics.") == ["She studied physics."]


def test_words_inside_code_quotations_and_names_never_change() -> None:
    rng = random.Random(0)
    for old in SYNONYMS:
        sentence = parse(f"We see `{old}` and (the {old}) and “{old}” there.")
        assert sentence.text(vary(sentence.body, rng, 1.0, "plain")).count(old) >= 3
    assert vary("See Creating Objects", rng, 1.0, "formal") == "See Creating Objects"


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_no_exchange_of_words_is_more_than_the_checks_can_follow(register: Register) -> None:
    """The words are the author's and the checks have a list of their own: where they disagree, a
    faithful rewrite would be rejected."""
    frame = "Behind the mill near Berlin the old machine {} green lamps from wooden boxes at dusk."
    for old, news in REGISTERS[register].items():
        for new in news:
            said, source = frame.format(new), frame.format(old)
            found = set(reasons(said, check(source, said), Thresholds(), "en"))
            assert found <= {"copied", "no_novelty"}, (old, new, found)
