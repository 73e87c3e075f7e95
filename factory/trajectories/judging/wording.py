"""Rule: where the agent repeats a wish, or an error, in its words, no value in it is another.

"I moved the booking of Anna Weber to 3 May" is the wish but for one name or date: that is a
report, or a question, about something else. What is put in other words is left to other rules.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from factory.tasks.proof.checks import Score
from factory.tasks.values import forms
from factory.trajectories.judging.case import Case, worded
from factory.trajectories.judging.grounding import iso_dates
from factory.trajectories.judging.quotes import texts_in
from factory.trajectories.judging.vocabulary import everyday, general_acts, stem, stems_in, stems_of

PHRASES = ("act_first", "act", "short", "past", "done", "about")
ALIKE = 0.7
"""The share of a wish's words that a sentence has to have in common with it."""
SHORTEST = 5
_TOKEN = re.compile(r"[^\s\"\u201c\u201d(),;?!]+")
_DENIALS = {"not", "no", "never", "cannot", "can't", "isn't", "aren't", "only", "unable"}
_BEFORE_A_VERB = {"to", "i", "i've", "have", "now", "just", "also", "then", "please", "you", "will"}
_LEADS = frozenset(
    ("for", "about", "as", "on", "of", "with", "regarding", "concerning", "the", "here")
) | {"then", "next", "now", "and", "also"}
"""What a sentence on a thing begins with, other than a verb."""
_LOOKS = frozenset(("see", "have", "check", "know", "want"))
"""Stems of what anybody may say of a thing before acting on it."""
_BRIEFLY = re.compile(
    r"\b(?:that|this|the (?:new|same)) (?!right|correct|ok|all|what|in order|is|so\b)[a-z]", re.I
)
"""Marks of a wish that is put in fewer words the second time."""
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[Nn]o\.)\s+|\n+")


def wishes_as_worded(case: Case) -> Score:
    """No value in a wish that the agent repeats is another than the wish has."""
    wishes, values = _phrases(case, PHRASES), _values(case, ("value", "said", "first"))
    events = case.trajectory["events"]
    put_right = max((e["message"] for e in events if e.get("act") == "correction"), default=0)
    acts = stems_of(" ".join(phrase[0] for phrase in wishes)) | general_acts() | _LOOKS
    refusals: list[tuple[str, ...]] = []
    for index, message in enumerate(case.messages):
        if index == put_right > 0:  # from here on what was said first is wrong
            wishes, values = _phrases(case, PHRASES[1:]), _values(case, ("value", "said"))
        if message["role"] == "assistant" and len(message["content"]) > 20:
            wrong = _other_act(message["content"], wishes, acts)
            wrong = wrong or _changed(message["content"], wishes, values)
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


def _phrases(case: Case, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The wishes in words, as tokens; the longest first."""
    goals: Sequence[Mapping[str, Any]] = case.task["agenda"]["goals"]
    texts = {text for goal in goals for text in worded(goal, *names)}
    found = {_tokens(text) for text in texts}
    return sorted((p for p in found if len(p) >= 3), key=lambda p: (-len(p), p))


def _values(case: Case, names: Sequence[str]) -> dict[str, set[str]]:
    """Each word of a value that the user told → the words that may stand in its place: those of
    the value's other forms, and with `first` of the one that it was put right from."""
    found: dict[str, set[str]] = {}
    for slot in case.task["agenda"]["slots"]:
        said = [slot.get(name) for name in names]
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
    text: str, wishes: Sequence[tuple[str, ...]], values: Mapping[str, set[str]]
) -> tuple[str, str] | None:
    """(a value's word of a wish, what stands in its place) of the first that differs."""
    phrases = [phrase for phrase in wishes if len(phrase) >= SHORTEST]
    for sentence in () if not phrases else _SENTENCE.split(text):
        tokens = _tokens(sentence)
        heard, rest = set(tokens), _without(tokens, phrases)
        for phrase in () if _BRIEFLY.search(sentence) else phrases:
            if not _much_of(phrase, heard) or _stands_in(phrase, tokens):
                continue
            found = list(_replaced(phrase, rest)) if _much_of(phrase, rest) else []
            if "not" in heard or any(word not in heard and _hard(word) for word in phrase):
                whole = _without(tokens, [p for p in phrases if not _stands_in(p, phrase)])
                found += _in_place(phrase, whole)
            for was, now in found:
                other = [word for word in now if not any(word in values.get(w, ()) for w in was)]
                other = [word for word in other if stem(word) not in everyday()]
                if other and any(w in values or _hard(w) for w in was) and "\0" not in now:
                    return " ".join(was), " ".join(now)
                if not was and now == ("not",):
                    return " ".join(phrase[:3]), "not"
    return None


def _much_of(phrase: tuple[str, ...], tokens: Collection[str]) -> bool:
    """Whether so much of a wish stands among some tokens that they may be the wish."""
    return sum(word in tokens for word in phrase) >= ALIKE * len(phrase)


def _in_place(
    phrase: tuple[str, ...], tokens: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """One number or id of a wish and the one that stands in its place; a "not" that came in."""
    for was, now in _replaced(phrase, tokens):
        single = len(was) == len(now) == 1 and _hard(was[0]) and _hard(now[0])
        if single or (not was and now == ("not",)):
            yield was, now


def _stands_in(phrase: tuple[str, ...], tokens: tuple[str, ...]) -> bool:
    """Whether some tokens are a part of others, in this order without a gap."""
    return f" {' '.join(phrase)} " in f" {' '.join(tokens)} "


def _other_act(
    text: str, wishes: Sequence[tuple[str, ...]], acts: frozenset[str]
) -> tuple[str, str] | None:
    """(the verb of a wish, the verb that stands before the rest of it in its place)."""
    for sentence in () if not wishes else _SENTENCE.split(text):
        tokens = _tokens(sentence)
        heard = set(tokens)
        for phrase in wishes:
            rest = phrase[1:]
            if phrase[0] in heard or rest[0] not in heard or rest[-1] not in heard:
                continue
            at = next((i for i in range(1, len(tokens)) if tokens[i : i + len(rest)] == rest), 0)
            verb, before = tokens[at - 1], tokens[at - 2] if at > 1 else "i"
            known = stem(verb) in acts or verb in _LEADS or not verb.isalpha()
            if at and before in _BEFORE_A_VERB and not known:
                return phrase[0], verb
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
