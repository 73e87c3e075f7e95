"""What the simulated user wants, knows and says first.

The agenda is the user's whole mind: slots with their spoken forms and when they are revealed
(`opening`, `ask`, `later`, or `corrected`: said wrongly first), the wishes in their own words, what
is said after the opening and in answer to what, whether they agree when asked to confirm.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.agents.grammar import Speaker, plain, protect
from factory.tasks.draft import Draft
from factory.tasks.environment import Toolbox
from factory.tasks.goals import Goal, Plan
from factory.tasks.language.labels import noun_label
from factory.tasks.language.mentions import named_before
from factory.tasks.language.user_phrases import GRAMMAR
from factory.tasks.language.verbs import gerund, participle, past
from factory.tasks.language.wording import Wording
from factory.tasks.persona import styled
from factory.tasks.tables import words
from factory.tasks.values import spoken

ASIDE_SHARE = 0.06
"""How often a user asks for something out of scope by the way."""
STORY_SHARE = {
    "chatty": (0.85, 0.35),
    "terse": (0.12, 0.08),
    "hurried": (0.45, 0.2),
    "formal": (0.4, 0.4),
    "casual": (0.45, 0.25),
    "polite": (0.4, 0.35),
    "neutral": (0.5, 0.2),
}
"""By register: how often the user tells the story behind the wish, and adds a way out."""
LIST_SHARE = 0.22
"""How often several wishes come as a list."""


@dataclass(frozen=True)
class Phrases:
    """The goals in words: as they are meant, as they are first said (with a value that will be
    corrected), and the wish that will be taken back. `first_said`: slot → form of the opening."""

    meant: Sequence[Wording]
    first: Sequence[Wording]
    dropped: Wording | None
    first_said: Mapping[str, str]
    full: Sequence[Wording] = ()
    """The goals with what is kept back, as they stand when it has been told; none if nothing is."""
    again: Mapping[str, str] = field(default_factory=dict)
    """Long name of a row → how it is named when it was named before."""


def spoken_forms(values: Mapping[str, Any], rng: random.Random) -> dict[str, str]:
    """Slot name → how this user says its value."""
    style = rng.choice((0, 1, 1, 2))
    return {name: spoken(value, rng, style) for name, value in values.items()}


def draw_aside(rng: random.Random) -> str:
    """Now and then something that no agent here can do, asked for by the way; mostly nothing."""
    if rng.random() >= ASIDE_SHARE:
        return ""
    errand = plain(Speaker(GRAMMAR, rng).say("errand"))
    return errand[0].lower() + errand[1:]


def build_agenda(
    draft: Draft,
    said: Mapping[str, str],
    phrases: Phrases,
    later: Sequence[Mapping[str, Any]],
    persona: Mapping[str, Any],
    rng: random.Random,
) -> dict[str, Any]:
    """The agenda as the task stores it (all phrases without marks)."""
    plan = draft.plan
    goals = [
        _goal(goal, wording, first)
        for goal, wording, first in zip(plan.goals, phrases.meant, phrases.first, strict=True)
    ]
    for goal, made, wording in zip(plan.goals, goals, phrases.full, strict=False):
        tables = [table for table, _ in goal.targets.values()]
        if len(set(tables)) == len(tables):  # else what is added could be said of the other row
            made["full"] = _said(wording)
    if draft.dropped is not None and phrases.dropped is not None:
        goals.insert(0, {**_goal(draft.dropped, phrases.dropped), "dropped": True})
    return {
        "slots": [
            {**slot.as_json(), "said": said[name], **_reveal(name, draft, phrases)}
            for name, slot in plan.slots.items()
        ],
        "goals": goals,
        "dropped": draft.dropped_step,
        "later": list(later),
        "again": [[plain(long), short] for long, short in sorted(phrases.again.items())],
        "withheld": [draft.withheld] if draft.withheld else [],
        "unclear": _unclear(draft),
        "agrees": True,
        "thanks": rng.random() < (0.25 if persona["register"] != "terse" else 0.1),
        "planted": [{"tool": tool, "fault": kind} for tool, kind in sorted(draft.planted.items())],
    }


def _reveal(name: str, draft: Draft, phrases: Phrases) -> dict[str, Any]:
    """When the user tells a slot: in the opening, on question, later, or wrongly at first."""
    if name in draft.wrong:
        first = {"first": draft.wrong[name], "first_said": phrases.first_said[name]}
        return {"reveal": "corrected", **first}
    if name in draft.hidden:
        which = draft.unclear is not None and draft.unclear.slot == name
        asked = draft.unclear.asked if which and draft.unclear else ""
        unknown = {"unknown": words(asked)} if asked else {}
        return {"reveal": "ask", "which": which, **unknown}
    return {"reveal": "later" if draft.plan.stages[name] else "opening"}


def _unclear(draft: Draft) -> dict[str, Any] | None:
    unclear = draft.unclear
    if unclear is None:
        return None
    asked = unclear.asked or unclear.field
    base = {**unclear.base, "field": asked}
    return {
        "slot": unclear.slot,
        "source": base,
        "plural": unclear.plural,
        "label": words(asked),
    }


def _goal(goal: Goal, wording: Wording, first: Wording | None = None) -> dict[str, Any]:
    answers = [
        {key: answer[key] for key in ("name", "label", "source", "list") if key in answer}
        for answer in goal.answers
    ]
    made: dict[str, Any] = {
        "tool": goal.tool,
        "step": goal.step,
        "stage": goal.stage,
        "write": goal.write,
        "act_first": plain((first or wording).act),
        **_said(wording),
        "ask": plain(wording.ask),
        "answers": answers,
    }
    if goal.absent:
        made["absent"] = goal.absent
    if goal.condition is not None:
        kept = {key: goal.condition[key] for key in ("label", "slot", "source")}
        made["condition"] = {**kept, "text": plain(wording.condition)}
    return made


def _said(wording: Wording) -> dict[str, str]:
    """A goal's phrases as the agenda stores them."""
    short = plain(wording.short)
    told = plain(wording.act) if wording.complete else short
    return {
        "act": plain(wording.act),
        "short": short,
        "past": past(told) if told else "",
        "done": participle(told) if told else "",
        "about": plain(wording.about),
    }


