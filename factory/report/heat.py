"""A table whose cells are tinted by value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from factory.report.charts import percent
from factory.report.markup import escape


def heat_table(
    head: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float]]],
    *,
    name: str,
    css: str = "bad",
    most: float | None = None,
    show: Callable[[float], str] = percent,
) -> str:
    """`rows`: (label, values), a value a column of `head[1:]`; tinted from nothing at 0 to full at
    `most` (default: the largest). NaN and 0 stay blank, so that what there is stands out."""
    found = [v for _, values in rows for v in values if math.isfinite(v)]
    top = most or max(found, default=1.0) or 1.0
    titles = "".join(f'<th scope="col"><span>{escape(title)}</span></th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(_cell(value, top, css, show) for value in values)
        + "</tr>"
        for label, values in rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table class="numeric heat" aria-label="{escape(name)}">'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(value: float, top: float, css: str, show: Callable[[float], str]) -> str:
    if not math.isfinite(value) or value == 0:
        return '<td class="nil">·</td>'
    share = min(1.0, value / top)
    return f'<td class="{css}" style="--w:{share * 70:.0f}%">{show(value)}</td>'
