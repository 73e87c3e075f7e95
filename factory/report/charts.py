"""Charts as inline SVG: bars, stacked bars, histogram, lines, ranges. Pure functions to text.

Colours are CSS classes (`c1`...`c6`, `good`, `fair`, `bad`, `odd`), so the page's light and dark
themes both apply; each mark carries a <title>, so nothing is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from factory.report.distribution import Bin, round_step
from factory.report.markup import escape

WIDTH = 360
ROW = 22
CHARACTER = 6.9
"""Mean width in px of a character at the charts' 11.5 px."""
MOST_LABEL = 22
LABEL_GAP = 13.0
THICKEST = 44
THINNEST = 1.5
"""Px: a part of a stacked bar that is there at all can be seen."""

Format = Callable[[float], str]


def number(value: float) -> str:
    """A figure for people: 1,234 · 12.3 · 0.123 · –."""
    if math.isnan(value):
        return "–"
    if float(value).is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:,.3g}"


def percent(value: float) -> str:
    """A share as a percentage: 0.875 → 87.5%."""
    if math.isnan(value):
        return "–"
    return f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"


def _short(text: str, most: int = MOST_LABEL) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _svg(height: float, body: Sequence[str], name: str, width: int = WIDTH) -> str:
    css = ' class="wide"' if width > WIDTH else ""
    return (
        f'<svg{css} viewBox="0 0 {width} {height:g}" role="img" aria-label="{escape(name)}">'
        f"{''.join(body)}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", css: str = "") -> str:
    extra = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def _bar(x: float, y: float, width: float, height: float, css: str, title: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
        f'class="{css}" rx="1.5"><title>{escape(title)}</title></rect>'
    )


def _label_width(labels: Sequence[str]) -> float:
    longest = max((len(_short(label)) for label in labels), default=0)
    return min(longest, MOST_LABEL) * CHARACTER + 8


def _row_label(label: str, x: float, y: float) -> str:
    full = f"<title>{escape(label)}</title>" if len(label) > MOST_LABEL else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="end">{full}{escape(_short(label))}</text>'


def bars(
    items: Sequence[tuple[str, float]],
    *,
    name: str,
    css: str = "c1",
    show: Format = number,
    most: float | None = None,
) -> str:
    """Horizontal bars with their values; `most` is the value of a full bar (default: largest)."""
    left = _label_width([label for label, _ in items])
    top = most or max((value for _, value in items), default=1) or 1
    right = max((len(show(value)) for _, value in items), default=1) * CHARACTER + 16
    room = WIDTH - left - right
    body = []
    for i, (label, value) in enumerate(items):
        y = i * ROW
        size = value / top * room
        body += [
            _row_label(label, left - 6, y + 15),
            _bar(left, y + 4, size, ROW - 8, css, f"{label}: {show(value)}"),
            _text(left + size + 5, y + 15, show(value), css="value"),
        ]
    return _svg(len(items) * ROW, body, name)