def write_later(
    draft: Draft,
    phrases: Phrases,
    plan: Plan,
    persona: dict[str, Any],
    toolbox: Toolbox,
    rng: random.Random,
) -> list[dict[str, Any]]:
    """What the user says after the opening, in order: {kind, on, text, slots, about, tools}."""
    speaker = Speaker(GRAMMAR, rng, [persona["register"]])
    out = []
    before = [w for w, g in zip(phrases.first, plan.goals, strict=True) if g.stage == 0]
    named = " ".join(w.act + w.ask for w in (*before, phrases.dropped) if w is not None)
    for number, item in enumerate(draft.later, 1):
        slots = [name for name, stage in plan.stages.items() if stage == number]
        tools: list[str] = []
        if item.kind == "correction":
            slots = sorted(draft.wrong)
            text = _corrected(speaker, plan, phrases, slots[0])
        elif item.kind == "tools_added":
            tools = [draft.withheld]
            text = speaker.say("tools_added") + "\n" + protect(_declared(toolbox, tools[0]))
        elif item.kind == "aside":
            text = speaker.say("aside", what=protect(item.about))
        else:
            pairs = zip(phrases.meant, plan.goals, strict=True)
            wishes = [wording for wording, goal in pairs if goal.stage == number]
            text = _next_wishes(speaker, item.kind, wishes, rng)
            named, text = named + text, named_before(text, phrases.again, named)
        entry = {"kind": item.kind, "on": item.on, "text": styled(text, persona, rng)}
        out.append({**entry, "slots": slots, "about": item.about, "tools": tools})
    return out


