"""The proof of a synthetic tool: it is run on sampled states until everything it promises was seen.

Checked: the success path exists and its results validate against the outputSchema; every declared
error is reached; a read-only tool leaves the state hash unchanged; an idempotent one changes the
state only once when called twice; something is lost on some success exactly when destructiveHint
is true; invalid arguments change nothing; no call ends in a fault of the program itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from factory.tools.draw import UNKNOWN_ID, draw_arguments
from factory.worlds.interpreter import INVALID_ARGUMENTS, PROGRAM_FAULT, Outcome, execute
from factory.worlds.state import Change, Row, State, StateError, is_date
from factory.worlds.values import draw_value

ATTEMPTS = 900  # draws before an error that was not reached counts as unreachable
SUCCESSES = 4  # successes wanted before the search stops
VALIDATED = 6  # results checked against the outputSchema (each on its own costs a millisecond)


@dataclass
class Proof:
    """What was tried and seen. ``failure`` is (reason code, detail) or None."""

    samples: int = 0
    successes: int = 0
    declared: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    lost: bool = False
    validated: int = 0
    failure: tuple[str, str] | None = None
    seed: tuple[State, dict[str, Any]] | None = None  # before the last success: state, arguments

    def as_record(self, read_only: bool) -> dict[str, Any]:
        """The ``proof`` column of a tool record."""
        return {
            "samples": self.samples,
            "successes": self.successes,
            "errors_declared": self.declared,
            "errors_reached": sorted(self.reached),
            "read_only_checked": read_only,
            "output_valid": self.validated > 0,
        }


def prove(
    tool: Mapping[str, Any], world: Mapping[str, Any], states: Sequence[State], rng: random.Random
) -> Proof:
    """Runs a tool body (with ``program``, ``outputSchema``, ``annotations``) on copies of
    ``states``. Never raises for a tool that fails: see ``Proof.failure``."""
    program = tool["program"]
    proof = Proof(declared=[error["code"] for error in program["errors"]])
    validator = jsonschema.Draft202012Validator(tool["outputSchema"])
    for state, arguments in _attempts(program, world, states, rng, proof):
        _try(tool, state, arguments, proof, validator)
        if proof.failure or _complete(tool, proof):
            break
    if not proof.failure:
        _refuses_invalid(program, states[0], proof)
    if not proof.failure:
        proof.failure = _missing(tool, proof)
    return proof


def _complete(tool: Mapping[str, Any], proof: Proof) -> bool:
    hints = tool["annotations"]
    return (
        proof.successes >= SUCCESSES
        and proof.reached >= set(proof.declared)
        and proof.lost == hints["destructiveHint"]
    )


def _missing(tool: Mapping[str, Any], proof: Proof) -> tuple[str, str] | None:
    if not proof.successes:
        return "no_success", f"{proof.samples} samples without a success"
    unreached = sorted(set(proof.declared) - proof.reached)
    if unreached:
        return "unreachable_error", f"{', '.join(unreached)} in {proof.samples} samples"
    if proof.lost != tool["annotations"]["destructiveHint"]:
        return "wrong_destructive_hint", f"hint {not proof.lost}, loss seen {proof.lost}"
    return None


# ---- what to try


def _attempts(
    program: Mapping[str, Any],
    world: Mapping[str, Any],
    states: Sequence[State],
    rng: random.Random,
    proof: Proof,
) -> Iterator[tuple[State, dict[str, Any]]]:
    """Pairs of a state (a fresh copy, or the one left by the call before: limits are reached by
    repetition) and arguments. Later attempts also disturb the state: every row in any state of its
    life and any boundary value is still a legal world. The last ones start from a success and
    change the world around it, which reaches the refusals behind many requirements."""
    tables = list(dict.fromkeys(s["table"] for s in program["steps"] if "table" in s))
    state = states[0].copy()
    for attempt in range(ATTEMPTS):
        if attempt % 6 == 0:
            state = states[(attempt // 6) % len(states)].copy()
            if attempt >= 60 and attempt % 12 == 0:
                _disturb(state, tables, world, rng)
        if attempt >= 150 and attempt % 2 and proof.seed is not None:
            seed, arguments = proof.seed
            if attempt % 16 == 1:
                state = seed.copy()
            _disturb(state, tables, world, rng, arguments)
            yield state, arguments
            continue
        anchor = _anchor(state, tables, rng) if tables and rng.random() < 0.6 else None
        unknown, wild = (0.15, 0.4) if attempt % 2 else (0.0, 0.0)
        yield state, draw_arguments(program, state, world, rng, anchor, unknown, wild)


def _anchor(state: State, tables: Sequence[str], rng: random.Random) -> Row | None:
    """Some row of a table that the program touches, marked with its table."""
    table = rng.choice(tables)
    ids = state.ids(table)
    if not ids:
        return None
    row = state.get(table, rng.choice(ids)) or {}
    return {**row, "_table": table}


def _disturb(
    state: State,
    tables: Sequence[str],
    world: Mapping[str, Any],
    rng: random.Random,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """Puts many rows of the program's tables into other legal conditions, often all into the same
    (one person holding everything, a full place), if possible one that the arguments name."""
    named = [value for value in (arguments or {}).values() if isinstance(value, str)]
    for table in tables:
        columns = state.schema.tables[table]["fields"]
        for column in rng.sample(columns, min(len(columns), 1 if arguments else 3)):
            mine = [value for value in named if _may_hold(column, value, state)]
            if not mine and rng.random() < 0.6:
                mine = [_other_value(column, state, world, rng)]
            common = rng.choice(mine) if mine else None
            for row_id in state.ids(table):
                value = common or _other_value(column, state, world, rng)
                if rng.random() < 0.7:
                    _try_update(state, table, row_id, column, value)


def _may_hold(column: Mapping[str, Any], value: str, state: State) -> bool:
    """Whether an argument could stand in a column: an id of its table, a category, a day."""
    if column.get("ref"):
        return value in state.ids(column["ref"])
    if column["type"] == "enum":
        return value in column["enum"]
    return bool(column["type"] == "date" and is_date(value))


def _try_update(
    state: State, table: str, row_id: str, column: Mapping[str, Any], value: Any
) -> None:
    """Sets one field unless the world would not be legal then."""
    if value is None and not column.get("nullable"):
        return
    mark = state.mark()
    try:
        state.update(table, row_id, {column["name"]: value})
    except StateError:
        state.rollback(mark)


def _other_value(
    column: Mapping[str, Any], state: State, world: Mapping[str, Any], rng: random.Random
) -> Any:
    kind = column["type"]
    if column.get("nullable") and rng.random() < 0.3:
        return None
    if column.get("ref"):
        return rng.choice(state.ids(column["ref"]))
    if kind == "enum":
        return rng.choice(column["enum"])
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "date":
        reach = rng.choice([0, 3, 30, 120])
        return draw_value({"date": [-reach, reach]}, rng, {"world": world})
    if kind in ("integer", "number"):
        low = max(0, column.get("minimum", 0))
        value = rng.choice([low, low + 1, min(low + 500, column.get("maximum", low + 500))])
        return int(value) if kind == "integer" else float(value)
    return None


# ---- what to see


def _try(
    tool: Mapping[str, Any],
    state: State,
    arguments: dict[str, Any],
    proof: Proof,
    validator: jsonschema.Draft202012Validator,
) -> None:
    program, hints = tool["program"], tool["annotations"]
    proof.samples += 1
    early = proof.samples <= 24 or not proof.successes
    before = state.hash() if early else None
    earlier = state.copy()
    outcome = execute(program, state, arguments)
    if outcome.error is not None:
        _see_error(outcome, arguments, before, state, proof)
        return
    proof.successes += 1
    proof.seed = (earlier, arguments)
    proof.lost = proof.lost or any(_is_loss(change, state) for change in outcome.changes)
    if hints["readOnlyHint"] and (outcome.changes or (before and before != state.hash())):
        proof.failure = ("changed_by_reading", f"arguments {arguments}")
    elif not hints["readOnlyHint"] and hints["idempotentHint"] and proof.successes <= SUCCESSES:
        _see_repeat(program, state, arguments, proof)
    if proof.validated < VALIDATED:
        proof.validated += 1
        wrong = next(validator.iter_errors(outcome.value), None)
        if wrong is not None:
            proof.failure = ("invalid_output", f"{list(wrong.absolute_path)}: {wrong.message}")


def _see_error(
    outcome: Outcome,
    arguments: dict[str, Any],
    before: str | None,
    state: State,
    proof: Proof,
) -> None:
    assert outcome.error is not None
    if outcome.error.code == PROGRAM_FAULT:
        proof.failure = ("program_fault", f"{outcome.error.message}; arguments {arguments}")
    elif outcome.error.code == INVALID_ARGUMENTS:
        proof.failure = ("refuses_valid_arguments", outcome.error.message)
    elif before is not None and state.hash() != before:
        proof.failure = ("changed_on_error", f"{outcome.error.code}; arguments {arguments}")
    else:
        proof.reached.add(outcome.error.code)


def _see_repeat(
    program: Mapping[str, Any], state: State, arguments: dict[str, Any], proof: Proof
) -> None:
    once = state.hash()
    mark = state.mark()
    execute(program, state, arguments)
    if state.hash() != once:
        proof.failure = ("not_idempotent", f"arguments {arguments}")
    state.rollback(mark)


def _is_loss(change: Change, state: State) -> bool:
    """A row is gone, or stands in a state of its life cycle that has no way out."""
    if change.field is None:
        return change.after is None
    life = state.schema.tables[change.table].get("life")
    if not life:
        return False
    return change.field == life["field"] and not life["transitions"][change.after]


def _refuses_invalid(program: Mapping[str, Any], state: State, proof: Proof) -> None:
    """Arguments that break the schema are refused as such and change nothing."""
    before = state.hash()
    bad: list[Any] = [{"no_such_parameter": 1}, ["a list"], None]
    for param in program["params"]:
        bad.append({param["name"]: {"wrong": "type"}})
    if any(param["required"] for param in program["params"]):
        bad.append({})
    for arguments in bad:
        outcome = execute(program, state, arguments)
        if outcome.error is None or outcome.error.code != INVALID_ARGUMENTS:
            proof.failure = ("accepts_invalid_arguments", f"arguments {arguments}")
    if state.hash() != before:
        proof.failure = ("changed_by_invalid_arguments", "")


__all__ = ["UNKNOWN_ID", "Proof", "prove"]
