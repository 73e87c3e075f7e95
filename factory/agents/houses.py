"""What prompts say of the houses that agents work for, in sentences that a person would write."""

from __future__ import annotations

import random
import re

from factory.records import Record

_OPTIONAL = re.compile(r"\b(\d+) ([a-z]+)\(s\)")
_ONE = re.compile(
    r"(?P<one>\b(?:at least|at most|less than|until|another) 1 (?:[a-z]+ )?|\b1 )"
    r"(?P<noun>[a-z]{3,}?)s\b(?<!ss)"
)
_CENTS = re.compile(r"\b(\d+)\.00?\b")
_PAST = re.compile(r"\b([a-z]+) less than 0 days away")
IS_SHARE = 0.6
"""How often a setting is a sentence of its own, with the house's name in front."""


def described(domain: Record, rng: random.Random) -> str:
    """A domain's setting: as it stands, or as "X is a bicycle shop ..."."""
    text = str(domain["setting"])
    article, _, rest = text.partition(" ")
    if article not in ("A", "An", "The") or rng.random() >= IS_SHARE:
        return text
    return f"{domain['title']} is {article.lower()} {rest}"


def counted(text: str) -> str:
    """A text with its numbers as people write them: "1 day(s)" → "1 day", "3000.00" → "3,000"."""
    text = _OPTIONAL.sub(lambda m: f"{m[1]} {m[2]}" if m[1] == "1" else f"{m[1]} {m[2]}s", text)
    text = _ONE.sub(r"\g<one>\g<noun>", text)
    text = _CENTS.sub(lambda m: f"{int(m[1]):,}", text)
    text = _PAST.sub(r"past \1", text).replace(" one to 1 ", " one ")
    return text.replace("most 1 time", "most once")
