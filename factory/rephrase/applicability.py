"""Which styles fit a passage: a timeline needs dates, a glossary definitions. Never forced.

The tests read the passage as the offline author would, and hold for a model author too.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from factory.rephrase.english import moves, naming, voices
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.sentences import PRONOUNS, Sentence
from factory.rephrase.forms.desk import BACK, Part, parts_of
from factory.rephrase.forms.relations import (
    IMPERATIVES,
    cause,
    contrast,
    date,
    definition,
    worked_out,
)
from factory.rephrase.settings import StyleName
from factory.rephrase.styles import STYLES
from factory.rephrase.text.segments import VERBATIM

_RULE = re.compile(r"\b(?:must|shall|should|may|can|cannot|if|unless|when)\b", re.IGNORECASE)
_MODALS = ("must", "should", "may", "can", "cannot", "shall")
MIN_SENTENCES = 3
SHORT = 8
"""Sentences of a passage in which one statement of a kind is enough for its style."""


@lru_cache(maxsize=64)
def fitting(text: str) -> frozenset[StyleName]:
    """The styles that fit a passage; `restated` where nothing else does."""
    parts = parts_of(text)
    told = [s for part in parts for s in part.sentences]
    prose = [part for part in parts if part.kind == "sentence"]
    inner = [s for part in prose for s in part.sentences]
    running = sum(len(s.body) for s in inner)
    dense = running * 2 >= sum(len(s.body) for s in told)
    fits: dict[StyleName, bool] = dict.fromkeys(STYLES, dense and len(inner) >= MIN_SENTENCES)
    listings = sum(part.kind in VERBATIM for part in parts)
    spoken = dense and listings * 5 <= len(prose)
    clear = sum(_clear(s) for s in inner)
    fits |= {
        "notes": dense and len(inner) >= MIN_SENTENCES and clear * 3 >= len(inner),
        "lecture": spoken and len(prose) >= 2,
        "letter": spoken and len(prose) >= 2,
        "explainer": spoken and len(inner) >= MIN_SENTENCES,
        "summary_first": spoken and sum(_has_lead(part) for part in prose) >= 2,
        "question_answer": dense and clear >= MIN_SENTENCES,
        "faq": dense and sum(_clear(part.sentences[0]) for part in prose) >= 2,
        "dialogue": dense and clear >= MIN_SENTENCES,
        "rules": _regulating(told),
        "steps": _procedural(told),
        "timeline": dense and _dated(inner),
        "cause_effect": _enough(_pairs(prose, cause), inner),
        "compare": _enough(_pairs(prose, contrast), inner),
        "glossary": sum(
            definition(p.sentences[0], item=p.kind == "item") is not None
            for p in parts
            if p.sentences
        )
        >= 3,
        "entities": spoken and _recurring(inner) >= 3,
        "named": _enough(_nameable(prose), inner),
        "figures": _enough(sum(bool(worked_out(s)) for s in inner), inner),
    }
    found = frozenset(style for style, fit in fits.items() if fit)
    return found or frozenset({"restated"})


def _clear(sentence: Sentence) -> bool:
    """Whether a sentence has a subject and verb that can be asked about."""
    found = grammar.clause(moves.plainly(sentence.body))
    return found is not None and found.subject.split(" ")[0].lower() not in PRONOUNS


def _has_lead(part: Part) -> bool:
    first = part.sentences[0]
    return len(part.sentences) >= 2 and _clear(first) and not BACK.match(first.body)


def _regulating(told: list[Sentence]) -> bool:
    """Whether many sentences are conditions or duties that a rule can be made of."""
    common: frozenset[str] = frozenset()
    bodies = [moves.plainly(s.body) for s in told]
    ruled = sum(
        bool(_RULE.search(body) and (moves.condition(body) or voices.turn_modal(body, common)))
        for body in bodies
    )
    bound = sum(bool((c := grammar.clause(body)) and c.verb in _MODALS) for body in bodies)
    return ruled >= 1 and ruled + bound >= MIN_SENTENCES and (ruled + bound) * 3 >= len(told)


def _procedural(told: list[Sentence]) -> bool:
    acts = sum(bool(IMPERATIVES.match(s.body)) for s in told)
    return acts >= 3 and acts * 3 >= len(told)


def _enough(count: int, inner: list[Sentence]) -> bool:
    """Whether a style finds its kind of statement twice, or once in a short passage."""
    return count >= 2 or (count == 1 and MIN_SENTENCES <= len(inner) <= SHORT)


def _dated(inner: list[Sentence]) -> bool:
    dates = [found[0] for s in inner if (found := date(s))]
    return len(set(dates)) >= 3 and len(dates) * 5 >= len(inner)


def _pairs(prose: list[Part], reader: object) -> int:
    """How many sentences state two sides, alone or with the one before."""
    assert callable(reader)
    count = 0
    for part in prose:
        bodies: list[str | None] = [None, *(s.body for s in part.sentences)]
        pairs = zip(bodies, part.sentences, strict=False)
        count += sum(reader(moves.plainly(s.body), before) is not None for before, s in pairs)
    return count


def _recurring(inner: list[Sentence]) -> int:
    subjects: Counter[str] = Counter()
    for sentence in inner:
        found = grammar.clause(sentence.body)
        if found and found.subject.split(" ")[0].lower() not in PRONOUNS:
            key = re.sub(r"^(?:an?|the) ", "", found.subject, flags=re.IGNORECASE).lower()
            subjects[key] += not BACK.match(sentence.body)
    return sum(times for times in subjects.values() if times >= 2)


def _nameable(prose: list[Part]) -> int:
    count = 0
    for part in prose:
        named = naming.name_things(part.sentences)
        count += part.renamed + sum(
            a.body != b.body for a, b in zip(part.sentences, named, strict=True)
        )
    return count
