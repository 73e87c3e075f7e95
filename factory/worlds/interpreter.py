"""Runs a tool program on a state: total, bounded, all or nothing.

A program is JSON: ``{"params": [...], "steps": [...], "returns": {...}, "errors": [...]}``.
Each step is ``{"do": KIND, ...}`` and may carry ``"when"``, an expression that must be true for
the step to run. Kinds and their keys:

require     that, error                       stop with that error unless true
error       error                             stop with that error (use with ``when``)
lookup      table, id, as, error?             one row by id
search      table, match, as, order?, limit?, offset?, count?     rows that match
insert      table, values, as, error?         error when a unique key is taken
update      table, id, values, given?, as?, error?    given: leave out values that are null
transition  table, id, to, from?, as?, error  along the life cycle
transfer    table, from, to, field, amount, error, as_from, as_to     an amount between two rows
delete      table, id, error?                 error when another row refers to it
compute     as, value
each        over, item, steps, collect?       steps for every item of a list; collect {as, value}
return      values                            ends the program
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.worlds.arguments import check_arguments
from factory.worlds.expressions import ExpressionError, contains_text, evaluate
from factory.worlds.state import Change, Row, State, StateError

MAX_STEPS = 200
INVALID_ARGUMENTS = "invalid_arguments"
PROGRAM_FAULT = "internal_error"
FAULTS = (StateError, ExpressionError, TypeError, ValueError, LookupError, ArithmeticError)
"""What a program that does not fit its world can raise; its own fault, whoever wrote it."""


@dataclass(frozen=True, slots=True)
class ToolError:
    """What a tool says when it refuses: a code from its catalogue and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """The result of one call. Either ``value`` or ``error`` is there; an error left no change."""

    ok: bool
    value: dict[str, Any] | None
    error: ToolError | None
    changes: list[Change] = field(default_factory=list)
    steps: int = 0