def stacked(
    rows: Sequence[tuple[str, Mapping[str, float]]],
    parts: Sequence[tuple[str, str]],
    *,
    name: str,
    share: bool = False,
) -> str:
    """Horizontal stacked bars with their totals. `parts`: (key, css class) from left to right.

    With `share` every bar is full width, and shows how its total divides.
    """
    left = _label_width([label for label, _ in rows])
    totals = [sum(values.get(key, 0) for key, _ in parts) for _, values in rows]
    right = max((len(number(total)) for total in totals), default=1) * CHARACTER + 8
    room = WIDTH - left - right
    body = []
    for i, (label, values) in enumerate(rows):
        y, x = i * ROW, left
        scale = (totals[i] if share else max(totals)) or 1
        body.append(_row_label(label, left - 6, y + 15))
        for key, css in parts:
            value = values.get(key, 0)
            size = max(value / scale * room, THINNEST) if value else 0.0
            if value:
                title = f"{label}, {key}: {number(value)} of {number(totals[i])}"
                body.append(_bar(x, y + 4, size - (0.8 if size > 3 else 0), ROW - 8, css, title))
            x += size
        body.append(_text(x + 5, y + 15, number(totals[i]), css="value"))
    return _svg(len(rows) * ROW, body, name)


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round values from at or below `low` to at or above `high`."""
    step = round_step((high - low) / most or 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def histogram(bins: Sequence[Bin], *, name: str, unit: str, css: str = "c1") -> str:
    """Vertical bars over a number line, with a scale of counts; `unit` names the x axis."""
    height, top, bottom = 168, 8, 36
    scale = [t for t in ticks(0, max((b.count for b in bins), default=1) or 1) if t.is_integer()]
    left = max(34.0, max(len(number(t)) for t in scale) * CHARACTER + 8)
    full = scale[-1] or 1
    room, rise = WIDTH - left - 6, height - top - bottom
    body = []
    for tick in scale:
        y = top + rise * (1 - tick / full)
        body.append(f'<line x1="{left}" x2="{WIDTH - 6}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        body.append(_text(left - 5, y + 4, number(tick), "end", "tick"))
    slot = room / max(1, len(bins))
    thick = min(slot - min(2.0, slot * 0.12), THICKEST)
    for i, cell in enumerate(bins):
        size = rise * cell.count / full
        x = left + i * slot + (slot - thick) / 2
        title = f"{cell.label} {unit}: {cell.count:,}"
        body.append(_bar(x, top + rise - size, thick, size, css, title))
    body += _bin_labels(bins, left, slot, height - bottom + 14)
    body.append(_text(left + room / 2, height - 5, unit, "middle", "axis"))
    return _svg(height, body, name)


def _bin_labels(bins: Sequence[Bin], left: float, slot: float, y: float) -> list[str]:
    """Single values under their bar, ranges' lower edges at their left border; thinned to fit."""
    single = bool(bins) and all(cell.label.lstrip("-").isdigit() for cell in bins)
    widest = max((len(number(cell.low)) for cell in bins), default=1) * CHARACTER + 10
    every = max(1, math.ceil(widest / slot))
    shift = slot / 2 if single else 0
    return [
        _text(left + i * slot + shift, y, number(cell.low), "middle", "tick")
        for i, cell in enumerate(bins)
        if i % every == 0
    ]


@dataclass(frozen=True)
class Line:
    """A named series of (x, y); `css` is its colour class."""

    name: str
    points: Sequence[tuple[float, float]]
    css: str
    faint: bool = False


@dataclass(frozen=True)
class Rule:
    """A horizontal dashed line at `y`."""

    name: str
    y: float


def line_chart(
    series: Sequence[Line],
    *,
    name: str,
    x_name: str,
    rules: Sequence[Rule] = (),
    from_zero: bool = False,
    log: bool = False,
) -> str:
    """Lines over a common x axis; the last point of each unfaint line is marked and labelled.

    `log` draws y on a logarithmic scale; values that are not positive are left out.
    """
    width, height, left, right, top, bottom = 480, 240, 44, 48, 12, 36
    points = [p for line in series for p in _drawable(line.points, log)]
    if not points:
        return ""
    levels = [y for _, y in points] + [rule.y for rule in rules] + ([0.0] if from_zero else [])
    scale = powers(min(levels), max(levels)) if log else ticks(min(levels), max(levels))
    bottom_y, top_y = (math.log10(v) if log else v for v in (scale[0], scale[-1]))
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    room, rise = width - left - right, height - top - bottom

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / ((x_high - x_low) or 1)
        up = ((math.log10(y) if log else y) - bottom_y) / (top_y - bottom_y)
        return left + across * room, top + (1 - up) * rise

    body = []
    for tick in scale:
        y = at(x_low, tick)[1]
        edge = f'x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"'
        body += [
            f'<line {edge} class="grid"/>',
            _text(left - 6, y + 4, number(tick), "end", "tick"),
        ]
    for tick in ticks(x_low, x_high, 6):
        if x_low <= tick <= x_high and tick.is_integer():
            body.append(
                _text(at(tick, scale[0])[0], height - bottom + 16, number(tick), "middle", "tick")
            )
    for rule in rules:
        y = at(x_low, rule.y)[1]
        edge = f'x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"'
        body += [
            f'<line {edge} class="rule"/>',
            _text(left + 6, y - 5 if y > top + 12 else y + 13, rule.name, css="axis"),
        ]
    labelled: list[float] = []
    for line in series:
        body += _drawn(line, _drawable(line.points, log), at, labelled)
    body.append(_text(left + room / 2, height - 4, x_name, "middle", "axis"))
    return _svg(height, body, name, width)


