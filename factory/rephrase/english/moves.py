"""Ways to turn a sentence: its clauses moved, its verb recast, its halves parted.

Each move returns None unless it is sure that the sentence says the same afterwards.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from factory.rephrase.english.sentences import (
    PRONOUNS,
    capital,
    clause,
    lower,
    mid_sentence,
)
from factory.rephrase.english.verbs import FINITE, VERBS
from factory.rephrase.english.voices import plain_modal, to_passive, turn_modal, turn_passive

_NO_NAMES: frozenset[str] = frozenset()
_FRONTED = re.compile(
    r"(?P<cue>If|When|Unless|Because|Although|Once|Until|As long as|Since|Even if|Before|After) "
    r"(?P<a>[^,;:]+), (?:then )?(?P<b>[^,;:]+)"
)
_TRAILING = re.compile(
    r"(?P<b>[^,;:]+?) (?P<cue>if|when|unless|because|although|until|as long as|even if) "
    r"(?P<a>[^,;:]+)"
)
_NOT_ALONE = re.compile(
    r"\b(?:only|even|as|except|whether|and|or|but|that|say|than|like|just|what|which|who|rather|"
    r"depending|is|are|be|know|before|after|either|not|so)$"
)


def condition(body: str) -> tuple[str, str, str] | None:
    """(cue, condition, consequence) of a sentence that opens with a condition."""
    match = _FRONTED.fullmatch(body)
    if not match or " " not in match["a"]:  # "If not, see below"
        return None
    return match["cue"], match["a"], match["b"]


def move_clause(body: str, common: frozenset[str]) -> str | None:
    """Move an adverbial clause to the other end of the sentence."""
    front = condition(body)
    if front:
        cue, a, b = front
        first = b.split(" ")[0].lower()
        if first in ("it", "they", "this", "he", "she", "these", "its", "their", "the-"):
            return None
        if re.search(r"\b(?:if|when|unless|because|that|which|who|and|or|but|by|it|them)\b", b):
            return None
        if cue in ("If", "When", "Unless") and not any(word in FINITE for word in a.split(" ")):
            return None
        return f"{b} {cue.lower()} {lower(a, common)}"
    back = _TRAILING.fullmatch(body)
    if not back or _NOT_ALONE.search(back["b"]):
        return None
    a, b, cue = back["a"], back["b"], back["cue"]
    if re.search(
        r"\b(?:if|when|unless|because|that|which|who|whose|but|where|and|or|to|only)\b", b
    ):
        return None
    if not any(word in FINITE for word in b.split(" ")) or len(a.split(" ")) < 2:
        return None
    if not any(word in FINITE for word in a.split(" ")):
        return None
    if a.split(" ")[0] in ("it", "they", "its", "their", "this", "he", "she", "necessary"):
        return None
    return f"{cue} {a}, {lower(b, common)}"


_NOTE = re.compile(r"(?:Please note|Note|Notice)(?: also)? that |Note: ")
_AFTER_LEAD = re.compile(
    r"(?P<lead>For example|For instance|However|Therefore|In addition|In particular|As a result), "
)


def plainly(body: str) -> str:
    """Without "Note that"."""
    return capital(_NOTE.sub("", body, count=1)) if _NOTE.match(body) else body


def name_the_called(body: str, common: frozenset[str]) -> str | None:
    """ "X is called Y" → "The name for X is Y"."""
    found = clause(body)
    if not found or found.verb not in ("is", "are") or not found.rest.startswith("called "):
        return None
    name = found.rest.removeprefix("called ")
    if len(name.split(" ")) > 4 or re.search(r",|\b(?:when|by|with|if|on|to|for|as|in)\b", name):
        return None
    subject = mid_sentence(found.subject, common, _NO_NAMES)
    if subject is None or subject in ("it", "they"):
        return None
    return f"The name for {subject} is {name}"


_TIME = (
    r"(?:[Ii]n|[Bb]y|[Ss]ince|[Uu]ntil|[Aa]fter|[Bb]efore|[Aa]round) (?:the (?:early|late) )?"
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|"
    r"December) )?"
    r"(?:1\d{3}|20\d{2})s?(?: (?:BC|AD))?"
    r"|[Ii]n (?:spring|summer|autumn|winter|practice|theory|general|particular cases)"
    r"|[Bb]y default|[Aa]t (?:run time|compile time|startup|the end of the \w+)"
)
_TIME_LAST = re.compile(rf"(?P<b>[^,;:]+?) (?P<t>{_TIME})")
_TIME_FIRST = re.compile(rf"(?P<t>{_TIME}),? (?P<b>[^,;:]+)")


_TIME_SCOPED = re.compile(r"\b(?:not|never|only|and|or|that|who|which)\b")


def move_time(body: str, common: frozenset[str]) -> str | None:
    """ "X happened in 1903" → "In 1903, X happened", and the reverse."""
    last = _TIME_LAST.fullmatch(body)
    if last and clause(body) and not _TIME_SCOPED.search(body):
        moved = mid_sentence(last["b"], common, _NO_NAMES)
        return f"{capital(last['t'])}, {moved}" if moved else None
    first = _TIME_FIRST.fullmatch(body)
    if not first or not clause(capital(first["b"])):
        return None
    if re.search(r"\b(?:and|or|that|who|which|when|if|because|not|as|to)\b", first["b"]):
        return None
    return f"{capital(first['b'])} {first['t'][0].lower()}{first['t'][1:]}"


_CONNECTIVE = re.compile(
    r"(?P<c>However|Therefore|Moreover|Furthermore|For example|For instance|In addition|"
    r"In general|In practice|As a result|Nevertheless|Consequently|By default|In particular|"
    r"On the other hand|In this case|In other words|Similarly|Instead), (?P<b>.+)"
)


def move_connective(body: str, common: frozenset[str]) -> str | None:
    """ "However, the server waits" → "The server, however, waits"."""
    match = _CONNECTIVE.fullmatch(body)
    found = clause(capital(match["b"])) if match else None
    if not match or not found or found.subject.split(" ")[0].lower() in PRONOUNS:
        return None
    if len(found.subject.split(" ")) > 5 or not found.rest:
        return None
    said = match["c"][0].lower() + match["c"][1:]
    if found.verb.lower() in ("is", "are", "was", "were", "can", "may", "must", "should", "will"):
        return f"{found.subject} {found.verb}, {said}, {found.rest}"
    return f"{found.subject}, {said}, {found.verb} {found.rest}"


_PURPOSE = re.compile(r"To (?P<a>[a-z]+ [^,;:]{3,70}), (?P<b>[a-z][^,;:]+)")
_WITH = re.compile(
    r"(?P<x>You|Users|We|One) can (?P<also>also )?use (?P<n>(?:the |a |an )?[^,;:]{2,40}?) to "
    r"(?P<v>[^,;:]+)"
)
_HARD = re.compile(r"\b(?:and|or|but|if|when|unless|not|that|which|who|because|to|than)\b")


def move_purpose(body: str, common: frozenset[str]) -> str | None:
    """ "To see all files, press the key" → "Press the key to see all files", and "You can use N to
    X" → "To X, you can use N"."""
    match = _PURPOSE.fullmatch(body)
    if match:
        first = match["b"].split(" ")[0]
        asked = first in _BASES or re.match(
            r"(?:you|we|users) (?:can|must|should|need)", match["b"]
        )
        if not asked or _HARD.search(match["b"]):
            return None
        return f"{capital(match['b'])} to {match['a']}"
    match = _WITH.fullmatch(body)
    if match and not _HARD.search(match["n"]) and not _HARD.search(match["v"]):
        return f"To {match['v']}, {match['x'].lower()} can {match['also'] or ''}use {match['n']}"
    return None


