"""The styles and perspectives of knowledge rewrites: what each is and to whom it speaks.

The descriptions are ours (K2 publishes no prompts). They are what a model author is told; the
offline author implements each style by rules (`offline.py`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from factory.rephrase.settings import PerspectiveName, StyleName

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True)
class Style:
    """A form that a passage is cast into."""

    name: StyleName
    title: str
    instruction: str


@dataclass(frozen=True)
class Perspective:
    """Who speaks to whom. `asker` and `teller` name the speakers of a dialogue."""

    name: PerspectiveName
    instruction: str
    asker: str
    teller: str


STYLES: Mapping[StyleName, Style] = {
    style.name: style
    for style in (
        Style(
            "notes",
            "Study notes",
            "Bullet points grouped under the source's headings. Each bullet opens with the thing "
            "it is about, then states one fact about it. Leave no fact out and add none.",
        ),
        Style(
            "question_answer",
            "Questions and answers",
            "Questions that a reader of the passage could answer from it alone, each followed by "
            "the full answer in the passage's order.",
        ),
        Style(
            "cards",
            "Reference cards",
            "Labelled cards (definition, requirement, permission, condition, limit, example, "
            "change, fact), one statement on each, grouped by heading.",
        ),
        Style(
            "dialogue",
            "Dialogue",
            "A conversation in which one speaker asks short, pertinent questions and the other "
            "answers them with everything the passage says.",
        ),
        Style(
            "restated",
            "Restated prose",
            "Continuous prose with the same content in other sentence structures: clauses moved, "
            "requirements and possibilities turned around, connectives and common words replaced.",
        ),
        Style(
            "rules",
            "Rules and conditions",
            "A rule sheet: every condition with its consequence, every requirement, permission and "
            "exclusion as an entry of its own, other statements as general entries.",
        ),
        Style(
            "explainer",
            "Spoken explanation",
            "A tutor talking through the passage: each statement is introduced by what it is for "
            "(a condition, a requirement, an exception, an example) before it is made.",
        ),
    )
}

PERSPECTIVES: Mapping[PerspectiveName, Perspective] = {
    perspective.name: perspective
    for perspective in (
        Perspective(
            "newcomer",
            "The reader meets the subject for the first time and asks what things are.",
            "Newcomer",
            "Guide",
        ),
        Perspective(
            "practitioner",
            "The reader works with the subject and asks what to do and what will happen.",
            "Colleague",
            "Engineer",
        ),
        Perspective(
            "teacher",
            "A teacher leads a student through the subject step by step.",
            "Student",
            "Teacher",
        ),
        Perspective(
            "examiner",
            "An examiner checks precise knowledge, so every question demands an exact answer.",
            "Examiner",
            "Candidate",
        ),
    )
}


@dataclass(frozen=True)
class Reading:
    """One (style, perspective) pair."""

    style: Style
    perspective: Perspective


def draw_readings(
    count: int,
    styles: Mapping[StyleName, float],
    perspectives: Mapping[PerspectiveName, float],
    rng: random.Random,
) -> list[Reading]:
    """`count` distinct readings by weight; no style twice before every style has been used."""
    readings: list[Reading] = []
    used: set[tuple[StyleName, PerspectiveName]] = set()
    while len(readings) < count:
        round_styles = dict(styles)
        while round_styles and len(readings) < count:
            style = _weighted(round_styles, rng)
            del round_styles[style]
            free = {p: w for p, w in perspectives.items() if (style, p) not in used}
            if not free:
                continue
            perspective = _weighted(free, rng)
            used.add((style, perspective))
            readings.append(Reading(STYLES[style], PERSPECTIVES[perspective]))
    return readings


def _weighted(weights: Mapping[Name, float], rng: random.Random) -> Name:
    names = list(weights)
    return rng.choices(names, [weights[name] for name in names])[0]
