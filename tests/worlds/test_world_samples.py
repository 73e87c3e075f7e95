"""Sampled states: integrity, determinism, handles, near-duplicates, consistent life stages."""

from __future__ import annotations

import random
from collections import defaultdict

from factory.worlds.sampler import sample_state
from factory.worlds.state import value_problem

SEEDS = range(4)


def samples(domains):
    for name, domain in domains.items():
        for seed in SEEDS:
            yield name, domain["world"], sample_state(domain["world"], random.Random(seed))


def test_every_reference_exists_and_every_value_fits_its_field(domains):
    for name, world, state in samples(domains):
        for table in world["tables"]:
            for row in state.rows(table["name"]):
                for field in table["fields"]:
                    value = row[field["name"]]
                    assert value_problem(field, value) is None, (name, table["name"], field, value)
                    if field.get("ref") and value is not None:
                        assert value in state.ids(field["ref"])


def test_unique_rules_hold(domains):
    for name, world, state in samples(domains):
        for table in world["tables"]:
            for rule in table["unique"]:
                keys = [
                    tuple(row[f] for f in rule["fields"])
                    for row in state.rows(table["name"])
                    if all(row[f] in ok for f, ok in rule.get("when", {}).items())
                ]
                assert len(set(keys)) == len(keys), (name, table["name"], rule)


def test_the_same_seed_gives_the_same_state_and_another_seed_another(domains):
    for domain in domains.values():
        world = domain["world"]
        hashes = {sample_state(world, random.Random(s)).hash() for s in (1, 1, 2, 3)}
        assert len(hashes) == 3


def test_tables_are_small_and_life_cycles_show_more_than_one_stage(domains):
    stages = defaultdict(set)
    for name, world, state in samples(domains):
        for table in world["tables"]:
            rows = state.rows(table["name"])
            assert 6 <= len(rows) <= 26, (name, table["name"], len(rows))
            if "life" in table:
                stages[name, table["name"]] |= {row[table["life"]["field"]] for row in rows}
    assert len(stages) >= 15
    assert min(len(found) for found in stages.values()) > 1


def test_handles_are_fields_and_some_people_share_a_surname(domains):
    shared = 0
    for _, world, state in samples(domains):
        for table in world["tables"]:
            fields = {field["name"]: field for field in table["fields"]}
            for handle in table["handles"]:
                assert set(handle) <= set(fields)
            people = [n for n, f in fields.items() if f.get("gen") == {"person": None}]
            for name in people:
                surnames = [r[name].split(" ", 1)[1] for r in state.rows(table["name"])]
                shared += len(surnames) - len(set(surnames))
    assert shared > 40


def test_a_computed_price_follows_from_the_row_it_refers_to(domains):
    world = domains["tennis_club"]["world"]
    state = sample_state(world, random.Random(8))
    for row in state.rows("reservation"):
        assert row["price"] == state.get("court", row["court_id"])["fee"]
