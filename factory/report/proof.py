"""What the proofs of a run's tasks say: rates by kind of task and by obligation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from factory.shards import find_datasets, open_dataset

OBLIGATIONS = {
    "no_plan": "a plan was found",
    "oracle_failed": "oracle plan replays",
    "idle_succeeds": "idle agent fails",
    "shorter_plan_succeeds": "shorter plans fail",
    "ambiguous_referent": "referents unique",
    "collateral": "nothing else changes",
    "leak": "nothing leaks",
    "untold": "all needed is told",
}
"""Reason of a reject → what would have had to be so."""


def proof_rates(root: str) -> dict[str, dict[str, Any]]:
    """By kind of task: how many were proven, the share, why the others were not, and in how many
    drafts an obligation failed before one met them all."""
    kept: Counter[str] = Counter()
    redrawn: dict[str, Counter[str]] = defaultdict(Counter)
    for row in open_dataset(f"{root}/task").rows(["kind", "proof"]):
        kept[row["kind"]] += 1
        redrawn[row["kind"]].update(row["proof"].get("failed_drafts") or ())
    lost: dict[str, Counter[str]] = defaultdict(Counter)
    for dataset in find_datasets(f"{root}/reject/tasks"):
        for row in dataset.rows(["detail", "reason"]):
            lost[row["detail"].partition(":")[0]][row["reason"]] += 1
    return {
        kind: {
            "proven": kept[kind],
            "share": round(kept[kind] / (kept[kind] + lost[kind].total()), 3),
            "rejected": dict(lost[kind]),
            "redrawn": dict(redrawn[kind]),
        }
        for kind in sorted(kept.keys() | lost.keys())
    }


def obligation_rates(rates: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The share of drafts that met each obligation; a draft counts against the first it failed."""
    failed: Counter[str] = Counter()
    for row in rates.values():
        failed.update(row["rejected"])
        failed.update(row["redrawn"])
    drafts = failed.total() + sum(row["proven"] for row in rates.values())
    names = OBLIGATIONS | {reason: reason for reason in failed if reason not in OBLIGATIONS}
    return {name: 1 - failed[name] / drafts for name in names}


def print_proof(root: str, console: Console) -> None:
    """The rates as two tables: by kind of task, by obligation over all drafts."""
    rates = proof_rates(root)
    if not rates:
        return
    kinds = Table(title="Proof of tasks, by kind", title_justify="left", header_style="bold")
    kinds.add_column("kind")
    for heading in ("proven", "share"):
        kinds.add_column(heading, justify="right")
    for heading in ("rejected", "drafts before the proven one"):
        kinds.add_column(heading, overflow="fold")
    for kind, row in rates.items():
        counts = (_counts(row["rejected"]), _counts(row["redrawn"]))
        kinds.add_row(kind, f"{row['proven']:,}", f"{row['share']:.1%}", *counts)
    console.print(kinds)
    met = Table(title="Drafts that met it", title_justify="left", header_style="bold")
    met.add_column("obligation")
    met.add_column("share", justify="right")
    for name, share in obligation_rates(rates).items():
        met.add_row(OBLIGATIONS.get(name, name.replace("_", " ")), f"{share:.2%}")
    console.print(met)


def _counts(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
