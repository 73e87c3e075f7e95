"""What an offline agent calls its own steps: what a look-up goes through, what a change does, what
went wrong on the way."""

from __future__ import annotations

from functools import lru_cache

from factory.tasks.language.labels import READ_VERBS
from factory.tasks.language.verbs import PARTICLES, gerund
from factory.tasks.tables import words

FAULT_WORDS = {
    "timeout": (
        "the call timed out", "no answer came in time", "the answer took too long",
        "the system did not answer in time", "the call ran into a time-out",
    ),
    "rate_limited": (
        "the system had too many requests", "there were too many requests at once",
        "too many requests were coming in",
    ),
    "unavailable": (
        "the service was unavailable", "the service could not be reached",
        "the service didn't respond", "there was no connection to the service",
    ),
    "conflict": (
        "the record was busy", "somebody else was changing the record",
        "the record was being changed at the same moment", "another request held the record",
    ),
    "truncated_page": (
        "the list came back incomplete", "only a part of the list arrived",
        "the list was cut off", "half of the list is missing",
    ),
}  # fmt: skip
"""Code of a passing fault → ways to say what happened."""
NO_SUCH_TOOL = (
    "I used a tool name that does not exist", "there is no tool of that name",
    "I called a tool that isn't there", "no tool goes by that name",
    "I had the name of the tool wrong", "that was not the tool's name",
)  # fmt: skip
_SEARCHES = frozenset(("find", "search", "look", "lookup", "identify", "query"))
_WORKED_OUT = frozenset(("calculate", "compute", "estimate", "work", "check"))
_WHOLE = frozenset(
    ("rota", "menu", "pass", "list", "report", "overview", "log", "board", "catalogue", "bill")
    + ("availability", "schedule", "history", "summary", "plan", "price", "cover", "workload")
    + ("portfolio", "statement", "map", "calendar", "activity", "ledger", "register", "queue")
    + ("stock", "revenue", "turnover", "timetable", "docket", "book", "punctuality", "performance")
    + ("progress", "protocol", "custody", "scorecard", "revenue", "balance", "rate", "quote")
)
"""Nouns of what is looked through as it stands; of others there are records."""
_REASONS = frozenset(
    ["manager", "managers", "supervisor", "supervisors", "overdue", "unpaid", "expired", "premium",
     "suspended", "blocked", "frozen", "locked", "licence", "licences", "subscription",
     "subscriptions", "deadline", "deadlines", "identity", "maintenance", "error", "errors",
     "outage", "outages", "holiday", "holidays", "weekend", "discount", "discounts", "security"]
)  # fmt: skip
"""Words that are also named as a reason why something can't be done."""
_BARE = frozenset(
    ("put", "mark", "declare", "report", "give", "take", "send", "apply", "sign", "hand", "note")
    + ("place", "lock", "pass", "bring", "ask", "request", "record", "log", "enter", "start")
    + ("let", "make", "tell", "use", "end", "call", "knock", "weigh", "note", "book", "top")
)
"""Verbs that say too little, or something else, with a bare "it" behind them."""


@lru_cache(maxsize=4096)
def looked_through(tool: str) -> str:
    """What a reading tool looks through, by its name: `hotel__search_guests` "the guests",
    `findCrewMember` "the crew member records", `get_rota` "the rota"."""
    tokens = words(tool.rpartition("__")[2]).split(" ")
    at = next((i for i, token in enumerate(tokens) if token in READ_VERBS), None)
    if at is None:
        return "the records"
    noun = [token for token in tokens[at + 1 :] if token not in (*PARTICLES, "the", "for")]
    if not noun and len(tokens) > 1:  # "kitchen day report", but "crops search"
        noun = tokens if tokens[at] in _WHOLE else tokens[:at]
    if not noun or len(noun) > 4 or _REASONS & set(noun):
        return "the records"
    if noun[-1] in _WHOLE or noun[-1].endswith("s"):
        return f"the {' '.join(noun)}"
    if tokens[at] in _WORKED_OUT:
        return "the records"  # "calculate flour need": that isn't written anywhere
    return f"the {' '.join(noun)} {'records' if tokens[at] in _SEARCHES else 'record'}"


@lru_cache(maxsize=4096)
def in_progress(act: str) -> str:
    """What is being done, in short: "cancel the booking of ..." is "cancelling it"."""
    verb, _, rest = act.partition(" ")
    second = rest.partition(" ")[0]
    if verb in _BARE or second in PARTICLES or not verb.isalpha():
        return "making the change"
    return f"{gerund(verb)} it"
