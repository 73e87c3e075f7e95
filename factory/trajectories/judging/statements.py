"""Rule: what the agent states of a record is what that record holds.

A statement is a field's label with a value behind it; what it is about is found in the results,
not in the wording: the records spoken of, the one that the sentence names, and for labels in a
row (`status open, level amber`) one record that has all of them. A statement that can't be tied to
a record, or whose value is none of the field's known values, is left to the other rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from factory.tasks.proof.checks import Score
from factory.tasks.tables import words
from factory.tasks.values import forms
from factory.trajectories.judging.case import Case, worded
from factory.trajectories.judging.claims import Enums, enums_of, touched_domains
from factory.trajectories.judging.fields import WORKED_OUT, first_of, label_matches, within
from factory.trajectories.judging.quotes import quoted_spans

_SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[Nn]o\.)\s+|\n+")
_GAP = re.compile(r"[\"'\u201d]?(?:,? and|,|;)? ?(?:the )?", re.I)
_NO = re.compile(
    r"(?:indeed |currently |now |yet |still )?not (?:indeed |currently |now |yet |really )?"
)
_CONTRAST = re.compile(r"[\"'\u201d]?,? (?:instead of|rather than|(?:and )?not) [^,;.!?]*")
"""What a value is said not to be; it names no record."""
_OTHERWISE = re.compile(
    r"\b(?:about|as (?:for|to)|regarding|asked|looked|checked|found|"
    r"for (?!reference|your|the record|what)|that (?!the\b)\w+)\b"
)
"""Words of a sentence that turns to something else."""
_TELLING = re.compile(r"@|[^\W\d_].*\s.*[^\W\d_]|^(?=.*[^\W\d_])(?=.*\d)(?!.*\dT\d).{4,}")
"""What tells rows apart: an address, a text of several words, an id; no number, no date."""
Key = tuple[str, str]


@dataclass
class _Thing:
    """A record as the results have shown it: the forms of each field's values. What was read
    before a change is no longer so (`ever` has it all the same)."""

    values: dict[str, set[str]] = field(default_factory=dict)
    ever: dict[str, set[str]] = field(default_factory=dict)
    changed: int = 0
    """Index of the result that showed the last change; 0: none did."""
    telling: set[str] = field(default_factory=set)
    alone: bool = False
    """Whether a result was about this record only."""


@dataclass(frozen=True)
class _Statement:
    """A label in a text, where it begins and its value ends, and what fits it."""

    label: str
    start: int
    stop: int
    said: str
    fitting: frozenset[Key]


def true_statements(case: Case) -> Score:
    """Every value that the agent states of a field is one that the record it speaks of was shown
    to have there, as far as a record can be told."""
    things: dict[Key, _Thing] = {}
    writes = {event["message"] for event in case.calls if event["changes"]}
    told = ""
    expected = _Expected(_answers(case), _conditions(case), _done(case), _mistaken(case))
    for index, message in enumerate(case.messages):
        text = message["content"]
        if message["role"] == "tool":
            _learn(things, text, index, index in writes)
        elif message["role"] != "assistant":
            told = f"{told}\n{text}".lower()
        elif things and text and (message.get("tool_calls") or "?" not in text):
            wrong = _untrue(case, index, things, told, expected)
            if wrong:
                return Score(0.0, index, f"{wrong} is not what the record shows")
    return Score(1.0)


# --- records ----------------------------------------------------------------------------------


def _learn(things: dict[Key, _Thing], content: str, index: int, wrote: bool) -> None:
    """Take in the records of one result, of a call that changed something or did not."""
    for number, (key, alone, pairs) in enumerate(_objects(content)):
        thing = things.setdefault(key or ("message", f"{index}.{number}"), _Thing())
        thing.alone = thing.alone or alone
        for label, said in pairs:
            if wrote and not thing.changed:
                thing.values[label] = set()
            thing.values.setdefault(label, set()).update(said)
            thing.ever.setdefault(label, set()).update(said)
            thing.telling.update(said[:1] if _TELLING.search(said[0]) else ())
        thing.changed = index if wrote else thing.changed


@lru_cache(maxsize=96)  # a few conversations' results
def _objects(
    content: str,
) -> tuple[tuple[Key | None, bool, tuple[tuple[str, tuple[str, ...]], ...]], ...]:
    """(id, whether it stands alone, labels with the forms of their values) of each object."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return ()
    found = []
    for item, alone in _mappings(value, True):
        pairs = tuple(
            (words(name).lower(), tuple(f.lower() for f in forms(v)))
            for name, v in item.items()
            if isinstance(v, str | int | float) and v != ""
        )
        first = next(iter(item), "")
        named = re.search(r"(?:_id|Id)$|^id$", first) is not None
        if pairs:
            found.append(((first, str(item[first])) if named else None, alone, pairs))
    return tuple(found)


