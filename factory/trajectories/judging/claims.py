"""Rule on the names and words that an agent says: they were told or shown before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from factory.records import Record
from factory.tasks.language.labels import noun_label
from factory.tasks.proof.checks import Score
from factory.tasks.tables import words
from factory.tasks.values import forms
from factory.trajectories.judging.case import Case

_NAME = re.compile(
    r"(?<![.!?:\n] )(?<!^)\b[A-Z][a-z\u00c0-\u024f'\u2019-]+(?: [A-Z][\w'\u2019-]+)+"
)
_PROPER = re.compile(r"(?<=[a-z,] )(?:(?:Mr|Mrs|Ms|Dr)\.? )?[A-Z][a-z\u00c0-\u024f]{2,}\b")
"""A capitalised word inside a sentence."""
_PLAIN = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Febr)uary|March|April|May|June|July|August|"
    r"(?:Septem|Octo|Novem|Decem)ber|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|"
    r"Oct|Nov|Dec)|English|Internet|Markdown|Euro|Christmas|Easter"
)
_FULL_NAME = re.compile(r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)+")
_SUBJECT = r"\b[\w-]*\d[\w-]*\b[^.;:!?\n]{0,40}?"
"""Something with a number: an id, for one."""
_SMALL = ("done", "ready", "good", "fine", "right", "correct", "sure", "clear", "complete")
"""Words that an assistant says of its own work."""
_COMMON = re.compile(r"[a-z]{4,}")


# --- names and words --------------------------------------------------------------------------


def grounded_names(case: Case) -> Score:
    """A name that the agent says was said or shown before; so was each value of a field that it
    names with the field, and each status it says something is in."""
    told = shown = ""
    names = _names_of(case)
    fields = [field for d in touched_domains(case) for field in _fields(enums_of(d))]
    for index, message in enumerate(case.messages):
        text = message["content"]
        if message["role"] == "assistant":
            proper = (p for p in _PROPER.findall(text) if not _PLAIN.fullmatch(p))
            said = [*_NAME.findall(text), *proper, *(name for name in names if name in text)]
            unknown = next((name for name in said if not _known(name, told)), "")
            unknown = unknown or _put_together(text, names, told)
            unknown = unknown or _wrong_word(text, fields, told, shown)
            if unknown:
                return Score(0.0, index, f"{unknown} was neither told nor shown")
            continue
        told = f"{told}\n{text}"
        shown = shown if message["role"] == "system" else f"{shown}\n{text}"
    return Score(1.0)


def _known(name: str, told: str) -> bool:
    """Whether a run of capitalised words stands in what was told, or each of its words does."""
    low, text = name.lower(), told.lower()
    return low in text or all(part.strip("'\u2019s") in text for part in low.split(" "))


def _put_together(text: str, names: Sequence[str], told: str) -> str:
    """A name of the world's that was told in no place, though each part of it was in some."""
    low = told.lower()
    return next((name for name in names if name in text and name.lower() not in low), "")


def touched_domains(case: Case) -> list[Record]:
    """The domains that the conversation touched, and that of the task."""
    touched = {*case.anew.environment.states, case.task["domain_id"]}
    return [domain for name, domain in case.toolbox.domains.items() if name in touched]


def _names_of(case: Case) -> list[str]:
    """Names of several words among the values of the touched states."""
    found: set[str] = set()
    for state in case.anew.environment.states.values():
        for table in state.tables():
            for row in state.rows(table):
                found.update(v for v in row.values() if isinstance(v, str) and " " in v)
    return sorted(v for v in found if _FULL_NAME.fullmatch(v))


@dataclass(frozen=True)
class _Field:
    """A field with a fixed set of values: how a value is said with its label, and how something
    is said to be in it, where it is a status."""

    label: str
    named: re.Pattern[str]
    state: re.Pattern[str] | None


Enums = tuple[tuple[str, tuple[Any, ...]], ...]


def enums_of(domain: Record) -> Enums:
    """Each field of a domain's tables that has a fixed set of values, with them: a small key for
    what is worked out of them, where the domain itself would be kept alive, 0.4 MB each."""
    return tuple(
        (spec["name"], tuple(spec["enum"]))
        for table in domain["world"]["tables"]
        for spec in table["fields"]
        if spec.get("enum")
    )


@lru_cache(maxsize=128)
def _fields(enums: Enums) -> tuple[_Field, ...]:
    """The fields that have a fixed set of words as values."""
    values: dict[str, set[str]] = {}
    for name, listed in enums:
        texts = {v for v in listed if isinstance(v, str)}
        plain = {v for v in texts if _COMMON.search(v)}
        if len(plain) >= 2:
            values.setdefault(words(name), set()).update(plain)
    return tuple(_field(label, found) for label, found in sorted(values.items()))


def _longest_first(text: str) -> tuple[int, str]:
    return -len(text), text


def _field(label: str, values: set[str]) -> _Field:
    spoken = sorted({f for v in values for f in forms(v)}, key=_longest_first)
    said = "|".join(map(re.escape, spoken))
    names = "|".join(map(re.escape, sorted({label, noun_label(label)}, key=_longest_first)))
    joint = r"(?:\s*(?:\b(?:is|was|are|now|reads|shows|says|as|at|to|currently|still)\b|[:=,]))*\s+"
    named = re.compile(rf"\b(?:{names})\b{joint}[\"'\u201c]?(?P<value>{said})\b", re.I)
    state = None
    said = "|".join(re.escape(v) for v in spoken if v == v.lower() and v not in _SMALL)
    if said and re.search(r"\b(?:status|state)$", label):
        verbs = "is|are|was|were|remains?|stays?|still|already|now|marked"
        state = re.compile(rf"{_SUBJECT}\b(?:{verbs}) (?P<value>{said})\b", re.I)
    return _Field(label, named, state)


def _wrong_word(text: str, fields: Sequence[_Field], told: str, shown: str) -> str:
    """A value said of a field, or a status said of something, that stands nowhere before."""
    low = text.lower()
    for field in fields:
        if field.label in low or noun_label(field.label) in low:
            for found in field.named.finditer(text):
                if not _stands(found["value"], shown):
                    return f"{field.label} {found['value']}"
        for found in field.state.finditer(text) if field.state else ():
            if not _stands(found["value"], told):
                return str(found["value"])
    return ""


def _stands(value: str, text: str) -> bool:
    spaced = text.lower().replace("_", " ").replace("-", " ")
    wanted = value.lower().replace("_", " ").replace("-", " ")
    return re.search(rf"\b{re.escape(wanted)}\b", spaced) is not None
