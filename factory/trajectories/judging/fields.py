"""Rule: a value that the agent says of a field is one that was shown of that field.

Numbers, dates, names and codes may all have been shown and still be said of the wrong field: the
seats as the price, the phone of another column. What is compared is what the texts name: a field
of the results, by its label, and the value right behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from factory.tasks.language.labels import asked_label, noun_label
from factory.tasks.proof.checks import Score
from factory.tasks.tables import words
from factory.tasks.values import MONTHS, NUMBER_WORDS, forms, mentions
from factory.trajectories.judging.case import Case
from factory.trajectories.judging.quotes import quoted_spans

_JOINT = r"(?:\s*(?:\b(?:is|was|are|now|reads|shows|stands at|comes to)\b|:))*\s+[\"'\u201c]?"
WORKED_OUT = re.compile(
    r"\b(?:average|mean|total|sum|combined|number of(?: [\w-]+){0,2}|new|old|first|last|"
    r"highest|lowest|(?:most|least) \w+)\s+(?:of )?(?:the )?$",
    re.I,
)

_QUOTES = ('"', "'", "\u201c", "\u201d", "\u2019")
_ACTING = re.compile(r"\b(?:I|we)(?:'ve| have)? (?:now |just |also |then )?$", re.I)
"""Before the verb that a label may be, too: "I released letter 5"."""


def values_in_place(case: Case) -> Score:
    """No value shown of one field alone is said of another."""
    shown: dict[str, set[str]] = {}
    told = heard = ""  # all that was said to the agent; what the user said
    for index, message in enumerate(case.messages):
        text = message["content"]
        if message["role"] == "tool":
            for label, said in _shown(text):
                shown.setdefault(label, set()).update(said)
        elif message["role"] != "assistant":
            told = f"{told}\n{text}"
            heard = f"{heard}\n{text}" if message["role"] == "user" else heard
        elif text and shown:
            wrong = _misplaced(text, shown, told, heard, quoted_spans(case, index))
            if wrong:
                return Score(0.0, index, f"{wrong} was shown of another field")
    return Score(1.0)


@lru_cache(maxsize=96)  # a few conversations' results
def _shown(content: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """(label, forms of its values) of a tool result, lower-case."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return ()
    found: dict[str, set[str]] = {}
    for name, item in _pairs(value):
        said = (form.lower() for form in forms(item)) if item is not None else ()
        found.setdefault(words(name).lower(), set()).update(said)
    return tuple((label, frozenset(said)) for label, said in found.items())


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name == "error":
                continue  # its text is of no field
            if isinstance(item, Mapping | list):
                yield from _pairs(item)
            else:
                yield name, None if isinstance(item, bool) else item
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item)


@lru_cache(maxsize=4096)
def said_labels(label: str) -> tuple[str, ...]:
    """How a label may be said, lower-case, the longest first."""
    said = {label, noun_label(label).lower(), asked_label(label, "").lower()}
    return tuple(sorted(said, key=lambda form: (-len(form), form)))


@lru_cache(maxsize=1024)
def _behind(label: str) -> re.Pattern[str]:
    names = "|".join(map(re.escape, said_labels(label)))
    return re.compile(rf"\b(?P<label>{names})(?!\w){_JOINT}(?=(?P<rest>\S.{{0,60}}))", re.I)