def powers(low: float, high: float) -> list[float]:
    """Powers of ten from at or below `low` to at or above `high`, both positive."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**i for i in range(first, max(last, first + 1) + 1)]


def _drawable(points: Sequence[tuple[float, float]], log: bool) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points if math.isfinite(y) and (y > 0 or not log)]


def _drawn(
    line: Line,
    seen: Sequence[tuple[float, float]],
    at: Callable[[float, float], tuple[float, float]],
    labelled: list[float],
) -> list[str]:
    """A line with its last value; `labelled` holds where such values stand already, and grows."""
    if not seen:
        return []
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in (at(x, y) for x, y in seen))
    faint = " faint" if line.faint else ""
    body = [f'<polyline points="{path}" class="line {line.css}{faint}"/>']
    if line.faint:
        return body
    for x, y in seen:
        px, py = at(x, y)
        title = f"{line.name}, {number(x)}: {number(y)}"
        body.append(
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5" class="hover"><title>{escape(title)}'
            "</title></circle>"
        )
    px, py = at(*seen[-1])
    body.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" class="{line.css}"/>')
    while any(abs(py - other) < LABEL_GAP for other in labelled):
        py += LABEL_GAP / 2
    labelled.append(py)
    body.append(_text(px + 7, py + 4, number(seen[-1][1]), css="value"))
    return body


@dataclass(frozen=True)
class Range:
    """A row of `ranges`: an interval and the point in it that stands for it."""

    label: str
    low: float
    middle: float
    high: float


def ranges(
    rows: Sequence[Range], *, name: str, css: str = "c1", unit: str = "", counts: bool = False
) -> str:
    """A dot on an interval for each row, over one scale below; of `counts` it starts at zero."""
    left, right, bottom = _label_width([row.label for row in rows]), 44, 22
    values = [v for row in rows for v in (row.low, row.high) if math.isfinite(v)]
    if not values:
        return ""
    scale = ticks(min(values), max(values))
    if counts:
        scale = [tick for tick in ticks(0, max(values)) if tick.is_integer()]
    room, rise = WIDTH - left - right, len(rows) * ROW

    def at(value: float) -> float:
        return left + (value - scale[0]) / (scale[-1] - scale[0]) * room

    body = []
    for tick in scale:
        x = at(tick)
        body.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{rise}" class="grid"/>')
        body.append(_text(x, rise + 14, number(tick), "middle", "tick"))
    for i, row in enumerate(rows):
        y = i * ROW + ROW / 2
        title = (
            f"{row.label}: {number(row.middle)} ({number(row.low)} to {number(row.high)}) {unit}"
        )
        body += [
            _row_label(row.label, left - 6, y + 4),
            f'<line x1="{at(row.low):.1f}" x2="{at(row.high):.1f}" y1="{y}" y2="{y}" '
            f'class="span {css}"/>',
            f'<circle cx="{at(row.middle):.1f}" cy="{y}" r="4.5" class="{css}">'
            f"<title>{escape(title.strip())}</title></circle>",
            _text(WIDTH - right + 8, y + 4, number(row.middle), css="value"),
        ]
    return _svg(rise + bottom, body, name)
