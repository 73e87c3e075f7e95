"""Rules on what an agent does: no change that the task does not need, no error learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.tasks.environment import Environment
from factory.tasks.proof.changes import comparable
from factory.tasks.proof.checks import Score
from factory.trajectories.judging.case import Case, Event


def no_needless_change(case: Case) -> Score:
    """Every change that was made is needed: without it the end would be another. Looked at where
    there are more changes than the plan has."""
    writes = [event for event in case.calls if event["changes"]]
    planned = [item for item in case.task["rubric"]["expected_tool_use"] if item["type"] == "call"]
    if len(writes) <= len(planned):
        return Score(1.0)
    end = comparable(case.anew.environment.changes())
    for event in reversed(writes):
        if _without(case, event) == end:
            return Score(0.0, event["turn"], f"{event['tool']} made a change that was not needed")
    return Score(1.0)


def _without(case: Case, left_out: Event) -> list[str]:
    """What the calls come to without one of them."""
    environment = _fresh(case)
    for event in case.calls:
        if event is not left_out and event["ok"]:
            environment.call(event["tool"], event["arguments"])
    return comparable(environment.changes())


def _fresh(case: Case) -> Environment:
    return Environment(case.toolbox, case.task["state_seed"])


def errors_masked(case: Case) -> Score:
    """What the agent did wrong is not learned from, nor is what others say; something is."""
    refusals = {step["refused"] for step in case.task["plan"] if step.get("refused")}
    for event in case.calls:
        own = event["error"] and not event["fault"] and event["error"] not in refusals
        if own and case.messages[event["turn"]]["train"]:
            return Score(0.0, event["turn"], f"an error ({event['error']}) counts towards the loss")
    for index, message in enumerate(case.messages):
        if message["train"] and message["role"] != "assistant":
            return Score(0.0, index, f"a message of the {message['role']} counts towards the loss")
    if not any(message["train"] for message in case.messages):
        return Score(0.0, -1, "nothing to learn from")
    return Score(1.0)


def no_repeated_write(case: Case) -> Score:
    """A call that changed something is not made a second time, unless it is wished for twice."""
    made: list[tuple[str, Mapping[str, Any]]] = []
    wished = [(step["tool"], step["values"]) for step in case.task["plan"]]
    for event in case.calls:
        key = (event["tool"], event["arguments"])
        if made.count(key) >= max(1, wished.count(key)):
            return Score(0.0, event["turn"], f"{event['tool']} had already been done")
        if event["changes"]:
            made.append((event["tool"], event["arguments"]))
    return Score(1.0)


def no_idle_write(case: Case) -> Score:
    """A tool that changes things is not called to no effect once it has done its work."""
    worked: set[str] = set()
    for event in case.calls:
        tool = case.toolbox.tools.get(event["tool"])
        writes = bool(tool) and not _reads(tool)
        if writes and event["ok"] and not event["changes"] and event["tool"] in worked:
            return Score(0.0, event["turn"], f"{event['tool']} was called to no effect")
        if event["changes"]:
            worked.add(event["tool"])
    return Score(1.0)


def _reads(tool: Any) -> bool:
    return bool((tool.get("annotations") or {}).get("readOnlyHint"))


def no_blind_repeat(case: Case) -> Score:
    """A call that failed for a lasting reason is not sent again unchanged."""
    failed: list[tuple[str, Mapping[str, Any]]] = []
    for event in case.calls:
        if event["changes"]:
            failed.clear()  # what failed before may succeed now
        key = (event["tool"], event["arguments"])
        if key in failed:
            return Score(0.0, event["turn"], f"{event['tool']} failed before with these arguments")
        if not event["ok"] and not event["fault"]:
            failed.append(key)
    return Score(1.0)