class _Stop(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass
class _Frame:
    """What a running program sees."""

    state: State
    arguments: dict[str, Any]
    variables: dict[str, Any]
    result: dict[str, Any] | None = None
    steps: int = 0

    def run(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Runs steps until one returns; every step of every turn of a loop counts."""
        for step in steps:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise _Stop(PROGRAM_FAULT, f"more than {MAX_STEPS} steps")
            if "when" in step and not self.value(step["when"]):
                continue
            STEPS[step["do"]](self, step)
            if self.result is not None:
                return

    def value(self, node: Any) -> Any:
        return evaluate(node, self.arguments, self.variables)


def execute(program: Mapping[str, Any], state: State, arguments: Mapping[str, Any]) -> Outcome:
    """Calls a program. Arguments are checked first (``invalid_arguments``); on any error the
    state is as before. Never raises: a fault of the program itself ends in
    ``internal_error``, which no proven tool can give."""
    checked, problems = check_arguments(program["params"], arguments)
    if problems:
        error = ToolError(INVALID_ARGUMENTS, "; ".join(problems))
        return Outcome(False, None, error)
    mark = state.mark()
    frame = _Frame(state, checked, {})
    try:
        frame.run(program["steps"])
        if frame.result is not None:
            return Outcome(True, frame.result, None, state.changes_since(mark), frame.steps)
        raise _Stop(PROGRAM_FAULT, "the program ended without a return")
    except _Stop as stop:
        error = _tool_error(program, frame, stop)
    except FAULTS as fault:
        error = ToolError(PROGRAM_FAULT, str(fault))
    state.rollback(mark)
    return Outcome(False, None, error, [], frame.steps)


def _tool_error(program: Mapping[str, Any], frame: _Frame, stop: _Stop) -> ToolError:
    for declared in program["errors"]:
        if declared["code"] == stop.code:
            return ToolError(stop.code, fill_message(declared["message"], frame))
    return ToolError(PROGRAM_FAULT, stop.detail or f"undeclared error {stop.code}")


def fill_message(template: str, frame: _Frame) -> str:
    """Puts arguments ``{name}`` and fields ``{variable.field}`` into an error message."""

    def fill(found: re.Match[str]) -> str:
        name, _, part = found.group(1).partition(".")
        known = frame.variables if name in frame.variables else frame.arguments
        value = known.get(name)
        if part and isinstance(value, Mapping):
            value = value.get(part)
        return f"{value:.2f}" if isinstance(value, float) else str(value)

    return re.sub(r"\{([A-Za-z_][\w.]*)\}", fill, template)


# ---- the kinds of step


def _require(frame: _Frame, step: Mapping[str, Any]) -> None:
    if not frame.value(step["that"]):
        raise _Stop(step["error"])


def _error(_: _Frame, step: Mapping[str, Any]) -> None:
    raise _Stop(step["error"])


def _lookup(frame: _Frame, step: Mapping[str, Any]) -> None:
    row_id = frame.value(step["id"])
    row = frame.state.get(step["table"], row_id) if isinstance(row_id, str) else None
    if row is None:
        raise _Stop(step.get("error", PROGRAM_FAULT), f"lookup of {step['table']} {row_id}")
    frame.variables[step["as"]] = row


def _search(frame: _Frame, step: Mapping[str, Any]) -> None:
    tests = []
    for match in step["match"]:
        value = frame.value(match["value"])
        if value is None and match.get("optional"):
            continue
        tests.append((match["field"], MATCHES[match["op"]], value))
    try:
        rows = [
            row
            for row in frame.state.rows(step["table"])
            if all(test(row[name], value) for name, test, value in tests)
        ]
    except (TypeError, KeyError) as error:
        raise _Stop(PROGRAM_FAULT, f"search of {step['table']}: {error}") from error
    if "order" in step:
        name, direction = step["order"]
        rows.sort(key=lambda row: _sort_key(row[name]), reverse=direction == "desc")
    if "count" in step:
        frame.variables[step["count"]] = len(rows)
    start = frame.value(step.get("offset", 0)) or 0
    limit = frame.value(step.get("limit"))
    frame.variables[step["as"]] = rows[start : None if limit is None else start + limit]


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _insert(frame: _Frame, step: Mapping[str, Any]) -> None:
    values = {name: frame.value(node) for name, node in step["values"].items()}
    frame.variables[step["as"]] = _guarded(
        step, "duplicate", lambda: frame.state.insert(step["table"], values)
    )


def _update(frame: _Frame, step: Mapping[str, Any]) -> None:
    values = {name: frame.value(node) for name, node in step["values"].items()}
    if step.get("given"):
        values = {name: value for name, value in values.items() if value is not None}
    row_id = frame.value(step["id"])
    row = _guarded(step, "duplicate", lambda: frame.state.update(step["table"], row_id, values))
    if "as" in step:
        frame.variables[step["as"]] = row


def _transition(frame: _Frame, step: Mapping[str, Any]) -> None:
    table, row_id, to = step["table"], frame.value(step["id"]), frame.value(step["to"])
    life = frame.state.schema.tables[table]["life"]
    row = frame.state.get(table, row_id)
    if row is not None and "from" in step and row[life["field"]] not in step["from"]:
        raise _Stop(step["error"])
    row = _guarded(step, "illegal_transition", lambda: frame.state.transition(table, row_id, to))
    if "as" in step:
        frame.variables[step["as"]] = row


def _transfer(frame: _Frame, step: Mapping[str, Any]) -> None:
    table, name, amount = step["table"], step["field"], frame.value(step["amount"])
    source_id, target_id = frame.value(step["from"]), frame.value(step["to"])
    source = frame.state.get(table, source_id)
    target = frame.state.get(table, target_id)
    if source is None or target is None or source_id == target_id:
        raise _Stop(PROGRAM_FAULT, "a transfer needs two rows that exist")
    if source[name] < amount:
        raise _Stop(step["error"])
    lower, higher = round(source[name] - amount, 2), round(target[name] + amount, 2)
    frame.variables[step["as_from"]] = frame.state.update(table, source_id, {name: lower})
    frame.variables[step["as_to"]] = frame.state.update(table, target_id, {name: higher})


def _delete(frame: _Frame, step: Mapping[str, Any]) -> None:
    row_id = frame.value(step["id"])
    _guarded(step, "still_referenced", lambda: frame.state.delete(step["table"], row_id))


def _compute(frame: _Frame, step: Mapping[str, Any]) -> None:
    frame.variables[step["as"]] = frame.value(step["value"])


def _each(frame: _Frame, step: Mapping[str, Any]) -> None:
    collected: list[Any] = []
    for item in frame.value(step["over"]) or ():
        frame.variables[step["item"]] = item
        frame.run(step["steps"])
        if "collect" in step:
            collected.append(frame.value(step["collect"]["value"]))
    if "collect" in step:
        frame.variables[step["collect"]["as"]] = collected


def _return(frame: _Frame, step: Mapping[str, Any]) -> None:
    frame.result = {name: frame.value(node) for name, node in step["values"].items()}


def _guarded(step: Mapping[str, Any], code: str, write: Callable[[], Row]) -> Row:
    """A write whose foreseen refusal is a declared error of the tool."""
    try:
        return write()
    except StateError as refusal:
        if refusal.code == code and "error" in step:
            raise _Stop(step["error"]) from refusal
        raise


STEPS: dict[str, Callable[[_Frame, Mapping[str, Any]], None]] = {
    "require": _require,
    "error": _error,
    "lookup": _lookup,
    "search": _search,
    "insert": _insert,
    "update": _update,
    "transition": _transition,
    "transfer": _transfer,
    "delete": _delete,
    "compute": _compute,
    "each": _each,
    "return": _return,
}

# A null cell matches nothing but ``eq`` null.
MATCHES: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda cell, value: cell == value,
    "ne": lambda cell, value: cell != value,
    "lt": lambda cell, value: cell is not None and cell < value,
    "le": lambda cell, value: cell is not None and cell <= value,
    "gt": lambda cell, value: cell is not None and cell > value,
    "ge": lambda cell, value: cell is not None and cell >= value,
    "in": lambda cell, value: cell in value,
    "contains": lambda cell, value: cell is not None and contains_text(cell, value),
    "has": lambda cell, value: cell is not None and value in cell,
}
