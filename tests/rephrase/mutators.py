"""Seeded ways to falsify a text whose word tables the bench does not share: an oracle beside it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

FOREIGN = ("Zanzibar", "Montgolfier", "Ouagadougou", "Przewalski", "Kilimanjaro")
INVENTED = (
    "Tourists admire the marble fountain near the old harbour every summer.",
    "The committee later awarded a generous pension to the retired gardener.",
    "Experts believe that the volcano shaped the taste of the local cheese.",
)
OPPOSITES = {
    "before": "after",
    "first": "last",
    "left": "right",
    "mutable": "immutable",
    "true": "false",
    "greater": "smaller",
    "maximum": "minimum",
    "same": "different",
}
QUANTIFIERS = {"all": "some", "every": "some", "only": "also", "always": "sometimes", "must": "may"}


def _one(text: str, pattern: str, rng: random.Random, new: Callable[[re.Match[str]], str]) -> str:
    found = [m for m in re.finditer(pattern, text) if not _in_code(text, m.start())]
    if not found:
        return text
    m = rng.choice(found)
    return text[: m.start()] + new(m) + text[m.end() :]


def _in_code(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line.count("`") % 2 == 1 or text.count("```", 0, at) % 2 == 1


def _sentences(text: str) -> list[re.Match[str]]:
    return [
        m
        for m in re.finditer(r"(?<=[.!?] )[A-Z][^.!?\n`:;*]{50,}\.(?= |\n|$)", text)
        if not _in_code(text, m.start())
    ]


def number(text: str, rng: random.Random) -> str:
    return _one(text, r"(?<![\w.])\d+(?![\w.])(?!\. )", rng, lambda m: str(int(m[0]) + 7))


def entity(text: str, rng: random.Random) -> str:
    pattern = r"(?<=[a-z,] )[A-Z][a-z]{3,}\b"
    return _one(text, pattern, rng, lambda m: rng.choice(FOREIGN))


def code_name(text: str, rng: random.Random) -> str:
    pattern = r"`(\w{3,})`"
    return _one(text, pattern, rng, lambda m: "`" + m[1][::-1] + "x`")


def negation_added(text: str, rng: random.Random) -> str:
    return _one(
        text,
        r"(?<=[a-z] )(is|are|can|must|should|may)(?= (?!not)[a-z])",
        rng,
        lambda m: m[0] + " not",
    )


def negation_removed(text: str, rng: random.Random) -> str:
    return _one(text, r"(?<=is|re|an|st|ld|ay|es) not(?= )", rng, lambda m: "")


def opposite(text: str, rng: random.Random) -> str:
    return _one(text, r"\b(" + "|".join(OPPOSITES) + r")\b", rng, lambda m: OPPOSITES[m[0]])


def quantifier(text: str, rng: random.Random) -> str:
    return _one(text, r"\b(" + "|".join(QUANTIFIERS) + r")\b", rng, lambda m: QUANTIFIERS[m[0]])


def sentence_invented(text: str, rng: random.Random) -> str:
    found = _sentences(text)
    if not found:
        return text
    m = rng.choice(found)
    return text[: m.end()] + " " + rng.choice(INVENTED) + text[m.end() :]


def role_swap(text: str, rng: random.Random) -> str:
    """Two code names of one sentence change places."""
    for m in _shuffled(re.finditer(r"[^.\n`]*`(\w+)`[^.\n`]+`(\w+)`[^.\n`]*\.", text), rng):
        if m[1] != m[2]:
            a, b = m.span(1), m.span(2)
            return text[: a[0]] + m[2] + text[a[1] : b[0]] + m[1] + text[b[1] :]
    return text


def _shuffled(found: object, rng: random.Random) -> list[re.Match[str]]:
    listed = list(found)  # type: ignore[call-overload]
    rng.shuffle(listed)
    return listed


MUTATORS: dict[str, Callable[[str, random.Random], str]] = {
    f.__name__: f
    for f in (
        number,
        entity,
        code_name,
        negation_added,
        negation_removed,
        opposite,
        quantifier,
        sentence_invented,
        role_swap,
    )
}
