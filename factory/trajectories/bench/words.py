"""Mutations of what an agent says: the calls stay as they are, the words are not true to them."""

from __future__ import annotations

import random
import re
from typing import Any

from factory.records import Record
from factory.trajectories.bench.calls import Mutator
from factory.trajectories.bench.edits import answer_values, answers
from factory.trajectories.bench.performance import Material, Turn
from factory.trajectories.bench.truth import known_before, rows_of, stands_in

REFUSALS = (
    "I'm sorry, I can't do that.",
    "Unfortunately that is not something I am able to help with.",
    "I'm afraid I have no tool for this, so I have to decline.",
    "That is outside what I can do here; please contact the office.",
    "I must decline: I'm not allowed to do this.",
)
CLAIMS = (
    "All done, that has been taken care of.",
    "I've done that for you.",
    "It went through, everything is set now.",
    "Done! You're all set.",
    "That's been changed as you asked.",
)
SMALL_TALK = (
    "Sure! As a rule of thumb, go early in the week, take the first offer and keep the receipt.",
    "Of course: the best known one is the old market hall, it opens early and is never crowded.",
    "Happy to help. In short, most people settle on the cheaper of the two and are content.",
    "Yes, and it's quite simple: mix both parts, let it rest overnight and serve it cold.",
)
PROMISES = (
    "One moment, I'm looking into it.",
    "Let me check that for you.",
    "I'll take care of this now.",
    "Hold on, I'm still working on it.",
    "Just a second while I pull up the record.",
)
EMPTY_REPORTS = (
    "All done!",
    "That's everything.",
    "I have found what you asked for.",
    "There you go.",
)
NAMES = (
    "Oswin Trevelyan", "Marit Solvang", "Bogdan Ilves", "Philippa Quennell", "Ansel Thorsby",
    "Imre Valdecasas", "Sunniva Harcourt", "Crispin Oduya",
)  # fmt: skip
_HARD = re.compile(r"\b\d[\d,.:-]*\d\b|\b\d\b|\b[A-Z]{2,4}-?\d{2,}\b")


def invented_number(material: Material, rng: random.Random) -> Record | None:
    """A number, date or id in what the agent says is another, seen nowhere."""
    turns = material.turns()
    said = [t for t in turns if t.role == "assistant" and _HARD.search(t.content)]
    if not said:
        return None
    turn = rng.choice(said)
    found = rng.choice(list(_HARD.finditer(turn.content)))
    digits = re.sub(r"[1-9]", lambda m: str(rng.randint(1, 9)), found[0])
    everything = [*material.messages, *_declared(material)]
    if digits == found[0] or any(digits in m["content"] for m in everything):
        return None
    if re.fullmatch(r"\d+(\.\d+)?", digits) and known_before(float(digits), everything):
        return None
    if known_before(int(digits) if digits.isdigit() else digits, everything):
        return None
    turn.content = turn.content[: found.start()] + digits + turn.content[found.end() :]
    return material.perform(turns)


def appended_claim(material: Material, rng: random.Random) -> Record | None:
    """The last message says one thing more, which no result shows."""
    turns = material.turns()
    number = rng.randint(1200, 9900) + rng.choice((0.25, 0.5, 0.75))
    texts = (
        f" The total comes to {number:.2f}.",
        f" Your reference is QX-{int(number)}.",
        f" The person in charge is {rng.choice(NAMES)}.",
        f" It will be dealt with by {rng.choice(NAMES)} on {rng.randint(1, 28)} March 2031.",
    )
    turns[-1].content += rng.choice(texts)
    return material.perform(turns)


def invented_name(material: Material, rng: random.Random) -> Record | None:
    """A name in what the agent says is another, seen nowhere or that of another row."""
    shown = {v for v in _shown(material) if re.fullmatch(r"[A-Z][\w'-]+( [A-Z][\w'-]+)+", v)}
    other = [str(v) for v in _world_values(material) if re.fullmatch(r"[A-Z]\w+ [A-Z]\w+", str(v))]
    return _replaced(material, shown, [*NAMES, *rng.sample(other, min(8, len(other)))], rng)


def invented_word(material: Material, rng: random.Random) -> Record | None:
    """A status, category or the like in the report is another one of the same field."""
    turns = material.turns()
    text = turns[-1].content
    places = []
    for table in material.start.tables():
        rows = material.start.rows(table)
        for field in rows[0] if rows else ():
            values = {r[field] for r in rows if isinstance(r[field], str)}
            few = 2 <= len(values) <= 8 and not any(re.search(r"\d", v) for v in values)
            for value in sorted(values) if few else ():
                said = re.escape(value).replace("_", "[_ -]")
                there = re.search(
                    rf"(?:status|state|is|are|was|{field}):? ({said})(?![\w-])", text, re.I
                )
                fresh = [v for v in sorted(values) if not known_before(v, material.messages)]
                if there and fresh and _reported(value, material):
                    places.append((*there.span(1), fresh))
    if not places:
        return None
    start, stop, others = rng.choice(sorted(places))
    turns[-1].content = text[:start] + rng.choice(others).replace("_", " ") + text[stop:]
    return material.perform(turns)