def _corrected(speaker: Speaker, plan: Plan, phrases: Phrases, slot: str) -> str:
    meant = next(w for w in phrases.meant)
    said = meant.said[slot]
    return speaker.say(
        "correct",
        label=noun_label(plan.slots[slot].label),
        value=protect(said),
        wrong=protect(phrases.first_said[slot]),
    )


def _declared(toolbox: Toolbox, name: str) -> str:
    shown = next(d for d in toolbox.declarations() if d["function"]["name"] == name)
    return json.dumps(shown, ensure_ascii=False)


def _next_wishes(speaker: Speaker, kind: str, wishes: Sequence[Wording], rng: random.Random) -> str:
    parts = []
    for index, wording in enumerate(wishes):
        if index:
            parts.append(_wish(speaker, wording, index))
        elif wording.ask:
            parts.append(speaker.say(f"{kind}_ask", ask=wording.ask))
        else:
            forms = {"act": wording.act, "acting": gerund(wording.act)}
            said = {name: form + wording.condition for name, form in forms.items()}
            parts.append(speaker.say(kind, **said))
    return _joined(parts, rng)


def write_opening(
    wordings: Sequence[Wording],
    persona: dict[str, Any],
    rng: random.Random,
    again: Mapping[str, str],
) -> str:
    """The user's first message: a plan of greeting, story, wishes and way out, in the persona's
    register."""
    register = persona["register"]
    speaker = Speaker(GRAMMAR, rng, [register])
    story, way_out = STORY_SHARE.get(register, (0.4, 0.15))
    parts = [speaker.say("hello")]
    told = speaker.say("story") if rng.random() < story else ""
    wishes = _wishes(speaker, wordings, rng)
    late = bool(told) and rng.random() < 0.3
    parts += [*wishes, told] if late else [told, *wishes]
    if rng.random() < way_out:
        parts.append(speaker.say("way_out"))
    text = named_before(_joined([part for part in parts if part], rng), again)
    return styled(text, persona, rng)


def _wishes(speaker: Speaker, wordings: Sequence[Wording], rng: random.Random) -> list[str]:
    """The wishes as sentences, or now and then as a list."""
    if len(wordings) < 2 or rng.random() > LIST_SHARE:
        return [_wish(speaker, wording, index) for index, wording in enumerate(wordings)]
    mark = rng.choice(("{}.", "{})", "-", "-", "*"))
    lines = [speaker.say("intro_list").rstrip(".,")]
    for number, wording in enumerate(wordings, 1):
        if wording.ask:
            item = speaker.say("item_ask", ask=wording.ask)
        else:
            item = speaker.say("item", act=wording.act + wording.condition)
        lines.append(f"{mark.format(protect(number))} {item}")
    return ["\n".join(lines)]


def _joined(parts: Sequence[str], rng: random.Random) -> str:
    """Sentences in a row: a full stop where one is missing, no capital after a comma, a new line
    after a list."""
    text = ""
    listed = False
    for part in parts:
        opens = part if part.startswith(("I ", "I'")) else part[0].lower() + part[1:]
        if listed:
            text += f"\n{part}"
        elif "\n" in part and text:
            text += f"\n{part}" if text[-1] in ".!?:," else f".\n{part}"
        elif text and text[-1] in ",:":
            text += f" {opens}"
        elif text and text[-1] not in ".!?":
            stop = rng.choice((".", ".", " -", ","))
            text += f"{stop} {part if stop == '.' else opens}"
        else:
            text += f" {part}" if text else part
        listed = "\n" in part
    return text


def _wish(speaker: Speaker, wording: Wording, index: int) -> str:
    if wording.ask:
        return speaker.say("also_ask" if index else "question", ask=wording.ask)
    act = wording.act
    if wording.condition and not index:
        return speaker.say("request_last", act=act + wording.condition)
    symbol = "also" if index else "request"
    return speaker.say(symbol, act=act + wording.condition, acting=gerund(act) + wording.condition)