_BASES = frozenset(VERBS.values()) | {"enter", "select", "click", "press", "type", "go", "add"}
_AND = re.compile(r"(?P<a>[^;:]+?), (?P<c>and|but) (?P<b>[^;:]+)")
_BOUND = re.compile(
    r"(?:If|When|Unless|Because|Although|Once|Until|Since|Even if|Before|After|While|As|Whether|"
    r"Not|Both|Either|Neither|To|By|For|In|On|At|With)\b|.*\b(?:both|either|neither|between|"
    r"whether|that|which|who|if|when)\b"
)


def split_halves(body: str) -> list[str]:
    """Halves of a sentence joined by a semicolon, or by ", and" before a new subject, if both can
    stand alone."""
    halves = [half.strip() for half in body.split(";")]
    whole = all(any(w.lower() in FINITE for w in half.split(" ")) for half in halves)
    joined = re.match(
        r"(?:and|or|but|that|which|who|to|nor|if|when|as)\b", halves[-1], re.IGNORECASE
    )
    if len(halves) == 2 and whole and not joined:
        return [capital(half) for half in halves]
    return _coordinated(body) or [body]


def _coordinated(body: str) -> list[str] | None:
    match = _AND.fullmatch(body)
    if not match or _BOUND.match(match["a"]) or "," in match["a"]:
        return None
    first, second = clause(match["a"]), clause(capital(match["b"]))
    own = re.match(r"(?:the|a|an|it|they|this|these|he|she|we|you|its|their)\b", match["b"], re.I)
    if not first or not second or not own or len(match["a"]) < 25:
        return None
    if match["c"] == "but":
        return [match["a"], f"But {match['b']}"]
    return [match["a"], capital(match["b"])]


Move = Callable[[str, frozenset[str]], str | None]
MOVES: tuple[Move, ...] = (
    turn_modal,
    plain_modal,
    turn_passive,
    to_passive,
    move_clause,
    move_time,
    move_purpose,
    move_connective,
    name_the_called,
)


def restructure(
    body: str,
    common: frozenset[str],
    rng: random.Random,
    density: float,
    conditions_first: bool | None = None,
) -> str:
    """One structural move that fits, tried in a random order; `body` itself if none does.

    `conditions_first` says where a condition is to stand; None leaves it to chance.
    """
    moves = [*MOVES]
    rng.shuffle(moves)
    for move in moves:
        if rng.random() < density:
            turned = move(body, common)
            if turned and not (
                move is move_clause
                and conditions_first is not None
                and (condition(turned) is not None) is not conditions_first
            ):
                return turned
    return body
