"""The proof of a synthetic tool: it is run on sampled states until everything it promises was seen.

Checked: the success path exists and its results validate against the outputSchema; every declared
error is reached; a read-only tool leaves the state hash unchanged; an idempotent one changes the
state only once when called twice; something is lost on some success exactly when destructiveHint
is true; arguments are refused as invalid exactly when the inputSchema does not accept them, and
then change nothing; no call can take more steps than the interpreter allows, and none ends in a
fault of the program itself.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from factory.tools.derive import input_schema
from factory.tools.mistakes import mistakes
from factory.tools.probe import ATTEMPTS, Probe
from factory.worlds.interpreter import (
    INVALID_ARGUMENTS,
    MAX_STEPS,
    PROGRAM_FAULT,
    Outcome,
    execute,
)
from factory.worlds.programs import most_steps
from factory.worlds.state import Change, State

SUCCESSES = 4  # successes wanted before the search stops
VALIDATED = 6  # requests and results checked against the schemas (each costs some 0.1 ms)
LOSSES = 8  # successes of a writing tool that is to lose nothing, looked at before it is believed


@dataclass
class Proof:
    """What was tried and seen. ``failure`` is (reason code, detail) or None."""

    samples: int = 0
    successes: int = 0
    declared: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    lost: bool = False
    validated: int = 0
    repeated: int = 0
    refused: int = 0
    steps: int = 0
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
            "repeated": self.repeated,
            "loss_seen": self.lost,
            "invalid_refused": self.refused,
            "most_steps": self.steps,
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
    if most_steps(program) > MAX_STEPS:
        proof.failure = ("too_many_steps", f"{most_steps(program):g}, the bound is {MAX_STEPS}")
        return proof
    schemas = _Schemas.of(tool)
    probe = Probe(program, world, states, rng)
    for state, arguments in probe.attempts():
        earlier = state.copy()
        if _try(tool, state, earlier, arguments, proof, schemas):
            probe.succeeded(earlier, arguments)
        if proof.failure or _complete(tool, proof):
            break
        if not proof.successes and proof.samples >= patience:
            break
    if not proof.failure:
        _refuses_invalid(tool, *(probe.success or (states[0], {})), proof, schemas)
    if not proof.failure:
        proof.failure = _missing(tool, proof)
    return proof


@dataclass(frozen=True)
class _Schemas:
    """What a tool says of its requests and results, as validators that read formats too."""

    accepted: jsonschema.Draft202012Validator
    returned: jsonschema.Draft202012Validator

    @classmethod
    def of(cls, tool: Mapping[str, Any]) -> _Schemas:
        formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
        names = ("inputSchema", "outputSchema")
        return cls(
            *(jsonschema.Draft202012Validator(tool[n], format_checker=formats) for n in names)
        )


def _complete(tool: Mapping[str, Any], proof: Proof) -> bool:
    hints = tool["annotations"]
    harmless = not (hints["readOnlyHint"] or hints["destructiveHint"])
    return (
        proof.successes >= (LOSSES if harmless else SUCCESSES)
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
    earlier: State,
    arguments: dict[str, Any],
    proof: Proof,
    schemas: _Schemas,
) -> bool:
    """One call, and all that can be checked about it; True when it succeeded. ``earlier``: a copy
    of the state before it."""
    program, hints = tool["program"], tool["annotations"]
    proof.samples += 1
    outcome = execute(program, state, arguments)
    proof.steps = max(proof.steps, outcome.steps)
    if outcome.error is not None:
        _see_error(outcome, arguments, earlier, state, proof)
        return False
    proof.successes += 1
    proof.lost = proof.lost or any(_is_loss(change, state) for change in outcome.changes)
    if hints["readOnlyHint"] and (outcome.changes or state.hash() != earlier.hash()):
        proof.failure = ("changed_by_reading", f"arguments {arguments}")
    elif not hints["readOnlyHint"] and hints["idempotentHint"]:
        _see_repeat(program, state, arguments, proof)
    if proof.validated < VALIDATED:
        proof.validated += 1
        wrong = next(schemas.returned.iter_errors(outcome.value), None)
        if wrong is not None:
            proof.failure = ("invalid_output", f"{list(wrong.absolute_path)}: {wrong.message}")
        if not schemas.accepted.is_valid(arguments):
            proof.failure = ("accepts_invalid_arguments", f"arguments {arguments}")
    return True


def _see_error(
    outcome: Outcome,
    arguments: dict[str, Any],
    earlier: State,
    state: State,
    proof: Proof,
) -> None:
    assert outcome.error is not None
    if outcome.error.code == PROGRAM_FAULT:
        proof.failure = ("program_fault", f"{outcome.error.message}; arguments {arguments}")
    elif outcome.error.code == INVALID_ARGUMENTS:
        proof.failure = ("refuses_valid_arguments", outcome.error.message)
    elif not state.same_content(earlier):
        proof.failure = ("changed_on_error", f"{outcome.error.code}; arguments {arguments}")
    else:
        proof.reached.add(outcome.error.code)


def _see_repeat(
    program: Mapping[str, Any], state: State, arguments: dict[str, Any], proof: Proof
) -> None:
    proof.repeated += 1
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


def _refuses_invalid(
    tool: Mapping[str, Any],
    state: State,
    arguments: Mapping[str, Any],
    proof: Proof,
    schemas: _Schemas,
) -> None:
    """Arguments with one mistake each, by what the tool says and by what its program asks: those
    that the inputSchema rules out are refused as invalid, no others, and none of them writes."""
    program, said, asked = tool["program"], tool["inputSchema"], input_schema(tool["program"])
    before = state.hash()
    for bad in (*mistakes(said, arguments), *(mistakes(asked, arguments) if asked != said else ())):
        mark = state.mark()
        outcome = execute(program, state, bad)
        refused = outcome.error is not None and outcome.error.code == INVALID_ARGUMENTS
        if refused and state.hash() != before:
            proof.failure = ("changed_by_invalid_arguments", f"arguments {bad}")
        elif refused == schemas.accepted.is_valid(bad):
            reason = "refuses_valid_arguments" if refused else "accepts_invalid_arguments"
            proof.failure = (reason, f"arguments {bad}")
        state.rollback(mark)
        proof.refused += refused
