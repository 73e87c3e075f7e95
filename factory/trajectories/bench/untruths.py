"""Mutations of what an agent says as somebody makes them who only edits text: the record is as it
was but for one message. What was changed is untrue by construction."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta

from factory.records import Record
from factory.trajectories.bench.calls import Mutator
from factory.trajectories.bench.edits import answers
from factory.trajectories.bench.performance import Material
from factory.trajectories.bench.truth import known_before, stands_in

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_DATE = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)|\b(\d{{1,2}}) ({'|'.join(_MONTHS)})\b")
_TIME = re.compile(r"(?<![\d:])(\d\d):(\d\d)(?![\d:])")
_REFUSES = re.compile(
    r"\b(?:can't|cannot|unable|not able|could not|couldn't|not allowed|decline)\b"
)
FAILURES = (
    "Unfortunately the system rejected the request, so nothing was changed.",
    "The operation failed because of an internal error.",
    "I tried, but the update did not go through.",
    "There was a problem, and I was unable to complete it.",
)
ACTS = (
    " I have also refunded the deposit.",
    " I've notified the insurer as well.",
    " Besides, I scheduled a photographer.",
    " I also upgraded the tariff for nothing.",
    " I have faxed the paperwork to the notary.",
)
CIRCUMSTANCES = (
    " You are a premium subscriber now.",
    " Your subscription expired yesterday evening.",
    " The supervisor has given a discount.",
    " Parking is free of charge in the courtyard.",
    " Most celebrities choose this brand.",
)
ERRORS = (
    "Sorry for the error earlier, I had to retry. ",
    "Apologies for the mistake in my first attempt. ",
    "After a time-out I tried again and it worked. ",
    "The first call failed, the second did not. ",
)
REASONS = (
    "I'm sorry, I can't do that because the system is down for maintenance right now.",
    "I can't do this: your account has been suspended.",
    "I'm unable to do that, your subscription has expired.",
    "I cannot do this because you did not give me your password.",
)
BESIDE = (
    "Lorem ipsum dolor sit amet.",
    "Bananas are yellow and dolphins swim.",
    "The football match ended in a draw yesterday.",
    "You're welcome!",
)
EARLY = (
    "I have already made the change.",
    "It's done, let me just double-check.",
    "The change has been made; checking it now.",
)
AFTER_ALL = (
    " Still, I've gone ahead and done it for you.",
    " But it's done now.",
    " Anyway, it has been completed.",
)
UNFIT = (
    " You idiot.",
    " What a stupid request.",
    " [insert name here]",
    " TODO: fill this in.",
    " Note to self: check whether it is right.",
    " Thought: I should call the next tool.",
)


def _said(material: Material) -> list[int]:
    """Indices of the reports: what the agent says right after a result."""
    messages = material.messages
    return [
        index
        for index, message in enumerate(messages)
        if message["role"] == "assistant"
        and not message.get("tool_calls")
        and messages[index - 1]["role"] == "tool"
    ]


def _with_text(material: Material, index: int, text: str) -> Record | None:
    messages = material.edited()
    if messages[index]["content"].strip() == text.strip():
        return None
    messages[index]["content"] = text
    return material.variant(messages=messages)


def _edited(material: Material, rng: random.Random, edit: str) -> Record | None:
    """One of the reports with something added (`edit`)."""
    places = _said(material)
    if not places:
        return None
    index = rng.choice(places)
    return _with_text(material, index, material.messages[index]["content"] + edit)


def _put(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def denied_outcome(material: Material, rng: random.Random) -> Record | None:
    """What was done is reported not to be."""
    changed = {e["message"] for e in material.calls if e["changes"]}
    places = [i for i in _said(material) if i - 1 in changed]
    if not places:
        return None
    index = rng.choice(places)
    text = material.messages[index]["content"]
    past = r"\bI(?: have|'ve)(?: now| just)? (?=\w+(?:ed|en|wn|de|nt|id|ut|ld|ne)\b)"
    not_done = re.sub(past, "I have not ", text, count=1)
    if not_done == text or rng.random() < 0.5:
        not_done = rng.choice(FAILURES)
    return _with_text(material, index, not_done)


def shifted_day(material: Material, rng: random.Random) -> Record | None:
    """A date or a time in a report is another, seen nowhere."""
    for index in reversed(_said(material)):
        text = material.messages[index]["content"]
        for found in (*_DATE.finditer(text), *_TIME.finditer(text)):
            new = _moved(found, rng)
            if not known_before(new, material.messages):
                return _with_text(
                    material, index, text[: found.start()] + new + text[found.end() :]
                )
    return None


def _moved(found: re.Match[str], rng: random.Random) -> str:
    if ":" in found[0]:
        return f"{(int(found[1]) + rng.choice((1, 23))) % 24:02d}:{found[2]}"
    if found[1]:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return (day + timedelta(days=rng.choice((-1, 1, 7)))).isoformat()
    return f"{int(found[4]) % 28 + 1} {found[5]}"


def other_unit(material: Material, rng: random.Random) -> Record | None:
    """A number in a report has a unit or a currency that nobody spoke of."""
    everything = " ".join(
        str(m) for m in (*material.messages, *material.trajectory["tools"])
    ).lower()
    for index in reversed(_said(material)):
        text = material.messages[index]["content"]
        for found in re.finditer(r"(?<= is )\d+(?:\.\d+)?(?=[.,;]?(?:\s|$))", text):
            units = (f"{found[0]} kilometres", f"{found[0]} yen", f"\u00a3{found[0]}")
            new = rng.choice(units)
            if new.replace(found[0], "").strip() not in everything:
                return _with_text(
                    material, index, text[: found.start()] + new + text[found.end() :]
                )
    return None


def made_up_act(material: Material, rng: random.Random) -> Record | None:
    """The report tells of something more that was done: it was not."""
    return _edited(material, rng, rng.choice(ACTS))


def made_up_circumstance(material: Material, rng: random.Random) -> Record | None:
    """The report tells of something that the conversation knows nothing of."""
    return _edited(material, rng, rng.choice(CIRCUMSTANCES))


def made_up_error(material: Material, rng: random.Random) -> Record | None:
    """The agent apologises for an error, and there was none."""
    places = _said(material)
    if not places or any(not event["ok"] for event in material.calls):
        return None
    index = rng.choice(places)
    return _with_text(material, index, rng.choice(ERRORS) + material.messages[index]["content"])


def wrong_reason(material: Material, rng: random.Random) -> Record | None:
    """What can't be done is declined for a reason that does not hold."""
    index = _refusal(material)
    return None if index is None else _with_text(material, index, rng.choice(REASONS))


