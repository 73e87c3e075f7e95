"""Bound domains and sampled states, made once for all tests of the worlds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from factory.worlds.domains import domain_body
from factory.worlds.sampler import sample_state
from factory.worlds.specs import load_specs

SPECS = Path(__file__).parents[2] / "tool_specs"


@pytest.fixture(scope="session")
def domains():
    """The bodies of all authored domains by name."""
    specs = load_specs(SPECS).domains
    return {spec["domain"]["name"]: domain_body(spec, random.Random(11)) for spec in specs}


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
