"""Which of a domain's policies its tools hold to, read off the tools' programs.

A policy is enforced when some program refuses what it forbids, and a program says so in its error
catalogue. So a policy counts as enforced when an error of one of the tools says the same: the same
numbers ("at most 4 open bookings" and "already holds 4 open bookings"), or, where there are none,
nearly the same words. A prompt that quotes a policy which nobody holds to would teach a model to
ignore prompts, so what is in doubt is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

SAME_WITH_NUMBERS, SAME_WITHOUT = 0.33, 0.6
"""Share of a policy's words that the error has to repeat, in [0, 1]."""
STEM = 5
"""Letters by which two forms of a word count as one."""
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]{3,}")
_EMPTY = frozenset(
    _WORD.findall(
        "the are for and not its that than then with from per any has have more most least only "
        "never ever one nobody nothing who which their there this other another every each before "
        "after until once later when while may must can cannot already time day days"
    )
)
"""Words that say nothing of what a sentence is about."""


def enforced(policy: str, tools: Iterable[Mapping[str, Any]]) -> bool:
    """Whether an error of one of these tools' programs (tool records) says what `policy` says."""
    return any(
        says_the_same(policy, str(error["message"]))
        for tool in tools
        for error in tool["program"]["errors"]
        if not str(error["code"]).endswith("not_found")
    )


def says_the_same(policy: str, message: str) -> bool:
    """Whether an error message (with {placeholders}) refuses what a policy forbids."""
    if ".status}" in message or ".state}" in message:
        return False  # says only in which state the record is
    said = _PLACEHOLDER.sub(" ", message)
    wanted = _numbers(policy)
    words = _stems(policy)
    if not words or wanted != _numbers(said):
        return False
    share = len(words & _stems(said)) / len(words)
    return share >= (SAME_WITH_NUMBERS if wanted else SAME_WITHOUT)


def _numbers(text: str) -> frozenset[float]:
    return frozenset(float(number) for number in _NUMBER.findall(text))


def _stems(text: str) -> frozenset[str]:
    return frozenset(w[:STEM] for w in _WORD.findall(text.lower()) if w not in _EMPTY)
