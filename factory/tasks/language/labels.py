"""Small words: labels after "the", prepositions of params, verbs that only read."""

from __future__ import annotations

from functools import lru_cache

from factory.agents.grammar import plain, tidy
from factory.tasks.language.measures import measure, named_date
from factory.tasks.tables import words

RANK = {"for": 0, "by": 0, "from": 1, "until": 2, "on": 1, "to": 1, "at": 2}
"""Order in which values are said after an act, by the word that begins them."""
AFTER = frozenset(
    (
        "to",
        "from",
        "in",
        "into",
        "on",
        "out",
        "back",
        "off",
        "for",
        "as",
        "at",
        "over",
        "up",
        "down",
    )
)
"""Words after the noun of a title that stay behind the row: "send X to maintenance"."""
_UNITS = frozenset(["m", "kg", "km", "cm", "mm", "l", "t", "h", "g", "eur", "usd", "gbp", "chf"])
_PARTICIPLES = frozenset(
    [
        "sent",
        "given",
        "taken",
        "written",
        "read",
        "paid",
        "drawn",
        "sold",
        "bought",
        "lent",
        "held",
        "made",
        "built",
        "done",
        "found",
        "grown",
        "kept",
        "begun",
        "seen",
        "set",
        "put",
        "cut",
        "frozen",
    ]
)
_DATED_FOR = frozenset(("planned", "booked", "scheduled", "set", "due", "called", "expected"))
_STARTS = {"begins": "start", "starts": "start", "ends": "end"}
_ONGOING = {"begins": "beginning", "starts": "starting", "ends": "ending", "departs": "departing"}
TIES = frozenset(("on", "at", "for", "from", "to", "until", "till", "since", "by", "before"))
"""Words that end a label which runs on into its value: "valid from", "planned for"."""
PEOPLE = ("children", "people", "staff", "fish alive")
_UPPER = frozenset(("id", "cefr", "vat", "url", "iban", "sku", "vin", "ctc", "co2", "ph", "pin"))


def noun_label(label: str) -> str:
    """A label that can follow "the": "opened on" → "date opened", "starts at" → "start time",
    "planned for" → "planned date", "valid until" → "valid-until date"."""
    head, _, last = label.rpartition(" ")
    if not head:
        return label
    known, measured = named_date(label), measure(label)
    if known or measured:
        return known or " in ".join(measured or ())
    if last == "no":
        return f"{head} number"
    if last in _UNITS:
        return f"{head} in {last}" if len(last) == 1 else label
    if last in ("on", "at"):
        what = "date" if last == "on" else "time"
        done = head.endswith("ed") or head in _PARTICIPLES
        return f"{what} {head}" if done else f"{_STARTS.get(head, head.removesuffix('s'))} {what}"
    if last == "for":
        return f"{head} date" if head in _DATED_FOR else label
    return f"{head}-{last} date" if last in TIES and last not in ("by", "to") else label


@lru_cache(maxsize=4096)
def shown_label(label: str) -> str:
    """A label as it is written, with what is written in capitals: "permit ID", "CEFR level"."""
    return " ".join(word.upper() if word in _UPPER else word for word in label.split(" "))


def is_many(label: str) -> bool:
    """Whether a label of a whole number counts things: "guests", "units used", "children"."""
    if measure(label) is not None or " in " in label:
        return False
    return label in PEOPLE or _plural(label.split(" ")[0]) or _plural(label)


def _plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "as"))


def asked_label(label: str, value: object) -> str:
    """How a question names a field with such a value: "number of guests", "e-mail address"."""
    bare = label.startswith(("number ", "total ", "average ")) or "hours" in label.split(" ")
    if isinstance(value, int) and not isinstance(value, bool) and is_many(label) and not bare:
        return f"number of {label}"
    named = {"email": "e-mail address", "e mail": "e-mail address", "phone": "phone number"}
    return shown_label(named.get(label) or noun_label(label))


def with_article(noun: str) -> str:
    """ "an interval", "a planned weight"."""
    article = tidy(f"a {noun}").partition(" ")[0].lower()
    return f"{article} {noun}"


def counted(label: str, number: str) -> str:
    """So many of what a label counts: "1 child", "3 guests", "2 sessions left"."""
    one = {"children": "child", "people": "person", "fish alive": "fish alive"}.get(label)
    if plain(number) != "1":
        return f"{number} {label}"
    first, _, rest = label.partition(" ")
    single = label.removesuffix("s") if not _plural(first) else f"{first.removesuffix('s')} {rest}"
    return f"{number} {one or single}".strip()


def runs_on(label: str) -> bool:
    """Whether a date's label goes right before its value: "placed on 3 May", "valid until ..."."""
    head, _, last = label.rpartition(" ")
    return bool(head) and " " not in head and last in TIES and head not in _ONGOING


READ_VERBS = frozenset(
    [
        "get",
        "show",
        "fetch",
        "find",
        "search",
        "list",
        "look",
        "view",
        "read",
        "check",
        "count",
        "summarize",
        "summarise",
        "retrieve",
        "browse",
        "display",
        "lookup",
        "query",
        "see",
        "inspect",
        "report",
        "calculate",
        "compute",
    ]
)


def preposition(param: str) -> str | None:
    """`from` and `to` for params that name the two ends of a movement."""
    name = words(param).split()
    if {"from", "source", "origin", "payer", "sender"} & set(name):
        return "from"
    if {"to", "target", "destination", "payee", "recipient", "into"} & set(name):
        return "to"
    return "to" if "new" in name else None


def date_pair(label: str, value: str) -> str:
    """A date with the words that tie it to an act or a row: "until 3 May", "placed on 3 May"."""
    parts = label.split()
    if "new" in parts:
        return f"to {value}"
    if len(parts) > 1 and parts[-1] in ("before", "after", "since", "until", "from"):
        return f"{label} {value}"
    if parts[0] in ("from", "since", "after", "start"):
        return f"from {value}"
    if parts[0] in ("to", "until", "before", "end", "till"):
        return f"until {value}"
    if label in ("date", "day", "on", "on date"):
        return f"on {value}"
    if runs_on(label):
        return f"{label} {value}"
    if parts[-1] in TIES and len(parts) == 2:
        return f"{_ONGOING.get(parts[0], parts[0])} {parts[-1]} {value}"
    return f"with {shown_label(label)} {value}"
