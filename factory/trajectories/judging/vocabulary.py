"""Rules on the words of what an agent says: nothing is claimed that the conversation knows nothing
of.

A sentence of which several words stand nowhere in the conversation (prompt, wishes, results, the
tools that were called) nor among the words with which anybody talks about such work speaks of
something else. An act that the agent says it did is one that was asked for or that a tool did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from factory.records import canonical_json
from factory.tasks.language.labels import noun_label
from factory.tasks.language.measures import NAMES
from factory.tasks.proof.checks import Score
from factory.tasks.values import NUMBER_WORDS
from factory.trajectories.acting.agent_phrases import GRAMMAR
from factory.trajectories.judging.case import Case, worded
from factory.trajectories.judging.everyday import EVERYDAY, GENERAL_ACTS, IRREGULAR
from factory.trajectories.judging.quotes import own_words

STRANGE = 2
"""From so many words that stand nowhere else on a sentence speaks of something else."""
_ON_THE_USER = re.compile(r"\s*(?:you are|you're|your \w+ (?:is|are|was|were|has|have))\b", re.I)
"""A sentence on the user's affairs; one strange word is enough."""
_WORD = re.compile(r"[a-z]{3,}")
_LONG = re.compile(r"[a-z]{4,}")
_SENTENCE = re.compile(r"(?<=[.!?;:])(?<!\b[Nn]o\.)\s+|\n+")
_ENDINGS = re.compile(r"(?:ations?|ings?|ies|ied|ed|es|ers?|ors?|ly|ment|s|y|e)$")
_BETWEEN = r"(?:now |just |also |then |already |even |gladly |successfully |gone ahead and )*"
_ACT = re.compile(
    rf"\b(?:I|we)(?:'ve| have)? {_BETWEEN}(?:e-|re-)?(?P<active>[a-z]+)\b|"
    rf"\b(?:has|have|was|were|'s|is|are) {_BETWEEN}(?:been )?{_BETWEEN}(?P<passive>[a-z]+ed)\b|"
    rf"\b(?:has|have) {_BETWEEN}been {_BETWEEN}(?P<other>[a-z]+)\b",
)
"""I (have) + past, has/was (been) + past; the verb is in one of the groups."""


@lru_cache(maxsize=20000)
def stem(word: str) -> str:
    """A word without its ending, at most six letters: enough to know "scheduled" by "schedule"."""
    word = IRREGULAR.get(word, word)
    short = _ENDINGS.sub("", word)
    least = 5 if word.endswith(("er", "or", "ers", "ors")) else 3  # no poster is a post
    short = short if len(short) >= least else word
    return short[:6]


@lru_cache(maxsize=512)
def stems_in(text: str) -> frozenset[str]:
    """The stems of a text's content words: those that are no everyday words."""
    return stems_of(text) - everyday()


@lru_cache(maxsize=512)
def stems_of(text: str) -> frozenset[str]:
    """The stems of all words of a text."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower()
    return frozenset(stem(word) for word in _WORD.findall(apart))


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    return stems_of(EVERYDAY)


@lru_cache(maxsize=1)
def spoken() -> frozenset[str]:
    """Stems of everyday words and those in which agents talk of their work."""
    texts = [re.sub(r"\{\w+\}", " ", text) for said in GRAMMAR.values() for text in said]
    return everyday() | stems_of(" ".join([*texts, *NAMES, *NUMBER_WORDS]))


def nothing_strange(case: Case) -> Score:
    """No sentence of the agent's speaks of things that the conversation knows nothing of."""
    known = set(spoken()) | of_task(case)
    for index, message in enumerate(case.messages):
        if message["role"] == "assistant":
            for sentence in _statements(own_words(case, index)):
                words = [w for w in _LONG.findall(sentence.lower()) if stem(w) not in known]
                strange = {stem(word) for word in words}
                if len(strange) >= STRANGE or (strange and _one_is_enough(sentence, strange)):
                    return Score(0.0, index, f"{' and '.join(words[:2])}: not heard of")
            for call in message.get("tool_calls") or ():
                known |= of_tool(case, call["function"]["name"])
        else:
            known |= stems_of(message["content"])
    return Score(1.0)


