"""Words that may stand for each other in a faithful rewrite, as the checker knows them.

Our own table (`synonyms.yaml`, a group a line). A word may stand in several groups; two words are
alike if they share one. Words that differ by an ending (`protect`, `protection`) need no line: they
share a root.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from factory.rephrase.fidelity.stems import KNOWN_WORDS, stem

_ENDINGS = re.compile(
    r"(?:ification|isation|ization|ational|ability|ibility|fulness|ations?|ative|ition|ution"
    r"|ments?|ness|ances?|ences?|ancy|ency|ables?|ibles?|ically|ical|ively|ions?|ors?|ers?|ists?"
    r"|isms?|ally|ous|ity|ify|ise|ize|ive|ful|age|ure|ant|ent|ary|ory|ial|al|ic|th|t|y|i)$"
)
MIN_ROOT = 4


@lru_cache(maxsize=KNOWN_WORDS)
def root(word: str) -> str:
    """The stem without endings that make a noun of a verb and the like: `protection`, `protect`."""
    cut = _ENDINGS.sub("", word)
    return cut if len(cut) >= MIN_ROOT else word


def _members() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    table = files("factory.rephrase.fidelity").joinpath("synonyms.yaml").read_text(encoding="utf-8")
    for number, line in enumerate(table.splitlines()):
        for word in line.removeprefix("- ").split():
            found[stem(word)].add(number)
            found[root(stem(word))].add(number)
    return {word: frozenset(groups) for word, groups in found.items()}


_GROUPS_OF = _members()


@lru_cache(maxsize=KNOWN_WORDS)
def senses(word: str) -> frozenset[str]:
    """What a stem may be recognised by: itself, its root, its groups of like words."""
    near = root(word)
    groups = _GROUPS_OF.get(word) or _GROUPS_OF.get(near, frozenset())
    return frozenset({word, f"/{near}", *(f"~{group}" for group in groups)})


def all_senses(words: Iterable[str]) -> frozenset[str]:
    """The senses of several stems together."""
    return frozenset().union(*map(senses, words))


def known(word: str, present: frozenset[str]) -> bool:
    """Whether a stem or one like it is among the senses of a text."""
    return not present.isdisjoint(senses(word))
