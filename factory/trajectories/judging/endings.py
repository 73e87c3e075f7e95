"""Rules on how an agent closes what the user asked: in keeping with what came of it."""

from __future__ import annotations

import re

from factory.tasks.proof.checks import Score, declines
from factory.trajectories.judging.case import Case, Segment, worded
from factory.trajectories.judging.consent import asks_go_ahead
from factory.trajectories.judging.quotes import own_words

_PROMISE = re.compile(
    r"\b(?:one (?:moment|second|sec|minute)|(?:just|give me|only|wait|for|takes?) a "
    r"(?:moment|second|sec|minute)|hold on|"
    r"bear with me|hang on|stand by|please wait|let me (?!know\b)\w+|"
    r"I(?:'ll| will| am going to|'m going to) (?:now |just |then |quickly )?"
    r"(?:check|look|find|do|take|get|make|see|pull|search|try|start|begin|work|process|handle|"
    r"update|change|add|create|cancel|book|proceed|continue|carry|go)\b|"
    r"I(?:'m| am) (?:now |just |still |currently )*(?:check|look|work|search|try|process|pull|"
    r"fetch|retriev|verif)\w*ing|"
    r"will (?:contact|reach out|call you|get back|follow up|be in touch)|"
    r"I(?:'ll| will) (?:get back|be back|let you know|report back))\b",
    re.I,
)
_ASKS = re.compile(
    r"\b(?:shall|should|may|can) I\b(?! (?:help|do|be|assist))|\bconfirm\b|\bgo ahead\b|"
    r"\bproceed\b|\bOK\?|\bdo you agree\b|\b(?:is|was) (?:that|this) (?:right|correct|OK)\b",
    re.I,
)
"""A question for a go-ahead, not for another wish."""
_ABLE = re.compile(
    r"(?<!wish )\bI(?: can|(?:'m| am) (?:able|allowed|permitted) to| could) |"
    r"\b(?:so|but) I can(?=[.:])|\bso I can (?=help)|\bI can (?=do it)",
    re.I,
)
_WILLING = re.compile(
    r"(?<!if )(?<!wish )\b(?:I(?:'m| am| was)|and (?:am|was)) (?:thus |therefore |hence )?"
    r"(?:able|allowed|permitted)\b(?! only| solely|, I'm afraid)|"
    r"\b(?:I have a|there is a) tool (?:for it|for that|here )?to\b|"
    r"\bso I can (?!not\b|only\b|help\b)\w|"
    r"(?<!what )\bI can (?!not\b|only\b)[^.:;]*[:;] "
    r"(?:none of my tools|(?:there is |I have )?no tool)\b|"
    r"\b(?:sorry|afraid|unfortunately),? (?:but )?I can "
    r"(?!not\b|only\b|help\b|do\b|check\b|look\b|offer\b|try\b|see\b)\w",
    re.I,
)
_HELP = re.compile(r"help(?: you)?(?: with (?:that|this|it))?[.,:;!]", re.I)
"""Help with what was asked for; help with something else may be offered."""
_CAN = re.compile(
    r"\bI can (?!(?:not|only|help|do|check|look|offer|try|assist|see|go|find)\b)\w+",
    re.I,
)
_CANNOT = re.compile(
    r"\b(?:can't|cannot|can not|unable|not able|couldn't|could not|decline|not for me)\b", re.I
)
_WHOLE = re.compile(r"(?:[.!?:\u2026][)\"'\u201d\u2019]*|\))\s*$")
"""How a sentence ends; a quotation alone ends none."""
_DANGLING = re.compile(
    r"\b(?:the|an?|of|and|or|my|your|its|their|with|from|I(?:'ve| have)?)[.,;]?$"
)
"""A word that no sentence ends with."""
_CLAIM = re.compile(
    r"\b(?:all done|is done|it's done|that's done|done[.!:]|all set|taken care of|went through|"
    r"set now|sorted|completed|(?:has|have|'s|'ve) (?:now |just |already )?been "
    r"\w+(?:ed|en|wn|ne|de|nt|ld|pt|ht|id|ut)|"
    r"I(?:'ve| have) (?:now |just |gone ahead and )?"
    r"(?:done|made|set|sent|put|given|taken|paid|kept|sold|written|(?!looked|checked|searched|tried)"
    r"\w+ed))\b",
    re.I,
)
_CHANGED = re.compile(
    r"(?<!no )(?<!no further )\b(?:change|update|entry)s? (?:has|have|is|are|was|were) "
    r"(?:now |already |just )?(?:been )?(?:made|done|saved|stored)|"
    r"\bI(?:'ve| have)? (?:now |just |already )*(?:made|done|saved|managed) "
    r"(?:it|that|this|them|the|your|everything)\b|"
    r"\b(?:it|that|this|everything)(?:'s| is| has been) (?:now |already |all )?"
    r"(?:been )?(?:done|saved|changed|updated|completed|taken care of)\b|"
    r"\b(?:all done|all set|gone ahead and (?:done|made)|went ahead and (?:did|made))\b",
    re.I,
)
"""That a change is made, said in general."""
_NOT_THERE = re.compile(
    r"\b(?:f(?:i|ou)nd\w*|on file|exist\w*|match\w*|com(?:e|es|ing) (?:up|back)|turn\w* up|show\w*|"
    r"record\w*|list\w*|regist\w*|see|empty|search\w*|look\w*|there(?:'s| is| are| was)|know of|"
    r"system|database|books|files?|nothing|nobody|no one|entr(?:y|ies)|hits?|results?|unknown|"
    r"locate\w*|appears?|isn't (?:in|one|any|among)|missing|spell\w*|name|called)\b",
    re.I,
)
"""Words of a report that something isn't there; a bare refusal has none of them."""
_DONE = re.compile(
    r"\b(?:(?!fail|reject|refus|declin|reset|need)\w{2,}ed|done|made|set|sent|put|given|gave|taken|took|paid|kept|held|bought|sold|"
    r"written|wrote|drawn|drew|begun|began|moved|brought|found|got|left|lent|let|met|run|ran|"
    r"shut|told|through|complete|in place|no longer|now)\b",
    re.I,
)


