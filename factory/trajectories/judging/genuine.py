"""Rules on the record: it is of this task and agent, and its calls return what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from factory.tasks.proof.checks import Score
from factory.tasks.values import forms
from factory.trajectories.judging.case import Case
from factory.trajectories.judging.grounding import Seen
from factory.trajectories.replay import differing_results

_WISH = re.compile(
    r"\b(?:and|also|then|oh,? and|plus),? (?:please |could you |can you )?"
    r"(?:make|change|cancel|send|add|book|delete|remove|update|set|tell me|give|move|"
    r"forward|create|call|order|refund)\b",
    re.I,
)
COMPARED = ("turn", "message", "tool", "arguments", "ok", "error", "fault", "changes")
GIVEN = ("state_seed", "planted", "withheld")


ROLES = {"user": "user", "assistant": "assistant", "call": "tool"}
"""Type of an event → the role of the message it is about."""


def well_formed(case: Case) -> Score:
    """Messages have their parts, and the events are about messages that are there."""
    if len(case.messages) < 3:
        return Score(0.0, -1, "no conversation")
    for index, message in enumerate(case.messages):
        parts = (message.get("role"), message.get("content"), message.get("train"))
        if [type(part) for part in parts] != [str, str, bool]:
            return Score(0.0, index, "a message without role, content or train flag")
        for call in message.get("tool_calls") or ():
            function = call.get("function") or {}
            named = isinstance(function.get("name"), str) and isinstance(call.get("id"), str)
            if not named or not isinstance(function.get("arguments"), Mapping):
                return Score(0.0, index, "a call without id, name or arguments")
        if parts[:2] == ("assistant", "") and not message.get("tool_calls"):
            return Score(0.0, index, "nothing is said and nothing called")
    events = case.trajectory["events"]
    if not events or events[0]["type"] != "start" or events[-1]["type"] != "final":
        return Score(0.0, -1, "the events have no start or no end")
    heard = [event.get("message") for event in events if event["type"] == "user"]
    if heard != [i for i, message in enumerate(case.messages) if message["role"] == "user"]:
        return Score(0.0, -1, "not every message of the user's has its event")
    for event in events[1:-1]:
        index = event.get("message", -1)
        role = case.messages[index]["role"] if 0 <= index < len(case.messages) else ""
        if role != ROLES.get(event["type"]):
            return Score(0.0, -1, f"an event of type {event['type']} is about no such message")
    return Score(1.0)


def same_setting(case: Case) -> Score:
    """Prompt, request, tools, state and planted faults are those of the task and the agent."""
    messages, task = case.messages, case.task
    start = case.trajectory["events"][0]
    given: dict[str, Any] = {"state_seed": task["state_seed"], **task["agenda"]}
    for name in GIVEN:
        if start[name] != given[name]:
            return Score(0.0, -1, f"{name} is not the task's")
    if not str(start["fault_key"]).startswith(task["id"]):
        return Score(0.0, -1, "the faults are not the task's")
    if messages[0]["content"] != case.agent["system_prompt"]:
        return Score(0.0, 0, "the prompt is not the agent's")
    if messages[1]["content"] != task["opening"]:
        return Score(0.0, 1, "the request is not the task's")
    if case.trajectory["tools"] != case.toolbox.declarations(without=start["withheld"]):
        return Score(0.0, -1, "the declared tools are not the agent's")
    agreed = _later_as_agreed(case)
    return _nothing_added(case) if agreed.score == 1.0 else agreed


def _later_as_agreed(case: Case) -> Score:
    """What the user says by the agenda is said in its words, and tools come with them."""
    later = {item["kind"]: item for item in case.task["agenda"]["later"]}
    for event in case.trajectory["events"]:
        item = later.get(event.get("act", ""))
        if event["type"] != "user" or item is None:
            continue
        if case.messages[event["message"]]["content"] not in _texts(case, event["act"]):
            return Score(0.0, event["message"], "the user says something else than agreed")
    for event in case.trajectory["events"]:
        for tool in event.get("added", ()):
            if tool["function"]["name"] not in case.messages[event["message"]]["content"]:
                return Score(0.0, event["message"], "a tool is added that nobody mentions")
    return Score(1.0)


def _nothing_added(case: Case) -> Score:
    """What the user says beside the agenda is of the agenda: no number, date or id that is not the
    user's, and no further wish."""
    agenda = case.task["agenda"]
    agreed = {case.task["opening"], *(item["text"] for item in agenda["later"])}
    own = Seen()
    for text in (*agreed, *(v for s in agenda["slots"] for v in _values(s))):
        own.add_text(text)
    for index, message in enumerate(case.messages):
        if message["role"] == "assistant":
            own.add_text(message["content"])
        elif message["role"] == "user" and message["content"] not in agreed:
            strange = own.ungrounded(message["content"])
            if strange:
                return Score(0.0, index, f"{strange[0]} is nothing that the user knows")
            if _WISH.search(message["content"]):
                return Score(0.0, index, "the user wishes for more than agreed")
    return Score(1.0)


def _values(slot: Mapping[str, Any]) -> list[str]:
    told = [slot["value"], slot.get("said"), slot.get("first")]
    return [form for v in told if v is not None for form in forms(v)]


def _texts(case: Case, kind: str) -> list[str]:
    return [item["text"] for item in case.task["agenda"]["later"] if item["kind"] == kind]


def replays(case: Case) -> Score:
    """Executed anew, the calls return what the messages show and end in the same state, and the
    recorded events are what happens."""
    for event in case.trajectory["events"]:
        tool = case.toolbox.tools.get(event.get("tool", ""))
        if event.get("outside") and tool is not None and tool.get("program"):
            return Score(0.0, event["message"], "a tool that runs was answered from outside")
    differing = differing_results(case.trajectory, case.anew)
    if differing:
        return Score(0.0, *differing[0])
    recorded = [e for e in case.trajectory["events"] if e["type"] in ("call", "final")]
    happened = [e for e in case.events if e["type"] in ("call", "final")]
    if len(recorded) != len(happened):
        return Score(0.0, -1, "the events are not those of the calls")
    for one, other in zip(recorded, happened, strict=True):
        names = COMPARED if other["type"] == "call" else ("changes",)
        if any(one.get(name) != other[name] for name in names):
            return Score(0.0, other.get("turn", -1), "an event is not what happens")
    if case.trajectory["final_state_hash"] != case.anew.environment.hash():
        return Score(0.0, -1, "the final state is another")
    return _counted(case)


def _counted(case: Case) -> Score:
    """Whether the record has the right numbers of turns, calls and faults."""
    counts = {
        "num_turns": sum(m["role"] in ("user", "assistant") for m in case.messages),
        "num_tool_calls": len(case.calls),
        "num_faults": sum(bool(event["fault"]) for event in case.calls),
    }
    for name, count in counts.items():
        if case.trajectory[name] != count:
            return Score(0.0, -1, f"{name} is {count}, not {case.trajectory[name]}")
    return Score(1.0)