def _one_is_enough(sentence: str, strange: set[str]) -> bool:
    """Whether a sentence is on the user's affairs, or on an act on nothing but what is strange."""
    acted_on = _acts_on(sentence)
    return _ON_THE_USER.match(sentence) is not None or (bool(acted_on) and acted_on <= strange)


def _acts_on(sentence: str) -> set[str]:
    """Stems of what the agent says that it did something particular to; empty if it says no such
    thing."""
    for act in _ACT.finditer(sentence):
        verb = act["active"] or ""
        if _past(verb) and stem(verb) not in general_acts():
            return {
                stem(word) for word in _LONG.findall(sentence[act.end() :].lower())
            } - everyday()
    return set()


def _statements(text: str) -> Iterator[str]:
    """The sentences of a text that are no questions."""
    for sentence in _SENTENCE.split(text):
        if "?" not in sentence:
            yield sentence


def of_task(case: Case) -> frozenset[str]:
    """Words of the wishes, as the agent may put them."""
    goals = case.task["agenda"]["goals"]
    later = [str(item.get("about", "")) for item in case.task["agenda"]["later"]]
    said = [text for goal in goals for text in worded(goal, "act", "past", "done", "about", "ask")]
    labels = [str(slot["label"]) for slot in case.task["agenda"]["slots"]]
    labels += [str(answer["label"]) for goal in goals for answer in goal["answers"]]
    labels += (
        [str(case.task["agenda"]["unclear"]["label"])] if case.task["agenda"]["unclear"] else []
    )
    labels += [noun_label(label) for label in labels]
    labels += [step["tool"] for step in case.task["plan"]]
    return stems_of(" ".join([*said, *later, *labels]))


@lru_cache(maxsize=256)
def _declared(text: str) -> frozenset[str]:
    return stems_of(text)


def of_tool(case: Case, name: str) -> frozenset[str]:
    """Words of a tool's declaration: what it does, what it takes."""
    tool = case.toolbox.tools.get(name)
    if tool is None:
        return stems_of(name)
    return _declared(f"{name} {tool['description']} {canonical_json(tool['inputSchema'])}")


@lru_cache(maxsize=1)
def general_acts() -> frozenset[str]:
    """Stems of what agents say they did whatever the matter is."""
    texts = [re.sub(r"[{}()|]", " ", text) for said in GRAMMAR.values() for text in said]
    own = {verb for text in texts for verb, active in _acts(text) if active} - {"sent"}
    return stems_of(GENERAL_ACTS) | stems_of(" ".join(own))


# --- acts -------------------------------------------------------------------------------------


def true_acts(case: Case) -> Score:
    """What the agent says it has done is something that it was asked to do or that a tool which
    it used does."""
    own = set(general_acts()) | of_task(case)
    others = set(own)
    for index, message in enumerate(case.messages):
        if message["role"] == "assistant":
            for verb, active in _acts(own_words(case, index)):
                if stem(verb) not in (own if active else others):
                    return Score(0.0, index, f"nothing was {verb}")
            for call in message.get("tool_calls") or ():
                own |= stems_of(call["function"]["name"])
                others |= of_tool(case, call["function"]["name"])
        elif message["role"] == "tool":
            others |= stems_of(message["content"])
            if '"error"' in message["content"]:
                own.add(stem("sent"))  # the call
        else:
            others |= stems_of(message["content"])
            own |= stems_of(message["content"]) if message["role"] == "user" else set()
    return Score(1.0)


def _acts(text: str) -> Iterator[tuple[str, bool]]:
    """(verb in the past, whether the agent says that it was the one who did it)."""
    for sentence in _statements(text):
        for match in _ACT.finditer(sentence):
            verb = match["active"] or match["passive"] or match["other"]
            if _past(verb):
                yield verb, match["active"] is not None


def _past(verb: str) -> bool:
    past = verb.endswith("ed") or verb in IRREGULAR
    return len(verb) >= 3 and past and not verb.endswith(("eed", "ead"))