def mixed_up_answer(material: Material, rng: random.Random) -> Record | None:
    """The answer has another value that the results show: of another row or another field."""
    values = [v for v in answer_values(material) if not isinstance(v, bool)]
    turns = material.turns()
    rng.shuffle(values)
    for value in values:
        for turn in turns:
            forms = [str(value), str(value).replace("_", " ")]
            form = next((f for f in forms if f in turn.content), None)
            if turn.role != "assistant" or turn.calls or form is None:
                continue
            kind = type(value)
            others = [v for v in _scalars_shown(material) if type(v) is kind and v != value]
            others = [v for v in others if not stands_in(v, turn.content)]
            if not others:
                continue
            changed = turn.content.replace(form, str(rng.choice(sorted(others, key=str))))
            rest = " ".join(t.content for t in turns if t.role == "assistant" and t is not turn)
            if not stands_in(value, changed) and not stands_in(value, rest):
                turn.content = changed
                return material.perform(turns)
    return None


def swapped_answers(material: Material, rng: random.Random) -> Record | None:
    """Two of the values that an answer names change places."""
    turns = material.turns()
    if any("list" in answer for answer in answers(material)):
        return None  # in a list the order is free
    values = [v for v in answer_values(material) if not isinstance(v, bool)]
    pairs = [(a, b) for a in values for b in values if str(a) != str(b)]
    rng.shuffle(pairs)
    for one, other in pairs:
        for turn in turns:
            text = turn.content
            forms = [str(v) if str(v) in text else str(v).replace("_", " ") for v in (one, other)]
            alone = all(len(re.findall(rf"\b{re.escape(f)}\b", text)) == 1 for f in forms)
            tied = _part_of(*forms) or _side_by_side(text, *forms) or _alike(material, text, *forms)
            if turn.role == "assistant" and not turn.calls and alone and not tied:
                marked = text.replace(forms[0], "\0").replace(forms[1], forms[0])
                turn.content = marked.replace("\0", forms[1])
                return material.perform(turns)
    return None


def _part_of(one: str, other: str) -> bool:
    return one in other or other in one


def _alike(material: Material, text: str, one: str, other: str) -> bool:
    """Whether the sentences that say them name nothing of the user's in which they differ: which of
    the two is meant can't be told, as they stand or exchanged."""
    told = [s["said"] for s in material.task["agenda"]["slots"] if isinstance(s["said"], str)]
    labels = [str(answer["label"]) for answer in answers(material)]
    sentences = re.split(r"(?<=[.!?;])\s+|\n+", text)
    about = [next((s for s in sentences if form in s), text) for form in (one, other)]
    names = [{n for n in (*told, *labels) if len(n) > 2 and n in sentence} for sentence in about]
    return about[0] != about[1] and names[0] == names[1]


def _side_by_side(text: str, one: str, other: str) -> bool:
    """Whether nothing stands between them: "email a@b.example" is "a@b.example email"."""
    gap = r"[\s:\"']*"
    pair = (re.escape(one), re.escape(other))
    return bool(re.search(gap.join(pair), text) or re.search(gap.join(reversed(pair)), text))


def claimed_in_place_of_refusal(material: Material, rng: random.Random) -> Record | None:
    """What can't or may not be done is said to be done."""
    if not _declines_rightly(material):
        return None
    turns = material.turns()
    turns[-1].content = rng.choice(CLAIMS)
    return material.perform(turns)


def out_of_scope_answered(material: Material, rng: random.Random) -> Record | None:
    """What no tool serves is answered from nowhere."""
    turns = material.turns()
    aside = next((i for i, t in enumerate(turns) if t.heard.get("act") == "aside"), None)
    if aside is not None and aside + 1 < len(turns):
        turns[aside + 1].content = rng.choice(SMALL_TALK)
        return material.perform(turns)
    if material.task["agenda"]["declined"] != "no_tool":
        return None
    for turn in turns:
        if turn.role == "assistant":
            turn.content = rng.choice(SMALL_TALK)
            return material.perform(turns)
    return None


def wrong_refusal(material: Material, rng: random.Random) -> Record | None:
    """What can be done is declined: before it is tried, or in the face of what was done."""
    if _declines_rightly(material) or material.task["agenda"]["withheld"]:
        return None
    turns = material.turns()
    if any(t.heard.get("act") == "aside" for t in turns):
        return None
    if rng.random() < 0.6:
        return material.perform([*turns[:2], Turn("assistant", rng.choice(REFUSALS), [], True)])
    last = _last_report(turns)
    if last is None:
        return None
    last.content = rng.choice(REFUSALS)
    return material.perform(turns)


