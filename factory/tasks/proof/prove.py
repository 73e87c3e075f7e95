"""The proof of a task: what was tried on its world, and what happened.

Required to keep a task: the oracle plan replays without error and fulfils every rubric item; an
agent that does nothing fails; the plan with any one step left out fails, even when it may use any
value that the remaining results show; each row the user names is the only one that fits; the
lookups change nothing; the opening tells no id that has to be looked up, and all else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.tasks.draft import Unclear
from factory.tasks.environment import Environment
from factory.tasks.goals import Group
from factory.tasks.proof.changes import comparable
from factory.tasks.proof.checks import Evidence, evaluate
from factory.tasks.rubric import Rubric
from factory.tasks.sources import Source, Unresolved, extreme, resolve, slots_used, walk
from factory.tasks.tables import Fact, matching
from factory.tasks.transcript import Transcript
from factory.tasks.values import mentions, scalars
from factory.worlds.state import State

IDLE_TEXT = "Hello! How can I help you today?"
GO_AHEAD_TEXT = "Shall I go ahead?"
DECLINE_TEXT = "I'm sorry, I can't do that."


@dataclass
class Case:
    """All that the proof looks at."""

    steps: Sequence[Mapping[str, Any]]
    slots: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]
    opening: str
    referents: Mapping[tuple[str, str], Sequence[Fact]]
    initial: Sequence[State]
    """The states of the domains that the wishes lie in; no table is in two of them."""
    rubric: Rubric
    fresh: Callable[[], Environment]
    """A new environment on the initial state, without faults."""
    expected: Sequence[Mapping[str, Any]] = ()
    confirm: Sequence[str] = ()
    hidden: frozenset[str] = frozenset()
    """Slots that the user gives only when asked."""
    later: Sequence[Mapping[str, Any]] = ()
    """What the user says after the opening, as the agenda has it."""
    first: Mapping[str, Any] = field(default_factory=dict)
    """Slot → the value that the opening wrongly gives it."""
    extremes: Mapping[tuple[str, str], Group] = field(default_factory=dict)
    unclear: Unclear | None = None
    decline_text: str = ""
    """What an honest agent says where the task can't be done; empty otherwise."""

    def state_of(self, table: str) -> State:
        """The initial state that holds a table."""
        return next(state for state in self.initial if table in state.schema.keys)


@dataclass
class Proof:
    """The outcome: `reason` is empty when the task is proven, else a reject code."""

    reason: str = ""
    detail: str = ""
    body: dict[str, Any] = field(default_factory=dict)


def run_plan(case: Case, skip: str = "") -> tuple[Evidence, bool]:
    """Execute the plan, one step left out if `skip` says so. Second value: no call failed that
    should not.

    A source that can't be resolved may still be served by any remaining result that shows the
    value the oracle used; that makes the shortened plan as clever as it can honestly be.
    """
    if case.decline_text:
        return _declining(case), True
    run = _Run(case, skip)
    if case.hidden and case.unclear is None:
        run.ask()
    while True:
        for step in case.steps:
            if step["stage"] == run.stage and step["id"] != skip:
                run.step(step)
        run.ask_which(slot for answer in run.answers() for slot in _slots_of(answer))
        if not run.later:
            break
        run.hear_next()
    aside = bool(case.later) and case.later[-1]["kind"] == "aside"
    run.transcript.assistant(DECLINE_TEXT if aside or run.refused else run.told())
    return run.transcript.finish(), run.clean


