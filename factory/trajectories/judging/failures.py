"""Rules on what an agent says of failures: none that did not happen, and not that what was done was
not; and it shows nothing of the machinery."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.tasks.proof.checks import Score
from factory.trajectories.judging.case import Case, Segment, worded
from factory.trajectories.judging.quotes import own_words

_ERROR = re.compile(
    r"\b(?:errors?|time-?outs?|timed out|fail(?:ed|s|ure|ures|ing)|mistakes?|glitch\w*|hiccups?|"
    r"unavailable|went wrong|(?:did(?:n't| not)|was(?:n't| not)) (?:go|work|pass|come|get) ?\w*|"
    r"retr(?:y|ied|ying)|(?:try|tried|trying) (?:it |that )?(?:again|once more)|"
    r"(?:second|another|new) attempt|interrupted|crash\w*|outage|maintenance|rate limit\w*|"
    r"apologi[sz]e for|apologies for|sorry for|confusion|offline|overloaded|"
    r"(?:was|were|is|are) down)\b",
    re.I,
)
"""Words of a failure on the way."""
_CIRCUMSTANCE = re.compile(
    r"\b(?:passwords?|passcode|log(?:ged)? ?in|sign(?:ed)? in|identity|subscription|licen[cs]e|"
    r"maintenance|offline|outage|overloaded|(?:is|are) down|expired|suspended|locked|blocked|"
    r"frozen|deadlines?|too late|insufficient|overdue|unpaid|holidays?|weekend|opening hours|"
    r"out of (?:stock|hours|office)|sold out|fully booked|discounts?|premium|free of charge|"
    r"manager|supervisor|legal reasons?|privacy|security|"
    r"(?:credit |bank )?card (?:number|details)|bank details|social security|"
    r"your (?:account|age|region|country|language|payment|network|connection))\b",
    re.I,
)
"""What people name as a reason for anything, and what has to be known to be said."""
_NOT_DONE = re.compile(
    r"\bI(?:'ve| have)? (?:not|never)\b|\bI (?:haven't|didn't|couldn't|did not|could not|was not|"
    r"wasn't|was unable|am unable)\b|\bnothing (?:was|has|is|could|got)\b|"
    r"\b(?:was|were|been|is|has)(?:n't| not) (?:been )?"
    r"(?:changed|updated|done|possible|saved|made)\b|"
    r"\bdid(?:n't| not) (?:go|work|succeed)\b|\b(?:failed|fails|rejected|unsuccessful|unable)\b|"
    r"\bno (?:record|match|entry|change)s?\b(?! (?:from|of))|"
    r"\bleft (?:it|everything|them|things) (?:as|un)|\bproblem and\b",
    re.I,
)
"""Words that say that a change was not made."""
_MACHINERY = re.compile(
    r"<\||\|>|</?\w*(?:tool|function|think|arg)\w*>|\bfunctions\.\w|```|\"(?:name|arguments)\" ?:",
    re.I,
)
"""Marks of a chat format, calls written as text."""
_UNFIT = re.compile(
    r"\b(?:TODO|FIXME|TBD)\b|\[(?:insert|your|name|date|user|placeholder)\b[^\]]*\]|"
    r"\b(?i:as an ai\b|(?:large )?language model|note to self|thought:|lorem ipsum|idiots?|stupid|"
    r"morons?|shut up|damn|crap|i hate)",
)
"""What is left in a draft, speaks of the speaker's making, or is rude."""
LONG_ENOUGH = 8
"""From more words on a message that was said before is not said again by chance."""
_NEGATION = re.compile(r"\b(?:no|without) (?:\w+ )?$", re.I)


def true_failures(case: Case) -> Score:
    """The agent reports no error where none has happened, and no failure of what it has done."""
    known = " ".join(str(v) for goal in case.task["agenda"]["goals"] for v in goal.values()).lower()
    for index, message in enumerate(case.messages):
        if message["role"] != "assistant":
            known = f"{known}\n{message['content'].lower()}"
            continue
        for found in _CIRCUMSTANCE.finditer(message["content"]):
            if found[0].lower() not in known:
                return Score(0.0, index, f"{found[0]}: nobody spoke of it")
    return _true_errors(case)


