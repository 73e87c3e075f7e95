"""The rates of proof, counted by hand over a few rows."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from factory.report import proof
from factory.report.proof import obligation_rates, print_proof


def test_a_draft_counts_against_the_obligation_it_failed_and_drafts_are_all_counted() -> None:
    rates = {
        "read": {"proven": 6, "rejected": {}, "redrawn": {"leak": 1}},
        "write": {"proven": 1, "rejected": {"no_plan": 1}, "redrawn": {"leak": 1}},
    }
    found = obligation_rates(rates)
    assert found["leak"] == 1 - 2 / 10
    assert found["no_plan"] == 1 - 1 / 10
    assert found["idle_succeeds"] == 1


def test_the_tables_name_every_kind_and_every_obligation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"proven": 3, "share": 0.75, "rejected": {"no_plan": 1}, "redrawn": {"leak": 2}}
    monkeypatch.setattr(proof, "proof_rates", lambda root: {"long_haul": row})
    out = io.StringIO()
    print_proof(str(tmp_path), Console(file=out, width=140))
    text = out.getvalue()
    assert "long_haul" in text and "75.0%" in text and "leak 2" in text
    assert all(name in text for name in proof.OBLIGATIONS.values())
    assert "83.33%" in text and "66.67%" in text
