"""What an offline agent says about results: facts read from tool messages, nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from factory.agents.grammar import Speaker, plain, protect
from factory.tasks.labels import noun_label
from factory.tasks.parlance import PEOPLE
from factory.tasks.sources import Unresolved, resolve
from factory.tasks.tables import words
from factory.tasks.values import spoken

_ID = re.compile(r"(^|_)id$|Id$")
MAX_FACTS = 3
PROSE_WORDS = 3


class Reporter:
    """Words results for one agent; `results` is step id → JSON value as the tools returned it."""

    def __init__(
        self,
        speaker: Speaker,
        formats: Sequence[str],
        heard: Mapping[str, Any],
        results: Mapping[str, Mapping[str, Any]],
        rng: random.Random,
    ) -> None:
        self.speaker = speaker
        self.formats = formats
        self.heard = heard
        self.results = results
        self.rng = rng
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
        if goal["write"]:
            return f"{self.speaker.say('condition_met', **known)} {self._done(goal, first)}"
        wanted = self.value(self.heard[asked["slot"]])
        return self.speaker.say("condition_unmet", wanted=wanted, **known)

    def _done(self, goal: Mapping[str, Any], first: bool) -> str:
        text = self.speaker.say(
            "done" if first else "done_more", past=goal["past"], done=goal["done"]
        )
        facts = "" if "short" in self.formats else self.facts(goal)
        if facts and self.rng.random() < 0.75:
            text += " " + self.speaker.say("facts", facts=facts)
        return text

    def facts(self, goal: Mapping[str, Any]) -> str:
        """Up to three telling fields of the row that the goal's call returned, its id first."""
        result = self.results.get(goal["step"], {})
        row = next((item for item in result.values() if isinstance(item, Mapping)), None)
        if row is None:
            return self._numbers(result)
        ids = [name for name in row if _ID.search(name)][:1]
        rest = [
            name
            for name, item in row.items()
            if not _ID.search(name)
            and isinstance(item, str | int | float)
            and not isinstance(item, bool)
            and name not in ids
        ]
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
            value = f'"{self.value(item)}"' if _is_prose(item) else self.value(item)
            said.append(value if repeated else f"{noun_label(label)} {value}")
        return ", ".join(said)

    def answer(self, goal: Mapping[str, Any]) -> str:
        """The answer to a question, read from the results."""
        listed = next((a["list"] for a in goal["answers"] if "list" in a), None)
        if listed is not None:
            return self._list(listed)
        said = []
        verb = ""
        spelt = self.rng.random() < 0.4
        for answer in goal["answers"]:
            try:
                value = resolve(answer["source"], self.heard, self.results)
            except Unresolved:
                continue
            alone = len(goal["answers"]) == 1
            counted = str(answer["label"]).startswith("number ")
            label = noun_label(str(answer["label"]))
            verb = " is" if counted or alone and self.rng.random() < 0.7 else ""
            if not alone and spelt and not label.endswith("s") and label not in PEOPLE:
                label, verb = f"the {label}", " is"
            said.append(f"{label}{verb} {self.value(value)}")
        facts = ", ".join(said[:-1]) + " and " + said[-1] if len(said) > 1 and spelt else ""
        facts = facts or ", ".join(said)
        if goal["answers"][0]["label"].startswith("number "):
            return self._count(facts)
        if len(said) == 1 and verb == " is":
            symbol = "single_of" if self.many else "single"
            return self.speaker.say(symbol, what=goal["about"], fact=facts)
        return self.speaker.say("answer", what=goal["about"], facts=facts)

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
    return isinstance(value, str) and len(value.split()) > PROSE_WORDS
