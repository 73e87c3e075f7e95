"""Bound domains and sampled states, made once for all tests of the worlds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from factory.worlds.domains import domain_body
from factory.worlds.sampler import sample_state
from factory.worlds.specs import load_specs

SPECS = Path(__file__).parents[2] / "tool_specs"
SAMPLE = {
    "commerce": ("bicycle_shop", "garden_centre"),
    "education": ("university_library",),
    "finance": ("credit_union",),
    "health": ("dental_practice",),
    "hospitality": ("conference_centre",),
    "logistics": ("cargo_bike_couriers",),
    "public_service": ("building_permits",),
    "sport_leisure": ("tennis_club",),
}
"""Domains by category on which the worlds are tested: the tests do not grow with the specs."""


@pytest.fixture(scope="session")
def domains():
    """The bodies of the sampled domains by name."""
    names = [name for chosen in SAMPLE.values() for name in chosen]
    specs = {spec["domain"]["name"]: spec for spec in load_specs(SPECS, list(SAMPLE)).domains}
    return {name: domain_body(specs[name], random.Random(11)) for name in names}


@pytest.fixture
def library():
    """A small world of two tables with every rule a state can have."""
    tables = [
        {
            "name": "reader", "noun": "reader", "plural": "readers", "prefix": "R-", "digits": 3,
            "key": "reader_id", "size": [5, 6], "unique": [{"fields": ["email"]}], "handles": [],
            "fields": [
                {"name": "email", "type": "string", "semantic": "reader.email",
                 "gen": {"pattern": "AAA###"}},
                {"name": "balance", "type": "number", "semantic": "reader.balance", "minimum": 0,
                 "gen": {"money": [0, 50, 5]}},
            ],
        },
        {
            "name": "loan", "noun": "loan", "plural": "loans", "prefix": "L-", "digits": 3,
            "key": "loan_id", "size": [5, 6], "handles": [],
            "unique": [{"fields": ["book"], "when": {"status": ["out"]}}],
            "life": {"field": "status", "start": "out", "share": {"out": 1, "back": 1},
                     "transitions": {"out": ["back", "lost"], "lost": ["back"], "back": []},
                     "terminal": ["back"]},
            "fields": [
                {"name": "reader_id", "type": "string", "semantic": "reader.id", "ref": "reader"},
                {"name": "book", "type": "string", "semantic": "loan.book",
                 "gen": {"pattern": "BOOK ##"}},
                {"name": "due", "type": "date", "semantic": "loan.due", "gen": {"date": [-5, 5]}},
                {"name": "status", "type": "enum", "enum": ["out", "lost", "back"],
                 "semantic": "loan.status"},
            ],
        },
    ]  # fmt: skip
    world = {
        "today": "2026-05-04",
        "currency": "EUR",
        "settings": {},
        "people": {"given": ["A"], "surnames": ["B"], "mail": "x.example"},
        "tables": tables,
    }
    return world, sample_state(world, random.Random(4))