class _Run:
    """One execution of the plan as a conversation with a user who says all that is agreed."""

    def __init__(self, case: Case, skip: str) -> None:
        self.case = case
        self.shortened = bool(skip)
        self.transcript = _opened(case)
        self.results: dict[str, Mapping[str, Any]] = {}
        self.later = list(case.later)
        self.stage = 0
        self.clean = True
        self.asked = False
        self.refused = False

    def ask(self) -> None:
        """Ask for what the user keeps back."""
        self.asked = True
        self.transcript.assistant("Could you tell me what is still missing?")
        values = [str(self.case.slots[name]) for name in sorted(self.case.hidden)]
        self.transcript.user("It is " + ", ".join(values))

    def hear_next(self) -> None:
        """Give the user the turn for which the next of its later messages waits."""
        item = self.later.pop(0)
        before = {"confirm": GO_AHEAD_TEXT, "decline": DECLINE_TEXT}.get(item["on"], self.told())
        self.transcript.assistant(before)
        self.transcript.user(item["text"])
        self.transcript.environment.enable(item["tools"])
        self.stage += item["kind"] != "correction"

    def step(self, step: Mapping[str, Any]) -> None:
        """One call, with the questions that have to come before it."""
        self.ask_which(slot for source in step["arguments"].values() for slot in slots_used(source))
        if step["tool"] in self.case.confirm:
            if self.later and self.later[0]["kind"] == "correction":
                self.hear_next()
            self.transcript.assistant(GO_AHEAD_TEXT)
            self.transcript.user("Yes, go ahead.")
        arguments = _arguments(step, self.case.slots, self.results, self.shortened)
        if arguments is None:
            self.clean = False
            return
        result = self.transcript.assistant("", [(step["tool"], arguments)])[0]
        if result.value is not None:
            self.results[step["id"]] = result.value
            empty = step.get("absent")
            self.refused = self.refused or bool(empty and not result.value[empty])
        elif step.get("refused") == result.error:
            self.refused = True
        else:
            self.clean = False

    def ask_which(self, used: Iterable[str]) -> None:
        """Ask which row is meant, once, as soon as what tells the rows apart is used."""
        unclear = self.case.unclear
        if unclear is not None and not self.asked and unclear.slot in set(used):
            self.ask()

    def answers(self) -> list[Mapping[str, Any]]:
        """The answers that the wishes of this stage are for."""
        return [a for a in self.case.answers if a.get("stage", 0) == self.stage]

    def told(self) -> str:
        """The answers to the wishes of this stage, or a greeting where there are none."""
        return _told(self.case, self.answers(), self.results) or IDLE_TEXT


def _slots_of(answer: Mapping[str, Any]) -> set[str]:
    return slots_used(answer["source"]) if "source" in answer else set()


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


def _told(
    case: Case,
    answers: Sequence[Mapping[str, Any]],
    results: Mapping[str, Mapping[str, Any]],
) -> str:
    """The answers that the results give, one a line."""
    said = []
    for answer in answers:
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
    ambiguous = _ambiguous(case) or _not_extreme(case)
    if ambiguous:
        return Proof("ambiguous_referent", ambiguous)
    if comparable(oracle.changes) != comparable(case.expected):
        return Proof("collateral", "the lookups of the plan change the state")
    if case.unclear is not None:
        clear = _clear(case, case.unclear)
        if clear:
            return Proof("not_ambiguous", clear)
    leak = _leak(case)
    if leak:
        return Proof("leak", leak)
    untold = _untold(case)
    if untold and not case.decline_text:
        return Proof("untold", untold)
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
        state = case.state_of(table)
        if state.get(table, row_id) is None:
            continue
        rows = matching(state, table, facts)
        if len(rows) != 1:
            said = ", ".join(f"{fact.semantic}={fact.value}" for fact in facts)
            return f"{len(rows)} rows of {table} fit {said}"
    return ""


def _not_extreme(case: Case) -> str:
    for (table, row_id), group in case.extremes.items():
        state = case.state_of(table)
        rows = matching(state, table, group.facts)
        best = extreme(rows, group.field, group.order)
        key = state.schema.keys[table]
        if len(rows) < 2 or [row[key] for row in best] != [row_id]:
            return f"{len(best)} of {len(rows)} rows of {table} are the {group.order}"
    return ""


def _clear(case: Case, unclear: Unclear) -> str:
    """Why what the user says first is not ambiguous, or nothing."""
    for (table, _), facts in case.referents.items():
        hidden = [f for f in facts if f.field == unclear.field and not f.path]
        if hidden and f"{table}.{unclear.field}" == hidden[0].semantic:
            rest = [fact for fact in facts if fact not in hidden]
            if case.slots[unclear.slot] == hidden[0].value:
                fitting = matching(case.state_of(table), table, rest)
                return "" if len(fitting) > 1 else f"{len(fitting)} rows of {table} fit at once"
    return "the row is not among those the user names"


def _texts(case: Case) -> list[str]:
    """All that the user says unasked, without tool declarations."""
    said = [item["text"] for item in case.later if not item["tools"]]
    return [case.opening, *said]


def _untold(case: Case) -> str:
    texts = _texts(case)
    for name, value in case.slots.items():
        if name in case.hidden or isinstance(value, bool):
            continue
        if not any(mentions(text, value) for text in texts):
            return f"the user never says {value!r}"
        if name in case.first and not mentions(case.opening, case.first[name]):
            return f"the opening does not say {case.first[name]!r}"
    return ""


def _leak(case: Case) -> str:
    """A value that the plan looks up but the user already says, or nothing."""
    for step in case.steps:
        for name, source in step["arguments"].items():
            value = step["values"][name]
            if _looked_up(source) and any(mentions(text, value) for text in _texts(case)):
                return f"the user tells {name} of {step['tool']}"
    return ""


def _looked_up(source: Source) -> bool:
    return any("step" in part for part in walk(source))
