"""What an offline agent says about results: facts read from tool messages, nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factory.agents.grammar import Speaker, plain, protect
from factory.tasks.language.labels import asked_label, is_many, noun_label, runs_on, shown_label
from factory.tasks.sources import Unresolved, extreme, resolve
from factory.tasks.tables import words
from factory.tasks.values import spoken

_ID = re.compile(r"(^|_)id$|Id$")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
MAX_FACTS = 3
NOW = (
    "the {label} {verb} now {value}",
    "the {label} {verb} {value} now",
    "the {label} {verb} {value}",
)
"""How a report says what a field holds after a change."""
COUNTED = ("number ", "average ", "total ")
"""How a label begins that is of no single record."""
_EXTREME = re.compile(
    r"\bthe (?:[\w-]+ ){0,5}(?:lowest|highest|fewest|most|cheapest|earliest|latest|first|last)\b"
)
_CALLED = frozenset(("name", "title", "label", "serial", "sign", "registration", "subject"))
"""Last words of fields that say what a row is called."""
PROSE_WORDS = 3
_MONEY = frozenset(
    ("price", "fee", "cost", "rate", "charge", "balance", "credit", "amount", "premium", "deposit")
    + ("total", "fare", "paid", "due", "budget", "limit", "refund", "value", "surcharge")
)
"""Last words of labels of amounts: 69.3 is written 69.30."""
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

    def value(self, value: Any, label: str = "") -> str:
        """A value as this agent writes it; `label`: of the field, where it is known."""
        if isinstance(value, list):
            return ", ".join(self.value(item) for item in value) or "none"
        if isinstance(value, float) and not value.is_integer() and label.split(" ")[-1] in _MONEY:
            return protect(f"{value:.2f}")
        return protect(spoken(value, self.rng, self.date_style))

    def report(self, goals: Sequence[Mapping[str, Any]]) -> str:
        """The whole answer: what was done, what was found, in the order of the wishes."""
        parts: list[str] = []
        self.many = len(goals) > 1
        told = [answer.get("source") for goal in goals for answer in goal["answers"]]
        for goal in goals:
            first = not parts
            asked = goal.get("condition")
            name = "" if asked else self._found(goal)
            if asked and not goal["answers"] and asked["source"] in told:
                parts.append(self._decided(goal))
            elif asked:
                parts.append(self._conditional(goal, first))
            else:
                parts.append(
                    self._done(goal, first) if not goal["answers"] else self.answer(goal, first)
                )
            if name:
                parts.append(self.speaker.say("identified", name=protect(name)))
        joint = "\n\n" if any("\n" in part for part in parts) else " "
        return plain(joint.join(parts))

    def _found(self, goal: Mapping[str, Any]) -> str:
        """What the row is called that the user knew only as the latest or cheapest of several."""
        said = str(goal["past"] or goal["about"])
        if not _EXTREME.search(said) or self.rng.random() < 0.2:
            return ""
        row = self._row(goal) if goal["write"] else self._picked(goal)
        names = (v for k, v in (row or {}).items() if words(k).split(" ")[-1] in _CALLED)
        return next((v for v in names if isinstance(v, str) and v.lower() not in said.lower()), "")

    def _picked(self, goal: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The row that an answer is read from, as the greatest or least of a field."""
        source: Mapping[str, Any] = next(
            (a["source"] for a in goal["answers"] if "source" in a), {}
        )
        pick = source.get("pick")
        shown = self.results.get(source.get("step", ""), {}).get(source.get("out", ""))
        if pick is None or not isinstance(shown, list):
            return None
        wanted = [(n, resolve(s, self.heard, self.results)) for n, s in source["where"]]
        rows = [row for row in shown if all(row.get(n) == want for n, want in wanted)]
        best = extreme(rows, pick["field"], pick["order"])
        return best[0] if len(best) == 1 else None

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
        made = self._made(goal)
        if "short" in self.formats or self.rng.random() < (0.25 if made else 0.4):
            return text
        changed = [
            (n, v)
            for n, v in self.changed(goal)
            if plain(self.value(v)).lower() not in goal["past"].lower()
        ]
        if changed:
            verb = "are" if is_many(changed[0][0]) else "is"
            form = self.rng.choice(NOW)
            now = [
                form.format(label=noun_label(n), verb=verb, value=self._shown(n, v))
                for n, v in changed[:1]
            ]
            now += [f"the {noun_label(n)} {self._shown(n, v)}" for n, v in changed[1:]]
            return f"{text} {self.speaker.say('now', facts=_and(now))}"
        facts = self.facts(goal) if made or self.rng.random() < 0.35 else ""
        return f"{text} {self.speaker.say('facts', facts=facts)}" if facts else text

    def _made(self, goal: Mapping[str, Any]) -> bool:
        """Whether the goal's call returned a row that no result showed before and that the wish
        does not name: one that it made, of which there is more to tell."""
        row = self._row(goal)
        key = next(iter(row or ()), "")
        if row is None or plain(self.value(row[key])).lower() in goal["past"].lower():
            return False
        before = [result for step, result in self.results.items() if step != goal["step"]]
        return not any(other.get(key) == row[key] for result in before for other in _rows(result))

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
                same = next(iter(other), "") == key and other[key] == row[key]
                before = other if same else before  # not a row that only refers to it
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
        ids = [n for n in ids if str(row[n]).lower() not in goal["past"].lower()]
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
        return f'"{self.value(item)}"' if quoted else self.value(item, label)

    def answer(self, goal: Mapping[str, Any], first: bool = True) -> str:
        """The answer to a question, read from the results; `first`: nothing is said before it."""
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
            many = is_many(label) and not label.startswith(COUNTED)
            verb = (" are" if many else " is") if spelt else ""
            article = "the " if spelt and not alone else ""
            shown = self._shown(str(answer["label"]), value)
            said.append(f"{article}{shown_label(label)}{verb} {shown}")
        facts = _and(said) if spelt or self.rng.random() < 0.3 else ", ".join(said)
        if alone and said and str(goal["answers"][0]["label"]).startswith(COUNTED):
            return self.speaker.say("counted", facts=facts)
        of = "" if not self.many else "_of" if first else "_of_too"
        if alone and said:
            return self.speaker.say(f"single{of}", what=goal["about"], fact=facts)
        # of several rows it is said which one
        return self.speaker.say(f"answer{of}", what=goal["about"], facts=facts)

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
