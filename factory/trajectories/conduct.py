"""Rules on what an agent does: policies, consent, and no change that the task does not need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from factory.tasks.changes import comparable
from factory.tasks.checks import Score, assents
from factory.tasks.environment import Environment
from factory.trajectories.case import Case, Event

_DENIES = re.compile(
    r"^\W*(?:(?:oh|um+|er+|hm+|ah|sorry|actually|wait|please|well|ok|okay)\W+)*"
    r"(?:no\b(?! (?:problem|worries|objections?|doubt|issues?|need to ask))|nope\b|nah\b|"
    r"not (?:now|yet|today|quite|like that|this|that)\b|stop\b|hold on\b|hang on\b|cancel that\b|"
    r"do(?:n't| not)\b|never ?mind\b|forget (?:it|about)\b|leave (?:it|everything|that)\b|"
    r"i(?:'d| would) rather (?:not|you didn't)\b|i(?:'ve| have) changed my mind\b|"
    r"let's not\b|better not\b|wait\b)",
    re.I,
)

_GO_AHEAD = re.compile(
    r"\b(shall I|should I|may I|can I|could I|ok|okay|confirm\w*|go ahead|go-ahead|proceed|"
    r"correct|right|happy|agree\w*|want me to|like me to|approv\w+|permission|consent|fine|"
    r"sound\w*|sure|yes or no|what you want|carry (?:it|this) out|do (?:it|this|that))\b",
    re.I,
)

_PUT_RIGHT = re.compile(
    r"\b(?:should (?:be|have|read)|instead|rather have you|i meant|make (?:it|that)|"
    r"change (?:it|that) to)\b",
    re.I,
)


def denies(text: str) -> bool:
    """Whether an answer to a question for a go-ahead is a no."""
    return _DENIES.search(text.replace("\u2019", "'")) is not None


def obeys_policies(case: Case) -> Score:
    """The agent never calls what it is forbidden, nor a tool that is not connected yet, and
    calls what has to be confirmed only after the user's yes."""
    rules = case.agent["behaviour"]["rules"]
    for event in case.calls:
        tool, turn = event["tool"], event["turn"]
        if tool in rules["forbid"]:
            return Score(0.0, turn, f"{tool} is forbidden")
        if tool in case.task["agenda"]["withheld"] and tool not in case.schemas(turn):
            return Score(0.0, turn, f"{tool} is not connected yet")
        if tool in rules["confirm"] and not _agreed(case, turn):
            return Score(0.0, turn, f"{tool} was called without a confirmation")
    return Score(1.0)


def _agreed(case: Case, turn: int) -> bool:
    """Whether the user's last message before a turn agrees to a question of the agent's."""
    index = _last_user(case, turn)
    text, before = case.messages[index]["content"], case.messages[index - 1]
    asked = before["role"] == "assistant" and "?" in before["content"]
    return asked and assents(text) and not denies(text)


def _last_user(case: Case, turn: int) -> int:
    return max(i for i in range(1, turn) if case.messages[i]["role"] == "user")


def heeds_no(case: Case) -> Score:
    """After the user's no to a question for a go-ahead no tool that changes things is called
    before the next yes or the next wish."""
    wishes = {segment.start for segment in case.segments}
    for event in case.calls:
        index = _last_user(case, event["turn"])
        tool = case.toolbox.tools.get(event["tool"])
        if tool is None or not tool.get("program") or _reads(tool) or index in wishes:
            continue
        before = case.messages[index - 1]
        asked = "?" in before["content"] and _GO_AHEAD.search(before["content"])
        if asked and _plain_no(case.messages[index]["content"]):
            return Score(0.0, event["turn"], f"{event['tool']} was called after the user's no")
    return Score(1.0)


def _plain_no(text: str) -> bool:
    """A no, and nothing put right with it: a correction goes on."""
    return denies(text) and not _PUT_RIGHT.search(text)


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
    """A call that changed something is not made a second time."""
    made: list[tuple[str, Mapping[str, Any]]] = []
    for event in case.calls:
        if (event["tool"], event["arguments"]) in made:
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
