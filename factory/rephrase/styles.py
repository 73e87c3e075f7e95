"""The styles and perspectives of knowledge rewrites: what each is and to whom it speaks.

The descriptions are ours (K2 publishes no prompts). They are what a model author is told; the
offline author implements each style by rules (`offline.py`). Which styles fit a passage is told by
`applicability.py`.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from factory.rephrase.english.wording import Register
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
    """Who speaks to whom. `asker` and `teller` name the speakers of a dialogue.

    `register` and `conditions_first` are what rules can do with a perspective: which words it
    prefers, and whether a condition stands before what follows from it or after.
    """

    name: PerspectiveName
    instruction: str
    asker: str
    teller: str
    register: Register
    conditions_first: bool


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
            "outline",
            "Outline",
            "A numbered outline: each paragraph's main statement is an entry, what supports or "
            "limits it stands indented below it.",
        ),
        Style(
            "cards",
            "Reference cards",
            "Labelled cards (definition, requirement, permission, condition, limit, example, "
            "change, fact), one statement on each, grouped by heading.",
        ),
        Style(
            "glossary",
            "Glossary",
            "The terms that the passage defines, in alphabetical order with their definitions, "
            "then everything else it says as further notes.",
        ),
        Style(
            "rules",
            "Rules and conditions",
            "A rule sheet: every condition with its consequence, every requirement, permission and "
            "exclusion as an entry of its own, other statements as general entries.",
        ),
        Style(
            "steps",
            "Steps",
            "A numbered list of what to do, in the order the passage gives, with the conditions "
            "and warnings that belong to each step.",
        ),
        Style(
            "timeline",
            "Timeline",
            "What happened when: every dated statement under its date, earliest first, then what "
            "bears no date.",
        ),
        Style(
            "cause_effect",
            "Causes and effects",
            "Each cause set against its effect, in pairs; what is neither stands between them as "
            "it does in the passage.",
        ),
        Style(
            "compare",
            "Comparison",
            "Each contrast of the passage as two sides set against each other; what contrasts with "
            "nothing stands between them as it does in the passage.",
        ),
        Style(
            "entities",
            "By subject",
            "The statements regrouped by the thing they are about, each group under its name, "
            "things in the order of their first mention.",
        ),
        Style(
            "question_answer",
            "Questions and answers",
            "Questions that a reader of the passage could answer from it alone, each followed by "
            "the full answer in the passage's order.",
        ),
        Style(
            "faq",
            "Frequently asked questions",
            "One question a paragraph, as a page of frequently asked questions has them, each "
            "answered in full with everything that paragraph says.",
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
            "named",
            "Prose with full names",
            "Continuous prose in which every sentence names what it speaks of: pronouns replaced "
            "by the full names they stand for, wherever that is beyond doubt.",
        ),
        Style(
            "figures",
            "Figures worked out",
            "Prose that restates the passage and works its quantities out: durations between "
            "years, shares of a whole, units converted, each with the calculation that gives it.",
        ),
        Style(
            "explainer",
            "Spoken explanation",
            "A tutor talking through the passage: each statement is introduced by what it is for "
            "(a condition, a requirement, an exception, an example) before it is made.",
        ),
        Style(
            "lecture",
            "Lecture script",
            "What a lecturer says aloud: an opening, one paragraph after the other with a spoken "
            "transition before each, and a close.",
        ),
        Style(
            "letter",
            "Letter",
            "A letter to a person who asked about the subject: a salutation, the content in "
            "connected paragraphs, a close.",
        ),
        Style(
            "summary_first",
            "Summary, then detail",
            "The main statement of each paragraph first, together; after them the details, each "
            "with a word on what it belongs to. No statement is made twice.",
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
            "plain",
            conditions_first=False,
        ),
        Perspective(
            "practitioner",
            "The reader works with the subject and asks what to do and what will happen.",
            "Colleague",
            "Specialist",
            "plain",
            conditions_first=True,
        ),
        Perspective(
            "teacher",
            "A teacher leads a student through the subject step by step.",
            "Teacher",
            "Student",
            "plain",
            conditions_first=True,
        ),
        Perspective(
            "examiner",
            "An examiner checks precise knowledge, so every question demands an exact answer.",
            "Examiner",
            "Candidate",
            "formal",
            conditions_first=True,
        ),
        Perspective(
            "interviewer",
            "A journalist asks on behalf of readers who want to understand the matter.",
            "Interviewer",
            "Expert",
            "plain",
            conditions_first=False,
        ),
        Perspective(
            "reviewer",
            "A reviewer goes through the text point by point and wants each to be plain.",
            "Reviewer",
            "Author",
            "formal",
            conditions_first=False,
        ),
        Perspective(
            "presenter",
            "A speaker presents the subject to an audience that listens and can't look back.",
            "Listener",
            "Speaker",
            "formal",
            conditions_first=True,
        ),
        Perspective(
            "librarian",
            "A librarian helps a visitor who looks for what is known on the subject.",
            "Visitor",
            "Librarian",
            "formal",
            conditions_first=False,
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
    fitting: Collection[StyleName] | None = None,
    per_style: int | None = None,
) -> list[Reading]:
    """Up to `count` distinct readings by weight; no style twice before every style has been used.

    Only styles in `fitting` are drawn, if it is given, and each `per_style` times at most: there
    may be fewer readings than asked for.
    """
    offered = {s: w for s, w in styles.items() if fitting is None or s in fitting}
    count = min(count, len(offered) * min(per_style or len(perspectives), len(perspectives)))
    readings: list[Reading] = []
    used: set[tuple[StyleName, PerspectiveName]] = set()
    while len(readings) < count:
        round_styles = dict(offered)
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
