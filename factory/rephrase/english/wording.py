"""Words of a sentence exchanged, in the register of the one who speaks.

Beside the words that anyone may exchange (`synonyms.py`) stand those of a register: to some one
speaks plainly, to others formally.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from itertools import groupby
from typing import Literal

from factory.rephrase.english.synonyms import ANYWHERE, FORMALLY, PLAINLY

Register = Literal["plain", "formal"]
Choices = Mapping[str, tuple[str, ...]]


def _table(*listed: str) -> Choices:
    """Old wording → new ones; a later list overrides an earlier one."""
    lines = (line.partition("=") for pairs in listed for line in pairs.strip().splitlines())
    return {old: tuple(new.split("|")) for old, _, new in lines}


SYNONYMS: Choices = _table(ANYWHERE)
REGISTERS: Mapping[Register, Choices] = {
    "plain": _table(ANYWHERE, PLAINLY),
    "formal": _table(ANYWHERE, FORMALLY),
}


def _pattern(choices: Choices) -> re.Pattern[str]:
    """Matches any of the old wordings, capitalised or not. Grouped by first letter and without
    `IGNORECASE`, which lets `re` pass over a word at a glance: a quarter of the writing time."""
    by_letter = groupby(
        sorted(choices, key=lambda old: (old[0], -len(old))), key=lambda old: old[0]
    )
    listed = "|".join(
        f"[{letter.upper()}{letter}](?:{'|'.join(re.escape(old[1:]) for old in group)})"
        for letter, group in by_letter
    )
    return re.compile(
        rf"(?:\b(?P<article>[Aa]n?) )?(?<![\w/.-])(?P<old>{listed})(?:(?<=,)|(?![\w/-]|\.\w))"
    )


_OLD: Mapping[Register, re.Pattern[str]] = {
    name: _pattern(choices) for name, choices in REGISTERS.items()
}
_USING = re.compile(
    r"(?:(?<=ed )|(?<=ten )|(?<=uilt )|(?<=done )|(?<=made ))using (?=the |a |an |`|\ue000)"
)
"""Behind a participle ("written using a pen") it says by what means; elsewhere it may not."""
_USED = ("by means of ", "with the help of ", "with ")


def vary(sentence: str, rng: random.Random, density: float, register: Register) -> str:
    """`sentence` with each listed word replaced with probability `density` (0..1)."""
    choices = REGISTERS[register]

    def swap(match: re.Match[str]) -> str:
        old = match["old"]
        inside_name = old[0].isupper() and match.start("old") > 0
        connective = old.endswith(",") and match.start("old") > 0
        if inside_name or connective or rng.random() >= density:
            return match[0]
        new = rng.choice(choices[old.lower()])
        if match["article"] and new.split(" ")[0] in ("enough", "an", "a", "the"):
            return match[0]
        new = new[0].upper() + new[1:] if old[0].isupper() else new
        return f"{_article(match['article'], new)} {new}" if match["article"] else new

    varied = _OLD[register].sub(swap, sentence)
    if rng.random() < density:
        chosen = rng.choice(_USED)
        varied = _USING.sub(chosen, varied)
    return varied


def _article(written: str, word: str) -> str:
    """The indefinite article that `word` takes, capitalised as the one `written`."""
    vowel = word[0].lower() in "aeio" or bool(re.match(r"u(?!s|ni(?!n))", word, re.IGNORECASE))
    return (written[0] + "n") if vowel else written[0]
