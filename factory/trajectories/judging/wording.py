"""Rule: where the agent repeats a wish, or an error, in its words, no value in it is another.

"I moved the booking of Anna Weber to 3 May" is the wish but for one name or date: that is a
report, or a question, about something else. What is put in other words is left to other rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from factory.tasks.proof.checks import Score
from factory.tasks.values import forms
from factory.trajectories.judging.case import Case, worded
from factory.trajectories.judging.grounding import iso_dates
from factory.trajectories.judging.quotes import texts_in
from factory.trajectories.judging.vocabulary import everyday, stem, stems_in

PHRASES = ("act", "act_first", "short", "past", "done", "about")
ALIKE = 0.7
"""The share of a wish's words that a sentence has to have in common with it."""
SHORTEST = 5
_TOKEN = re.compile(r"[^\s\"\u201c\u201d(),;?!]+")
_DENIALS = {"not", "no", "never", "cannot", "can't", "isn't", "aren't", "only", "unable"}
_BRIEFLY = re.compile(r"\b(?:that|this|the (?:new|same)) [a-z]", re.I)
"""Marks of a wish that is put in fewer words the second time."""
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[Nn]o\.)\s+|\n+")


def wishes_as_worded(case: Case) -> Score:
    """No value in a wish that the agent repeats is another than the wish has."""
    phrases = _phrases(case)
    values = _values(case)
    refusals: list[tuple[str, ...]] = []
    for index, message in enumerate(case.messages):
        if message["role"] == "assistant" and len(message["content"]) > 20:
            wrong = _changed(message["content"], phrases, values)
            if wrong:
                return Score(0.0, index, f"{wrong[1]} stands where the wish has {wrong[0]}")
            wrong = _misquoted(message["content"], refusals)
            if wrong:
                return Score(0.0, index, f"{wrong[1]} stands where the system said {wrong[0]}")
        elif message["role"] == "tool" and '"error"' in message["content"]:
            refusals += [
                q for t in texts_in(message["content"]) if len(q := _tokens(t)) >= SHORTEST
            ]
    return Score(1.0)


def _phrases(case: Case) -> list[tuple[str, ...]]:
    """The wishes in words, as tokens; the longest first."""
    goals: Sequence[Mapping[str, Any]] = case.task["agenda"]["goals"]
    texts = {text for goal in goals for text in worded(goal, *PHRASES)}
    found = {_tokens(text) for text in texts}
    return sorted((p for p in found if len(p) >= SHORTEST), key=lambda p: (-len(p), p))


def _values(case: Case) -> dict[str, set[str]]:
    """Each word of a value that the user told → the words that may stand in its place: those of
    the value's other forms, and of the one that it was put right from."""
    found: dict[str, set[str]] = {}
    for slot in case.task["agenda"]["slots"]:
        said = [slot["value"], slot.get("said"), slot.get("first")]
        texts = [
            form for v in said if v is not None and not isinstance(v, bool) for form in forms(v)
        ]
        words = {word for text in texts for word in _tokens(text)}
        for word in words:
            found.setdefault(word, set()).update(words)
    return found


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[str, ...]:
    found = (token.strip(".:'\u2019").lower() for token in _TOKEN.findall(iso_dates(text)))
    return tuple(token for token in found if token)


def _changed(
    text: str, phrases: Sequence[tuple[str, ...]], values: Mapping[str, set[str]]
) -> tuple[str, str] | None:
    """(a value's word of a wish, what stands in its place) of the first that differs."""
    for sentence in _SENTENCE.split(text):
        rest = _without(_tokens(sentence), phrases)
        for phrase in () if _BRIEFLY.search(sentence) else phrases:
            common = sum(word in rest for word in phrase)
            if common < ALIKE * len(phrase):
                continue
            for was, now in _replaced(phrase, rest):
                other = [word for word in now if not any(word in values.get(w, ()) for w in was)]
                other = [word for word in other if stem(word) not in everyday()]
                if other and any(w in values or _hard(w) for w in was) and "\0" not in now:
                    return " ".join(was), " ".join(now)
    return None


def _misquoted(text: str, refusals: Sequence[tuple[str, ...]]) -> tuple[str, str] | None:
    """(words of an error's text, what stands in their place) where the agent quotes it wrongly."""
    for sentence in _SENTENCE.split(text) if refusals else ():
        rest = _without(_tokens(sentence), refusals)
        for quote in refusals:
            for was, now in _replaced(quote, rest):
                other = stems_in(" ".join(now)) != stems_in(" ".join(was))
                turned = bool(_DENIALS & {*was}) != bool(_DENIALS & {*now})
                if (other or turned) and "\0" not in now:
                    return " ".join(was), " ".join(now)
    return None


def _hard(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _without(tokens: tuple[str, ...], phrases: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The tokens with each wish that stands among them word for word taken out."""
    for phrase in phrases:
        size = len(phrase)
        at = 0
        while at + size <= len(tokens):
            if tokens[at : at + size] == phrase:
                tokens = (*tokens[:at], "\0", *tokens[at + size :])
            at += 1
    return tokens


def _replaced(
    phrase: tuple[str, ...], tokens: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Up to four words of a wish, with those that stand in their place between what is equal; a
    "not" that came or went."""
    codes = SequenceMatcher(None, phrase, tokens, autojunk=False).get_opcodes()
    while codes and codes[0][0] != "equal":
        codes.pop(0)
    while codes and codes[-1][0] != "equal":
        last = codes.pop()
        if last[0] == "replace" and last[2] == len(phrase):  # the last words, one for one
            size = last[2] - last[1]
            codes.append(("replace", last[1], last[2], last[3], min(last[4], last[3] + size)))
            break
    equal = sum(b - a for kind, a, b, _, _ in codes if kind == "equal")
    if not codes or equal < ALIKE * (codes[-1][4] - codes[0][3]) or equal < ALIKE * len(phrase):
        return
    for kind, a, b, c, d in codes:
        was, now = phrase[a:b], tokens[c:d]
        denied = kind in ("insert", "delete") and len(was + now) == 1 and _DENIALS & {*was, *now}
        if denied or (kind == "replace" and b - a <= 4 and abs(d - c - (b - a)) <= 1):
            yield was, now
