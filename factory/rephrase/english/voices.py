"""Modal verbs and the voice of a verb said otherwise: what must, can and should be, and by whom.

Each returns None unless it is sure that the sentence says the same afterwards.
"""

from __future__ import annotations

import re

from factory.rephrase.english.sentences import (
    PRONOUNS,
    Clause,
    capital,
    clause,
    mid_sentence,
    plural,
)
from factory.rephrase.english.verbs import PAST_BASES, VERBS, participles
from factory.rephrase.text.tokens import word_set

_NO_NAMES: frozenset[str] = frozenset()
_SUPPOSED = re.compile(
    r"(?:not |also )?(?:have \w+(?:ed|en|d|t|wn|ne)|be able|work|look|seem|want|wish|need|find|"
    r"notice|wonder)\b"
)
_AGENT = re.compile(
    r"\b(?:you|we|one|users?|people|programs?|programmers?|developers?|administrators?|authors?|"
    r"applications?|clients?|servers?|maintainers?|readers?|code|scripts?|implementations?)$",
    re.IGNORECASE,
)


def turn_modal(body: str, common: frozenset[str]) -> str | None:
    """ "X must Y" → "It is required that X Y"; likewise can, may, should and their negations."""
    found = clause(body)
    if not found or found.verb not in ("must", "can", "may", "should", "cannot") or not found.rest:
        return None
    rest = found.rest
    if re.search(r"[,;]|\b(?:must|can|may|should|cannot|but|will|is|are)\b", rest):
        return None
    if _SUPPOSED.match(rest) or (found.verb == "should" and not _AGENT.search(found.subject)):
        return None  # "should have been", "should work by now": what is likely, not what is advised
    if rest.startswith("be ") and found.verb != "must":
        return None  # "It is possible for X to be sorted" says it clumsily
    subject = mid_sentence(found.subject, common, _NO_NAMES)
    if subject is None or subject.split(" ")[0] in ("it", "they", "this", "these", "he", "she"):
        return None
    negated = rest.startswith("not ")
    rest = rest.removeprefix("not ")
    also = rest.startswith("also ")
    rest = rest.removeprefix("also ")
    if re.match(
        r"(?:only|either|both|never|always|then|still|(?!rely|apply|supply|reply|imply|comply)\w+ly|often|even|just|not)\b",
        rest,
    ):
        return None
    it = "It is also" if also else "It is"
    if found.verb == "must":
        return f"{it} required that {subject} {'not ' if negated else ''}{rest}"
    if found.verb == "should":
        return f"{it} advisable for {subject} {'not ' if negated else ''}to {rest}"
    if negated:
        return None  # "may not" is ambiguous
    no = "not " if found.verb == "cannot" else ""
    return f"{it} {no}possible for {subject} to {rest}"


_PLAIN_MODALS = {
    "can": ("is able to", "are able to"),
    "must": ("has to", "have to"),
    "should": ("ought to", "ought to"),
}


def plain_modal(body: str, common: frozenset[str]) -> str | None:
    """ "X can Y" → "X is able to Y"; "must" → "has to", "should" → "ought to"."""
    found = clause(body)
    if not found or found.verb not in _PLAIN_MODALS or not found.rest:
        return None
    many = plural(found.subject)
    able = found.verb != "can" or bool(_AGENT.search(found.subject))
    if many is None or not able or _SUPPOSED.match(found.rest):
        return None
    if re.match(r"(?:not|never|only|also|always|be|either|both|then|still|\w+ly)\b", found.rest):
        return None
    subject = found.subject
    return f"{subject} {_PLAIN_MODALS[found.verb][many]} {found.rest}"


_PASSIVE = re.compile(
    r"(?P<x>[^,;:]+?) (?P<m>can|must|should|may) be (?P<v>\w+)(?P<r>(?: [^,;:]+)?)"
)
_FRAMED = {
    "can": "It is possible to",
    "must": "It is required to",
    "should": "It is advisable to",
    "may": "It is permitted to",
}
_BASE_OF = {past: base for base in sorted(set(VERBS.values())) for past in participles(base)}


def turn_passive(body: str, common: frozenset[str]) -> str | None:
    """ "X can be sorted by name" → "It is possible to sort X by name"."""
    found = _PASSIVE.fullmatch(body)
    base = _BASE_OF.get(found["v"]) if found else None
    if not found or base is None or found["m"] == "may":
        return None
    if re.search(
        r"\b(?:by (?!\w+ing\b)|and|or|that|which|who|if|when|to be|not|but)\b", found["r"]
    ):
        return None
    parsed = clause(body)
    if not parsed or parsed.verb != found["m"] or parsed.subject != found["x"]:
        return None
    subject = mid_sentence(parsed.subject, common, _NO_NAMES)
    if subject is None:
        return None
    first = subject.split(" ")[0].lower()
    if first in PRONOUNS or first in (
        "no",
        "none",
        "neither",
        "each",
        "every",
        "all",
        "any",
        "both",
    ):
        return None
    if len(subject.split(" ")) > 6:
        return None
    return f"{_FRAMED[found['m']]} {base} {subject}{found['r']}"


_ACTIVE = re.compile(
    r"(?P<o>(?:the|a|an|one|two|three|four|five|several|some|many) (?:[\w-]+ ){0,3}[\w-]+)"
    r"(?P<r> (?:from|to|into|in|for|with|at) (?:the|a|an) [^,;:]{3,50})?"
)
_NO_PASSIVE = word_set(
    "become remain seem appear have cost mean belong exist occur happen depend consist go come "
    "get let need want help lack resemble suit fit look feel equal stay live lie end begin start "
    "stop work run fail leave reach enter join meet face contain comprise involve include last "
    "keep make put"
)


def to_passive(body: str, common: frozenset[str]) -> str | None:
    """ "X returns the list" → "The list is returned by X"; the same in the past."""
    found = clause(body)
    base, past_tense = _base(found) if found else (None, False)
    if not found or base is None or base in _NO_PASSIVE:
        return None
    who = found.subject.lower().split(" ")
    if who[0] in PRONOUNS and (len(who) == 1 or who[0] not in ("this", "these")):
        return None
    past = participles(base)
    object_ = _ACTIVE.fullmatch(found.rest)
    if not past or object_ is None or len(who) > 5 or who[0] in ("no", "every", "any"):
        return None
    named = object_["o"]
    if re.search(r"\b(?:of|and|or|that|which|who|to|not|no|\w+ly|\w+ing)\b", named):
        return None
    many = plural(named)
    subject = mid_sentence(found.subject, common, _NO_NAMES)
    if many is None or subject is None:
        return None
    be = ("were" if many else "was") if past_tense else ("are" if many else "is")
    return f"{capital(named)} {be} {past[0]} by {subject}{object_['r'] or ''}"


def _base(found: Clause) -> tuple[str | None, bool]:
    """The base of a clause's verb and whether it stands in the past."""
    verb = found.verb.lower()
    if verb in VERBS:
        return VERBS[verb], False
    if verb in VERBS.values() and plural(found.subject) is True:
        return verb, False
    return PAST_BASES.get(verb), True
