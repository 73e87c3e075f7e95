"""Words that a wish is made of: verbs people use for those of tools, conditions, small sets."""

from __future__ import annotations

TOLD = ("{noun} {id}", "{noun} {id}", "the {noun} {id}", "{noun} number {id}", "{noun} no. {id}")
ONLY_IF = (
    ", but only if",
    ", provided that",
    ", if and only if",
    " as long as",
    ", on condition that",
    ", in case",
    ", though not unless",
    ", assuming that",
)
OR_NOTHING = (
    "; otherwise leave it",
    ". If not, don't change anything there",
    " (if not, leave everything as it is)",
    "; else keep your hands off",
    ". Should it be otherwise, nothing is to be done",
    ", and if that isn't so, do nothing more",
    "",
    "",
)
OTHERWISE = (
    "; otherwise leave it and tell me the {label}",
    ". If not, don't change anything, just tell me the {label}",
    " (if not, only tell me what the {label} is)",
    "; else keep your hands off and report the {label}",
    ". Should it be otherwise, let me know the {label} and leave it",
    ", and if that isn't so, nothing is to be changed and I'd like to hear the {label}",
    " - if it's anything else, simply name me the {label}",
    ". In any other case no change, only the {label} as it stands",
)
SYNONYMS = {
    "cancel": ("call off", "scrap"),
    "create": ("set up", "make"),
    "record": ("log", "note down", "enter"),
    "reschedule": ("move", "shift"),
    "postpone": ("push back", "put off"),
    "approve": ("sign off",),
    "reject": ("turn down",),
    "plan": ("schedule", "arrange"),
    "resolve": ("settle", "sort out"),
    "withdraw": ("take back", "pull"),
    "book": ("reserve", "arrange"),
    "register": ("enter", "add"),
    "extend": ("prolong",),
    "delete": ("erase",),
    "remove": ("take out", "strike"),
    "submit": ("hand in", "file"),
    "suspend": ("halt", "pause"),
    "finish": ("wrap up", "complete"),
    "complete": ("wrap up", "finish"),
    "start": ("begin", "kick off"),
    "lower": ("bring down", "reduce"),
}
"""Verbs of tools' titles and what people say instead."""
MOVES = ("move", "reschedule", "shift")
STATES = frozenset(("declare", "report", "flag", "call", "pronounce"))
CONDITIONS = frozenset(("lost", "found", "ready", "damaged", "broken", "complete", "free", "late"))
CASH = ("", "money", "cash", "funds", "amount", "balance", "credit", "points", "stock", "budget")
TOWARDS = ("to", "into", "from", "onto")
BOUNDS = {"min": "at least", "minimum": "at least", "max": "at most", "maximum": "at most"}
GENERIC = frozenset(("update", "change", "edit", "modify", "set", "adjust", "amend", "revise"))
MASS = frozenset(
    [
        "notice",
        "evidence",
        "feedback",
        "maintenance",
        "stock",
        "fuel",
        "mortality",
        "waste",
        "training",
        "consent",
        "compensation",
        "time",
        "access",
        "progress",
        "duty",
        "revision",
    ]
)
"""Nouns without an article: "give notice"."""
MAKING = frozenset(
    [
        "add",
        "create",
        "record",
        "log",
        "note",
        "enter",
        "give",
        "make",
        "send",
        "open",
        "raise",
        "file",
        "draft",
        "post",
        "write",
        "apply",
        "lock",
        "request",
        "order",
        "plan",
        "schedule",
        "book",
        "issue",
        "register",
        "insert",
        "docket",
        "commission",
        "lodge",
        "pay",
        "place",
        "buy",
        "hire",
        "ask",
        "plan",
        "set",
        "receive",
    ]
)
"""Verbs after which a noun without a row of its own is new: "record an arrival"."""
SPANS = frozenset(
    [
        "days",
        "hours",
        "minutes",
        "weeks",
        "months",
        "nights",
        "years",
        "people",
        "guests",
        "players",
        "learners",
        "persons",
        "children",
        "seats",
    ]
)
"""What an act is for: "for 3 nights", "for 4 people"; all else it has with it."""
TIMES = frozenset(("minutes", "hours", "days", "weeks", "months"))
"""What times are counted in."""
GIVING = frozenset(("pass on", "hand over", "give", "offer", "lend", "issue", "sell", "forward"))
"""Verbs with somebody who gets it."""
SEEKING = frozenset(("apply", "ask", "sign up"))
JOINING = frozenset(("enrol", "enrol in", "put", "put on", "sign up"))
"""Verbs of titles such as "enrol in workshop": somebody is put where the title says."""
KNOWN = ("queue", "store", "waiting list", "line")
"""What there is one of."""
SENDING = frozenset(("send", "send out"))
"""Verbs with a place that something goes to."""

PLACED = {
    "table": "at",
    "ward": "on",
    "gate": "at",
    "berth": "at",
    "quay": "at",
    "jetty": "at",
    "pitch": "at",
    "stand": "at",
    "counter": "at",
    "desk": "at",
    "site": "at",
    "venue": "at",
    "line": "on",
    "bench": "on",
    "track": "on",
    "platform": "on",
    "shelf": "on",
    "lane": "in",
    "aisle": "in",
    "tank": "in",
    "vessel": "in",
    "suite": "in",
    "bunker": "in",
    "cell": "in",
    "tunnel": "in",
}
"""Fields that say where something is: "at table 10", "on bench 2", "in the compression suite"."""
DEGREES = frozenset(("priority", "severity", "urgency", "risk", "quality", "difficulty"))
"""Fields whose value stands before them: "with high priority"."""
INSIDE = frozenset(
    ("room", "hall", "court", "cage", "pen", "house", "vault", "studio", "lab", "ward", "storey")
    + ("bay", "zone", "area", "yard", "field", "plot", "store", "vat", "cabin", "pool", "tunnel")
    + ("locker", "flat", "chamber", "kitchen", "hopper", "greenhouse", "compartment", "district")
    + ("facility", "chair", "box")
)
UPON = frozenset(
    ("route", "flight", "train", "trip", "voyage", "tour", "press", "machine", "hoist", "crane")
    + ("line", "bus", "tram", "ship", "boat", "bench", "lift", "pitch", "aircraft")
)
BESIDE = frozenset(("table", "desk", "berth", "counter", "gate", "stand"))
"""Nouns of rows that something takes place in, on or at."""
EXCHANGES = {"exchange": "for", "swap": "for", "replace": "with", "substitute": "with"}
"""Verbs of one thing for another → the word before the other."""
TAKING = frozenset(("draw", "take", "issue", "use"))
"""Verbs of parts that go into a job."""
UNDONE = {"block": "unblock", "pin": "unpin", "lock": "unlock", "approve": "unapprove"}
"""Verbs of switches, and what is said for "no"."""
BY_SO_MUCH = frozenset(
    ("extend", "prolong", "postpone", "delay", "shorten", "lengthen", "push", "put", "stretch")
)
"""Verbs that say by how many days."""
