"""Loss curves and attention logits of the training runs in ROOT/train."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from factory.report.charts import bars, number, percent
from factory.report.collect import Findings
from factory.report.curves import curve_cards
from factory.report.markup import absent, card, grid, section, table
from factory.report.overview import duration
from factory.report.statistics import ranked

TITLES = {"pretrain": "Pretraining", "sft": "Fine-tuning"}

Metrics = Sequence[Mapping[str, Any]]


def training_section(found: Findings) -> str:
    """Curves and a table of each training run."""
    if not found.training:
        remedy = "Train with `factory train`, writing below train/ in the run's folder."
        return section("training", "Training", "", absent("No training run.", remedy))
    lead = (
        "A mixture-of-experts decoder with latent attention, trained by MuonClip on these shards. "
        "QK-Clip acts where an attention logit exceeds τ."
    )
    body = "".join(_run(name, lines) for name, lines in found.training.items())
    return section("training", "Training", lead, body)


def _run(name: str, lines: Metrics) -> str:
    header = next((line for line in lines if line["type"] == "header"), {})
    summary = next((line for line in reversed(lines) if line["type"] == "summary"), {})
    steps = [line for line in lines if line["type"] == "step"]
    title = TITLES.get(name, name)
    if not steps:
        return f"<h3>{title}</h3>" + absent("No step is done yet.", "")
    evaluations = [line for line in lines if line["type"] == "evaluation"]
    cards = [
        *curve_cards(steps, evaluations, header, title),
        card("Dropped rows", _dropped(summary), _dropped_note(summary)),
    ]
    return f"<h3>{title}</h3>{_table(header, summary, steps)}{grid(*cards, wide=True)}"


def _dropped(summary: Mapping[str, Any]) -> str:
    dropped = summary.get("dropped") or {}
    return bars(ranked(dropped, 8), name="Dropped rows", css="bad") if dropped else ""


def _dropped_note(summary: Mapping[str, Any]) -> str:
    share = summary.get("dropped_share")
    return f"{percent(share)} of the rows read, by reason" if share is not None else ""


def _table(header: Mapping[str, Any], summary: Mapping[str, Any], steps: Metrics) -> str:
    rows = summary.get("rows") or {}
    planned = header.get("total_steps")
    facts: dict[str, str] = {
        "steps": f"{len(steps)} of {planned}" if planned else str(len(steps)),
        "parameters": number(header.get("parameters", math.nan)),
        "loss": f"{number(steps[0]['loss'])} → {number(steps[-1]['loss'])}",
        "peak logit": number(max(line["max_logit"] for line in steps)),
        "rows read": number(rows.get("read", math.nan)),
        "rows dropped": percent(summary.get("dropped_share", math.nan)),
        "tokens": number(steps[-1].get("tokens", math.nan)),
        "time": duration(sum(line["seconds"] for line in steps)),
    }
    return table(list(facts), [list(facts.values())])
