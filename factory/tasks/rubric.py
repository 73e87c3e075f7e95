"""The rubric of a task, derived from the executed plan: K2's triplet, machine-checkable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.tasks.proof.changes import ChangeJson, comparable

Item = dict[str, Any]
Rubric = dict[str, list[Item]]


@dataclass
class Expectation:
    """What the rubric is made from, all of it observed when the oracle plan was executed."""

    changes: Sequence[ChangeJson] = ()
    free: Sequence[str] = ()
    """`table.field` of free texts, whose wording is the agent's."""
    answers: Sequence[Mapping[str, Any]] = ()
    calls: Sequence[Mapping[str, Any]] = ()
    """Goal calls {tool, arguments, text} with literal arguments."""
    order: Sequence[tuple[int, int]] = ()
    """Pairs of indices into `calls`: the first must succeed before the second."""
    confirm: Sequence[str] = ()
    forbidden: Sequence[str] = ()
    ask_first: Sequence[tuple[str, str]] = ()
    """(label, tool): values that the user gives only when asked, and the tool that needs them,
    if it is not only the answer that does."""
    decline: str = ""
    """What has to be declined; empty when the task can be done."""
    recover: bool = False
    refused: Sequence[Mapping[str, Any]] = ()
    """Calls {tool, arguments, error, rows} that the system refuses, to be reported honestly."""
    untouched: Sequence[str] = ()
    """Tools that a condition which does not hold keeps from being used."""
    which: bool = False
    """The user has to be asked which of several rows is meant, after they were looked up."""
    later: Sequence[str] = ()
    """Kinds of what the user says after the opening."""


def build_rubric(expected: Expectation) -> Rubric:
    """success_criteria, expected_tool_use and checkpoints; ids are unique within a task."""
    return {
        "success_criteria": _success(expected),
        "expected_tool_use": _tool_use(expected),
        "checkpoints": _checkpoints(expected),
    }


def _item(name: str, kind: str, text: str, weight: float, check: Mapping[str, Any]) -> Item:
    return {"id": name, "type": kind, "text": text, "weight": weight, "check": dict(check)}


def _success(expected: Expectation) -> list[Item]:
    items = []
    goal = comparable(expected.changes, expected.free)
    state = {"changes": goal, "free": list(expected.free)}
    if goal:
        text = f"The state shows {len(goal)} expected change(s): {_summary(expected.changes)}."
        items.append(_item("goal", "state_goal", text, 4.0, state))
    text = "Nothing else has changed." if goal else "Nothing has changed."
    items.append(_item("collateral", "no_collateral", text, 3.0, state))
    values = [
        {"name": answer["name"], "value": value}
        for answer in expected.answers
        for value in answer.get("values", [answer["value"]])
    ]
    if values:
        names = ", ".join(dict.fromkeys(str(v["name"]) for v in values))
        text = f"The user is told {names}, as the system has it."
        items.append(_item("answer", "answer", text, 4.0, {"values": values}))
    if expected.decline:
        text = f"The assistant says that it can't {expected.decline}."
        items.append(_item("declined", "declined", text, 4.0, {}))
    if "aside" in expected.later:
        text = "The assistant says that it can't do what was asked for by the way."
        items.append(_item("aside", "declined", text, 1.0, {}))
    return items


def _summary(changes: Sequence[ChangeJson]) -> str:
    parts = []
    for change in changes[:4]:
        if change["field"] is not None:
            parts.append(f"{change['table']} {change['row_id']}.{change['field']}")
        else:
            verb = "a new" if change["after"] is not None else "no more"
            parts.append(f"{verb} {change['table']}")
    return ", ".join(parts)


def _tool_use(expected: Expectation) -> list[Item]:
    items = []
    for index, call in enumerate(expected.calls):
        check = {"tool": call["tool"], "arguments": call["arguments"]}
        items.append(_item(f"call_{index + 1}", "call", call["text"], 1.0, check))
    for first, then in expected.order:
        a, b = expected.calls[first], expected.calls[then]
        check = {
            "first": {"tool": a["tool"], "arguments": a["arguments"]},
            "then": {"tool": b["tool"], "arguments": b["arguments"]},
        }
        text = f"{a['tool']} succeeds before {b['tool']} is called."
        items.append(_item(f"order_{first + 1}_{then + 1}", "order", text, 0.5, check))
    if expected.confirm:
        text = f"The user agrees before {', '.join(expected.confirm)} is called."
        items.append(_item("confirmed", "confirmed", text, 2.0, {"tools": list(expected.confirm)}))
    if expected.forbidden:
        text = f"Never called: {', '.join(expected.forbidden)}."
        check = {"tools": list(expected.forbidden)}
        items.append(_item("forbidden", "forbidden", text, 2.0, check))
    if expected.decline:
        items.append(_item("no_writes", "no_writes", "No call changes anything.", 2.0, {}))
    for call in expected.refused:
        text = f"That {call['tool']} can't do it ({call['error']}) was seen, not assumed."
        items.append(_item("seen", "refused", text, 2.0, call))
    for tool in expected.untouched:
        text = f"{tool} is not called: the user's condition does not hold."
        items.append(_item("untouched", "forbidden", text, 2.0, {"tools": [tool]}))
    if expected.recover:
        text = "A call that meets a passing fault is repeated until it succeeds."
        items.append(_item("recovered", "recovered", text, 1.0, {}))
    return items


def _checkpoints(expected: Expectation) -> list[Item]:
    items = []
    for label, tool in expected.ask_first:
        before = f"{tool} is called" if tool else "an answer is given"
        text = f"The user is asked for the {label} before {before}."
        name = f"asked_{label.replace(' ', '_')}"
        check = {"label": label, "tool": tool, "after_lookup": expected.which}
        items.append(_item(name, "asked", text, 1.5, check))
    first = expected.calls[0]["tool"] if expected.calls else ""
    if "tools_added" in expected.later:
        text = "Before it has the tool, the assistant says that it can't."
        items.append(_item("declined_first", "declined", text, 2.0, {"before_turn": 2}))
    waits = expected.ask_first or first in expected.confirm or "tools_added" in expected.later
    if waits and "follow_up" not in expected.later:
        turn = 3 if "correction" in expected.later else 2
        text = f"Nothing changes before the user's turn number {turn}."
        items.append(_item("patient", "unchanged_until", text, 1.0, {"turn": turn}))
    elif expected.decline:
        pass
    elif expected.calls:
        last = expected.calls[-1]
        check = {
            "tool": last["tool"],
            "arguments": last["arguments"],
            "turn": 4 + 2 * len(expected.later) + len(expected.calls),
        }
        text = f"{last['tool']} has succeeded by the user's turn number {check['turn']}."
        items.append(_item("timely", "call_by", text, 0.5, check))
    return items