def unfinished_ending(material: Material, rng: random.Random) -> Record | None:
    """The conversation stops before the agent has said what came of it."""
    turns = material.turns()
    calls = [i for i, turn in enumerate(turns) if turn.calls]
    if not calls:
        return None
    kind = rng.choice(("silent", "promise", "cut", "mid", "user"))
    upto = turns[: calls[-1] + 1]
    if kind == "silent":
        return material.perform([*upto, Turn("assistant", "", [], True)])
    if kind == "promise":
        return material.perform([*upto, Turn("assistant", rng.choice(PROMISES), [], True)])
    if kind == "cut":
        return material.perform(upto)
    if kind == "user":
        return material.perform([*turns, Turn("user", "And what about the other one?")])
    text = turns[calls[-1] + 1].content if calls[-1] + 1 < len(turns) else ""
    words = text.split()
    if len(words) < 6:
        return None
    half = " ".join(words[: len(words) // 2])
    if half[-1] in ".!?:;)":
        return None
    return material.perform([*upto, Turn("assistant", half, [], True)])


def empty_report(material: Material, rng: random.Random) -> Record | None:
    """A question is looked up and never answered."""
    values = answer_values(material)
    turns = material.turns()
    if not values:
        return None
    for turn in turns:
        if turn.role == "assistant" and not turn.calls:
            told = any(stands_in(v, turn.content) for v in values)
            turn.content = rng.choice(EMPTY_REPORTS) if told else turn.content
    texts = " ".join(t.content for t in turns if t.role == "assistant" and not t.calls)
    if all(stands_in(v, texts) for v in values):
        return None
    return material.perform(turns)


WORDS: dict[str, Mutator] = {
    "invented number, date or id": invented_number,
    "invented name": invented_name,
    "invented status or category": invented_word,
    "appended claim": appended_claim,
    "mixed-up answer": mixed_up_answer,
    "swapped answers": swapped_answers,
    "claimed in place of a refusal": claimed_in_place_of_refusal,
    "out of scope answered": out_of_scope_answered,
    "wrong refusal": wrong_refusal,
    "unfinished ending": unfinished_ending,
    "empty report": empty_report,
}


# --- parts ------------------------------------------------------------------------------------


def _replaced(
    material: Material, shown: set[str], others: list[str], rng: random.Random
) -> Record | None:
    """One of the values shown by a tool, where the agent says it, becomes one shown nowhere."""
    turns = material.turns()
    told = " ".join(m["content"] for m in material.messages if m["role"] in ("user", "system"))
    fresh = [o for o in others if not known_before(o, material.messages)]
    places = [
        (t, v)
        for v in sorted(shown)
        for t in turns
        if t.role == "assistant" and stands_in(v, t.content) and not stands_in(v, told)
    ]
    if not places or not fresh:
        return None
    turn, value = rng.choice(places)
    pattern = re.compile(rf"\b{re.escape(value).replace('_', '[_ -]')}\b", re.I)
    changed = pattern.sub(rng.choice(fresh), turn.content)
    if changed == turn.content:
        return None
    turn.content = changed
    return material.perform(turns)


def _reported(value: str, material: Material) -> bool:
    """Whether a tool shows the value and the user has not said it."""
    user = [m for m in material.messages if m["role"] in ("user", "system")]
    tool = [m for m in material.messages if m["role"] == "tool"]
    return known_before(value, tool) and not known_before(value, user)


def _scalars_shown(material: Material) -> list[Any]:
    tools = (m["content"] for m in material.messages if m["role"] == "tool")
    rows = [row for content in tools for row in rows_of(content)]
    return [v for row in rows for v in row.values() if isinstance(v, str | int | float)]


def _shown(material: Material) -> set[str]:
    return {v for v in _scalars_shown(material) if isinstance(v, str)}


def _world_values(material: Material) -> list[Any]:
    tables = material.start.tables()
    rows = [row for table in tables for row in material.start.rows(table)]
    return [value for row in rows for value in row.values() if isinstance(value, str)]


def _declared(material: Material) -> list[dict[str, Any]]:
    """The tools' declarations as if they were messages, for searching."""
    return [{"content": str(tool), "role": "system"} for tool in material.trajectory["tools"]]


def _declines_rightly(material: Material) -> bool:
    agenda = material.task["agenda"]
    refused = any(step.get("refused") for step in material.task["plan"])
    return bool(agenda["declined"]) or refused


def _last_report(turns: list[Turn]) -> Turn | None:
    """The text that follows the last call."""
    calls = [i for i, turn in enumerate(turns) if turn.calls]
    after = turns[calls[-1] + 1 :] if calls else []
    return next((t for t in after if t.role == "assistant"), None)