def _mappings(value: Any, alone: bool) -> Iterator[tuple[Mapping[str, Any], bool]]:
    if isinstance(value, Mapping):
        yield value, alone
        for name, item in value.items():
            if name != "error":
                yield from _mappings(item, alone)
    elif isinstance(value, list):
        for item in value:
            yield from _mappings(item, alone and len(value) == 1)


@dataclass(frozen=True)
class _Expected:
    """Label → forms of the values that the task's questions are to be answered with, and of those
    that its conditions ask for; the changes wished for, in the words that a report has for them."""

    answers: Mapping[str, set[str]]
    conditions: Mapping[str, set[str]]
    done: Sequence[tuple[str, int]]
    mistaken: frozenset[tuple[str, str]] = frozenset()
    """(label, form) of what the user put right."""

    def allows(self, label: str, said: str, named: set[Key], fits: set[Key], sure: bool) -> bool:
        """Whether a value may be said though the record has another: it was asked for, and is not
        what a like record has beside the one that is named."""
        siblings = {kind for kind, _ in named} & {kind for kind, _ in fits}
        answered = said in self.answers.get(label, ()) and (sure or not siblings)
        return answered or said in self.conditions.get(label, ())


def _answers(case: Case) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in case.task["rubric"]["success_criteria"]:
        for slot in item["check"].get("values", ()):
            label = words(slot["name"].split(".")[-1]).lower()
            found.setdefault(label, set()).update(f.lower() for f in forms(slot["value"]))
    return found


def _mistaken(case: Case) -> frozenset[tuple[str, str]]:
    """What the user said first and then put right, where nothing else that was said is the same."""
    slots = case.task["agenda"]["slots"]
    right = {form.lower() for slot in slots for form in forms(slot["value"])}
    return frozenset(
        (str(slot["label"]).lower(), form.lower())
        for slot in slots
        if slot.get("first") is not None
        for form in forms(slot["first"])
        if form.lower() not in right
    )


def _conditions(case: Case) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    slots = {slot["name"]: slot["value"] for slot in case.task["agenda"]["slots"]}
    for goal in case.task["agenda"]["goals"]:
        if goal.get("condition") and goal["write"]:  # it holds
            said = forms(slots[goal["condition"]["slot"]])
            label = str(goal["condition"]["label"]).lower()
            found.setdefault(label, set()).update(f.lower() for f in said)
    return found


def _done(case: Case) -> list[tuple[str, int]]:
    """(a change that was wished for, as a report has it; index of the result that shows it)."""
    steps = {step["id"]: step for step in case.task["plan"]}
    found = []
    for goal in case.task["agenda"]["goals"]:
        step = steps.get(goal["step"]) if goal["write"] else None
        if step is None:
            continue  # not to be done
        for event in case.calls:
            if event["changes"] and event["tool"] == step["tool"] and _alike(event, step):
                texts = worded(goal, "past", "done")
                found += [(text.lower(), int(event["message"])) for text in texts]
    return found


def _alike(event: Mapping[str, Any], step: Mapping[str, Any]) -> bool:
    return all(event["arguments"].get(name) == value for name, value in step["values"].items())


