"""Evaluates one machine-checkable rubric item on the evidence of a conversation.

The same functions serve the proof of a task (on the oracle's, the idle agent's and the shortened
plans' conversations) and the judge (on real ones), so what is proven is what is judged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.tasks.language.assent import assents
from factory.tasks.proof.changes import comparable, difference, in_words
from factory.tasks.values import mentions

Message = Mapping[str, Any]
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What a conversation left behind.

    `events` of type `call`: {message, turn, call, tool, arguments, ok, error, fault, changes},
    where `message` is the index of the tool message and `turn` that of the assistant's;
    the last event, of type `final`, holds the net changes of the state.
    """

    messages: Sequence[Message]
    events: Sequence[Event]

    @property
    def calls(self) -> list[Event]:
        """Call events, in order."""
        return [event for event in self.events if event["type"] == "call"]

    @property
    def changes(self) -> list[Mapping[str, Any]]:
        """Net changes from the first state to the last."""
        for event in reversed(self.events):
            if event["type"] == "final":
                return list(event["changes"])
        return []


@dataclass(frozen=True)
class Score:
    """Score in [0, 1] with the index of the message that shows it (-1: none) and a remark."""

    score: float
    evidence: int = -1
    detail: str = ""


Check = Callable[[Mapping[str, Any], Evidence], Score]


def evaluate(item: Mapping[str, Any], evidence: Evidence) -> Score:
    """The score of a rubric item {type, check}. Raises KeyError for a type nobody can check."""
    return CHECKS[item["type"]](item["check"], evidence)


# --- state --------------------------------------------------------------------------------------


def _last_write(evidence: Evidence) -> int:
    return max((event["message"] for event in evidence.calls if event["changes"]), default=-1)


def _state_goal(check: Mapping[str, Any], evidence: Evidence) -> Score:
    expected = check["changes"]
    actual = comparable(evidence.changes, check["free"])
    missing, _ = difference(expected, actual)
    score = 1 - len(missing) / len(expected)
    detail = f"not done: {in_words(missing[0])}" if missing else ""
    return Score(score, _last_write(evidence), detail)


def _no_collateral(check: Mapping[str, Any], evidence: Evidence) -> Score:
    actual = comparable(evidence.changes, check["free"])
    _, extra = difference(check["changes"], actual)
    if not extra:
        return Score(1.0)
    return Score(0.0, _last_write(evidence), f"also changed: {in_words(extra[0])}")


# --- what was said ------------------------------------------------------------------------------


def said_by_assistant(evidence: Evidence) -> list[tuple[int, str]]:
    """(index, text) of the assistant's messages without calls."""
    return [
        (index, message["content"])
        for index, message in enumerate(evidence.messages)
        if message["role"] == "assistant" and not message.get("tool_calls")
    ]