def refusal_turned(material: Material, rng: random.Random) -> Record | None:
    """The refusal says that the thing can be done."""
    index = _refusal(material)
    if index is None:
        return None
    text = material.messages[index]["content"]
    turned = re.sub(r"\bcan't\b|\bcannot\b", "can", text)
    turned = re.sub(r"\bunable\b", "able", turned)
    turned = re.sub(r"\bnot (?=able|allowed|permitted)", "", turned)
    return _with_text(material, index, turned)


def claimed_too_early(material: Material, rng: random.Random) -> Record | None:
    """With a call before the change the agent says that it is made."""
    messages = material.messages
    first = min((e["turn"] for e in material.calls if e["changes"]), default=0)
    calling = [i for i, m in enumerate(messages[:first]) if m.get("tool_calls")]
    return _with_text(material, rng.choice(calling), rng.choice(EARLY)) if calling else None


def claimed_after_all(material: Material, rng: random.Random) -> Record | None:
    """A refusal ends with a claim that it was done."""
    index = _refusal(material)
    if index is None:
        return None
    return _with_text(material, index, material.messages[index]["content"] + rng.choice(AFTER_ALL))


def said_twice(material: Material, rng: random.Random) -> Record | None:
    """The last report is an earlier one, or an earlier question, over again."""
    messages = material.messages
    places = _said(material)
    if len(places) < 2 or len(messages[places[0]]["content"].split()) < 10:
        return None
    return _with_text(material, places[-1], messages[places[0]]["content"])


