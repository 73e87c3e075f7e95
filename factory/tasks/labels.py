"""Small words: labels after "the", prepositions of params, verbs that only read."""

from __future__ import annotations

from factory.tasks.tables import words

RANK = {"for": 0, "by": 0, "from": 1, "until": 2, "on": 1, "to": 1, "at": 2}
"""Order in which values are said after an act, by the word that begins them."""
AFTER = frozenset(("to", "from", "in", "into", "on", "out", "back", "off", "for", "as", "at"))
"""Words after the noun of a title that stay behind the row: "send X to maintenance"."""
_UNITS = frozenset(["m", "kg", "km", "cm", "mm", "l", "t", "h", "g", "eur", "usd", "gbp", "chf"])


def noun_label(label: str) -> str:
    """A label that can follow "the": "opened on" → "opened date", "starts at" → "start time"."""
    head, _, last = label.rpartition(" ")
    if head and last in ("on", "at"):
        what = "date" if last == "on" else "time"
        return f"{what} {head}" if head.endswith("ed") else f"{head.removesuffix('s')} {what}"
    return f"{head} ({last})" if head and last in _UNITS else label


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
    return f"with {label} {value}"