def true_endings(case: Case) -> Score:
    """What the agent says at the end of each part fits what came of it: a refusal where nothing
    can be done, no refusal and a report where it was done, and never a promise."""
    for index, message in enumerate(case.messages):
        spoken = message["role"] == "assistant" and not message.get("tool_calls")
        if spoken and _breaks_off(case, index):
            return Score(0.0, index, "breaks off in mid-sentence")
    early = _claimed_early(case)
    if early >= 0:
        return Score(0.0, early, "claims what is not done yet")
    if not case.scripted:
        return _last_is_an_ending(case)
    for segment in case.segments:
        index = case.report(segment)
        if segment.kind == "thanks":
            claimed = index >= 0 and _CLAIM.search(own_words(case, index))
            if claimed and _nothing_done(case):
                return Score(0.0, index, "what can't be done is claimed in the end")
            continue
        if index < 0:
            return Score(0.0, segment.start, "the agent says nothing to it")
        text = own_words(case, index)
        refuses, wanted = declines(text), _must_decline(case, segment)
        if wanted and not refuses:
            return Score(0.0, index, "what can't be done is not declined")
        if _absent(case, segment) and not _NOT_THERE.search(text):
            return Score(0.0, index, "that it isn't there is not said")
        if _left_open(case, segment, index, text):
            return Score(0.0, index, "ends with something still to be done")
        if wanted and _offers(case, text):
            return Score(0.0, index, "what can't be done is said to be possible")
        if wanted and not _writes_in(case, segment) and _CHANGED.search(text):
            return Score(0.0, index, "what can't be done is claimed")
        if not wanted and refuses and _all_done(case, segment):
            return Score(0.0, index, "what was done is declined")
        if not wanted and _writes_in(case, segment) and not _tells(case, text):
            return Score(0.0, index, "the agent does not say that it was done")
    return _last_is_an_ending(case)


def _claimed_early(case: Case) -> int:
    """Index of the first message that goes on with a call and says that the change is made, when
    none has been made; -1: there is none."""
    first = min((e["message"] for e in case.calls if e["changes"]), default=len(case.messages))
    for index, message in enumerate(case.messages[:first]):
        plain = message["content"].replace("\u2019", "'")
        if message.get("tool_calls") and _CHANGED.search(plain):
            return index
    return -1