def _true_errors(case: Case) -> Score:
    """No error is reported before one has happened."""
    failed = [event["message"] for event in case.calls if not event["ok"]]
    first = min(failed, default=len(case.messages))
    told = ""
    for index, message in enumerate(case.messages[:first]):
        if message["role"] == "assistant":
            text = own_words(case, index)
            for found in _ERROR.finditer(text):
                real = found[0].lower() in told or _NEGATION.search(text[: found.start()])
                if not real:
                    return Score(0.0, index, f"{found[0]}: there was none")
        elif message["role"] != "system":  # what a prompt says of errors is no error
            told = f"{told}\n{message['content'].lower()}"
    return _nothing_undone(case)


def _nothing_undone(case: Case) -> Score:
    """Where all that was wished for was done nothing is said not to be."""
    if not case.scripted:
        return Score(1.0)
    parts = [segment for segment in case.segments if segment.kind != "thanks"]
    for number, part in enumerate(parts):
        index = case.report(part)
        if index < 0 or not _all_done(case, part, number):
            continue
        text = _without_wishes(case, index)
        told = "\n".join(_told(case, index))
        for found in _NOT_DONE.finditer(text.replace("\u2019", "'")):
            if found[0].lower() not in told.lower():
                return Score(0.0, index, f"{found[0]}: but it was done")
    return Score(1.0)


def _told(case: Case, index: int) -> Iterator[str]:
    """What the user said and what results show, before a message; no errors, which passed."""
    for message in case.messages[:index]:
        if message["role"] == "user" or (
            message["role"] == "tool" and '"error"' not in message["content"]
        ):
            yield message["content"]


def _all_done(case: Case, part: Segment, stage: int) -> bool:
    """Whether a part of the talk wished for changes, all of which were made."""
    goals = [goal for goal in case.task["agenda"]["goals"] if goal["stage"] == stage]
    refused = any(step.get("refused") for step in case.task["plan"])
    told_off = refused or bool(case.task["agenda"]["declined"]) or part.kind == "aside"
    undone = any(
        goal.get("absent") or goal.get("condition") and not goal["write"] for goal in goals
    )
    made = [e for e in case.calls if e["changes"] and part.start <= e["turn"] < part.stop]
    wanted = [goal for goal in goals if goal["write"]]
    return not told_off and not undone and bool(wanted) and len(made) >= len(wanted)


def _without_wishes(case: Case, index: int) -> str:
    """A message in the agent's own words, without those of the wishes."""
    text = own_words(case, index)
    for goal in case.task["agenda"]["goals"]:
        for phrase in worded(goal, "past", "done", "about"):
            text = text.replace(phrase, "that")
    return text


def no_machinery(case: Case) -> Score:
    """What is said to the user is neither a call, nor a mark of the chat format, nor addressed to
    a tool, nor the user's own message over again."""
    names = [tool["function"]["name"] for tool in case.trajectory["tools"]]
    codes = {name for name in names if re.search(r"_|[a-z][A-Z]", name)}
    heard: set[str] = set()
    said_before: set[str] = set()
    for index, message in enumerate(case.messages):
        text = message["content"]
        if message["role"] == "user":
            heard.add(" ".join(text.lower().split()))
        elif message["role"] == "assistant" and text:
            if _MACHINERY.search(text):
                return Score(0.0, index, "shows marks of a call or of the chat format")
            own = own_words(case, index)
            unfit = _UNFIT.search(own)
            if unfit and not any(unfit[0].lower() in said for said in heard):
                return Score(0.0, index, f"{unfit[0]}: not to be said to a user")
            named = next((n for n in re.findall(r"\w+", own) if n in codes), "")
            if named and not any(named.lower() in said for said in heard):
                return Score(0.0, index, f"speaks of the tool {named}")
            same = " ".join(text.lower().split())
            if len(text.split()) > 3 and same in heard:
                return Score(0.0, index, "repeats the user's message")
            if len(text.split()) > LONG_ENOUGH and not message.get("tool_calls"):
                if same in said_before:
                    return Score(0.0, index, "says the same once more")
                said_before.add(same)
    return Score(1.0)
