"""Full names for pronouns, only where beyond doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from factory.rephrase.english.sentences import (
    LINKS,
    ORDINARY,
    PREPOSITIONS,
    PRONOUNS,
    SEAL_AT,
    Sentence,
    clause,
    plural,
)
from factory.rephrase.english.verbs import FINITE, VERBS

_NAME_RUN = re.compile(r"(?:[A-Z][\w’'-]+ )+[A-Z][\w’'-]+")
_NAME = re.compile(r"[A-Z][\w’'-]*[a-z][\w’'-]*(?: [A-Z][\w’'-]+)*")
_PLACE = re.compile(r"(?:\b(?:in|at|to|from|of|near|for|through|across|the|an?) |\d )$")
_HE = re.compile(r"(?P<p>She|He)(?= [a-z])|(?P<own>His|Her)(?= [a-z])")
_CALENDAR = re.compile(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)


def name_persons(told: list[Sentence]) -> list[Sentence]:
    """Opening "He", "She", "His" and "Her" as the full name, while the paragraph has named no
    other who could be meant."""
    named: list[Sentence] = []
    others: set[str] = set()
    subject = ""
    for sentence in told:
        body = sentence.body
        found = clause(body)
        whole = _NAME_RUN.fullmatch(found.subject) if found else None
        if whole and whole[0].split(" ")[0].lower() not in ORDINARY:
            subject = whole[0]
        pronoun = _HE.match(body)
        others |= _persons(sentence, subject)
        if pronoun and subject and not others:
            own = "’s" if pronoun["own"] else ""
            body = subject + own + body[pronoun.end() :]
        elif pronoun:
            others.add(pronoun[0])
        named.append(sentence.said(body))
    return named


def _persons(sentence: Sentence, subject: str) -> set[str]:
    """Names that a pronoun after this sentence might stand for, but for the subject's."""
    text = sentence.open(sentence.body)
    found: set[str] = set()
    for name in _NAME.finditer(text):
        if name.start() == 0 and " " not in name[0] and name[0].lower() in ORDINARY | PRONOUNS:
            continue
        if _PLACE.search(text[: name.start()]) or _CALENDAR.match(name[0]):
            continue
        if name.start() == 0 and (name[0] in subject or _HE.match(text)):
            continue
        if name[0] not in subject:
            found.add(name[0])
    return found


_IT = re.compile(r"(?P<p>It|They)(?= (?:also |then |still |now |usually |often )?(?P<v>[a-z]+))")
_DUMMY = re.compile(
    r"It (?:is|was|may be|might be|can be|would be|will be|has been) (?:also |then |not |often |"
    r"very |sometimes |usually |generally |much |more |quite |therefore )*(?:possible|impossible|"
    r"necessary|important|recommended|advisable|common|likely|unlikely|easy|hard|difficult|true|"
    r"known|best|better|good|useful|clear|worth|said|assumed|allowed|permitted|legal|illegal|"
    r"an error|a good|up to|safe|customary|desirable|expected|intended|hoped|believed|thought|"
    r"sufficient|enough|\w+ (?:that|to)\b)|It (?:seems|appears|follows|turns|takes|makes|happens|"
    r"depends|does not matter|rains|means)\b"
)
_THING = re.compile(r"\b(?:an?|the|its|this|that|each|every|another|one) (?P<n>(?:[\w-]+ ?){1,4})")
_OTHER_THINGS = re.compile(r"\b[a-z]{3,}(?<!s)s\b|\b(?:people|children|men|women|data)\b")


def name_things(told: Sequence[Sentence]) -> list[Sentence]:
    """An opening "It" or "They" as the thing the sentence before is about, where that sentence
    names no other thing of the same number."""
    named = list(told)
    for i in range(1, len(named)):
        body = named[i].body
        pronoun = _IT.match(body)
        if (
            not pronoun
            or _DUMMY.match(body)
            or pronoun["p"] == "It"
            and pronoun["v"] in ("are", "were", "have")
        ):
            continue
        before = clause(named[i - 1].body)
        if not before or before.verb.lower() in ("can", "may") and before.rest.startswith("be "):
            continue
        number = plural(before.subject)
        if before.verb.lower() in ("is", "has", "was", "does") or before.verb.lower() in VERBS:
            number = False if number is None else number
        if number is not (pronoun["p"] == "They") or not _names(before.subject):
            continue
        rest = before.rest
        if before.verb.lower() in ("is", "are", "was", "were"):  # a predicate is the thing itself
            rest = re.sub(r"^(?:an?|the|one of the) ", "", rest)
        others = _OTHER_THINGS.search(rest) if number else _other_thing(rest)
        if others or " of " in before.subject or SEAL_AT.search(rest):
            continue
        subject = named[i - 1].open(before.subject)
        if SEAL_AT.search(before.subject):
            continue
        named[i] = named[i].said(subject + body[pronoun.end("p") :])
    return named


def _other_thing(text: str) -> bool:
    """Whether a text names a thing that "it" might mean."""
    for found in _THING.finditer(text):
        words = [w.lower() for w in found["n"].split()]
        cut = next(
            (i for i, w in enumerate(words) if w in PREPOSITIONS | LINKS or w in FINITE),
            len(words),
        )
        if words[:cut] and not words[cut - 1].endswith("s"):
            return True
    return False


def _names(subject: str) -> bool:
    words = subject.lower().split(" ")
    return words[0] not in PRONOUNS and len(words) <= 6 and words[-1] not in LINKS
