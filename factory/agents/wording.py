"""What a system prompt must say, and may not: every policy with its numbers and tool names, every
rule of format, no tool and no number that nobody gave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.agents.authoring import AgentBrief
from factory.agents.phrases import FORMATS
from factory.tools.authoring import Answer, Failure

SHORTEST, LONGEST = 120, 4000
"""Characters of a system prompt."""
EXAMPLE_DATE = "2026-01-31"
"""In the rule of style about dates."""
COVERED = 0.5
"""Share of a policy's words that the sentences stating it have in common with it."""
WINDOW = 3
"""Sentences over which one policy may be spread."""
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ENUMERATION = re.compile(r"^\s*(?:\[ ?\] |[-*] )?\(?\d{1,2}[.):]\s", re.MULTILINE)
_SNAKE = re.compile(r"\b[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+\b")
_CAMEL = re.compile(r"\b[a-z]{2,}(?:[A-Z][a-z0-9]+)+\b")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_QUOTED = re.compile(r"`([A-Za-z][\w.-]{1,63})`")
FACTS = (_NUMBER, _SNAKE, _CAMEL, _CAPITALS)
"""What is kept letter by letter: numbers, names of tools, EUR, YYYY."""
_BLANK = re.compile(r"\{[^{}\n]*\}|\[(?:your|insert|name|company)[^\]\n]*\]", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:no|not|nobody|none|never|nothing|without|cannot|only|unless|until|except|refuse\w*"
    r"|declin\w*|reject\w*|forbid\w*|forbidden|limit\w*|most)\b|n't\b",
    re.IGNORECASE,
)
_STOP = """about after also been before being could from have into more than that their them then
there these they this those were what when where which while will with would your until"""


def wording_failure(answer: Answer, brief: AgentBrief) -> Failure | None:
    """The first thing wrong with an author's role and system prompt."""
    text = answer["system_prompt"].strip()
    if not SHORTEST <= len(text) <= LONGEST:
        detail = f"system_prompt has {len(text)} characters; {SHORTEST} to {LONGEST}"
        return Failure("author_bad_length", detail)
    blank = _BLANK.search(text) or _BLANK.search(answer["role"])
    if blank:
        return Failure("author_placeholder", f"{blank[0]} is left to be filled in")
    invented = invented_tools(text, [name for name, _ in brief.tools])
    if invented:
        advice = "name only the tools listed, exactly as they are written, or none"
        return Failure("author_tool_invented", f"the agent has no {invented[0]}", advice)
    for policy in brief.brief.policies:
        if not states(text, policy["text"]):
            advice = "state it in one place with all its numbers, names and conditions"
            return Failure("author_policy_missing", f"not said: {policy['text']}", advice)
    for rule in brief.brief.format_rules:
        if not any(states(text, wording) for wording in FORMATS[rule]):
            advice = "the answers will be held to it"
            return Failure("author_style_missing", f"not said: {FORMATS[rule][0]}", advice)
    strange = invented_numbers(f"{answer['role']}\n{text}", brief)
    if strange:
        return Failure("author_number_invented", f"{strange[0]} is in none of the facts")
    return None


def states(text: str, policy: str) -> bool:
    """Whether a text states a policy: in its words, or in a few sentences together that have all
    its numbers, identifiers and abbreviations, half of its words, and forbid if it forbids."""
    if _flat(policy) in _flat(text):
        return True
    facts = {fact for pattern in FACTS for fact in pattern.findall(policy)}
    words = _stems(policy)
    forbids = bool(_REFUSAL.search(policy))
    for sentences in _windows(text):
        window = " ".join(sentences)
        has_facts = facts <= {*_NUMBER.findall(window), *_words(window)}
        shared = len(words & _stems(window)) >= COVERED * len(words)
        about = [s for s in sentences if words & _stems(s) or facts & set(_words(s))]
        if has_facts and shared and (not forbids or any(map(_REFUSAL.search, about))):
            return True
    return False


def _windows(text: str) -> Iterator[list[str]]:
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    for size in range(1, WINDOW + 1):
        for start in range(len(sentences) - size + 1):
            yield sentences[start : start + size]


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[*_`]{2,}|`", "", text).lower().split()).rstrip(".")


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9_]+", text)


def _stems(text: str) -> set[str]:
    found = {word.lower() for word in _words(text) if len(word) > 3}
    return {word[:5] for word in found - set(_STOP.split())}


def invented_tools(text: str, names: Sequence[str]) -> list[str]:
    """What is written like a tool's name and is none of the agent's."""
    written = [*_QUOTED.findall(text), *_SNAKE.findall(text), *_CAMEL.findall(text)]
    known = set(names)
    return [name for name in written if name not in known]


def invented_numbers(text: str, brief: AgentBrief) -> list[str]:
    """Numbers of a text that no fact of the brief has; numbers of list items left out."""
    given = brief.brief
    facts = [given.name, given.role, given.title, given.setting, *given.duties]
    facts += [policy["text"] for policy in given.policies]
    facts += [name for name, _ in brief.tools]
    facts += [EXAMPLE_DATE, *EXAMPLE_DATE.split("-")]
    known = {number for fact in facts for number in _NUMBER.findall(fact)}
    said = _NUMBER.findall(_ENUMERATION.sub("", text))
    return [number for number in said if number not in known]
