"""The question a sentence answers, worded by perspective.

A question is asked only where the sentence's subject and verb are certain, so that number and form
agree. Its content words come from the sentence or the topic; what the perspective adds are function
words, so a question adds no fact.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from factory.rephrase.english.moves import condition
from factory.rephrase.english.sentences import (
    Clause,
    Sentence,
    capital,
    clause,
    is_instruction,
    lower,
    mid_sentence,
    plural,
)
from factory.rephrase.english.verbs import BE, PAST_BASES, VERBS
from factory.rephrase.text.tokens import word_set

# Kind → questions; {x} subject, {v} verb, {be} is/are, {do} does/do, {a} condition. They hold no
# word of quantity, negation or modality that the statement doesn't bring along.
_CORES: dict[str, tuple[str, ...]] = {
    "define": (
        "what {be} {x}?",
        "how would you define {x}?",
        "what do we mean by {x}?",
        "what is meant by {x}?",
        "how would you describe {x}?",
    ),
    "person": ("who {be} {x}?",),
    "does": ("what {do} {x} {v}?",),
    "to_do": ("what {do} {x} {v} {who} to do?",),
    "on": ("what {do} {x} {v} {p}?",),
    "can": ("what {modal} {x} do?",),
    "passive": ("what {modal} be done with {x}?", "what {modal} happen to {x}?"),
    "about": (
        "what is known about {x}?",
        "what do you say about {x}?",
        "what about {x}?",
        "what is there to know about {x}?",
        "what is said about {x}?",
        "what does the text say about {x}?",
        "what is worth knowing about {x}?",
        "what is the point about {x}?",
        "what do we learn about {x}?",
        "what would you tell me about {x}?",
        "what do you have on {x}?",
        "what do you know about {x}?",
    ),
    "if": ("what happens if {a}?", "what if {a}?", "what follows if {a}?", "and if {a}?"),
    "when": ("what happens when {a}?", "and when {a}?", "what follows when {a}?"),
    "purpose": ("what {be} {x} used for?", "what is the use of {x}?", "what {be} {x} good for?"),
    "how": ("how {be} {x} {v}?", "in what way {be} {x} {v}?"),
    "where": ("where {be} {x} {v}?",),
    "date": ("when {be} {x} {v}?", "in what year {be} {x} {v}?"),
    "count": ("how many {n} {do} {x} have?",),
    "why": ("why {be} {x} {r}?", "for what reason {be} {x} {r}?"),
    "change": ("what changed in version {x}?", "what is different since version {x}?"),
    "example": ("would you give an example?", "what would be an example of that?"),
    "task": ("what does {x} do?", "what is the task of {x}?"),
    "more": (
        "what else is there to say about {x}?",
        "what else about {x}?",
        "what else do we know of {x}?",
        "and what else on {x}?",
        "what further do we learn about {x}?",
    ),
}
MAX_MORE = 1
"""Questions for "what else", which fit every statement, that one rewrite may hold."""
# Perspective → the core it takes first where a kind has several: it rotates the list.
_TURN = {
    "newcomer": 0, "practitioner": 1, "teacher": 2, "examiner": 3,
    "interviewer": 4, "reviewer": 5, "presenter": 6, "librarian": 7,
}  # fmt: skip
_FAVOURED = 4
"""How many of a kind's cores a perspective draws from."""
# Perspective → what comes before a question; an empty one leaves it as it is.
_OPENINGS: dict[str, tuple[str, ...]] = {
    "newcomer": ("", "I am new to this: ", "Sorry, but ", "Forgive me: ", "Pardon me: "),
    "practitioner": ("", "In practice, ", "Briefly, ", "Quickly: ", "In short: "),
    "teacher": ("", "Tell me, ", "Think about it: ", "Now, ", "Who knows: "),
    "examiner": ("", "Please state: ", "In your own words, ", "Answer this: ", "Next question: "),
    "interviewer": ("", "Let me ask you this: ", "Our readers will ask: ", "So, ", "Tell us: "),
    "reviewer": ("", "To be clear, ", "Let me check: ", "As you put it, ", "To be sure: "),
    "presenter": ("", "You will ask: ", "You wonder: ", "Now you ask: ", "The question is: "),
    "librarian": ("", "One more thing: ", "I was wondering: ", "Let me ask, ", "A question: "),
}
_PREPOSED = {
    "depends": "on", "depend": "on", "relies": "on", "rely": "on", "consists": "of",
    "consist": "of", "refers": "to", "refer": "to", "belongs": "to", "belong": "to",
    "leads": "to", "lead": "to", "corresponds": "to", "correspond": "to", "applies": "to",
    "apply": "to", "results": "in", "deals": "with", "deal": "with", "stands": "for",
    "serves": "as", "serve": "as", "acts": "as", "act": "as",
}  # fmt: skip
_PARTICIPLE = re.compile(
    r"\w{3,}ed\b|made|built|given|kept|found|written|run|bound|known|chosen|held"
)
_VERSION = re.compile(r"(?:New|Changed|Deprecated|Added) (?:in|since) version (?P<x>[\d.]+\d)")
_HOW = re.compile(r"\w+ (?:by (?:\w+ing|means)|using)\b")
_DATED = re.compile(r"(?P<v>\w+) (?:\w+ ){0,6}(?:in|on) (?:\w+ )?(?:\d{1,2},? )?[12]\d{3}\b")
_PLACED = re.compile(
    r"(?P<v>located|stored|kept|found|defined|described|documented|installed|placed|listed|saved|"
    r"written|held|situated) (?:in|at|on|under|inside|near) (?!\d|general|practice|order|part|"
    r"fact|which|that|January|February|March|April|May|June|July|August|September|October|"
    r"November|December)"
)
_COUNT = re.compile(
    r"(?:only |exactly |about )?(?:two|three|four|five|six|seven|eight|nine|ten|twelve|\d{1,3}) "
    r"(?P<n>(?:[a-z]+ )?[a-z]+s)(?=$| (?:in|on|at|of|for|and|that|which|with)\b|,)"
)
_PROFESSION = re.compile(
    r"(?:an?|the) (?:\S+ ){0,4}(?:physicist|chemist|biologist|mathematician|scientist|engineer|"
    r"writer|author|poet|novelist|painter|composer|musician|singer|actor|actress|politician|"
    r"philosopher|historian|king|queen|emperor|general|president|minister|explorer|programmer|"
    r"developer|architect|inventor|economist|lawyer|physician|doctor|footballer|player)\b"
)
_PRONOUN = re.compile(
    r"(?:it|this|they|these|that|those|he|she|we|you|i|one|others?|some|both|all|none|each|many|"
    r"most|nothing|everything|something|anyone|everyone|nobody|here|there)\b(?: of)?",
    re.IGNORECASE,
)
_TAKES = word_set("""
    accept affect cause contain control cover create define describe generate give handle hold
    include involve need offer prevent produce provide receive replace represent require return
    show specify store support use
""")
"""Verbs that go with an object, whatever word it begins with."""
_NO_OBJECT = re.compile(r"\w+ly\b|(?:more|less|most|much|well|also|only|both|up|out|off|down)\b")
_ASIDE = re.compile(r" \([^()]*\)")
_OPEN_END = word_set("of in on at for from with by to and or the a an as than that which if")
MAX_SUBJECT = 7


