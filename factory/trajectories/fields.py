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

from factory.tasks.checks import Score
from factory.tasks.labels import noun_label
from factory.tasks.tables import words
from factory.tasks.values import forms, mentions
from factory.trajectories.case import Case

_JOINT = r"(?:\s*(?:\b(?:is|was|are|now|reads|shows|stands at|comes to)\b|:))*\s+[\"'\u201c]?"
WORKED_OUT = re.compile(
    r"\b(?:average|mean|total|sum|combined|number of|new|old|first|last|highest|lowest|"
    r"(?:most|least) \w+)\s+(?:of )?(?:the )?$",
    re.I,
)


def values_in_place(case: Case) -> Score:
    """No value shown of one field alone is said of another."""
    shown: dict[str, set[str]] = {}
    told = ""
    for index, message in enumerate(case.messages):
        text = message["content"]
        if message["role"] == "tool":
            for label, said in _shown(text):
                shown.setdefault(label, set()).update(said)
        elif message["role"] != "assistant":
            told = f"{told}\n{text}"
        elif text and shown:
            wrong = _misplaced(text, shown, told)
            if wrong:
                return Score(0.0, index, f"{wrong} was shown of another field")
    return Score(1.0)


@lru_cache(maxsize=512)
def _shown(content: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """(label, forms of its values) of a tool result, lower-case."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return ()
    found: dict[str, set[str]] = {}
    for name, item in _pairs(value):
        found.setdefault(words(name).lower(), set()).update(f.lower() for f in forms(item))
    return tuple((label, frozenset(said)) for label, said in found.items())


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, str | int | float) and not isinstance(item, bool):
                yield name, item
            else:
                yield from _pairs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item)


@lru_cache(maxsize=1024)
def _behind(label: str) -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted({label, noun_label(label).lower()}, key=len)[::-1]))
    return re.compile(rf"\b(?P<label>{names})(?!\w){_JOINT}(?=(?P<rest>\S.{{0,60}}))", re.I)


def _misplaced(text: str, shown: Mapping[str, set[str]], told: str) -> str:
    """`label value` of the first value that stands behind a label it was not shown of."""
    found = [(m, label) for label in shown for m in label_matches(text, label)]
    spans = [m.span("label") for m, _ in found]
    for match, label in sorted(found, key=lambda pair: pair[0].start()):
        rest = match["rest"].lower()
        if within(match.span("label"), spans) or first_of(rest, shown[label]):
            continue
        others = (first_of(rest, said) for name, said in shown.items() if name != label)
        other = max(others, key=len, default="")
        told_so = f"{label} {other}" in told.lower()  # a name such as "bay 1"
        same_told = told_so or (not other.isdigit() and mentions(told, other))
        if other and not same_told and not WORKED_OUT.search(text[: match.start()]):
            return f"{label} {other}"
    return ""


def label_matches(text: str, label: str) -> Iterator[re.Match[str]]:
    """Where a text says a label (group `label`) with something behind it (group `rest`)."""
    low = text.lower()
    if label in low or noun_label(label).lower() in low:
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
