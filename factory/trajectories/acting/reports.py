"""What an offline agent says about results: facts read from tool messages, nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factory.agents.grammar import Speaker, plain, protect
from factory.tasks.language.labels import asked_label, is_many, noun_label, runs_on, shown_label
from factory.tasks.sources import Unresolved, resolve
from factory.tasks.tables import words
from factory.tasks.values import spoken

_ID = re.compile(r"(^|_)id$|Id$")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
MAX_FACTS = 3
PROSE_WORDS = 3
_TEXTS = frozenset(
    ("text", "note", "reason", "subject", "title", "comment", "cause", "resolution", "wording")
    + ("job", "caption", "works", "outcome", "purpose", "complaint", "fault", "finding", "remark")
)


class Reporter:
    """Words results for one agent; `results` is step id → JSON value as the tools returned it."""

    def __init__(
        self,
        speaker: Speaker,
        formats: Sequence[str],
        heard: Mapping[str, Any],
        results: Mapping[str, Mapping[str, Any]],
        rng: random.Random,
        told: Sequence[str] = (),
    ) -> None:
        self.speaker = speaker
        self.formats = formats
        self.heard = heard
        self.results = results
        self.rng = rng
        self.told = told
        """Steps of the wishes whose condition has been spoken of."""
        self.many = False
        self.date_style = 0 if "iso_dates" in formats else rng.choice((0, 1, 2))

    def value(self, value: Any) -> str:
        """A value as this agent writes it."""
        if isinstance(value, list):
            return ", ".join(self.value(item) for item in value) or "none"
        return protect(spoken(value, self.rng, self.date_style))

    def report(self, goals: Sequence[Mapping[str, Any]]) -> str:
        """The whole answer: what was done, what was found, in the order of the wishes."""
        parts: list[str] = []
        self.many = len(goals) > 1
        told = [answer.get("source") for goal in goals for answer in goal["answers"]]
        for goal in goals:
            first = not parts
            asked = goal.get("condition")
            if asked and not goal["answers"] and asked["source"] in told:
                parts.append(self._decided(goal))
            elif asked:
                parts.append(self._conditional(goal, first))
            else:
                parts.append(self._done(goal, first) if not goal["answers"] else self.answer(goal))
        joint = "\n\n" if any("\n" in part for part in parts) else " "
        return plain(joint.join(parts))

    def _decided(self, goal: Mapping[str, Any]) -> str:
        """What was done on a condition whose value has just been told."""
        if goal["write"]:
            return self._done(goal, False)
        wanted = self.value(self.heard[goal["condition"]["slot"]])
        return self.speaker.say("condition_elsewhere_unmet", wanted=wanted)

    def _conditional(self, goal: Mapping[str, Any], first: bool) -> str:
        """What the condition came to, and what was done on it."""
        asked = goal["condition"]
        try:
            value = resolve(asked["source"], self.heard, self.results)
        except Unresolved:  # reported without having looked
            return self._done(goal, first)
        known = {
            "label": noun_label(str(asked["label"])),
            "what": goal["about"],
            "value": self.value(value),
        }
        if goal["write"] and goal["step"] in self.told:
            return self._done(goal, first)
        if goal["write"]:
            return f"{self.speaker.say('condition_met', **known)} {self._done(goal, first)}"
        wanted = self.value(self.heard[asked["slot"]])
        return self.speaker.say("condition_unmet", wanted=wanted, **known)

    def _done(self, goal: Mapping[str, Any], first: bool) -> str:
        text = self.speaker.say(
            "done" if first else "done_more", past=goal["past"], done=goal["done"]
        )
        if "short" in self.formats or self.rng.random() < 0.25:
            return text
        changed = [
            (n, v)
            for n, v in self.changed(goal)
            if plain(self.value(v)).lower() not in goal["past"].lower()
        ]
        if changed:
            verb = "are" if is_many(changed[0][0]) else "is"
            now = [f"the {noun_label(n)} {verb} now {self._shown(n, v)}" for n, v in changed[:1]]
            now += [f"the {noun_label(n)} {self._shown(n, v)}" for n, v in changed[1:]]
            return f"{text} {self.speaker.say('now', facts=_and(now))}"
        facts = self.facts(goal)
        return f"{text} {self.speaker.say('facts', facts=facts)}" if facts else text

    def changed(self, goal: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """(label, value) of up to two fields that hold something else than was shown before the
        goal's call: none where the row was made, or was not shown before."""
        row = self._row(goal)
        key = next((name for name in row or () if _ID.search(name)), None)
        if row is None or key is None:
            return []
        before = None
        for step, result in self.results.items():
            if step == goal["step"]:
                break
            for other in _rows(result):
                before = other if other.get(key) == row[key] else before
        if before is None:
            return []
        found = [
            (words(name), item)
            for name, item in row.items()
            if name in before and before[name] != item and not _ID.search(name) and _said(item)
        ]
        return found[:2]

    def _row(self, goal: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The row that the goal's call returned; None where it returned two of one kind, of which
        a bare "the balance" could be either's."""
        result = self.results.get(goal["step"], {})
        rows = [item for item in result.values() if isinstance(item, Mapping)]
        alike = len({tuple(row) for row in rows}) < len(rows)
        return None if alike or not rows else rows[0]

    def facts(self, goal: Mapping[str, Any]) -> str:
        """Up to three telling fields of the row that the goal's call returned, its id first."""
        row = self._row(goal)
        if row is None:
            return self._numbers(self.results.get(goal["step"], {}))
        ids = [name for name in row if _ID.search(name)][:1]
        rest = [n for n, item in row.items() if not _ID.search(n) and _said(item) and n not in ids]
        status = [name for name in rest if name.lower().endswith(("status", "state"))]
        others = [name for name in rest if name not in status]
        picked = self.rng.sample(others, min(len(others), MAX_FACTS - 1 - bool(status)))
        chosen = [
            *(ids if self.rng.random() < 0.7 else []),
            *status,
            *sorted(picked, key=rest.index),
        ]
        return self._pairs([(words(name), row[name]) for name in chosen])

    def _numbers(self, result: Mapping[str, Any]) -> str:
        pairs = [
            (words(name), item)
            for name, item in result.items()
            if isinstance(item, str | int | float) and not isinstance(item, bool)
        ]
        return self._pairs(pairs[:MAX_FACTS])

    def _pairs(self, pairs: Sequence[tuple[str, Any]]) -> str:
        said = []
        for label, item in pairs:
            repeated = str(item).lower().startswith(f"{label} ")
            shown = label if runs_on(label) else shown_label(noun_label(label))
            value = self._shown(label, item)
            said.append(value if repeated else f"{shown} {value}")
        return _and(said) if self.rng.random() < 0.4 else ", ".join(said)

    def _shown(self, label: str, item: Any) -> str:
        """A value, in quotation marks where it is a text of several words."""
        quoted = _is_prose(item) or (label in _TEXTS and " " in str(item))
        return f'"{self.value(item)}"' if quoted else self.value(item)

    def answer(self, goal: Mapping[str, Any]) -> str:
        """The answer to a question, read from the results."""
        listed = next((a["list"] for a in goal["answers"] if "list" in a), None)
        if listed is not None:
            return self._list(listed)
        said = []
        alone = len(goal["answers"]) == 1
        spelt = alone or self.rng.random() < 0.5
        for answer in goal["answers"]:
            try:
                value = resolve(answer["source"], self.heard, self.results)
            except Unresolved:
                continue
            label = noun_label(str(answer["label"]))
            asked = asked_label(label, value)
            label = asked if alone and asked.startswith("number of ") else label
            many = is_many(label) and not label.startswith("number ")
            verb = (" are" if many else " is") if spelt else ""
            article = "the " if spelt and not alone else ""
            said.append(f"{article}{shown_label(label)}{verb} {self.value(value)}")
        facts = _and(said) if spelt or self.rng.random() < 0.3 else ", ".join(said)
        if alone and said and said[0].startswith(("number of ", "average ", "total ")):
            return self._count(facts)
        if alone and said:
            symbol = "single_of" if self.many else "single"
            return self.speaker.say(symbol, what=goal["about"], fact=facts)
        symbol = "answer_of" if self.many else "answer"  # of several rows it is said which one
        return self.speaker.say(symbol, what=goal["about"], facts=facts)

    def _count(self, facts: str) -> str:
        return self.speaker.say("counted", facts=facts)

    def _list(self, listed: Mapping[str, Any]) -> str:
        rows = self.results.get(listed["step"], {}).get(listed["out"]) or []
        if not rows:
            return self.speaker.say("answer_none")
        lines = []
        for row in rows:
            cells = [self.value(row[n]) for n in listed["fields"] if row.get(n) is not None]
            lines.append(", ".join(cells))
        if len(lines) == 1:
            return self.speaker.say("answer_one", row=lines[0])
        head = self.speaker.say("answer_list", count=protect(len(rows)))
        if "plain_text" in self.formats or (
            "bullets" not in self.formats and len(lines) <= 3 and self.rng.random() < 0.5
        ):
            return head + " " + "; ".join(lines) + "."
        return head + "\n" + "\n".join(f"- {line}" for line in lines)


def _is_prose(value: Any) -> bool:
    """Whether a value is a text of several words, which reads better in quotation marks."""
    return isinstance(value, str) and len(value.split()) > PROSE_WORDS < len(
        _LETTERS.findall(value)
    )


def _said(item: Any) -> bool:
    """Whether a value is one that can be told: neither empty nor a list nor a yes or no."""
    return isinstance(item, str | int | float) and not isinstance(item, bool) and item != ""


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a result."""
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _rows(item)
    elif isinstance(value, list):
        for item in value:
            yield from _rows(item)


def _and(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else "".join(parts)
