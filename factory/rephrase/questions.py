"""The question a sentence answers, worded by perspective. Frames hold function words only, so a
question can't add a fact: whatever content it has comes from the sentence or the topic."""

from __future__ import annotations

import random
import re

from factory.rephrase.sentences import (
    BE,
    MODALS,
    VERBS,
    Sentence,
    clause,
    condition,
    is_instruction,
    lower,
)

# kind → perspective → frames; {x} subject, {v} verb, {r} rest, {be} is/are, {do} does/do.
_FRAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "define": {
        "newcomer": ("What {be} {x}?", "What should I take {x} to be?"),
        "practitioner": ("What {be} {x}, to us?", "What do we have in {x}?"),
        "teacher": ("Who can tell me what {x} {be}?", "In short, what {be} {x}?"),
        "examiner": ("How {be} {x} to be defined?", "State it with care: what {be} {x}?"),
    },
    "does": {
        "newcomer": ("What {do} {x} {v}?",),
        "practitioner": ("What, then, {do} {x} {v}?", "And what {do} {x} {v}?"),
        "teacher": ("Tell me, what {do} {x} {v}?", "What {do} {x} {v} here?"),
        "examiner": ("And what {do} {x} {v}?", "Name it: what {do} {x} {v}?"),
    },
    "can": {
        "newcomer": ("What {modal} {x} do?", "And {x}: what {modal} it do?"),
        "practitioner": ("What {modal} {x} do for us?", "So what {modal} {x} do?"),
        "teacher": ("Think of {x}: what {modal} be done?", "What {modal} {x} do here?"),
        "examiner": ("What, in full, {modal} {x} do?", "Regarding {x}: what {modal} be done?"),
    },
    "passive": {
        "newcomer": ("What {modal} be done with {x}?", "What {modal} one do about {x}?"),
        "practitioner": (
            "In practice, what {modal} be done with {x}?",
            "What {modal} we do with {x}?",
        ),
        "teacher": ("And {x}, what {modal} be done with that?", "What {modal} you do with {x}?"),
        "examiner": (
            "What {modal} be said to be done with {x}?",
            "What {modal} be done about {x}?",
        ),
    },
    "state": {
        "newcomer": ("What do I need to know about {x}?", "What about {x}?"),
        "practitioner": ("What do we know of {x}?", "And as for {x}?"),
        "teacher": ("What have we to say about {x}?", "What do you know about {x}?"),
        "examiner": ("What holds of {x}?", "What is to be said of {x}?"),
    },
    "if": {
        "newcomer": ("What happens if {a}?", "And if {a}?"),
        "practitioner": ("Say {a}: what happens?", "What do we get if {a}?"),
        "teacher": ("Suppose that {a}. What then?", "Now, if {a}, what happens?"),
        "examiner": ("What follows if {a}?", "What is the case if {a}?"),
    },
    "when": {
        "newcomer": ("What happens when {a}?", "And when {a}?"),
        "practitioner": ("What do we get when {a}?", "What happens once it is so that {a}?"),
        "teacher": ("What do you see when {a}?", "What happens at the point when {a}?"),
        "examiner": ("What is the case when {a}?", "What follows when {a}?"),
    },
    "purpose": {
        "newcomer": ("What {be} {x} for?", "Why would one use {x}?"),
        "practitioner": ("Where do we use {x}?", "What do we use {x} for?"),
        "teacher": ("Why do we have {x}?", "What {be} {x} there for?"),
        "examiner": ("To what end {be} {x} used?", "What {be} the use of {x}?"),
    },
    "how": {
        "newcomer": ("How {be} {x} {v}?",),
        "practitioner": ("And how {be} {x} {v}?",),
        "teacher": ("How, then, {be} {x} {v}?",),
        "examiner": ("By what means {be} {x} {v}?",),
    },
    "change": {
        "newcomer": ("What changed in version {x}?", "What came with version {x}?"),
        "practitioner": ("What is different since version {x}?", "What did version {x} change?"),
        "teacher": ("What did version {x} bring?", "What changed with version {x}?"),
        "examiner": ("Which change came in version {x}?", "What was changed in version {x}?"),
    },
    "task": {
        "newcomer": ("What does {x} do?", "What is {x} for?"),
        "practitioner": ("What does one get from {x}?", "When we use {x}, what does it do?"),
        "teacher": ("What is it that {x} does?", "So, {x}: what does it do?"),
        "examiner": ("What is {x} meant to do?", "What is required of {x}?"),
    },
    "example": {
        "newcomer": ("What would be an example?", "Is there an example of it?"),
        "practitioner": ("What does it look like in use?", "What is a case of it?"),
        "teacher": ("Who has an example?", "What example do we have?"),
        "examiner": ("Which example is given?", "By what example is it shown?"),
    },
    "more": {
        "newcomer": ("What else is there to know about {x}?", "And further, about {x}?"),
        "practitioner": ("What more do we need on {x}?", "Then what, about {x}?"),
        "teacher": ("What else did we say about {x}?", "And what more about {x}?"),
        "examiner": ("What else holds of {x}?", "What more is to be said of {x}?"),
    },
}
_PARTICIPLE = re.compile(r"\w+ed\b|made|built|given|kept|found|written|run|bound|known|chosen")
_VERSION = re.compile(r"(?:New|Changed|Deprecated|Added) (?:in|since) version (?P<x>[\d.]+\d)")
_HOW = re.compile(r"\b(?:by|using|with|through|via|as)\b")


