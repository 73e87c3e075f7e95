"""Rules on what an agent says: answers, names and values were shown before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from factory.held import Held
from factory.records import Record
from factory.tasks.checks import Score
from factory.tasks.labels import noun_label
from factory.tasks.tables import words
from factory.tasks.values import forms, scalars
from factory.trajectories.case import Case

_NAME = re.compile(
    r"(?<![.!?:\n] )(?<!^)\b[A-Z][a-z\u00c0-\u024f'\u2019-]+(?: [A-Z][\w'\u2019-]+)+"
)
_FULL_NAME = re.compile(r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)+")
_SUBJECT = r"\b[\w-]*\d[\w-]*\b[^.;:!?\n]{0,40}?"
"""Something with a number: an id, for one."""
_SMALL = ("done", "ready", "good", "fine", "right", "correct", "sure", "clear", "complete")
"""Words that an assistant says of its own work."""
_COMMON = re.compile(r"[a-z]{4,}")


# --- what was shown ---------------------------------------------------------------------------


def answers_shown(case: Case) -> Score:
    """Each answer is read from the row it is about: some result shows that row and the value
    before the agent says it."""
    results = _oracle(case)
    for goal in case.task["agenda"]["goals"]:
        if goal["step"] not in results:
            continue  # declined or taken back
        for answer in goal["answers"]:
            needed = list(_bearers(answer, results))
            found = _first_shown(needed, case)
            said = case.messages[found]["role"] == "tool" if found >= 0 else False
            if needed and not said:
                return Score(0.0, -1, f"no result shows the {answer['label']}")
            if needed and not _said_after(found, case):
                return Score(0.0, found, f"the {answer['label']} is shown after it was said")
    return Score(1.0)


def _said_after(index: int, case: Case) -> bool:
    return any(
        m["role"] == "assistant" and not m.get("tool_calls") for m in case.messages[index + 1 :]
    )


def _oracle(case: Case) -> dict[str, tuple[Mapping[str, Any], Any]]:
    """Step id → (step, the value its call returns)."""
    out = {}
    if any(goal["answers"] for goal in case.task["agenda"]["goals"]):
        for step in case.task["plan"]:
            result = case.plain.call(step["tool"], step["values"])
            out[step["id"]] = (step, result.value)
    return out


def _bearers(
    answer: Mapping[str, Any], results: Mapping[str, tuple[Mapping[str, Any], Any]]
) -> Iterator[frozenset[str]]:
    """What has to be shown together for an answer: of each row it is read from, the id and the
    value; of a bare number, the call itself."""
    source = answer.get("source") or answer["list"]
    step, value = results[source["step"]]
    shown = value.get(source["out"]) if isinstance(value, Mapping) else None
    listed = shown if isinstance(shown, list) else [shown]
    rows = [row for row in listed if isinstance(row, Mapping) and row]
    if not rows or len(rows) < len(listed):
        yield frozenset([f"{step['tool']} {json.dumps(step['values'], sort_keys=True)}"])
        return
    for row in rows:
        if _wanted(row, source, rows):
            key = next(iter(row))
            fields = [source["field"]] if "field" in source else source.get("fields", [])
            yield frozenset(_mark(v) for v in (row[key], *(row.get(f) for f in fields)))


def _wanted(
    row: Mapping[str, Any], source: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether an answer is read from this row: all of a list or a total, the extreme one, ..."""
    pick = source.get("pick")
    if pick is not None:
        values = [r[pick["field"]] for r in rows if r.get(pick["field"]) is not None]
        best = min(values) if pick["order"] == "min" else max(values)
        return bool(row.get(pick["field"]) == best)
    return True


def _mark(value: Any) -> str:
    return f"{type(value).__name__} {value}"


def _first_shown(needed: Sequence[frozenset[str]], case: Case) -> int:
    """Index of the message by which at least what the answer is read from was shown; -1: never.
    With conditions on the row (`where`) one of the rows is enough."""
    events = [event for event in case.calls if event["ok"]]
    for event in events:
        call = f"{event['tool']} {json.dumps(event['arguments'], sort_keys=True)}"
        rows = _marks_of(case.messages[event["message"]]["content"])
        for want in needed:
            if call in want or any(want <= row for row in rows):
                return int(event["message"])
    return -1


@lru_cache(maxsize=512)
def _marks_of(content: str) -> tuple[frozenset[str], ...]:
    """The scalars of each object in a result."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return ()
    return tuple(frozenset(_mark(v) for v in scalars(row)) for row in _objects(value))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


# --- names and words --------------------------------------------------------------------------


def grounded_names(case: Case) -> Score:
    """A name that the agent says was said or shown before; so was each value of a field that it
    names with the field, and each status it says something is in."""
    told = shown = ""
    names, fields = _names_of(case), [f for d in touched_domains(case) for f in _fields(Held(d))]
    for index, message in enumerate(case.messages):
        text = message["content"]
        if message["role"] == "assistant":
            said = [*_NAME.findall(text), *(name for name in names if name in text)]
            unknown = next((name for name in said if not _known(name, told)), "")
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


@lru_cache(maxsize=512)
def _fields(held: Held[Record]) -> tuple[_Field, ...]:
    """The fields of a domain's tables that have a fixed set of words as values."""
    values: dict[str, set[str]] = {}
    for table in held.it["world"]["tables"]:
        for spec in table["fields"]:
            texts = {v for v in spec.get("enum") or () if isinstance(v, str)}
            plain = {v for v in texts if _COMMON.search(v)}
            if len(plain) >= 2:
                values.setdefault(words(spec["name"]), set()).update(plain)
    return tuple(_field(label, found) for label, found in sorted(values.items()))


def _field(label: str, values: set[str]) -> _Field:
    spoken = sorted({f for v in values for f in forms(v)}, key=len, reverse=True)
    said = "|".join(map(re.escape, spoken))
    names = "|".join(map(re.escape, sorted({label, noun_label(label)}, key=len, reverse=True)))
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
