"""What the simulated user wants, knows and says first.

The agenda is the user's whole mind: slots with their spoken forms and when they are revealed
(`opening` or `ask`), the wishes in their own words, whether they agree when asked to confirm.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.agents.grammar import Speaker, plain
from factory.tasks.goals import Goal, Plan
from factory.tasks.persona import styled
from factory.tasks.user_phrases import GRAMMAR
from factory.tasks.values import spoken
from factory.tasks.verbs import participle, past
from factory.tasks.wording import Wording

REASON_SHARE = {"chatty": 0.7, "terse": 0.08, "hurried": 0.35, "formal": 0.25}


def spoken_forms(plan: Plan, rng: random.Random) -> dict[str, str]:
    """Slot name → how this user says its value."""
    style = rng.choice((0, 1, 1, 2))
    return {name: spoken(slot.value, rng, style) for name, slot in plan.slots.items()}


def build_agenda(
    plan: Plan,
    said: Mapping[str, str],
    wordings: Sequence[Wording],
    hidden: frozenset[str],
    persona: Mapping[str, Any],
    planted: Mapping[str, str],
    rng: random.Random,
) -> dict[str, Any]:
    """The agenda as the task stores it (all phrases without marks)."""
    return {
        "slots": [
            {
                **slot.as_json(),
                "said": said[name],
                "reveal": "ask" if name in hidden else "opening",
            }
            for name, slot in plan.slots.items()
        ],
        "goals": [_goal(goal, wording) for goal, wording in zip(plan.goals, wordings, strict=True)],
        "agrees": True,
        "thanks": rng.random() < (0.25 if persona["register"] != "terse" else 0.1),
        "planted": [{"tool": tool, "fault": kind} for tool, kind in sorted(planted.items())],
    }


def _goal(goal: Goal, wording: Wording) -> dict[str, Any]:
    answers = [
        {key: answer[key] for key in ("name", "label", "source", "list") if key in answer}
        for answer in goal.answers
    ]
    return {
        "tool": goal.tool,
        "step": goal.step,
        "write": goal.write,
        "act": plain(wording.act),
        "short": plain(wording.short),
        "past": past(plain(wording.short)) if wording.short else "",
        "done": participle(plain(wording.short)) if wording.short else "",
        "ask": plain(wording.ask),
        "about": plain(wording.about),
        "answers": answers,
    }


def write_opening(wordings: Sequence[Wording], persona: dict[str, Any], rng: random.Random) -> str:
    """The user's first message, in the persona's register."""
    speaker = Speaker(GRAMMAR, rng, [persona["register"]])
    parts = [speaker.say("hello")]
    if rng.random() < REASON_SHARE.get(persona["register"], 0.3):
        parts.append(speaker.say("reason"))
    wishes = [_wish(speaker, wording, index) for index, wording in enumerate(wordings)]
    if rng.random() < 0.2:
        parts = [parts[0], *wishes, *parts[1:]]
    else:
        parts += wishes
    return styled(_joined([part for part in parts if part], rng), persona, rng)


def _joined(parts: Sequence[str], rng: random.Random) -> str:
    """Sentences in a row: a full stop where one is missing, no capital after a comma."""
    text = ""
    for part in parts:
        if text and text[-1] in ",:":
            part = part if part.startswith(("I ", "I'")) else part[0].lower() + part[1:]
        elif text and text[-1] not in ".!?":
            text += rng.choice((".", " -", ","))
            part = part if part.startswith(("I ", "I'")) else part[0].lower() + part[1:]
        text += f" {part}" if text else part
    return text


def _wish(speaker: Speaker, wording: Wording, index: int) -> str:
    if wording.ask:
        return speaker.say("also_ask" if index else "question", ask=wording.ask)
    return speaker.say("also" if index else "request", act=wording.act)
