"""The proof of a synthetic tool: it is run on sampled states until everything it promises was seen.

Checked: the success path exists and its results validate against the outputSchema; every declared
error is reached; a read-only tool leaves the state hash unchanged; an idempotent one changes the
state only once when called twice; something is lost on some success exactly when destructiveHint
is true; invalid arguments change nothing; no call ends in a fault of the program itself.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from factory.tools.probe import ATTEMPTS, Probe
from factory.worlds.interpreter import INVALID_ARGUMENTS, PROGRAM_FAULT, Outcome, execute
from factory.worlds.state import Change, State

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

    @property
    def unreached(self) -> list[str]:
        """The declared errors that no call ended in."""
        return sorted(set(self.declared) - self.reached)

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
    tool: Mapping[str, Any],
    world: Mapping[str, Any],
    states: Sequence[State],
    rng: random.Random,
    patience: int = ATTEMPTS,
) -> Proof:
    """Runs a tool body (with ``program``, ``outputSchema``, ``annotations``) on copies of
    ``states``. A tool without any success after ``patience`` calls is given up. Never raises for
    a tool that fails: see ``Proof.failure``."""
    program = tool["program"]
    proof = Proof(declared=[error["code"] for error in program["errors"]])
    validator = jsonschema.Draft202012Validator(tool["outputSchema"])
    probe = Probe(program, world, states, rng)
    for state, arguments in probe.attempts():
        earlier = state.copy()
        if _try(tool, state, arguments, proof, validator):
            probe.succeeded(earlier, arguments)
        if proof.failure or _complete(tool, proof):
            break
        if not proof.successes and proof.samples >= patience:
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
    unreached = proof.unreached
    if unreached:
        return "unreachable_error", f"{', '.join(unreached)} in {proof.samples} samples"
    if proof.lost != tool["annotations"]["destructiveHint"]:
        return "wrong_destructive_hint", f"hint {not proof.lost}, loss seen {proof.lost}"
    return None


# ---- what to see


def _try(
    tool: Mapping[str, Any],
    state: State,
    arguments: dict[str, Any],
    proof: Proof,
    validator: jsonschema.Draft202012Validator,
) -> bool:
    """One call, and all that can be checked about it; True when it succeeded."""
    program, hints = tool["program"], tool["annotations"]
    proof.samples += 1
    early = proof.samples <= 24 or not proof.successes
    before = state.hash() if early else None
    outcome = execute(program, state, arguments)
    if outcome.error is not None:
        _see_error(outcome, arguments, before, state, proof)
        return False
    proof.successes += 1
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
    return True


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
