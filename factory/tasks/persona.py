"""Who the simulated user is: a style of writing and a temper, drawn once for a task."""

from __future__ import annotations

import random
from typing import Any

from factory.agents.grammar import OPEN, masked, plain, unmasked

REGISTERS = {
    "neutral": 5.0,
    "polite": 4.0,
    "casual": 4.0,
    "terse": 3.0,
    "chatty": 2.0,
    "formal": 2.0,
    "hurried": 2.0,
}
"""Registers of writing with their weights; grammar symbols may have a variant `name.register`."""

OCCUPATIONS = (
    "new to the job",
    "ten years in the same office",
    "covering for a colleague",
    "works from a phone",
    "filling in on a weekend",
    "responsible for the monthly report",
    "on the road most of the day",
    "second week after the training",
    "keeps three windows open at once",
    "sits at the front counter",
)


def draw_persona(rng: random.Random) -> dict[str, Any]:
    """{register, background, patience (turns), typo_rate (per word), lower_case}."""
    register = rng.choices(list(REGISTERS), list(REGISTERS.values()))[0]
    sloppy = register in ("casual", "terse", "hurried")
    return {
        "register": register,
        "background": rng.choice(OCCUPATIONS),
        "patience": rng.choice((3, 4, 5, 6)) if register != "hurried" else rng.choice((2, 3)),
        "typo_rate": rng.choice((0.0, 0.0, 0.01, 0.03))
        if sloppy
        else rng.choice((0.0, 0.0, 0.005)),
        "lower_case": sloppy and rng.random() < 0.45,
    }


def styled(text: str, persona: dict[str, Any], rng: random.Random) -> str:
    """Marked `text` (see grammar.protect) as this persona types it; facts stay exact."""
    skeleton, facts = masked(text)
    if persona["lower_case"]:
        skeleton = "".join(_lowered(skeleton))
    rate = persona["typo_rate"]
    if rate:
        words = skeleton.split(" ")
        skeleton = " ".join(_typo(word, rng) if rng.random() < rate else word for word in words)
    return plain(unmasked(skeleton, facts))


def _lowered(text: str) -> list[str]:
    return [char.lower() if char < OPEN else char for char in text]


def _typo(word: str, rng: random.Random) -> str:
    """One slip of the finger inside a plain lower-case word of four letters or more."""
    if len(word) < 4 or not word.isalpha() or not word.islower() or not word.isascii():
        return word
    at = rng.randrange(1, len(word) - 1)
    slip = rng.choice(("swap", "drop", "double"))
    if slip == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if slip == "drop":
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]