@lru_cache(maxsize=128)
def _enum_forms(enums: Enums) -> Mapping[str, frozenset[str]]:
    """Label → forms of all values that a domain's fields of that name may have."""
    found: dict[str, set[str]] = {}
    for name, listed in enums:
        for value in listed:
            said = (form.lower() for form in forms(value))
            found.setdefault(words(name).lower(), set()).update(said)
    return {label: frozenset(said) for label, said in found.items()}


# --- statements -------------------------------------------------------------------------------


def _untrue(
    case: Case,
    index: int,
    things: Mapping[Key, _Thing],
    told: str,
    expected: _Expected,
) -> str:
    """`label value` of the first statement in a message that no record bears out."""
    text: str = case.messages[index]["content"]
    known = _known(case, things)
    quoted = quoted_spans(case, index)
    low = text.lower()
    spoken = _spoken(things, f"{told}\n{low}")
    found = [(m, label) for label in known for m in label_matches(text, label)]
    spans = [*(m.span("label") for m, _ in found), *quoted]
    statements: list[_Statement] = []
    used: set[tuple[str, str]] = set()
    for match, label in sorted(found, key=lambda pair: pair[0].start()):
        if within(match.span("label"), spans) or WORKED_OUT.search(text[: match.start()]):
            continue
        rest = match["rest"].lower()
        no = _NO.match(rest)
        rest = rest[no.end() :] if no else rest
        said = first_of(rest, known[label]) or first_of(rest, _of_others(case, label, rest))
        begin, end = _sentence(text, match.start())
        if not said or "?" in text[begin:end]:
            continue
        fits = {k for k, t in things.items() if said in t.values.get(label, ())}
        ever = frozenset(k for k, t in things.items() if said in t.ever.get(label, ()))
        stop = match.start("rest") + (no.end() if no else 0) + len(said)
        about = {k for k in spoken if label in things[k].values}
        place = _Place(text, match.start("rest"), said)
        named, sure = _subject(place, about, things, expected.done)
        mistaken = (label, said) in expected.mistaken
        heard = not mistaken and _told(label, said, told, known[label] | {said}, things)
        if not no and not sure and heard:
            statements.append(_Statement(label, match.start("label"), stop, said, ever))
            continue
        about = named & about if sure else _without_siblings(about, named)
        right = (label, said) not in used and expected.allows(label, said, named, fits, sure)
        used.add((label, said))
        if no:
            if (about and about & fits) or right:
                return f"{label} not {said}"
            continue
        if about and not about & fits and not right:
            return f"{label} {said}"
        fitting = ever if right else frozenset(fits)
        statements.append(_Statement(label, match.start("label"), stop, said, fitting))
    return _apart(text, statements)


def _known(case: Case, things: Mapping[Key, _Thing]) -> dict[str, set[str]]:
    """Label → all forms of values that the field may have, as far as is known."""
    known: dict[str, set[str]] = {}
    for thing in things.values():
        for label, said in thing.values.items():
            known.setdefault(label, set()).update(said)
    for domain in touched_domains(case):
        for label, possible in _enum_forms(enums_of(domain)).items():
            if label in known:
                known[label] |= possible
    return known


def _of_others(case: Case, label: str, rest: str) -> set[str]:
    """What other rows have in the field of that label, of the texts that `rest` begins with."""
    found: set[str] = set()
    for state in case.anew.environment.states.values():
        for table in state.tables():
            rows = state.rows(table)
            for name in (n for n in (rows[0] if rows else ()) if words(n).lower() == label):
                said = (str(row[name]).lower() for row in rows if isinstance(row[name], str))
                found.update(text for text in said if rest.startswith(text))
    return found


def _spoken(things: Mapping[Key, _Thing], text: str) -> set[Key]:
    """The records that a conversation is about: those that a result was about alone, and of the
    others those that the texts name; all others where they name none."""
    alone = {key for key, thing in things.items() if thing.alone}
    rest = set(things) - alone
    return alone | (_named(text, rest, things) or rest)


