"""Mutations of the exchange of question and answer: what was agreed to is not what was done."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from factory.records import Record
from factory.trajectories.bench.calls import Mutator
from factory.trajectories.bench.edits import id_like, scalars
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
OTHER_ACTS = ("cancel", "refund", "delete", "duplicate", "archive", "suspend", "anonymise")


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


def asked_with_a_number_off(material: Material, rng: random.Random) -> Record | None:
    """The question for a go-ahead has a number in it that is one more or less than the one that is
    then done; whether it stands elsewhere does not matter."""
    for index in _agreed(material):
        text = material.messages[index - 1]["content"]
        used = [v for e in _done_after(material, index) for v in scalars(e["arguments"])]
        for found in re.finditer(r"(?<![\w.,:/-])\d+(?![\w:/-]|[.,]\d)", text):
            one, other = int(found[0]), int(found[0]) + rng.choice((1, -1))
            counts = any(type(v) in (int, float) and v == one for v in used)
            if counts and other > 0 and other not in used and str(other) not in map(str, used):
                changed = text[: found.start()] + str(other) + text[found.end() :]
                return _with_text(material, index - 1, changed)
    return None


def asked_for_another_act(material: Material, rng: random.Random) -> Record | None:
    """The question for a go-ahead is for another act on the same thing."""
    goals = material.task["agenda"]["goals"]
    wishes = [form.get("act", "") for goal in goals for form in (goal, goal.get("full", {}))]
    everything = " ".join(m["content"] for m in material.messages).lower()
    for index in _agreed(material):
        text = material.messages[index - 1]["content"]
        found = [text.find(wish) for wish in wishes if wish and wish in text]
        if found:
            new = rng.choice([act for act in OTHER_ACTS if act[:5] not in everything] or [""])
            verb = text[found[0] :].split(" ")[0]
            changed = text[: found[0]] + new + text[found[0] + len(verb) :]
            return _with_text(material, index - 1, changed) if new else None
    return None


def _done_after(material: Material, index: int) -> list[Mapping[str, Any]]:
    """The changes made before the user speaks again."""
    users = [i for i, m in enumerate(material.messages) if m["role"] == "user" and i > index]
    stop = min(users, default=len(material.messages))
    return [e for e in material.calls if index < e["turn"] < stop and e["changes"]]


def never_asked_which(material: Material, rng: random.Random) -> Record | None:
    """Several things fit what the user names; the agent takes one without asking (the right one,
    by luck)."""
    unclear = material.task["agenda"]["unclear"]
    turns = material.turns()
    for at, turn in enumerate(turns):
        told = unclear and unclear["slot"] in (turn.heard.get("slots") or ())
        if told and at > 2 and not turns[at - 1].calls:
            return material.perform([*turns[: at - 1], *turns[at + 1 :]])
    return None


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
    ids = [
        v
        for v in shown
        if id_like(v) and not stands_in(v, said) and re.fullmatch(r"[A-Z]+-?\d[\w-]+", v)
    ]
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
    "asked with a number off": asked_with_a_number_off,
    "asked for another act": asked_for_another_act,
    "never asked which": never_asked_which,
    "words put in the user's mouth": words_in_the_mouth,
    "doubled exchange": doubled_exchange,
}
