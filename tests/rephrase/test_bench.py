"""The bench of the checks measures what it says it does."""

from __future__ import annotations

import asyncio
import random
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from factory.cli import main
from factory.commands.fidelity import _passages
from factory.rephrase.bench.measure import ALL, LIMITS, Meaning, measure, wilson
from factory.rephrase.bench.mutators import MATH
from factory.rephrase.bench.transforms import FAITHFUL
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.scores import check
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.settings import EmbeddingSettings

TEXT = (
    "In the old town the bridge of Saint Anna crosses the river near the mill. "
    "On 12 March 1874 the engineer told the council that Hartmann had paid 12,500 euros before "
    "the flood. The flood did not reach the upper market, although it rose for 3 hours. "
    "When the water fell, all shops opened again within a week. "
    "The council must keep the ledger in the tower, and every year Berger reads the pages to "
    "Hartmann. The tower is 41 metres high above the upper market. "
    "The clock was made in the first winter after the war, and a carpenter usually oils its wheels "
    "before the market opens. The second gate has at least two locks. The small wheels stop if the "
    "oil in the tower freezes. Only guests bring bread, cheese, apples and wine, and it is only "
    "here that they sing."
)
NOTE = "We add the areas: 12 + 30 = 42. Half of it is 21.\n\nAnswer: 21"


def test_every_mutator_breaks_something_and_changes_little_else() -> None:
    for name, mutate in {**ALL, **MATH}.items():
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
    assert set(figures["errors"]) <= set(ALL) and len(figures["errors"]) >= 10
    assert figures["false_alarms"] <= 0.12
    for name in ("number", "entity", "negation_added", "sentence_invented"):
        assert figures["errors"][name]["rate"] >= 0.9, name
    blind = measure(passages, OfflineRewriter(), limits=LIMITS.model_copy(update=NO_CHECKS))
    caught = asyncio.run(blind).as_json()["errors"]
    assert caught["number"]["rate"] == 0, "a bench that finds errors with the checks off is wrong"


class WordBags:
    """An embedder whose vectors are bags of words."""

    async def vectors(self, texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), 256))
        for row, text in zip(found, texts, strict=True):
            for word in re.findall(r"[a-z]{3,}", text.lower()):
                row[zlib.crc32(word.encode()) % 256] += 1
        return found / np.maximum(1e-9, np.linalg.norm(found, axis=1, keepdims=True))


def test_embeddings_are_measured_beside_the_other_checks() -> None:
    passages = asyncio.run(_passages(["pydoc:topics"]))[:12]
    limits = EmbeddingSettings(model="bags", min_source=0.6, min_output=0.6)
    meant = Meaning(lambda record: WordBags(), limits)  # type: ignore[arg-type,return-value]
    figures = asyncio.run(measure(passages, OfflineRewriter(), meant=meant)).as_json()
    alone = {name: row["alone"] for name, row in figures["errors"].items()}
    assert alone["sentence_invented"]["meaning"] > 0.5
    assert alone["negation_added"]["meaning"] < 0.2 < alone["negation_added"]["facts"]
    for name, row in figures["ablations"].items():
        assert row["recall"] <= figures["ablations"]["all"]["recall"], name
    assert figures["errors"]["sentence_invented"]["caught_by"]["meaning_invented"] > 0


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
    assert (
        "falsified: share caught" in shown and "false alarms" in shown and "ms of CPU per" in shown
    )


def test_a_document_that_cannot_be_read_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "tower.txt").write_text(TEXT)
    passages = asyncio.run(_passages([str(tmp_path)]))
    assert len(passages) == 1
    assert "left out" in (said := capsys.readouterr().err) and "empty.txt" in said
