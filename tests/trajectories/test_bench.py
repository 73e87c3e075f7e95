"""The judge's own test: good trajectories broken in named ways, found, and why they are found."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest

from factory.recipe import Recipe
from factory.tasks.proof.checks import Score
from factory.trajectories.bench.material import materials
from factory.trajectories.bench.measure import MUTATORS, measure
from factory.trajectories.bench.performance import rng_of
from factory.trajectories.bench.truth import net_effect, same_effect, stands_in
from factory.trajectories.judging.rules import RULES
from tests.agents.agentic_line import line

COUNT = 45


@cache
def taken():
    return tuple(materials(line().store, COUNT))


def bench(kinds=None, count=COUNT):
    chosen = {name: MUTATORS[name] for name in kinds} if kinds is not None else MUTATORS
    return asyncio.run(measure(taken()[:count], line().store, Recipe(), chosen))


def test_every_kind_of_mutation_is_found_and_no_good_one_is_flagged():
    found = bench()
    assert found.good.trials == COUNT and found.good.hits == 0, found.good
    assert found.again.hits == 0, found.again
    missed = {kind: tally.missed for kind, tally in found.kinds.items() if tally.missed}
    assert all(len(ids) <= 1 for ids in missed.values()), missed
    trials = sum(tally.trials for tally in found.kinds.values())
    assert sum(tally.hits for tally in found.kinds.values()) >= 0.995 * trials, missed
    assert len(found.kinds) >= 28  # the line has tasks of every kind that a mutation needs


def test_the_bench_is_the_same_every_time():
    kinds = ["wrong argument", "stale result", "invented name"]
    assert bench(kinds, 12).as_json() == bench(kinds, 12).as_json()


BROKEN = {
    "replays": ["edited result", "swapped results", "wrong counts"],
    "same_setting": ["other setting"],
    "heeds_no": ["overruled user"],
    "grounded_names": ["invented name", "invented status or category"],
    "grounded_answers": ["invented number, date or id", "shifted date or time"],
    "true_failures": ["denied outcome", "made-up error"],
    "nothing_strange": ["made-up act", "made-up circumstance"],
    "asked_is_done": ["asked about something else", "never asked which"],
    "wishes_as_worded": ["asked for another act", "asked with a number off"],
    "no_machinery": ["call in words", "said twice", "unfit words"],
    "grounded_arguments": ["reordered dependent calls"],
    "no_repeated_write": ["repeated write"],
    "true_endings": ["wrong refusal", "unfinished ending", "claimed too early"],
    "id_pairing": ["broken id pairing"],
}
ALIKE = {
    "grounded_names": ("nothing_strange", "true_statements", "values_in_place", "wishes_as_worded")
}
"""Rule → others that find the same."""


@pytest.mark.parametrize("rule", list(BROKEN))
def test_recall_falls_when_a_rule_is_broken(rule, monkeypatch):
    """Other checks that find the same are switched off with it, but for those in the rubric."""
    kinds = BROKEN[rule]
    several = (
        60 if rule in ("heeds_no", "asked_is_done") else 24
    )  # most who are told no may not go on anyway
    for other in ALIKE.get(rule, ()):
        _, weight, gate = RULES[other]
        monkeypatch.setitem(RULES, other, (lambda case: Score(1.0), weight, gate))
    whole = bench(kinds, several).kinds
    _, weight, gate = RULES[rule]
    monkeypatch.setitem(RULES, rule, (lambda case: Score(1.0), weight, gate))
    halved = bench(kinds, several).kinds
    assert sum(t.hits for t in halved.values()) < sum(t.hits for t in whole.values())


def test_mutants_are_consistent_worlds():
    """A re-executed mutant can't be told by its record: its parts belong together."""
    for material in taken()[:25]:
        for kind in ("wrong entity changed", "dropped write", "extra write", "wrong argument"):
            mutant = MUTATORS[kind](material, rng_of(material, kind))
            if mutant is None:
                continue
            rules = {name: rule(case_of(mutant, material)) for name, (rule, _, _) in RULES.items()}
            assert rules["replays"].score == rules["id_pairing"].score == 1.0
            assert rules["same_setting"].score == rules["well_formed"].score == 1.0


def case_of(trajectory, material):
    from factory.trajectories.judging.case import Case

    return Case(trajectory, material.task, material.agent, material.toolbox)


def test_what_does_no_harm_is_not_counted_as_a_fault():
    for material in taken()[:30]:
        again = material.perform(material.turns())
        assert same_effect(again, material.trajectory)
        mutant = MUTATORS["dropped write"](material, rng_of(material, "x"))
        if mutant is not None:
            assert net_effect(mutant["events"][-1]["changes"]) != net_effect(material.changes)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-04-01", "on April 1, 2026"),
        (3, "all three of them"),
        ("in_review", "it is in review"),
    ],
)
def test_the_truth_reads_values_in_words(value, text):
    assert stands_in(value, text) and not stands_in(value, "nothing of it")


def test_what_is_said_with_a_repetition_is_not_said_before_the_fault():
    """Performed again, a call stands where it was first tried, and nothing speaks of a fault before
    it is met; what succeeds is the same."""
    faulted = [m for m in materials(line().store, 10**6) if m.trajectory["num_faults"]]
    assert len(faulted) > 20
    for material in faulted:
        again = material.perform(material.turns())
        assert done(again) == done(material.trajectory)
        before = failed_before(material.trajectory)
        for text, failed in failed_before(again).items():
            assert failed >= before[text], text


def done(trajectory):
    calls = [event for event in trajectory["events"] if event["type"] == "call"]
    return [(event["tool"], event["arguments"]) for event in calls if event["ok"]]


def failed_before(trajectory):
    """What is said with a call, with how many calls had failed before it."""
    failed = [e["message"] for e in trajectory["events"] if e["type"] == "call" and not e["ok"]]
    return {
        message["content"]: sum(at < index for at in failed)
        for index, message in enumerate(trajectory["messages"])
        if message.get("tool_calls") and message["content"]
    }