def _named(text: str, keys: set[Key], things: Mapping[Key, _Thing]) -> set[Key]:
    """The records that a text names by a value of theirs that no other of them has."""
    bearers: dict[str, list[Key]] = {}
    for key in keys:
        for value in things[key].telling:
            bearers.setdefault(value, []).append(key)
    return {of[0] for value, of in bearers.items() if len(of) == 1 and _stands(value, text)}


def _stands(value: str, text: str) -> bool:
    """Whether a lower-case text has a value in it as whole words."""
    at = text.find(value)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(value) : at + len(value) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = text.find(value, at + 1)
    return False


@dataclass(frozen=True)
class _Place:
    """Where a value is said: the text, where it begins, what it is."""

    text: str
    at: int
    said: str


def _subject(
    place: _Place, keys: set[Key], things: Mapping[Key, _Thing], done: Sequence[tuple[str, int]]
) -> tuple[set[Key], bool]:
    """(the records that a sentence names beside the value it states, whether it is these for sure).
    If it names none and the sentence before tells of a change: the ones that were changed."""
    low, at, said = place.text.lower(), place.at, place.said
    begin, end = _sentence(place.text, at)
    every = set(things)
    after = low[at + len(said) : end]
    contrast = _CONTRAST.match(after)
    after = after[contrast.end() :] if contrast else after
    named = _named(f"{low[begin:at]} \0 {after}", every, things)
    if named or begin == 0 or any(said in things[key].telling for key in keys):
        return (_with_theirs(named, keys, things) or _named(said, every, things)) & keys, False
    here = low[begin:end]
    if _OTHERWISE.search(low[begin:at]):
        return set(), False
    if not any(past in here for past, _ in done):
        before = low[slice(*_sentence(place.text, begin - 2))]
        told = [(len(past), index) for past, index in done if past in before]
        shown = {index for size, index in told if size == max(told)[0]}
        changed = {key for key in keys if things[key].changed in shown}
        if changed:
            return changed, True
    return set(), False


def _with_theirs(named: set[Key], keys: set[Key], things: Mapping[Key, _Thing]) -> set[Key]:
    """Records that are named, or else those of them which belong to all that are."""
    if named & keys or not named:
        return named
    owners = {name.lower() for _, name in named}
    values = {k: {v for said in things[k].ever.values() for v in said} for k in keys}
    return named | {k for k in keys if owners <= values[k]}


def _told(label: str, said: str, told: str, known: set[str], things: Mapping[Key, _Thing]) -> bool:
    """Whether the user has said the same of the field, in this form or in another."""
    for match in label_matches(told, label):
        heard = first_of(match["rest"], known)
        same = (t.ever.get(label, ()) for t in things.values())
        if heard and (heard == said or any(heard in of and said in of for of in same)):
            return True
    return False


def _without_siblings(about: set[Key], named: set[Key]) -> set[Key]:
    """Of the records of one kind that a statement may be about only the one that is named; others
    may be spoken of by what they belong to."""
    if len(named) != 1:
        return about
    kind = next(iter(named))[0]
    return {key for key in about if key in named or key[0] != kind}


def _sentence(text: str, at: int) -> tuple[int, int]:
    """Where the sentence around a place begins and ends."""
    begin, end = 0, len(text)
    for match in _SENTENCE.finditer(text):
        if match.end() <= at:
            begin = match.end()
        elif match.start() > at:
            end = match.start()
            break
    return begin, end


def _apart(text: str, statements: Sequence[_Statement]) -> str:
    """The first of statements in a row that no single record bears out together."""
    common: frozenset[Key] = frozenset()
    stop = -1
    for one in statements:
        joined = stop >= 0 and _GAP.fullmatch(text[stop : one.start]) is not None
        if joined and common and one.fitting:
            common &= one.fitting
            if not common:
                return f"{one.label} {one.said}"
        elif one.fitting or not joined:
            common = one.fitting
        stop = one.stop
    return ""