def _left_open(case: Case, segment: Segment, index: int, text: str) -> bool:
    """Whether a report promises something, or asks for a go-ahead that never comes."""
    after = [other.kind for other in case.segments if other.start == segment.stop]
    if after == ["change_of_mind"]:
        return False
    last = re.split(r"(?<=[.!?])\s+", text.strip())[-1]
    asks = asks_go_ahead(case, index) and last.endswith("?") and _ASKS.search(last) is not None
    return not declines(text) and (asks or _PROMISE.search(last) is not None)


def _tells(case: Case, text: str) -> bool:
    """Whether a report says of anything that it was done, in these words or in others."""
    verbs = [text for g in case.task["agenda"]["goals"] for text in worded(g, "past", "done")]
    low = text.lower()
    return bool(_DONE.search(text)) or any(v.split()[0].lower() in low for v in verbs if v)


def _nothing_done(case: Case) -> bool:
    """Whether a change was wanted and none was made."""
    wanted = any(goal["write"] for goal in case.task["agenda"]["goals"])
    declined = bool(case.task["agenda"]["declined"])
    return (wanted or declined) and not any(event["changes"] for event in case.calls)


def _must_decline(case: Case, segment: Segment) -> bool:
    agenda = case.task["agenda"]
    if segment.kind == "aside":
        return True
    if segment.kind == "opening" and agenda["withheld"]:
        return True
    if segment.kind == "opening" and agenda["declined"]:
        return True
    if _absent(case, segment):
        return True
    stage = _stage(case, segment)
    return any(step.get("refused") and step["stage"] == stage for step in case.task["plan"])


def _absent(case: Case, segment: Segment) -> bool:
    """Whether what the user names in this part isn't there."""
    stage, goals = _stage(case, segment), case.task["agenda"]["goals"]
    return any(goal.get("absent") and goal["stage"] == stage for goal in goals)


def _stage(case: Case, segment: Segment) -> int:
    return [s for s in case.segments if s.kind != "thanks"].index(segment)


def _all_done(case: Case, segment: Segment) -> bool:
    """Whether nothing in this part failed for good, so that there is nothing to be sorry for."""
    calls = [e for e in case.calls if segment.start <= e["turn"] < segment.stop]
    goals = case.task["agenda"]["goals"]
    left = any(goal.get("condition") and not goal["write"] for goal in goals)
    return bool(calls) and calls[-1]["ok"] and not left


def _writes_in(case: Case, segment: Segment) -> bool:
    return any(e["changes"] and segment.start <= e["turn"] < segment.stop for e in case.calls)


def _last_is_an_ending(case: Case) -> Score:
    """The last message is whole and announces nothing more to come."""
    index = len(case.messages) - 1
    text = own_words(case, index).strip()
    sentences = re.split(r"(?<=[.!?])\s+", text)
    if sentences and _PROMISE.search(sentences[-1]) and not declines(text):
        return Score(0.0, index, "ends with something still to be done")
    return Score(1.0)


def _breaks_off(case: Case, index: int) -> bool:
    """Whether a message ends in mid-sentence."""
    said = case.messages[index]["content"].strip()
    last = said.splitlines()[-1] if said else ""
    listed = re.match(r"\s*(?:[-*\u2022]|\d+[.)]) ", last)
    open_ended = not listed and not _WHOLE.search(last)
    return bool(last) and (open_ended or _DANGLING.search(last) is not None)


def _offers(case: Case, text: str) -> bool:
    """Whether a refusal says that the thing can be done."""
    goals = case.task["agenda"]["goals"]
    wishes = [text for goal in goals for text in worded(goal, "act", "short")]
    wishes += [item["about"] for item in case.task["agenda"]["later"] if item["kind"] == "aside"]
    plain = text.replace("\u2019", "'")
    if _WILLING.search(plain) or (_CAN.search(plain) and not _CANNOT.search(plain)):
        return True
    offered = (plain[m.end() :] for m in _ABLE.finditer(plain))
    return any(
        rest.startswith(("tell you", "tell me", "do it", ".", ":"))
        or _HELP.match(rest)
        or any(w and rest.startswith(w) for w in wishes)
        for rest in offered
    )
