"""How varied the language of a run is: figures of each sort of text, over bounded samples.

The measures are those of factory/trajectories/diversity.py; here is what they are taken of.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.agents.grammar import Grammar, Speaker, plain
from factory.records import Record, digest
from factory.tasks.language.user_phrases import GRAMMAR
from factory.trajectories.diversity import language_figures, masked_words, separability

SORTS = ("system prompts", "openings", "user turns", "assistant turns", "last words")
MOST_TEXTS = 1000
"""Texts of a sort: distinct-n falls with their number, so that it is the same for all runs."""
_NAME = re.compile(r"\{(\w+)\}")
LEAST_TEXTS = 40
"""Fewer say nothing of a classifier's accuracy."""


class Sample:
    """At most `most` values of all that are seen: those whose key has the smallest digest."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self.most = most
        self._kept: dict[str, Any] = {}

    def add(self, key: str, value: Any) -> None:
        """Consider a value; `key` names it, so the choice doesn't depend on the order."""
        self._kept[digest(key)] = value
        if len(self._kept) >= 2 * self.most:
            self._shrink()

    def _shrink(self) -> None:
        self._kept = dict(sorted(self._kept.items())[: self.most])

    def values(self) -> list[Any]:
        """The sample, in the order of the digests."""
        self._shrink()
        return list(self._kept.values())


@dataclass
class LanguageSamples:
    """Samples of what is said in a run; `figures` measures them."""

    texts: dict[str, Sample] = field(default_factory=lambda: {sort: Sample() for sort in SORTS})
    wishes: Sample = field(default_factory=Sample)
    openings: Sample = field(default_factory=Sample)

    def see_agent(self, row: Record) -> None:
        """Its system prompt."""
        self.texts["system prompts"].add(row["id"], row["system_prompt"])

    def see_task(self, row: Record) -> None:
        """Its opening, its domain, the wishes of its agenda."""
        self.texts["openings"].add(row["id"], row["opening"])
        self.openings.add(row["id"], (row["domain_id"], row["opening"]))
        agenda = row.get("agenda")
        goals = agenda.get("goals") or () if isinstance(agenda, Mapping) else ()
        for i, goal in enumerate(goals):
            if goal.get("act"):
                self.wishes.add(f"{row['id']} {i}", goal["act"])

    def see_trajectory(self, row: Record) -> None:
        """What user and assistant say after the opening, the assistant's last words apart."""
        said = [m for m in row["messages"] if m["content"]]
        later = [m["content"] for m in said[2:] if m["role"] == "user"]
        mine = [m["content"] for m in said if m["role"] == "assistant"]
        for i, text in enumerate(later):  # a declaration of tools stands below the first line
            self.texts["user turns"].add(f"{row['id']} {i}", text.partition("\n")[0])
        for i, text in enumerate(mine[:-1]):
            self.texts["assistant turns"].add(f"{row['id']} {i}", text)
        if mine:
            self.texts["last words"].add(row["id"], mine[-1])

    def figures(self) -> dict[str, dict[str, Any]]:
        """Sort → its figures, of the sorts there are."""
        return {
            sort: language_figures(texts, random.Random(0))
            for sort, sample in self.texts.items()
            if len(texts := sample.values()) > 1
        }

    def two_sample(self) -> dict[str, float]:
        """Accuracies of a classifier that tells halves apart: `templates` of the users' grammar,
        and `domains` of the tasks' openings. 0.5 means that nothing tells them apart."""
        found = {}
        wishes, rng = self.wishes.values(), random.Random(0)
        if len(wishes) >= LEAST_TEXTS:
            found["templates"] = halves_of_templates(wishes, rng)
        openings = self.openings.values()
        domains = sorted({domain for domain, _ in openings})
        sides: list[list[list[str]]] = [[], []]
        for domain, text in openings:
            sides[domains.index(domain) % 2].append(masked_words(text))
        if min(map(len, sides)) >= LEAST_TEXTS // 2:
            found["domains"] = separability(sides[0], sides[1], rng)
        return found


def halves_of_templates(
    wishes: Sequence[str], rng: random.Random, grammar: Grammar = GRAMMAR
) -> float:
    """Accuracy with which requests of even-numbered templates can be told from those of
    odd-numbered ones, over the same wishes and registers. A wish is an imperative (`{act}`):
    templates that want it in another form are left out."""
    symbols = {key.partition(".")[0] for key in grammar}
    usable = {key: [x for x in lines if _speakable(x, symbols)] for key, lines in grammar.items()}
    sides = []
    for start in (0, 1):
        half = {key: tuple(x[start::2]) or tuple(x) for key, x in usable.items() if x}
        registers = [key.partition(".")[2] for key in half if key.startswith("request.")]
        said = [
            plain(Speaker(half, rng, [rng.choice(registers)]).say("request", act=wish))
            for wish in wishes
        ]
        sides.append([masked_words(text) for text in said])
    return separability(sides[0], sides[1], rng)


def _speakable(line: str, symbols: set[str]) -> bool:
    return set(_NAME.findall(line)) <= symbols | {"act"}
