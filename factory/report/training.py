"""Loss curves and attention logits of the training runs in ROOT/train."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from factory.report.charts import Line, Rule, bars, line_chart, number, percent
from factory.report.collect import Findings
from factory.report.markup import absent, card, grid, section, table
from factory.report.overview import duration
from factory.report.statistics import ranked

TITLES = {"pretrain": "Pretraining", "sft": "Fine-tuning"}
SMOOTHING = 0.6
"""Weight of the past in the smoothed loss."""
NOISY_FROM = 40
"""Steps from which the smoothed curve is drawn over the raw one."""

FAR_BELOW = 0.2
"""A peak below this share of tau is drawn on a logarithmic scale, or it would be a flat line."""

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


def smoothed(values: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """Exponential moving average, corrected for its start (Adam's bias correction)."""
    mean, out = 0.0, []
    for i, value in enumerate(values, start=1):
        mean = weight * mean + (1 - weight) * value
        out.append(mean / (1 - weight**i))
    return out


def _run(name: str, lines: Metrics) -> str:
    header = next((line for line in lines if line["type"] == "header"), {})
    summary = next((line for line in reversed(lines) if line["type"] == "summary"), {})
    steps = [line for line in lines if line["type"] == "step"]
    title = TITLES.get(name, name)
    if not steps:
        return f"<h3>{title}</h3>" + absent("No step is done yet.", "")
    cards = [
        card(f"{title} loss", _loss(steps, title), "Cross-entropy of trained tokens, nats"),
        card("Peak attention logit", _logits(steps, header, title), _clips(steps)),
        card(
            "Gradient norm",
            _single(steps, "gradient_norm", f"{title} gradient norm", "c3"),
        ),
        card(
            "Expert imbalance",
            _single(steps, "expert_imbalance", f"{title} expert imbalance", "c4"),
            "Busiest expert's load over the mean, worst layer; 1 is even",
        ),
        card("Dropped rows", _dropped(summary), _dropped_note(summary)),
    ]
    return f"<h3>{title}</h3>{_table(header, summary, steps)}{grid(*cards, wide=True)}"


def _points(steps: Metrics, key: str) -> list[tuple[float, float]]:
    return [(line["step"], float(line[key])) for line in steps if line.get(key) is not None]


def _loss(steps: Metrics, title: str) -> str:
    raw = _points(steps, "loss")
    if len(raw) < NOISY_FROM:
        lines = [Line("loss", raw, "c1")]
    else:
        means = smoothed([y for _, y in raw])
        calm = [(x, y) for (x, _), y in zip(raw, means, strict=True)]
        lines = [Line("loss", raw, "c1", faint=True), Line("smoothed loss", calm, "c1")]
    return line_chart(lines, name=f"{title} loss by step", x_name="step")


def _logits(steps: Metrics, header: Mapping[str, Any], title: str) -> str:
    tau = header.get("qk_clip_tau")
    rules = [Rule(f"τ = {number(tau)}", float(tau))] if tau else []
    points = _points(steps, "max_logit")
    lines = [Line("max logit", points, "c2")]
    name = f"{title} peak attention logit by step"
    log = tau is not None and 0 < max(y for _, y in points) < FAR_BELOW * float(tau)
    return line_chart(lines, name=name, x_name="step", rules=rules, from_zero=not log, log=log)


def _single(steps: Metrics, key: str, name: str, css: str) -> str:
    return line_chart(
        [Line(key, _points(steps, key), css)], name=name, x_name="step", from_zero=True
    )


def _clips(steps: Metrics) -> str:
    clipped = sum((line.get("heads_clipped") or 0) > 0 for line in steps)
    return f"Largest scaled logit of all heads; QK-Clip acted in {clipped} of {len(steps)} steps"


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
