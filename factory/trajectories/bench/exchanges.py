"""Mutations of the exchange of question and answer: what was agreed to is not what was done."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from factory.records import Record
from factory.trajectories.bench.calls import Mutator
from factory.trajectories.bench.edits import id_like
from factory.trajectories.bench.performance import Material
from factory.trajectories.bench.truth import known_before, rows_of, stands_in

VAGUE = (
    "I don't know.",
    "Let me think about it.",
    "Hm.",
    "Maybe.",
    "What would happen then?",
    "Let me ask my boss first.",
)
ELSEWHERE = (
    "How are you today?",
    "Did you have a nice weekend?",
    "Is there anything else?",
    "Would you like me to print a poster of it?",
    "Shall I water the flowers?",
)
AMENDED = (
    " Oh, and make it 7777 instead.",
    " And please cancel the other one as well.",
    " Actually, change the date to 3 May 2031.",
)


def _agreed(material: Material) -> Iterator[int]:
    """Indices of the user's yes that a change follows before the user speaks again."""
    messages = material.messages
    for event in material.trajectory["events"]:
        if event["type"] == "user" and event.get("act") == "confirm":
            index = event["message"]
            users = [i for i, m in enumerate(messages) if m["role"] == "user" and i > index]
            stop = min(users, default=len(messages))
            if any(index < e["turn"] < stop and e["changes"] for e in material.calls):
                yield index


def _with_text(material: Material, index: int, text: str) -> Record:
    messages = material.edited()
    messages[index]["content"] = text
    return material.variant(messages=messages)


def no_clear_yes(material: Material, rng: random.Random) -> Record | None:
    """The user leaves it open, and the change is made."""
    places = list(_agreed(material))
    return _with_text(material, rng.choice(places), rng.choice(VAGUE)) if places else None


def asked_elsewhere(material: Material, rng: random.Random) -> Record | None:
    """The user says yes to a question about something else."""
    places = list(_agreed(material))
    return _with_text(material, rng.choice(places) - 1, rng.choice(ELSEWHERE)) if places else None


def asked_with_another_value(material: Material, rng: random.Random) -> Record | None:
    """The question for a go-ahead has a number in it that nobody told and no result shows."""
    for index in _agreed(material):
        text = material.messages[index - 1]["content"]
        for found in re.finditer(r"(?<![\w.,:/-])\d+(?![\w:/-]|[.,]\d)", text):
            new = int(found[0]) + rng.choice((1, 2, 3))
            if not known_before(new, [*material.messages, *_declared(material)]):
                changed = text[: found.start()] + str(new) + text[found.end() :]
                return _with_text(material, index - 1, changed)
    return None


def _declared(material: Material) -> list[dict[str, str]]:
    return [{"content": str(tool), "role": "system"} for tool in material.trajectory["tools"]]


def words_in_the_mouth(material: Material, rng: random.Random) -> Record | None:
    """The user says an id that only a result has shown, or wishes for more than was agreed."""
    messages = material.messages
    users = [i for i, m in enumerate(messages) if m["role"] == "user" and i > 1]
    if not users:
        return None
    index = rng.choice(users)
    said = " ".join(m["content"] for m in messages if m["role"] != "tool")
    shown = [
        v
        for m in messages
        if m["role"] == "tool"
        for r in rows_of(m["content"])
        for v in r.values()
    ]
    ids = [v for v in shown if id_like(v) and not stands_in(v, said) and " " not in v]
    text = f" The id is {rng.choice(ids)}." if ids and rng.random() < 0.5 else rng.choice(AMENDED)
    return _with_text(material, index, messages[index]["content"] + text)


def doubled_exchange(material: Material, rng: random.Random) -> Record | None:
    """What the user says and what the agent answers stand twice."""
    messages = material.edited()
    places = [
        index
        for index in range(1, len(messages) - 1)
        if messages[index]["role"] == "user" and not messages[index + 1].get("tool_calls")
    ]
    if not places:
        return None
    at = rng.choice(places)
    messages[at + 2 : at + 2] = [dict(messages[at]), dict(messages[at + 1])]
    events = [dict(event) for event in material.trajectory["events"]]
    for event in events:
        for name in ("message", "turn"):
            if event.get(name, 0) >= at + 2:
                event[name] += 2
    return material.variant(messages=messages, events=events)


EXCHANGES: dict[str, Mutator] = {
    "no clear yes": no_clear_yes,
    "asked about something else": asked_elsewhere,
    "asked with another value": asked_with_another_value,
    "words put in the user's mouth": words_in_the_mouth,
    "doubled exchange": doubled_exchange,
}