def question(
    sentence: Sentence,
    topic: str,
    perspective: str,
    common: frozenset[str],
    rng: random.Random,
    *,
    asked: str = "",
) -> str | None:
    """A question that `sentence` answers, or None if it would repeat one in the text `asked`."""
    kind, slots = _kind(sentence, topic, common)
    frames = list(_FRAMES[kind][perspective])
    rng.shuffle(frames)
    for frame in frames:
        text = sentence.open(frame.format(**slots))
        text = text[0].upper() + text[1:]
        if text not in asked:
            return text
    return None


def _kind(sentence: Sentence, topic: str, common: frozenset[str]) -> tuple[str, dict[str, str]]:
    body = sentence.body
    version = _VERSION.match(body)
    if version:
        return "change", {"x": version["x"]}
    fronted = condition(body)
    if fronted and fronted[0] in ("If", "When"):
        return fronted[0].lower(), {"a": lower(fronted[1], common)}
    if re.match(r"(?:For example|For instance)\b|.*\bexamples?\b", body) and len(body) < 160:
        return "example", {}
    found = clause(body)
    if found and not re.match(r"(?:it|this|they|these|that|he|she|we|you|i)$", found.subject, re.I):
        slots = {"x": lower(found.subject, common)}
        verb, rest = found.verb.lower(), found.rest
        if verb in BE:
            return _be_kind(verb, rest, slots)
        if verb in ("can", "may", "must", "should"):
            kind = "passive" if rest.startswith("be ") else "can"
            return kind, {**slots, "modal": verb}
        if verb in VERBS:
            return "does", {**slots, "do": "does", "v": VERBS[verb]}
        if verb not in MODALS and verb not in ("has", "have", "had", "does", "do", "did"):
            return "does", {**slots, "do": "do", "v": verb}
        return "state", slots
    if is_instruction(body) and topic:
        return "task", {"x": topic}
    return "more", {"x": topic or "it"}


def _be_kind(verb: str, rest: str, slots: dict[str, str]) -> tuple[str, dict[str, str]]:
    slots = {**slots, "be": verb}
    if re.match(r"used (?:to|for|in|by|when)\b", rest):
        return "purpose", slots
    if re.match(r"(?:a|an|the|one of)\b", rest) and verb in ("is", "are"):
        return "define", slots
    participle = _PARTICIPLE.match(rest)
    if participle and _HOW.search(rest) and " not " not in f" {rest}":
        return "how", {**slots, "v": participle[0]}
    return "state", slots