_MORE_SAID = ("hat else is there to say about", "hat else about", "hat else do we know of",
              "nd what else on", "hat further do we learn about")  # fmt: skip


def question(
    sentence: Sentence,
    topic: str,
    perspective: str,
    common: frozenset[str],
    rng: random.Random,
    *,
    names: frozenset[str] = frozenset(),
    asked: str = "",
) -> str | None:
    """A question that `sentence` answers; None if it is sure of none, or of none that isn't in the
    text `asked`."""
    again = sum(asked.count(said) for said in _MORE_SAID)
    kind, slots = _kind(sentence, topic if again < MAX_MORE else "", common, names)
    if not kind:
        return None
    for core in _favoured(_CORES[kind], perspective, rng):
        text = _ASIDE.sub("", sentence.open(core.format(**slots)))
        if capital(text) in asked or text in asked:
            continue
        opening = rng.choice(("", "", *_OPENINGS[perspective]))
        opening = "" if opening in asked or text.startswith("and ") else opening
        if opening.endswith(": "):
            return opening + capital(text)
        return opening + text if opening else capital(text)
    return None


def _favoured(cores: Sequence[str], perspective: str, rng: random.Random) -> list[str]:
    """The cores in the order in which a perspective tries them."""
    turn = _TURN[perspective] * (1 if len(cores) < _FAVOURED * 2 else 3) % len(cores)
    turned = [*cores[turn:], *cores[:turn]]
    first = turned[:_FAVOURED] if len(cores) > _FAVOURED else turned
    rng.shuffle(first)
    return [*first, *turned[len(first) :]]


