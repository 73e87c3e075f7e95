"""The proof of a task: what was tried on its world, and what happened.

Required to keep a task: the oracle plan replays without error and fulfils every rubric item; an
agent that does nothing fails; the plan with any one step left out fails, even when it may use any
value that the remaining results show; each row the user names is the only one that fits; the
lookups change nothing; the opening tells no id that has to be looked up, and all else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.tasks.changes import comparable
from factory.tasks.checks import Evidence, evaluate
from factory.tasks.environment import Environment
from factory.tasks.rubric import Rubric
from factory.tasks.sources import Source, Unresolved, resolve, walk
from factory.tasks.tables import Fact, matching
from factory.tasks.transcript import Transcript
from factory.tasks.values import mentions, scalars
from factory.worlds.state import State

IDLE_TEXT = "Hello! How can I help you today?"


@dataclass
class Case:
    """All that the proof looks at."""

    steps: Sequence[Mapping[str, Any]]
    slots: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]
    opening: str
    referents: Mapping[tuple[str, str], Sequence[Fact]]
    initial: State
    rubric: Rubric
    fresh: Callable[[], Environment]
    """A new environment on the initial state, without faults."""
    expected: Sequence[Mapping[str, Any]] = ()
    confirm: Sequence[str] = ()
    hidden: frozenset[str] = frozenset()
    """Slots that the user gives only when asked."""
    decline_text: str = ""
    """What an honest agent says where the task can't be done; empty otherwise."""


@dataclass
class Proof:
    """The outcome: `reason` is empty when the task is proven, else a reject code."""

    reason: str = ""
    detail: str = ""
    body: dict[str, Any] = field(default_factory=dict)


def run_plan(case: Case, skip: str = "") -> tuple[Evidence, bool]:
    """Execute the plan, one step left out if `skip` says so. Second value: no call failed.

    A source that can't be resolved may still be served by any remaining result that shows the
    value the oracle used; that makes the shortened plan as clever as it can honestly be.
    """
    if case.decline_text:
        return _declining(case), True
    transcript = _opened(case)
    results: dict[str, Mapping[str, Any]] = {}
    clean = True
    if case.hidden:
        transcript.assistant("Could you tell me what is still missing?")
        transcript.user("Sure: " + ", ".join(str(case.slots[name]) for name in sorted(case.hidden)))
    for step in case.steps:
        if step["id"] == skip:
            continue
        if step["tool"] in case.confirm:
            transcript.assistant("Shall I go ahead?")
            transcript.user("Yes, go ahead.")
        arguments = _arguments(step, case.slots, results, bool(skip))
        if arguments is None:
            clean = False
            continue
        result = transcript.assistant("", [(step["tool"], arguments)])[0]
        if result.value is None:
            clean = False
        else:
            results[step["id"]] = result.value
    transcript.assistant(_told(case, results) or IDLE_TEXT)
    return transcript.finish(), clean


def _opened(case: Case) -> Transcript:
    transcript = Transcript(case.fresh())
    transcript.system("")
    transcript.user(case.opening)
    return transcript


def _declining(case: Case) -> Evidence:
    transcript = _opened(case)
    transcript.assistant(case.decline_text)
    return transcript.finish()


def _arguments(
    step: Mapping[str, Any],
    slots: Mapping[str, Any],
    results: Mapping[str, Mapping[str, Any]],
    shortened: bool,
) -> dict[str, Any] | None:
    out = {}
    for name, source in step["arguments"].items():
        try:
            out[name] = resolve(source, slots, results)
        except Unresolved:
            value = step["values"][name]
            if not shortened or not _seen(value, slots, results):
                return None
            out[name] = value
    return out


def _seen(value: Any, slots: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]) -> bool:
    shown = [item for result in results.values() for item in scalars(result)]
    return value in shown or value in slots.values()


def _told(case: Case, results: Mapping[str, Mapping[str, Any]]) -> str:
    """The answers that the results give, one a line."""
    said = []
    for answer in case.answers:
        if "list" in answer:
            shown = results.get(answer["list"]["step"], {}).get(answer["list"]["out"])
            values = answer["values"] if shown is not None else []
        else:
            values = _answer_value(answer, case.slots, results)
        said += [f"{answer['label']}: {value}" for value in values]
    return "\n".join(said)


def _answer_value(
    answer: Mapping[str, Any], slots: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]
) -> list[Any]:
    try:
        return [resolve(answer["source"], slots, results)]
    except Unresolved:
        shown = [item for result in results.values() for item in scalars(result)]
        return [answer["value"]] if answer["value"] in shown else []


def succeeded(rubric: Rubric, evidence: Evidence) -> bool:
    """Whether every success criterion is fully met."""
    return all(evaluate(item, evidence).score == 1.0 for item in rubric["success_criteria"])


def prove(case: Case) -> Proof:
    """Try everything; the first obligation that fails names the reason."""
    oracle, clean = run_plan(case)
    if not clean:
        return Proof("oracle_failed", _first_error(oracle))
    for part in ("success_criteria", "expected_tool_use", "checkpoints"):
        for item in case.rubric[part]:
            score = evaluate(item, oracle)
            if score.score < 1.0:
                return Proof("oracle_failed", f"{item['id']}: {score.detail}")
    if succeeded(case.rubric, _idle(case)):
        return Proof("idle_succeeds", "doing nothing fulfils the success criteria")
    shortened = []
    for step in case.steps if not case.decline_text else ():
        evidence, _ = run_plan(case, skip=step["id"])
        if succeeded(case.rubric, evidence):
            return Proof("shorter_plan_succeeds", f"{step['id']} ({step['tool']}) is not needed")
        shortened.append(f"without {step['id']} ({step['tool']}): fails")
    ambiguous = _ambiguous(case)
    if ambiguous:
        return Proof("ambiguous_referent", ambiguous)
    if comparable(oracle.changes) != comparable(case.expected):
        return Proof("collateral", "the lookups of the plan change the state")
    leak = _leak(case)
    if leak:
        return Proof("leak", leak)
    untold = [
        value
        for name, value in case.slots.items()
        if name not in case.hidden
        and not isinstance(value, bool)
        and not mentions(case.opening, value)
    ]
    if untold and not case.decline_text:
        return Proof("untold", f"the opening does not say {untold[0]!r}")
    return Proof(
        body={
            "oracle_replays": True,
            "idle_fails": True,
            "shortened": shortened,
            "unique_referents": True,
            "no_collateral": True,
            "goal_changes": len(oracle.changes),
        }
    )


def _idle(case: Case) -> Evidence:
    transcript = _opened(case)
    transcript.assistant(IDLE_TEXT)
    return transcript.finish()


def _first_error(evidence: Evidence) -> str:
    for event in evidence.calls:
        if not event["ok"]:
            return f"{event['tool']}: {event['error']}"
    return "an argument of the plan can't be resolved"


def _ambiguous(case: Case) -> str:
    for (table, row_id), facts in case.referents.items():
        if case.initial.get(table, row_id) is None:
            continue
        rows = matching(case.initial, table, facts)
        if len(rows) != 1:
            said = ", ".join(f"{fact.semantic}={fact.value}" for fact in facts)
            return f"{len(rows)} rows of {table} fit {said}"
    return ""


def _leak(case: Case) -> str:
    """A value that the plan looks up but the opening already says, or nothing."""
    for step in case.steps:
        for name, source in step["arguments"].items():
            if _looked_up(source) and mentions(case.opening, step["values"][name]):
                return f"the opening tells {name} of {step['tool']}"
    return ""


def _looked_up(source: Source) -> bool:
    return any("step" in part for part in walk(source))