def _misplaced(
    text: str,
    shown: Mapping[str, set[str]],
    told: str,
    heard: str,
    quoted: list[tuple[int, int]],
) -> str:
    """`label value` of the first value that stands behind a label it was not shown of. A number
    may be a limit of the agent's instructions; a word in them, such as "night", says nothing."""
    found = [(m, label) for label in shown for m in label_matches(text, label)]
    spans = [*(m.span("label") for m, _ in found), *quoted]
    for match, label in sorted(found, key=lambda pair: pair[0].start()):
        rest = match["rest"].lower()
        if within(match.span("label"), spans) or first_of(rest, shown[label]):
            continue
        if _of_itself(text[match.start("label") :].lower(), label, shown):
            continue
        before = text[: match.start()]
        if before.lower().rstrip(" \"'\u201d").endswith(tuple(shown[label])):
            continue  # the end of a name, such as "the front desk post"
        if WORKED_OUT.search(before) or _ACTING.search(before):
            continue
        at_last = re.search(r"\bnow\b", match[0][len(match["label"]) :], re.I)
        number = _other_number(rest, shown[label], "" if at_last else told)
        if number:
            return f"{label} {number}"
        word = text[: match.start("label")].lower().rpartition(" ")[0].rpartition(" ")[2]
        fitting = {name: first_of(rest, values) for name, values in shown.items()}
        other = max(fitting.values(), key=len, default="")
        quoted_on = text[match.start("rest") - 1] in _QUOTES and other
        if quoted_on and rest[len(other) : len(other) + 1] not in _QUOTES:
            continue  # the value that is quoted goes on
        own = any(_names(name, label, word) for name, said in fitting.items() if said == other)
        if other and not own and not _told(label, other, shown[label], heard):
            return f"{label} {other}"
    return ""


def _told(label: str, other: str, shown: set[str], told: str) -> bool:
    """Whether the user told a value that may well be one of the field: of its kind at least."""
    if any(f"{said} {other}" in told.lower() for said in said_labels(label)):
        return True  # a name such as "bay 1"
    alike = not shown or _kind(other) in {_kind(value) for value in shown}
    return alike and not other.isdigit() and mentions(told, other)


def _kind(value: str) -> str:
    """Number, date, time, id, address or text."""
    for name, pattern in _KINDS:
        if pattern.fullmatch(value):
            return name
    return "text"


_KINDS = (
    ("number", re.compile(r"-?[\d.,]+|" + "|".join(NUMBER_WORDS))),
    (
        "date",
        re.compile(rf"\d{{4}}-\d\d-\d\d.*|.*\b(?:{'|'.join(m[:3] for m in MONTHS)}).*\d.*", re.I),
    ),
    ("time", re.compile(r"\d\d:\d\d")),
    ("address", re.compile(r"\S+@\S+")),
    ("id", re.compile(r"[a-z]{1,4}-?\d+", re.I)),
)


_FIGURE = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?![\w/:-])")


def _other_number(rest: str, shown: set[str], told: str) -> str:
    """The number that a text begins with, if the field is one of numbers and it was neither shown
    of it nor told."""
    found = _FIGURE.match(rest)
    numbers = found and all(re.fullmatch(r"[\d.,-]+|[a-z]+", v) for v in shown)
    if not found or not numbers or not any(v[-1:].isdigit() for v in shown):
        return ""
    number = found[0].rstrip(",.")
    value = float(number.replace(",", ""))
    return "" if mentions(told, int(value) if value.is_integer() else value) else number


def _of_itself(here: str, label: str, shown: Mapping[str, set[str]]) -> bool:
    """Whether what looks like a label begins a value, such as the mixer "mixer 1"."""
    return any(value.startswith(label) and here.startswith(value) for value in shown[label])


def _names(name: str, label: str, before: str) -> bool:
    """Whether a field is the labelled one or has its words: the "slot" of a "hoist slot id", the
    "written date" of what was "written on"."""
    return f" {label} " in f" {name} " or before in name.split(" ")


def label_matches(text: str, label: str) -> Iterator[re.Match[str]]:
    """Where a text says a label (group `label`) with something behind it (group `rest`)."""
    low = text.lower()
    if any(said in low for said in said_labels(label)):
        yield from _behind(label).finditer(text)


def within(span: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    """Whether a label is but a part of a longer one."""
    return any(a <= span[0] and span[1] <= b and (a, b) != span for a, b in spans)


def first_of(rest: str, said: set[str]) -> str:
    """The longest of some values that a text begins with, as whole words; empty if none."""
    fitting = (v for v in said if rest.startswith(v) and not _goes_on(rest, len(v)))
    return max(fitting, key=len, default="")


def _goes_on(rest: str, at: int) -> bool:
    return bool(re.match(r"[\w-]|[.,:]\d", rest[at:]))
