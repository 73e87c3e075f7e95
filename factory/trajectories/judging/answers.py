"""Rules on answers: read from the row they are about, given where they were asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from factory.tasks.proof.checks import Score
from factory.tasks.sources import Unresolved, resolve
from factory.tasks.values import NUMBER_WORDS, forms, mentions, scalars
from factory.trajectories.judging.case import Case, Segment


def answers_shown(case: Case) -> Score:
    """Each answer is read from the row it is about: some result shows that row and the value
    before the agent says it."""
    results = case.oracle
    for goal in case.task["agenda"]["goals"]:
        if goal["step"] not in results:
            continue  # declined or taken back
        for answer in goal["answers"]:
            needed = list(_bearers(answer, results))
            found = _all_shown(needed, case) if "list" in answer else _first_shown(needed, case)
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
            told = (row[key], *(row.get(f) for f in fields))
            yield frozenset(_mark(v) for v in told if v is not None)


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


def _all_shown(needed: Sequence[frozenset[str]], case: Case) -> int:
    """Index of the message by which each row of a list was shown; -1: one never was."""
    shown = [_first_shown([want], case) for want in needed]
    return -1 if -1 in shown else max(shown, default=-1)


@lru_cache(maxsize=96)  # a few conversations' results
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


# --- what is said -----------------------------------------------------------------------------

_NOT = r"\b(?:not|never|no longer|isn't|aren't|wasn't|weren't|n't)\b\W+(?:\w+\W+)?"
_TOTALS = (
    frozenset(("average", "mean")),
    frozenset(("total", "sum", "altogether", "combined", "overall")),
    frozenset(("number", "count", "many")),
)
_EXTREMES = (
    ("highest", "lowest"), ("most", "least"), ("largest", "smallest"), ("latest", "earliest"),
    ("cheapest", "most expensive"), ("longest", "shortest"), ("newest", "oldest"),
    ("maximum", "minimum"), ("greatest", "least"), ("biggest", "smallest"), ("most", "fewest"),
)  # fmt: skip
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+", re.M)
_COUNT = re.compile(rf"(?<![\w.,:-])(?:\d+|{'|'.join(NUMBER_WORDS)}|single)(?![\w:-]|[.,]\d)", re.I)
_NUMBER = rf"(?:-?\d+(?:,\d{{3}})*(?:\.\d+)?|{'|'.join(NUMBER_WORDS)})(?![\w:/-])"
_FIGURE_OF = re.compile(r"(?:number|total|sum|average|mean|count)\b")
"""Labels of what is worked out."""
_LISTS = re.compile(
    r"\b(?:in all|altogether|entr\w+|results?|match\w*|fit|for you|only|just|exactly|found|gives|"
    r"returned|list|there (?:is|are|were))\b",
    re.I,
)
"""Words of a line that introduces a list."""


def answers_given(case: Case) -> Score:
    """Each part of the talk gives the answers that were asked for in it: each value, not denied,
    of the right sum or count; of a list as many rows as there are, each with its own values."""
    if not case.scripted:
        return Score(1.0)
    made = {name: value for name, (_, value) in case.oracle.items()}
    results = {name: value for name, value in made.items() if isinstance(value, Mapping)}
    slots = {slot["name"]: slot["value"] for slot in case.task["agenda"]["slots"]}
    parts = [segment for segment in case.segments if segment.kind != "thanks"]
    for goal in case.task["agenda"]["goals"]:
        denied = _denied_condition(case, goal, slots)
        if denied:
            return denied
        if goal.get("absent") or goal["stage"] >= len(parts):
            continue
        if goal.get("condition"):
            misreported = _denied_answer(case, goal, parts, slots, results)
            if misreported:
                return misreported
            continue
        part = parts[goal["stage"]]
        index = case.report(part)
        text = "\n".join(_said_in(case, part.start, part.stop))
        counts = _counts(case, goal["stage"], results)
        for answer in goal["answers"]:
            try:
                wrong = _wrong(answer, text, slots, results, counts)
            except Unresolved:
                continue  # declined or taken back
            if wrong:
                return Score(0.0, index, wrong)
        wrong = _other_figure(case, goal["stage"], text, slots, results)
        if wrong:
            return Score(0.0, index, wrong)
    return _right_end(case)


def _other_figure(
    case: Case,
    stage: int,
    text: str,
    slots: Mapping[str, Any],
    results: Mapping[str, Mapping[str, Any]],
) -> str:
    """A figure said right behind the label of a count or a total ("number of seats 4") that is the
    answer to no question of this part with that label."""
    right: dict[str, list[Any]] = {}
    for goal in (g for g in case.task["agenda"]["goals"] if g["stage"] == stage):
        for answer in goal["answers"]:
            label = str(answer["label"]).lower()
            if "source" in answer and _FIGURE_OF.match(label):
                try:
                    right.setdefault(label, []).append(resolve(answer["source"], slots, results))
                except Unresolved:
                    return ""  # a part of it was declined
    for label, values in right.items():
        behind = re.compile(
            rf"\b{re.escape(label)}(?: (?:is|was|comes to|of)|:)? ({_NUMBER})", re.I
        )
        for found in behind.finditer(text):
            if not any(mentions(found[1], value) for value in values if value is not None):
                return f"{found[1]} said of the {label}"
    return ""


def _denied_answer(
    case: Case,
    goal: Mapping[str, Any],
    parts: Sequence[Segment],
    slots: Mapping[str, Any],
    results: Mapping[str, Mapping[str, Any]],
) -> Score | None:
    """Whether what a condition came to is said not to be so."""
    part = parts[goal["stage"]]
    text = "\n".join(_said_in(case, part.start, part.stop))
    for answer in (a for a in goal["answers"] if "source" in a):
        try:
            value = resolve(answer["source"], slots, results)
        except Unresolved:
            continue
        scalar = value is not None and not isinstance(value, bool | list | Mapping)
        if scalar and _denied(text, value):
            return Score(0.0, case.report(part), f"{value} is said not to be so")
    return None


def _denied_condition(
    case: Case, goal: Mapping[str, Any], slots: Mapping[str, Any]
) -> Score | None:
    """Whether a condition that holds is said not to."""
    if not goal.get("condition") or not goal["write"]:
        return None
    value = slots[goal["condition"]["slot"]]
    for index, message in enumerate(case.messages):
        if message["role"] == "assistant" and _denied(message["content"], value):
            return Score(0.0, index, f"{value} is said not to be so")
    return None


def _said_in(case: Case, start: int, stop: int) -> Iterator[str]:
    for message in case.messages[start:stop]:
        if message["role"] == "assistant" and message["content"]:
            yield message["content"]


def _wrong(
    answer: Mapping[str, Any],
    text: str,
    slots: Mapping[str, Any],
    results: Mapping[str, Mapping[str, Any]],
    counts: set[int],
) -> str:
    """What is wrong with an answer as a text gives it; empty if nothing is. `counts`: how many rows
    the lists have that the text gives."""
    if "list" in answer:
        listed = answer["list"]
        if listed["step"] not in results:
            raise Unresolved(listed["step"])
        rows = results[listed["step"]].get(listed["out"]) or []
        return _wrong_list([[row.get(f) for f in listed["fields"]] for row in rows], text, counts)
    value, label = resolve(answer["source"], slots, results), str(answer["label"])
    if value is None or isinstance(value, bool | list | Mapping):
        return ""
    if not mentions(text, value):
        return f"the {label} is not said where it was asked for"
    if _denied(text, value):
        return f"the {label} is said not to be {value}"
    return _other_total(label, text)


def _denied(text: str, value: Any) -> bool:
    """Whether every place that says a value says that it is not so."""
    said = "|".join(re.escape(form) for form in sorted(forms(value), key=len, reverse=True))
    plain = text.replace("\u2019", "'")
    found = list(re.finditer(rf"(?<![\w.,-])(?:{said})(?![\w-])", plain, re.I))
    denied = [re.search(rf"{_NOT}[\"'\u201c]?$", plain[: m.start()], re.I) for m in found]
    return bool(found) and all(denied)


def _other_total(label: str, text: str) -> str:
    """Whether a mean is called a sum, and the like."""
    said = set(re.findall(r"[a-z]+", text.lower()))
    asked = set(label.lower().split())
    for kind in _TOTALS:
        if kind & asked and not kind & said:
            others = [
                word for other in _TOTALS if other is not kind for word in sorted(other & said)
            ]
            if others:
                return f"the {label} is called the {others[0]}"
    return ""


def _counts(case: Case, stage: int, results: Mapping[str, Mapping[str, Any]]) -> set[int]:
    """How many rows each list has that is asked for in a part of the talk."""
    goals = [goal for goal in case.task["agenda"]["goals"] if goal["stage"] == stage]
    lists = [answer["list"] for goal in goals for answer in goal["answers"] if "list" in answer]
    shown = [results[listed["step"]] for listed in lists if listed["step"] in results]
    found = [value for result in shown for value in result.values() if isinstance(value, list)]
    return {len(value) for value in found}


def _wrong_list(rows: Sequence[Sequence[Any]], text: str, counts: set[int]) -> str:
    """Too few or too many lines, a wrong number of them, the values of two rows in one."""
    lines = [line for line in text.split("\n") if _BULLET.match(line)]
    if len(lines) > 1 and len(lines) != len(rows) and _all_rows(lines, rows):
        return f"{len(lines)} lines for {len(rows)} rows"
    told = [[v for v in row if v is not None and not isinstance(v, bool)] for row in rows]
    if len(lines) == len(rows) > 1 and _all_rows(lines, rows):
        lost = [row for row in told if not any(all(mentions(x, v) for v in row) for x in lines)]
        if lost:
            return f"no line has {' and '.join(str(value) for value in lost[0])} together"
    for line in re.split(r"\n|;|(?<=[.:])\s", text):
        if _other_words(line, told) > 1:
            continue  # no line of a list
        here = [row for row in told if any(_alone(v, row, told) and mentions(line, v) for v in row)]
        whole = [row for row in here if all(mentions(line, v) for v in row)]
        if len(here) > 1 and len(whole) < len(here) and len(rows) > 1:
            return "the values of two rows stand together"
    return _wrong_count(counts | {len(rows)}, text)


def _other_words(line: str, rows: Sequence[Sequence[Any]]) -> int:
    """How many words of a line are of no value of the rows."""
    said = {form for row in rows for v in row for form in forms(v)}
    for form in sorted(said, key=lambda form: (-len(form), form)):
        line = line.replace(form, " ")
    return len(re.findall(r"\w+", line))


def _all_rows(lines: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether each of some lines shows a row of the list: another list is none of ours."""
    return all(
        any(mentions(line, v) for row in rows for v in row if v is not None) for line in lines
    )


