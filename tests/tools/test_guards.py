"""Requirements without which a write would fail are told from those that only say what is allowed:
the first may be neither lifted nor dropped, or a proven tool could end in a fault."""

from __future__ import annotations

import random

import pytest

from factory.tools.evolution.guards import guards_write
from factory.tools.evolution.place import Place, without_refusals
from factory.tools.evolution.rules import precondition

TABLES = {
    "card": {"unique": []},
    "seat": {"unique": [{"fields": ["place", "day"], "when": {"status": ["held"]}}]},
}


def var(name, field=None):
    return {"var": name, **({"field": field} if field else {})}


def op(name, *of):
    return {"op": name, "of": list(of)}


def require(that):
    return {"do": "require", "that": that, "error": "refused"}


TWO_ENDS = [
    require(op("ne", var("giver", "card_id"), var("taker", "card_id"))),
    require(op("le", {"arg": "points"}, 300)),
    require(op("eq", var("giver", "status"), "active")),
    {"do": "transfer", "table": "card", "from": var("giver", "card_id"),
     "to": var("taker", "card_id"), "field": "points", "amount": {"arg": "points"},
     "error": "too_few", "as_from": "giver", "as_to": "taker"},
]  # fmt: skip
DIFFERENCE = [
    {"do": "compute", "as": "delta", "value": op("sub", {"arg": "value"}, var("meter", "last"))},
    require(op("ge", var("delta"), 0)),
    require(op("ne", var("meter", "status"), "removed")),
    {"do": "update", "table": "card", "id": {"arg": "meter_id"}, "as": "meter",
     "values": {"open": op("add", var("meter", "open"), var("delta"))}},
]  # fmt: skip
THROUGH_TWO = [
    {"do": "compute", "as": "rest", "value": op("sub", var("claim", "due"), var("claim", "paid"))},
    require(op("gt", var("rest"), 0)),
    {"do": "compute", "as": "now", "value": op("coalesce", {"arg": "amount"}, var("rest"))},
    {"do": "insert", "table": "card", "values": {"amount": var("now")}, "as": "payout"},
]


def taken(write, field="place"):
    return [
        {"do": "search", "table": "seat", "as": "others",
         "match": [{"field": field, "op": "eq", "value": {"arg": "place"}}]},
        require(op("eq", op("len", var("others")), 0)),
        write,
    ]  # fmt: skip


HOLD = {"do": "transition", "table": "seat", "id": {"arg": "seat_id"}, "to": "held", "as": "seat",
        "error": "not_free"}  # fmt: skip
INSERT = {"do": "insert", "table": "seat", "values": {"place": {"arg": "place"}}, "as": "seat"}


@pytest.mark.parametrize(
    ("steps", "at", "guards"),
    [
        (TWO_ENDS, 0, True),
        (TWO_ENDS, 1, False),
        (TWO_ENDS, 2, False),
        (DIFFERENCE, 1, True),
        (DIFFERENCE, 2, False),
        (THROUGH_TWO, 1, True),
        (taken(HOLD), 1, True),
        (taken(INSERT), 1, True),
        (taken({**INSERT, "error": "taken"}), 1, False),  # the write says so itself
        (taken(INSERT, field="colour"), 1, False),  # a limit, no unique rule
        (taken({**INSERT, "table": "card"}), 1, False),
    ],
)
def test_a_requirement_that_a_write_rests_on_is_known(steps, at, guards):
    assert guards_write(steps[at], {"steps": steps}, TABLES) is guards


def test_no_unique_rule_transfer_or_amount_loses_its_guard_in_evolution(repository):
    """Lifted requirements of real programs: none of those that the rules above protect."""
    lifted = 0
    for domain, _, _ in repository:
        place = Place(domain)
        for operation in domain["operations"]:
            for seed in range(4):
                made = precondition(place, [operation], random.Random(seed))
                if made is None:
                    continue
                old = {s["error"]: s for s in operation["program"]["steps"] if s["do"] == "require"}
                for step in made["program"]["steps"]:
                    if step["do"] == "require" and step["that"].get("op") == "or":
                        before = old[step["error"]]
                        if before["that"] != step["that"]:
                            lifted += 1
                            assert not guards_write(before, operation["program"], place.tables)
    assert lifted > 20


def test_an_unreached_guard_is_not_dropped_from_a_program():
    program = {"params": [], "steps": [*TWO_ENDS, {"do": "return", "values": {}}], "returns": {},
               "errors": [{"code": "refused", "message": "No."}]}  # fmt: skip
    assert without_refusals(program, {"refused"}, TABLES) is None
