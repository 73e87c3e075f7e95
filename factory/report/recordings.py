"""A tool run for the reader: calls on a sampled state, a few successes and each declared error."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factory.records import canonical_json
from factory.stage import seeded
from factory.tools.probe import Probe
from factory.worlds.interpreter import Outcome, execute
from factory.worlds.sampler import sample_state
from factory.worlds.state import State

SUCCESSES = 2
CANDIDATES = 6
"""Successes among which those worth reading are chosen."""
PATIENCE = 400
"""Calls after which an error not met so far is left out."""


@dataclass(frozen=True)
class RecordedCall:
    """A call as it went. `before` is the state it was made on, `unusual` whether that state was
    changed beforehand (by earlier calls, or put into a condition that leads to the error)."""

    arguments: dict[str, Any]
    before: State
    outcome: Outcome
    unusual: bool

    @property
    def ending(self) -> str:
        """`success`, or the code of the error."""
        return self.outcome.error.code if self.outcome.error else "success"

    def named_rows(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(table, row id, row) of the rows whose ids stand in the arguments, before the call."""
        said = set(_texts(self.arguments))
        return [
            (table, row_id, row)
            for table in self.before.tables()
            for row_id in self.before.ids(table)
            if row_id in said and (row := self.before.get(table, row_id))
        ]


def record_calls(tool: Mapping[str, Any], world: Mapping[str, Any]) -> list[RecordedCall]:
    """Calls of an executable tool record on a state of its domain's `world`, successes first.

    The state is a function of the tool's id, the search is the one that proved the tool
    (factory/tools/probe.py): the same record gives the same calls.
    """
    rng = seeded("report", "recorded calls", tool["id"])
    state = sample_state(world, rng)
    found = _search(tool, world, state, rng)
    order = [error["code"] for error in tool["program"]["errors"]]
    chosen = _telling([call for call in found if call.ending == "success"])
    errors = [call for code in order for call in found if call.ending == code]
    return chosen + errors


def _search(
    tool: Mapping[str, Any], world: Mapping[str, Any], state: State, rng: random.Random
) -> list[RecordedCall]:
    program, pristine = tool["program"], state.hash()
    missing = {error["code"] for error in program["errors"]}
    found: list[RecordedCall] = []
    successes: set[str] = set()
    probe = Probe(program, world, [state], rng)
    for tried, (now, arguments) in enumerate(probe.attempts()):
        if tried >= PATIENCE or (not missing and len(successes) >= CANDIDATES):
            break
        if tried >= PATIENCE // 4 and not missing and len(successes) >= SUCCESSES:
            break
        before = now.copy()
        outcome = execute(program, now, arguments)
        if outcome.error is None:
            probe.succeeded(before, arguments)
            key = canonical_json(arguments)
            if key in successes or len(successes) >= CANDIDATES:
                continue
            successes.add(key)
        elif outcome.error.code in missing:
            missing.remove(outcome.error.code)
        else:
            continue
        found.append(RecordedCall(arguments, before, outcome, before.hash() != pristine))
    return found


def _telling(successes: list[RecordedCall]) -> list[RecordedCall]:
    """Those that changed something or found something, on a state as sampled, of readable size;
    the second with other parameters than the first."""

    def dull(call: RecordedCall) -> tuple[bool, bool, int]:
        result = json.dumps(call.outcome.value, ensure_ascii=False)
        empty = not call.outcome.changes and ("[]" in result or len(result) < 40)
        return (empty, call.unusual, len(result) if len(result) > 900 else 0)

    ranked = sorted(successes, key=dull)
    first = ranked[:1]
    others = [c for c in ranked[1:] if first and set(c.arguments) != set(first[0].arguments)]
    return (first + others + ranked[1:])[: min(SUCCESSES, len(ranked))]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for child in value.values() for text in _texts(child)]
    return [text for child in value for text in _texts(child)] if isinstance(value, list) else []