def _answer(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """Each value must be said after the first tool result; an answer without look-up is none."""
    first_call = min((e["message"] for e in evidence.calls if e["ok"]), default=None)
    if first_call is None:
        return Score(0.0, -1, "nothing was looked up")
    texts = [(i, text) for i, text in said_by_assistant(evidence) if i > first_call]
    missing = [
        slot["name"]
        for slot in check["values"]
        if not any(mentions(text, slot["value"]) for _, text in texts)
    ]
    score = 1 - len(missing) / len(check["values"])
    where = texts[-1][0] if texts else -1
    return Score(score, where, f"not said: {', '.join(missing)}" if missing else "")


_DECLINES = re.compile(
    r"\b(can't|cannot|can not|unable|not able|no tool|none of (?:my|the) tools|not something I|"
    r"outside (?:of )?(?:what|my)|beyond (?:what|my)|not allowed|not permitted|don't have|do not "
    r"have|isn't something|is not something|have to decline|must decline|not in a position|"
    r"no way to|off limits|not mine to|could not|couldn't)\b",
    re.I,
)


def declines(text: str) -> bool:
    """Whether a text says that the speaker can't or may not do something."""
    return _DECLINES.search(text.replace("\u2019", "'")) is not None


def _declined(check: Mapping[str, Any], evidence: Evidence) -> Score:
    texts = said_by_assistant(evidence)
    if "before_turn" in check:
        limit = _user_turn(evidence, check["before_turn"])
        texts = [(index, text) for index, text in texts if index < limit]
    for index, text in reversed(texts):
        if declines(text):
            absent = [word for word in check.get("mentions", ()) if not mentions(text, word)]
            return Score(0.5 if absent else 1.0, index, f"not said: {absent}" if absent else "")
    return Score(0.0, texts[-1][0] if texts else -1, "never said that it can't be done")


# --- tool use -----------------------------------------------------------------------------------


def matches(check: Mapping[str, Any], event: Event) -> bool:
    """Whether a call event succeeded with the wanted tool and argument values."""
    return (
        event["ok"]
        and event["tool"] == check["tool"]
        and all(event["arguments"].get(k) == v for k, v in check["arguments"].items())
    )


def _call(check: Mapping[str, Any], evidence: Evidence) -> Score:
    for event in evidence.calls:
        if matches(check, event):
            return Score(1.0, event["turn"])
    return Score(0.0, -1, f"no successful call of {check['tool']} with the right arguments")


def _order(check: Mapping[str, Any], evidence: Evidence) -> Score:
    first = [e["call"] for e in evidence.calls if matches(check["first"], e)]
    then = [e for e in evidence.calls if matches(check["then"], e)]
    if not first or not then:
        return Score(0.0, -1, "one of the two calls is missing")
    good = min(first) < then[0]["call"]
    return Score(float(good), then[0]["turn"], "" if good else "called in the wrong order")


def _forbidden(check: Mapping[str, Any], evidence: Evidence) -> Score:
    for event in evidence.calls:
        if event["tool"] in check["tools"]:
            return Score(0.0, event["turn"], f"{event['tool']} must not be called")
    return Score(1.0)


def _refused(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """The refusal was met, or the rows it is about were looked at."""
    for event in evidence.calls:
        same = all(event["arguments"].get(k) == v for k, v in check["arguments"].items())
        if event["tool"] == check["tool"] and event["error"] == check["error"] and same:
            return Score(1.0, event["message"])
    for event in evidence.calls:
        shown = evidence.messages[event["message"]]["content"]
        if event["ok"] and check["rows"] and all(f'"{row}"' in shown for row in check["rows"]):
            return Score(1.0, event["message"], "seen without trying")
    return Score(0.0, -1, f"{check['tool']} was neither tried nor looked into")


def _no_writes(check: Mapping[str, Any], evidence: Evidence) -> Score:
    for event in evidence.calls:
        if event["changes"]:
            return Score(0.0, event["turn"], f"{event['tool']} changed the state")
    return Score(1.0)


def _confirmed(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """Every call of a tool under the policy follows a question that the user agreed to."""
    for event in evidence.calls:
        if event["tool"] in check["tools"] and not _agreed_before(event["turn"], evidence):
            return Score(0.0, event["turn"], f"{event['tool']} was called without a confirmation")
    return Score(1.0)


def _agreed_before(turn: int, evidence: Evidence) -> bool:
    for index in range(turn - 1, 0, -1):
        message = evidence.messages[index]
        if message["role"] == "user":
            asked = evidence.messages[index - 1]
            question = asked["role"] == "assistant" and "?" in asked["content"]
            return question and assents(message["content"])
    return False


def _asked(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """The value was asked for before the user gave it and before the tool that needs it ran (no
    tool: only the answer needs it)."""
    ready = min(
        (e["turn"] for e in evidence.calls if e["tool"] == check["tool"]),
        default=len(evidence.messages),
    )
    start = 0
    if check.get("after_lookup"):
        start = min((e["message"] for e in evidence.calls if e["ok"]), default=ready)
    for index, text in said_by_assistant(evidence):
        if start < index < ready and "?" in text:
            return Score(1.0, index)
    return Score(0.0, ready if ready < len(evidence.messages) else -1, "never asked for it")


def _recovered(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """Each call that met a fault was repeated with success, or its tool served another way."""
    for event in evidence.calls:
        if not event["fault"] or event["ok"]:
            continue
        later = [
            e
            for e in evidence.calls
            if e["call"] > event["call"] and e["ok"] and e["tool"] == event["tool"]
        ]
        if not later:
            return Score(0.0, event["message"], f"gave up on {event['tool']} after a fault")
    return Score(1.0)


# --- checkpoints --------------------------------------------------------------------------------


def _user_turn(evidence: Evidence, turn: int) -> int:
    """Index of the message that is user turn `turn` (from 1), or the length if there is none."""
    seen = 0
    for index, message in enumerate(evidence.messages):
        if message["role"] == "user":
            seen += 1
            if seen == turn:
                return index
    return len(evidence.messages)


def _unchanged_until(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """The state is untouched until the user's turn number `turn`."""
    limit = _user_turn(evidence, check["turn"])
    early = [e for e in evidence.calls if e["changes"] and e["message"] < limit]
    if early:
        return Score(0.0, early[0]["turn"], f"{early[0]['tool']} changed the state too early")
    return Score(1.0, limit if limit < len(evidence.messages) else -1)


def _call_by(check: Mapping[str, Any], evidence: Evidence) -> Score:
    """A matching call has succeeded before the user's turn number `turn` begins."""
    limit = _user_turn(evidence, check["turn"])
    for event in evidence.calls:
        if matches(check, event):
            late = event["message"] >= limit
            return Score(0.0 if late else 1.0, event["turn"], "too late" if late else "")
    return Score(0.0, -1, f"{check['tool']} never succeeded")


CHECKS: dict[str, Check] = {
    "state_goal": _state_goal,
    "no_collateral": _no_collateral,
    "answer": _answer,
    "declined": _declined,
    "call": _call,
    "order": _order,
    "forbidden": _forbidden,
    "no_writes": _no_writes,
    "refused": _refused,
    "confirmed": _confirmed,
    "asked": _asked,
    "recovered": _recovered,
    "unchanged_until": _unchanged_until,
    "call_by": _call_by,
}
