"""The words that a form puts around a statement claim nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from factory.rephrase.fidelity.facts import known_names, statements
from factory.rephrase.forms import frames
from factory.rephrase.styles import PERSPECTIVES

AROUND = (frames.TURNS_TO, frames.AS_FOR, frames.ON)
ALONE = (
    frames.TURNS,
    frames.NUDGES,
    frames.BEGINNINGS,
    frames.LECTURE_OPENINGS,
    frames.LECTURE_CLOSINGS,
)
CLAIMS = {"number", "date", "name", "negation", "quantifier", "modality"}


def phrases() -> Iterator[str]:
    for table in (*AROUND, *ALONE):
        for listed in table.values():
            yield from listed
    for manners in frames.LEADS.values():
        for manner in manners:
            yield from manner
    for manner in (*frames.HEADS.values(), *frames.CARD_LABELS.values()):
        yield from manner


@pytest.mark.parametrize("phrase", sorted(set(phrases())))
def test_no_phrase_holds_a_fact_or_could_pass_for_a_statement(phrase: str) -> None:
    said = phrase.format(x="it")
    own = 0 if "{x}" in phrase else 2  # beside a subject, a content word more makes it a claim
    for found in statements(said, known_names(said)):
        assert not {fact.kind for fact in found.facts} & CLAIMS
        assert found.asks or len(found.stems) <= own, found.stems


def test_every_perspective_has_words_of_its_own() -> None:
    for table in (*AROUND, *ALONE):
        assert set(table) == set(PERSPECTIVES)
        assert len({tuple(listed) for listed in table.values()}) == len(PERSPECTIVES)


@pytest.mark.parametrize("name", sorted(frames.BEGINNINGS))
def test_a_conversation_begins_with_a_question(name: str) -> None:
    asked = frames.BEGINNINGS[name]
    assert len(set(asked)) == 3 and all(phrase.endswith("?") for phrase in asked)
