"""The bench of the checks measures what it says it does."""

from __future__ import annotations

import asyncio
import random

import pytest

from factory.cli import main
from factory.commands.fidelity import _passages
from factory.rephrase.bench.measure import LIMITS, measure, wilson
from factory.rephrase.bench.mutators import MATH, PROSE
from factory.rephrase.bench.transforms import FAITHFUL
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.scores import check
from factory.rephrase.offline import OfflineRewriter

TEXT = (
    "In the old town the bridge of Saint Anna crosses the river near the mill. "
    "On 12 March 1874 the engineer told the council that Hartmann had paid 12,500 euros before "
    "the flood. The flood did not reach the upper market, although it rose for 3 hours. "
    "When the water fell, all shops opened again within a week. "
    "The council must keep the ledger in the tower, and every year Berger reads the pages to "
    "Hartmann. The tower is 41 metres high above the upper market. "
    "The clock was made in the first winter after the war."
)
NOTE = "We add the areas: 12 + 30 = 42. Half of it is 21.\n\nAnswer: 21"


def test_every_mutator_breaks_something_and_changes_little_else() -> None:
    for name, mutate in {**PROSE, **MATH}.items():
        text = NOTE if name in MATH else TEXT + "\n\n" + TEXT.replace("Anna", "Eva")
        changed = {mutate(text, random.Random(seed)) for seed in range(20)} - {text}
        assert changed, name
        if name not in ("repeated", "truncated"):
            assert all(abs(len(wrong) - len(text)) < 140 for wrong in changed), name


@pytest.mark.parametrize("name", list(FAITHFUL))
def test_a_faithful_form_raises_no_alarm(name: str) -> None:
    text = FAITHFUL[name](TEXT, random.Random(1))
    report = check(TEXT, text)
    assert not list(reasons(text, report, LIMITS, "en")), text


def test_faithful_forms_do_change_the_text() -> None:
    changed = [name for name, form in FAITHFUL.items() if form(TEXT, random.Random(1)) != TEXT]
    assert len(changed) >= 6


def test_the_interval_is_wilsons() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(9, 10)  # Brown, Cai and DasGupta 2001 give 0.596 to 0.982
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)


def test_the_bench_counts_caught_missed_and_alarms() -> None:
    passages = asyncio.run(_passages(["pydoc:topics"]))[:40]
    figures = asyncio.run(measure(passages, OfflineRewriter())).as_json()
    again = asyncio.run(measure(passages, OfflineRewriter())).as_json()
    assert figures["errors"] == again["errors"]
    assert set(figures["errors"]) <= set(PROSE) and len(figures["errors"]) >= 10
    assert figures["false_alarms"] <= 0.12
    for name in ("number", "entity", "negation_added", "sentence_invented"):
        assert figures["errors"][name]["rate"] >= 0.9, name
    blind = measure(passages, OfflineRewriter(), limits=LIMITS.model_copy(update=NO_CHECKS))
    caught = asyncio.run(blind).as_json()["errors"]
    assert caught["number"]["rate"] == 0, "a bench that finds errors with the checks off is wrong"


NO_CHECKS = {
    "min_number_recall": 0.0,
    "min_entity_recall": 0.0,
    "max_invented_facts": 10**6,
    "max_negation_delta": 10**6,
    "max_quantifier_delta": 10**6,
    "max_role_swaps": 10**6,
    "min_coverage": 0.0,
    "min_sentence_coverage": 0.0,
    "min_support": 0.0,
    "min_sentence_support": 0.0,
}


def test_the_command_prints_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fidelity", "bench", "--count", "12"]) == 0
    shown = capsys.readouterr().out
    assert "falsified: share caught" in shown and "false alarms" in shown and "ms per" in shown
