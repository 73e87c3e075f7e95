"""English verb forms for requests and reports."""

from __future__ import annotations

IRREGULAR = {
    "set": "set",
    "put": "put",
    "send": "sent",
    "give": "gave",
    "take": "took",
    "make": "made",
    "pay": "paid",
    "write": "wrote",
    "withdraw": "withdrew",
    "find": "found",
    "hold": "held",
    "sell": "sold",
    "buy": "bought",
    "lend": "lent",
    "bring": "brought",
    "begin": "began",
    "let": "let",
    "split": "split",
    "freeze": "froze",
    "unfreeze": "unfroze",
    "undo": "undid",
    "redo": "redid",
    "draw": "drew",
    "shut": "shut",
    "keep": "kept",
    "leave": "left",
    "reset": "reset",
    "read": "read",
    "get": "got",
    "build": "built",
    "rebuild": "rebuilt",
    "run": "ran",
    "cut": "cut",
    "tell": "told",
    "lay": "laid",
    "resend": "resent",
    "overwrite": "overwrote",
    "feed": "fed",
    "lead": "led",
    "hire": "hired",
    "mark": "marked",
    "log": "logged",
    "strike": "struck",
}
PARTICIPLES = {
    "give": "given",
    "take": "taken",
    "write": "written",
    "withdraw": "withdrawn",
    "begin": "begun",
    "freeze": "frozen",
    "unfreeze": "unfrozen",
    "undo": "undone",
    "redo": "redone",
    "draw": "drawn",
    "run": "run",
    "overwrite": "overwritten",
}
PARTICLES = frozenset(("up", "out", "off", "in", "back", "down", "over", "on", "away"))
_NO_DOUBLE = ("w", "x", "y")


def past(phrase: str) -> str:
    """The simple past of an imperative phrase: "cancel the booking" → "cancelled the booking"."""
    first, _, rest = phrase.partition(" ")
    return _past_word(first) + (f" {rest}" if rest else "")


def participle(phrase: str) -> str:
    """The past participle of an imperative phrase: "withdraw the claim" → "withdrawn ..."."""
    first, _, rest = phrase.partition(" ")
    word = PARTICIPLES.get(first) or _past_word(first)
    return word + (f" {rest}" if rest else "")


def gerund(phrase: str) -> str:
    """The -ing form of an imperative phrase: "cancel the booking" → "cancelling the booking"."""
    first, _, rest = phrase.partition(" ")
    return _ing(first) + (f" {rest}" if rest else "")


def _ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and verb[-2:-1] not in ("e", "o", "y", ""):
        return verb[:-1] + "ing"
    if _doubles(verb):
        return verb + verb[-1] + "ing"
    return verb + "ing"


def _past_word(verb: str) -> str:
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ied"
    if _doubles(verb):
        return verb + verb[-1] + "ed"
    return verb + "ed"


def _doubles(verb: str) -> bool:
    """Consonant-vowel-consonant in a stressed last syllable."""
    if len(verb) < 3 or verb[-1] in "aeiou" or verb[-1] in _NO_DOUBLE:
        return False
    if verb[-2] not in "aeiou" or verb[-3] in "aeiou":
        return False
    vowels = sum(char in "aeiou" for char in verb)
    return vowels == 1 or verb in (
        "cancel",
        "refer",
        "admit",
        "transfer",
        "enrol",
        "permit",
        "submit",
    )