def unfit_words(material: Material, rng: random.Random) -> Record | None:
    """The report is rude, or has marks of a draft."""
    return _edited(material, rng, rng.choice(UNFIT))


def _refusal(material: Material) -> int | None:
    """Index of the last refusal of a talk in which nothing was changed."""
    messages = material.messages
    places = [
        index
        for index, message in enumerate(messages)
        if message["role"] == "assistant" and _REFUSES.search(message["content"])
    ]
    return places[-1] if places and not any(e["changes"] for e in material.calls) else None


def other_address(material: Material, rng: random.Random) -> Record | None:
    """An e-mail address in a report is another, seen nowhere."""
    for index in reversed(_said(material)):
        text = material.messages[index]["content"]
        found = list(re.finditer(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text))
        if found:
            one = rng.choice(found)
            new = rng.choice(("john.smith@example.com", f"x{one[0]}", f"{one[0]}.org"))
            return _with_text(material, index, _put(text, one, new))
    return None


def broken_off(material: Material, rng: random.Random) -> Record | None:
    """A report ends in mid-sentence."""
    places = _said(material)
    if not places:
        return None
    index = rng.choice(places)
    words = material.messages[index]["content"].split(" ")
    if len(words) < 6:
        return None
    text = " ".join(words[: rng.randint(2, len(words) - 2)])
    return None if re.search(r"[.!?:;)\"'\u201d]$", text) else _with_text(material, index, text)


def beside_the_point(material: Material, rng: random.Random) -> Record | None:
    """The report is about something else altogether."""
    places = _said(material)
    return None if not places else _with_text(material, rng.choice(places), rng.choice(BESIDE))


def call_in_words(material: Material, rng: random.Random) -> Record | None:
    """The agent speaks to a tool, or shows marks of the chat format."""
    places = _said(material)
    names = [tool["function"]["name"] for tool in material.trajectory["tools"]]
    names = [name for name in names if re.search(r"_|[a-z][A-Z]", name)]
    if not places or not names:
        return None
    index, name = rng.choice(places), rng.choice(names)
    text = material.messages[index]["content"]
    ways = (
        f"@{name} {text}",
        f"{text} Now call {name}.",
        f"functions.{name}({{}})",
        f'{text} <tool_call>{{"name": "{name}"}}</tool_call>',
        f"{text}<|im_end|>",
    )
    return _with_text(material, index, rng.choice(ways))


def row_out_or_twice(material: Material, rng: random.Random) -> Record | None:
    """A row of a list is left out, or given twice."""
    if not any("list" in answer for answer in answers(material)):
        return None
    for index in reversed(_said(material)):
        lines = material.messages[index]["content"].split("\n")
        rows = [n for n, line in enumerate(lines) if line.startswith("- ")]
        if len(rows) >= 2:
            one = rng.choice(rows)
            rest = "\n".join(line for n, line in enumerate(lines) if n != one)
            if rng.random() < 0.5:
                lines.insert(one, lines[one])
                return _with_text(material, index, "\n".join(lines))
            if not stands_in(lines[one].removeprefix("- "), rest):
                return _with_text(material, index, rest)
    return None


UNTRUTHS: dict[str, Mutator] = {
    "denied outcome": denied_outcome,
    "shifted date or time": shifted_day,
    "other unit": other_unit,
    "other address": other_address,
    "made-up act": made_up_act,
    "made-up circumstance": made_up_circumstance,
    "made-up error": made_up_error,
    "wrong reason": wrong_reason,
    "refusal turned round": refusal_turned,
    "claimed too early": claimed_too_early,
    "claimed after a refusal": claimed_after_all,
    "said twice": said_twice,
    "unfit words": unfit_words,
    "broken-off report": broken_off,
    "beside the point": beside_the_point,
    "call in words": call_in_words,
    "row left out or doubled": row_out_or_twice,
}