def _kind(
    sentence: Sentence, topic: str, common: frozenset[str], names: frozenset[str]
) -> tuple[str, dict[str, str]]:
    body = sentence.body
    version = _VERSION.match(body)
    if version:
        return "change", {"x": version["x"]}
    fronted = condition(body)
    if fronted and fronted[0] in ("If", "When") and _stands_alone(fronted[1]):
        return fronted[0].lower(), {"a": lower(fronted[1], common)}
    if re.match(r"(?:For example|For instance)\b", body) and len(body) < 160:
        return "example", {}
    if is_instruction(body) and topic.startswith("`"):
        return "task", {"x": topic}
    found = clause(body)
    if found and _askable(found):
        subject = mid_sentence(found.subject, common, names)
        if subject is not None:
            return _of_clause(found, subject)
    return ("more", {"x": topic}) if topic else ("", {})


def _stands_alone(condition_: str) -> bool:
    """Whether a condition says what it is about, rather than pointing back."""
    return not _PRONOUN.match(condition_) and len(condition_.split(" ")) <= 12


def _askable(found: Clause) -> bool:
    words = found.subject.split(" ")
    return (
        len(words) <= MAX_SUBJECT
        and not _PRONOUN.match(found.subject)
        and words[-1].lower() not in _OPEN_END
        and not re.search(r"[\"“”()\[\]*|<>=]", found.subject)
        and bool(found.rest)
    )


def _of_clause(found: Clause, x: str) -> tuple[str, dict[str, str]]:
    verb, rest = found.verb.lower(), found.rest
    negated = bool(re.search(r"\b(?:not|never|no|nor)\b|n[’']t\b", rest))
    about = ("about", {"x": x})
    if negated:
        return about
    if verb in BE:
        return _of_being(verb, rest, x)
    if verb in ("can", "may", "must", "should"):
        if rest.startswith("be "):
            passive = _PARTICIPLE.match(rest.removeprefix("be "))
            return ("passive", {"x": x, "modal": verb}) if passive else about
        return "can", {"x": x, "modal": verb}
    if verb in ("has", "have"):
        counted = _COUNT.match(rest)
        if counted:
            return "count", {"x": x, "n": counted["n"], "do": "does" if verb == "has" else "do"}
        return about
    number = plural(found.subject)
    if verb in VERBS and number is not True:
        return _of_doing(x, verb, VERBS[verb], "does", rest) or about
    if verb in VERBS.values() and number is True:
        return _of_doing(x, verb, verb, "do", rest) or about
    past = PAST_BASES.get(verb)
    if past and not _PRONOUN.match(found.subject):
        return _of_doing(x, verb, past, "did", rest) or about
    return about


def _of_doing(
    x: str, verb: str, base: str, do: str, rest: str
) -> tuple[str, dict[str, str]] | None:
    slots = {"x": x, "v": base, "do": do}
    first = rest.split(" ")[0].lower()
    if _PREPOSED.get(verb) == first:
        return "on", {**slots, "p": first}
    enabled = re.match(r"(?P<who>you|users|the user|us|programs|one) to\b", rest)
    if enabled and base in ("allow", "enable", "require", "help"):
        return "to_do", {**slots, "who": enabled["who"]}
    object_ = first in ("a", "an", "the", "its", "their", "that", "two", "three", "some", "several")
    object_ |= base in _TAKES and first not in _OPEN_END and not _NO_OBJECT.match(rest)
    transitive = base not in ("become", "remain", "seem", "appear", "let", "look", "feel", "mean")
    whole = not re.search(r" (?:to|for|into|as|from|with)$", rest)
    if object_ and transitive and whole:
        return "does", slots
    return None


def _of_being(verb: str, rest: str, x: str) -> tuple[str, dict[str, str]]:
    slots = {"x": x, "be": verb}
    if re.match(r"used (?:to|for)\b", rest):
        return "purpose" if verb in ("is", "are") else "about", slots
    if _PROFESSION.match(rest) and x[:1].isupper():
        return "person", slots
    article = re.match(r"(?:a|an|the|one of)\b", rest)
    if article and verb in ("is", "are") and not re.match(r"the (?:same|case|first|last)\b", rest):
        return "define", slots
    dated = _DATED.match(rest)
    if dated and _PARTICIPLE.fullmatch(dated["v"]):
        return "date", {**slots, "v": dated["v"]}
    if _PARTICIPLE.match(rest) and _HOW.match(rest):
        return "how", {**slots, "v": rest.split(" ")[0]}
    placed = _PLACED.match(rest)
    if placed:
        return "where", {**slots, "v": placed["v"]}
    reason = re.fullmatch(r"(?P<r>[^,;:]{3,60}) because [^,;:]+", rest)
    if reason and verb in ("is", "are", "was", "were"):
        return "why", {**slots, "r": reason["r"]}
    return "about", {"x": x}
