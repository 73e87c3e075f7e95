"""Charts of a training run's steps: losses, schedule, updates, logits by head, speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.report.charts import Line, Rule, line_chart, number
from factory.report.markup import card, escape, legend

SMOOTHING = 0.6
"""Weight of the past in the smoothed loss."""
NOISY_FROM = 40
"""Steps from which the smoothed curve is drawn over the raw one."""
FAR_BELOW = 0.2
"""A peak below this share of tau is drawn on a logarithmic scale, or it would be a flat line."""
MOST_POINTS = 400
"""Points of a curve; a longer run is drawn some steps at a time."""
PEAKS = ("max_logit", "heads_clipped", "gradient_norm")
MOST_COLUMNS = 60
MOST_ROWS = 64
COLOURS = ("c1", "c2", "c3", "c4")

Steps = Sequence[Mapping[str, Any]]


def curve_cards(
    steps: Steps, evaluations: Steps, header: Mapping[str, Any], title: str
) -> list[str]:
    """A card a figure that the run recorded; "" for those it did not."""
    return [
        card(f"{title} loss", _loss(steps, evaluations, title), _loss_note(evaluations)),
        card("Learning rate", _single(steps, "lr", f"{title} learning rate", "c3")),
        card("Peak attention logit", _logits(steps, header, title), _clips(steps)),
        card("Peak logit by head", _heads(steps, title), _heads_note(steps)),
        card("Heads clipped", _clipped(steps, title), "Heads rescaled by QK-Clip, of a step"),
        card("Update RMS", _updates(steps, title), "Root mean square of the updates of a step"),
        card("Gradient norm", _single(steps, "gradient_norm", f"{title} gradient norm", "c3")),
        card(
            "Expert imbalance",
            _single(steps, "expert_imbalance", f"{title} expert imbalance", "c4"),
            "Busiest expert's load over the mean, worst layer; 1 is even",
        ),
        card(
            "Tokens per second", _single(steps, "tokens_per_s", f"{title} tokens per second", "c1")
        ),
        card("MFU", _single(steps, "mfu", f"{title} MFU", "c2"), "Model FLOPs over the peak"),
    ]


def smoothed(values: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """Exponential moving average, corrected for its start (Adam's bias correction)."""
    mean, out = 0.0, []
    for i, value in enumerate(values, start=1):
        mean = weight * mean + (1 - weight) * value
        out.append(mean / (1 - weight**i))
    return out


def _points(steps: Steps, key: str) -> list[tuple[float, float]]:
    points = [(line["step"], float(line[key])) for line in steps if line.get(key) is not None]
    return thinned(points, peaks=key in PEAKS)


def thinned(points: list[tuple[float, float]], peaks: bool = False) -> list[tuple[float, float]]:
    """At most MOST_POINTS of a curve: of as many steps at a time as that takes the last step, with
    their mean (or their `peaks`)."""
    width = -(-len(points) // MOST_POINTS)
    if width <= 1:
        return points
    groups = [points[i : i + width] for i in range(0, len(points), width)]
    values = [[y for _, y in group] for group in groups]
    return [
        (group[-1][0], max(ys) if peaks else sum(ys) / len(ys))
        for group, ys in zip(groups, values, strict=True)
    ]


def _loss(steps: Steps, evaluations: Steps, title: str) -> str:
    raw = _points(steps, "loss")
    if len(raw) < NOISY_FROM:
        lines = [Line("loss", raw, "c1")]
    else:
        means = smoothed([y for _, y in raw])
        calm = [(x, y) for (x, _), y in zip(raw, means, strict=True)]
        lines = [Line("loss", raw, "c1", faint=True), Line("smoothed loss", calm, "c1")]
    held_out = _points(evaluations, "loss")
    if held_out:
        lines.append(Line("held-out loss", held_out, "c2"))
    chart = line_chart(lines, name=f"{title} loss by step", x_name="step")
    return chart + (legend((("training", "c1"), ("held out", "c2"))) if held_out else "")


def _loss_note(evaluations: Steps) -> str:
    note = "Cross-entropy of trained tokens, nats"
    return note if evaluations else f"{note}; no held-out evaluation was asked for"


def _logits(steps: Steps, header: Mapping[str, Any], title: str) -> str:
    tau = header.get("qk_clip_tau")
    rules = [Rule(f"τ = {number(tau)}", float(tau))] if tau else []
    points = _points(steps, "max_logit")
    lines = [Line("max logit", points, "c2")]
    name = f"{title} peak attention logit by step"
    log = tau is not None and 0 < max(y for _, y in points) < FAR_BELOW * float(tau)
    return line_chart(lines, name=name, x_name="step", rules=rules, from_zero=not log, log=log)


def _clips(steps: Steps) -> str:
    clipped = sum((line.get("heads_clipped") or 0) > 0 for line in steps)
    return f"Largest scaled logit of all heads; QK-Clip acted in {clipped} of {len(steps)} steps"


def _clipped(steps: Steps, title: str) -> str:
    """Nothing to draw when no head ever was."""
    if not any(line.get("heads_clipped") for line in steps):
        return ""
    return _single(steps, "heads_clipped", f"{title} heads clipped", "c2")


def _updates(steps: Steps, title: str) -> str:
    """A line for each group of parameters whose update the trainer recorded (`update_rms...`)."""
    groups = sorted({key for line in steps for key in line if key.startswith("update_rms")})
    lines = [
        Line(_group(key), points, COLOURS[i % len(COLOURS)])
        for i, key in enumerate(groups)
        if (points := _points(steps, key))
    ]
    chart = line_chart(lines, name=f"{title} update RMS", x_name="step", from_zero=True)
    return chart + legend([(line.name, line.css) for line in lines]) if lines else ""


def _group(key: str) -> str:
    """`update_rms` is Muon's; others name their group: `update_rms_adamw` → adamw."""
    return key.removeprefix("update_rms").strip("_").replace("_", " ") or "Muon"


def _single(steps: Steps, key: str, name: str, css: str) -> str:
    return line_chart(
        [Line(key, _points(steps, key), css)], name=name, x_name="step", from_zero=True
    )


# ---- peak logit of each head over time


def head_rows(steps: Steps) -> tuple[list[str], list[list[float]]]:
    """(row names, row → peak of each column): a row a head, or a layer if there are too many
    heads; a column a step, or the peak of several steps if there are too many."""
    recorded = [line["max_logit_by_head"] for line in steps if line.get("max_logit_by_head")]
    if not recorded:
        return [], []
    width = -(-len(recorded) // MOST_COLUMNS)
    groups = [recorded[i : i + width] for i in range(0, len(recorded), width)]
    heads = [(z, h) for z, layer in enumerate(recorded[0]) for h in range(len(layer))]
    if len(heads) <= MOST_ROWS:
        names = [f"layer {z + 1} head {h + 1}" for z, h in heads]
        return names, [[max(step[z][h] for step in group) for group in groups] for z, h in heads]
    layers = range(len(recorded[0]))
    names = [f"layer {z + 1}" for z in layers]
    return names, [[max(max(step[z]) for step in group) for group in groups] for z in layers]


def _heads(steps: Steps, title: str) -> str:
    names, rows = head_rows(steps)
    if not rows:
        return ""
    top = max(max(row) for row in rows) or 1.0
    left, width, height = 96.0, 480, 14 if len(rows) <= 24 else 8
    slot = (width - left - 8) / len(rows[0])
    body = []
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        y = i * height
        if height > 10 or i % 4 == 0:
            label = (
                f'<text x="{left - 6}" y="{y + 11}" text-anchor="end" class="tick">{name}</text>'
            )
            body.append(label)
        body += [
            f'<rect x="{left + j * slot:.1f}" y="{y}" width="{slot + 0.3:.1f}" '
            f'height="{height - 1}" class="c2" fill-opacity="{max(0.04, value / top):.2f}">'
            f"<title>{name}: {number(value)}</title></rect>"
            for j, value in enumerate(row)
        ]
    foot = len(rows) * height + 14
    body.append(
        f'<text x="{left + (width - left) / 2:.0f}" y="{foot}" text-anchor="middle" class="axis">'
        f"step 1 to {len(steps)}; full colour = {number(round(top, 3))}</text>"
    )
    return (
        f'<svg class="wide" viewBox="0 0 {width} {foot + 6}" role="img" '
        f'aria-label="{escape(title)} peak logit by head">{"".join(body)}</svg>'
    )


def _heads_note(steps: Steps) -> str:
    _, rows = head_rows(steps)
    if not rows:
        return ""
    width = -(-len(steps) // MOST_COLUMNS)
    return "Largest scaled logit of each head" + (f", of {width} steps at a time" * (width > 1))