def _alone(value: Any, row: Sequence[Any], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a value tells this row from all others."""
    return not any(value in other for other in rows if other is not row)


def _wrong_count(counts: set[int], text: str) -> str:
    """A number said right before a list, which is not that of the rows of any."""
    for head in re.findall(r"([^.:\n]*):(?=\s|$)", text):
        found = [number.lower() for number in _COUNT.findall(head)]
        own = {form for count in counts for form in forms(count)}
        own |= {"single"} if 1 in counts else set()
        if found and _LISTS.search(head) and not own & set(found):
            return f"{found[0]} said of {max(counts)}"
    return ""


def _right_end(case: Case) -> Score:
    """Of the least nobody says that it is the greatest: asked for one, the other is not said."""
    told = " ".join(m["content"] for m in case.messages if m["role"] != "assistant").lower()
    asked = (
        f"{told} {' '.join(a['label'] for g in case.task['agenda']['goals'] for a in g['answers'])}"
    )
    for index, message in enumerate(case.messages):
        if message["role"] == "assistant":
            low = message["content"].lower()
            if _has(low, "average") and not _has(asked, "average"):
                return Score(0.0, index, "an average that nobody asked for")
            for one, other in (*_EXTREMES, *((b, a) for a, b in _EXTREMES)):
                swapped = _has(low, one) and not _has(told, one) and _has(told, other)
                if swapped and not _has(low, other):
                    return Score(0.0, index, f"{one} said where {other} was asked for")
    return Score(1.0)


def _has(text: str, word: str) -> bool:
    return word in text and re.search(rf"\b{word}\b", text) is not None
