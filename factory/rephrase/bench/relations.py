"""More seeded ways to falsify a text: how things stand to each other, and what is left out.

The word tables are the bench's own.
"""

from __future__ import annotations

import random
import re

from factory.rephrase.bench.mutators import Mutator, replace_one

COMPARATIVES = {
    "more than": "less than", "less than": "more than", "at least": "at most",
    "at most": "at least", "greater than": "smaller than", "larger than": "smaller than",
    "smaller than": "larger than", "higher than": "lower than", "lower than": "higher than",
    "faster than": "slower than", "longer than": "shorter than", "better than": "worse than",
    "no more than": "no less than", "up to": "at least", "fewer": "more",
}  # fmt: skip
ORDER = {"before": "after", "after": "before", "until": "after", "once": "before"}
TENSE = {
    "was": "will be", "were": "will be", "had": "will have", "became": "will become",
    "has been": "will be", "have been": "will be", "will": "did", "did": "will",
}  # fmt: skip
NUMBER_WORDS = {
    "two": "three", "three": "five", "four": "six", "five": "four", "six": "nine", "seven": "eight",
    "ten": "twelve", "first": "second", "second": "third", "third": "fourth", "twice": "once",
    "hundreds": "thousands", "thousands": "millions", "dozen": "hundred",
}  # fmt: skip


def _table(words: dict[str, str]) -> str:
    return r"(?<=[a-z,] )(" + "|".join(sorted(words, key=len, reverse=True)) + r")\b(?= [a-z\d])"


def comparative(text: str, rng: random.Random) -> str:
    """A comparison is turned round."""
    return replace_one(text, _table(COMPARATIVES), rng, lambda m: COMPARATIVES[m[0]])


def order(text: str, rng: random.Random) -> str:
    """What came before came after."""
    return replace_one(text, _table(ORDER), rng, lambda m: ORDER[m[0]])


def tense(text: str, rng: random.Random) -> str:
    """What was will be, or the reverse."""
    return replace_one(text, _table(TENSE), rng, lambda m: TENSE[m[0]])


def number_word(text: str, rng: random.Random) -> str:
    """A number or rank in words becomes another."""
    return replace_one(text, _table(NUMBER_WORDS), rng, lambda m: NUMBER_WORDS[m[0]])


def cause(text: str, rng: random.Random) -> str:
    """Cause and effect, or condition and consequence, change places."""
    pattern = (
        r"(?<=[.!?] )((?:The|A|An|It|This|You|We|They) [^.,;:!?\n`]{12,90}) "
        r"(because|if|when|unless) ([a-z][^.,;:!?\n`]{12,90})\.(?= |\n|$)"
    )
    return replace_one(
        text,
        pattern,
        rng,
        lambda m: f"{m[3][0].upper()}{m[3][1:]} {m[2]} {m[1][0].lower()}{m[1][1:]}.",
    )


def name_within(text: str, rng: random.Random) -> str:
    """A name becomes another of the same text."""
    pattern = r"(?<=[a-z,] )[A-Z][a-z]{3,}\b(?! [A-Z])"
    names = sorted(set(re.findall(pattern, text)))
    if len(names) < 2:
        return text
    return replace_one(
        text, pattern, rng, lambda m: rng.choice([name for name in names if name != m[0]])
    )


def condition_dropped(text: str, rng: random.Random) -> str:
    """A statement loses the condition it holds under."""
    pattern = (
        r"(?<=[a-z])(?:,? (?:if|unless|provided that|as long as|whenever) [^.,;:!?()\n`]{12,100})"
        r"(?=\.(?: |\n|$))"
    )
    return replace_one(text, pattern, rng, lambda m: "")


def list_item_dropped(text: str, rng: random.Random) -> str:
    """A list of three or more loses a member."""
    pattern = r"(?<=[a-z)]), [a-z][a-z -]{3,30}(?=,? (?:and|or) [a-z])"
    return replace_one(text, pattern, rng, lambda m: "")


def only_dropped(text: str, rng: random.Random) -> str:
    """What only some do, they just do."""
    return replace_one(text, r"(?<=[a-z] )only (?=[a-z\d])(?!if\b)", rng, lambda m: "")


MORE: tuple[Mutator, ...] = (
    comparative, order, tense, number_word, cause, name_within,
    condition_dropped, list_item_dropped, only_dropped,
)  # fmt: skip
