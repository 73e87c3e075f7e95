"""Labels that are more than a noun: units of measure, dates of what was done, things that are so
or not. "planned kg" is a planned weight in kg, what was "decided on" has a decision date, "papers
complete" is said of the papers."""

from __future__ import annotations

from functools import lru_cache

_UNITS = {
    "days": "time",
    "minutes": "time",
    "percent": "",
    "kg": "weight",
    "grams": "weight",
    "tonnes": "weight",
}
"""Last word of a label that is what the value is counted in → what is so measured, where the rest
of the label says only of which kind."""
_KINDS = frozenset(
    ("planned", "actual", "harvested", "mean", "waiting", "lead", "total", "billed", "good", "used")
)
_DATES = {
    "filed": "filing date",
    "decided": "decision date",
    "booked": "booking date",
    "placed": "order date",
    "ordered": "order date",
    "enrolled": "enrolment date",
    "issued": "issue date",
    "asked": "request date",
    "signed": "signing date",
    "submitted": "submission date",
    "paid": "payment date",
    "published": "publication date",
    "calibrated": "calibration date",
    "collected": "collection date",
    "applied": "application date",
    "bought": "purchase date",
    "opened": "opening date",
    "closed": "closing date",
    "closes": "closing date",
    "expires": "expiry date",
    "points expire": "expiry date of the points",
    "started": "start date",
    "came in": "arrival date",
    "received": "date of receipt",
    "alarmed": "alarm date",
    "harvested": "harvest date",
}
"""What was done "on" a date → the date's name."""
_ENDS = {
    "valid until": "expiry date",
    "valid to": "expiry date",
    "good until": "expiry date",
    "valid from": "first day of validity",
    "held until": "end of the hold",
    "muted until": "end of the muting",
    "accredited until": "end of the accreditation",
    "partner since": "start of the partnership",
    "wait until": "end of the waiting time",
    "departs minute": "departure minute",
    "since season": "first season",
}
NAMES = frozenset((*_DATES.values(), *_ENDS.values(), *_UNITS.values()))
"""What dates and measures are called though no field is."""
_PREDICATES = frozenset(
    ("on", "in", "at", "off", "fit", "safe", "ready", "open", "may", "opted", "still", "under")
)
_STATED = frozenset(
    ("green", "customs", "security", "finance", "parchment", "art", "concert", "estimated", "sworn")
    + ("struck",)
)
"""First words of labels that are one predicate as they stand, "customs sealed"."""
_SO = frozenset(
    ("complete", "valid", "current", "done", "usable", "clean", "present", "active", "met", "in")
    + ("seen", "told", "held", "found", "sent", "shown", "paid", "ready")
)
_THINGS = frozenset(
    ("member", "newsletter", "committee", "asthma", "regular", "embroidered", "cfe", "order")
)


_NOT_ADDED = frozenset(
    ("limit", "rate", "level", "score", "mark", "reading", "temperature", "percent", "age", "value")
    + ("interval", "tolerance", "deviation", "result", "fee", "largest", "last", "per", "condition")
)
_NO_AMOUNTS = frozenset(
    ("table", "ward", "number", "version", "round", "priority", "minute", "gate")
)


def adds_up(label: str) -> bool:
    """Whether a sum of what a label is of means something: of hours, not of limits."""
    return not _NOT_ADDED & set(label.split(" "))


def is_amount(label: str) -> bool:
    """Whether a number under that label is one to reckon with, not the name of a table."""
    return label.split(" ")[-1] not in _NO_AMOUNTS


@lru_cache(maxsize=4096)
def measure(label: str) -> tuple[str, str] | None:
    """What is measured and in which unit, of a label that ends with a unit: "interval days" is an
    interval in days; None for all others, "weekly hours" among them."""
    head, _, unit = label.rpartition(" ")
    bare = head.removeprefix("minimum ").removeprefix("total ").removeprefix("average ")
    if not bare or unit not in _UNITS or " " in bare:
        return None
    return (f"{head} {_UNITS[unit]}".strip() if bare in _KINDS else head), unit


def named_date(label: str) -> str | None:
    """The name of a date that a label such as "decided on" or "valid until" is of."""
    head, _, last = label.rpartition(" ")
    return _ENDS.get(label) or (_DATES.get(head) if last == "on" else None)


@lru_cache(maxsize=4096)
def said_of(label: str) -> tuple[str, str] | None:
    """("papers", "complete") of a label that says of a thing's part that it is so; None where it
    is said of the thing itself."""
    head, _, last = label.partition(" in ")
    if last == "order":
        return head, "in order"
    head, _, last = label.rpartition(" ")
    first = label.partition(" ")[0]
    if not head or first in _PREDICATES | _STATED:
        return None
    return (head, last) if last in _SO or last.endswith("ed") else None


def is_predicate(label: str) -> bool:
    """Whether a label is said of a thing as it stands: "active", "on duty", "fit for service"."""
    first = label.partition(" ")[0]
    if " " not in label:
        return label not in _THINGS
    return first in _PREDICATES | _STATED
