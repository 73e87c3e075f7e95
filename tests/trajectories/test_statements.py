"""What an agent states of a record is held to that record: told by hand-made conversations."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from factory.trajectories.judging.case import Segment
from factory.trajectories.judging.statements import true_statements

ANNA = {"member_id": "MB-101", "name": "Anna Kovar", "status": "active", "level": "gold"}
BORIS = {"member_id": "MB-202", "name": "Boris Thorn", "status": "frozen", "level": "silver"}
BOOKING = {"booking_id": "BK-7", "member_id": "MB-101", "status": "open", "court": "north"}
BOOKED = {**BOOKING, "status": "cancelled"}


class OneTable:
    """A state with the rows of one table, for the values that no result shows."""

    def __init__(self, rows):
        self._rows = rows

    def tables(self):
        return ["member"]

    def rows(self, table):
        return self._rows


def case(report, *results, request="Please look that up.", changed=(), values=(), rows=()):
    messages = [
        {"role": "system", "content": "You help."},
        {"role": "user", "content": request},
        {"role": "assistant", "content": "", "tool_calls": [{}]},
        *({"role": "tool", "content": json.dumps(result)} for result in results),
        {"role": "assistant", "content": report},
    ]
    criteria = [{"check": {"values": [{"name": n, "value": v} for n, v in values]}}]
    return SimpleNamespace(
        messages=messages,
        task={
            "domain_id": "d",
            "plan": [],
            "agenda": {"slots": [], "goals": []},
            "rubric": {"success_criteria": criteria},
        },
        toolbox=SimpleNamespace(domains={}),
        anew=SimpleNamespace(environment=SimpleNamespace(states={"d": OneTable(list(rows))})),
        segments=[Segment("opening", 1, len(messages))],
        report=lambda segment: len(messages) - 1,
        calls=[{"message": 3 + i, "changes": i in changed} for i in range(len(results))],
    )


ASKED = "What is the level of Anna Kovar?"
TOLD = {"request": "Set it to status frozen!", "rows": [BORIS]}
WROTE = {"changed": {1}, "rows": [{"status": "open"}]}
BOTH = ({"member": ANNA}, {"member": BORIS})


@pytest.mark.parametrize(
    ("report", "results", "more"),
    [
        ("For Anna Kovar: status frozen. For Boris Thorn: status active.", BOTH, {}),
        ("Anna Kovar has the level silver.", BOTH, {}),
        ("Now on file: member id MB-202, status active.", BOTH, {}),
        ("On file: status frozen, level gold.", BOTH, {}),
        ("The level is silver.", ({"members": [BORIS, ANNA]},), {"request": ASKED}),
        ("Done. It now has status open.", ({"booking": BOOKING}, {"booking": BOOKED}), WROTE),
        ("The level is bronze.", BOTH, {"rows": [{"level": "bronze"}, ANNA]}),
    ],
)
def test_a_value_of_another_record_is_found(report, results, more):
    assert true_statements(case(report, *results, **more)).score == 0.0


@pytest.mark.parametrize(
    ("report", "results", "more"),
    [
        ("For Anna Kovar: status active. For Boris Thorn: status frozen.", BOTH, {}),
        ("On file: status frozen, level silver.", BOTH, {}),
        ("The booking of Anna Kovar: status open.", ({"member": ANNA}, {"booking": BOOKING}), {}),
        ("It is done: status cancelled.", ({"booking": BOOKING}, {"booking": BOOKED}), WROTE),
        ("As you said, status frozen. Done.", ({"member": ANNA},), TOLD),
        ("Do you mean the one with status frozen?", ({"member": ANNA},), {}),
        ("The status was open.", ({"booking": BOOKED},), {"values": [("booking.status", "open")]}),
        ("The status is a matter of taste.", BOTH, {}),
        ("The old status frozen is gone.", ({"member": ANNA},), {"rows": [BORIS]}),
    ],
)
def test_what_a_record_shows_is_left_alone(report, results, more):
    found = true_statements(case(report, *results, **more))
    assert found.score == 1.0, found.detail


@pytest.mark.parametrize("but", [" instead of mixer 1", ", not mixer 1", ", rather than mixer 1"])
def test_what_a_value_is_said_not_to_be_names_no_record(but):
    mixes = [
        {"mix_id": "MX-1203", "mixer": "tinting room", "planned_kg": 1450},
        {"mix_id": "MX-1210", "mixer": "mixer 1", "planned_kg": 950},
    ]
    assert true_statements(case(f"The mixer is tinting room{but}.", {"records": mixes})).score
