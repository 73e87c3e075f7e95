"""Small words are found where a plain search for each class finds them."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from factory.rephrase.fidelity.cues import _CLASSES, _COUNT, cues
from factory.rephrase.fidelity.facts import statements

PAIRS = yaml.safe_load((Path(__file__).parent / "paraphrases.yaml").read_text(encoding="utf-8"))


def naive(text: str) -> set[tuple[str, str, int, int]]:
    """Each class by itself, one after the other, as slowly as can be."""
    return {
        (kind, name, m.start(), m.end())
        for kind, classes in _CLASSES.items()
        for name, body in classes.items()
        for m in re.finditer(
            rf"\b(?:{body})\b".replace("@", _COUNT).replace(" ", r"\s"), text.lower()
        )
    }


def test_each_cue_is_one_that_a_search_for_its_class_finds_and_none_is_passed_over() -> None:
    seen = 0
    for text in (text for pair in PAIRS for text in (pair["source"], pair["faithful"])):
        expected = naive(text)
        found = {cue for cue in cues(text) if cue[0] in ("quantifier", "modality")}
        assert found <= expected
        for kind, name, start, end in expected - found:  # another wording stands in its place
            assert any(k == kind and s < end and start < e for k, _, s, e in found), name
        seen += len(found)
    assert seen > 100


def test_of_two_wordings_at_one_place_the_longer_claim_counts() -> None:
    told = {name for _, name, *_ in cues("no more than ten, not as much as most, at least two")}
    assert {"at most", "at least", "most"} <= told


def test_a_sentence_read_before_stands_where_it_stands_now() -> None:
    sentence = "In May 1871 the guild of Lund paid 40 francs to no more than two coopers."
    for text in (sentence, f"Before it, nothing.\n\n- {sentence}\n", f"{sentence} {sentence}"):
        for statement in statements(text, frozenset()):
            for fact in statement.facts:
                said = text[fact.start : fact.end]
                assert said.strip() == said and said
                assert statement.start <= fact.start < fact.end <= statement.end
            placed = [(word, f) for word, f in statement.words if f and f.kind == "name"]
            assert all(text[f.start : f.end].lower().startswith(word[:3]) for word, f in placed)
