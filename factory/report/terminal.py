"""Rows and statistics in the terminal, with rich. Data never reaches the terminal's control."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from factory.records import Record
from factory.report.charts import number
from factory.report.columns import Column
from factory.report.markup import visible
from factory.report.overview import size
from factory.shards import Dataset

PIPED_WIDTH = 140
MOST_TEXT = 300
MOST_SAID = 1200
TOP_VALUES = 4
LONG_VALUE = 60
FEW_VALUES = 24
"""Up to so many distinct values, a column is taken for a set of categories."""
_ID = re.compile("[0-9a-f]{32}")
ROLE_STYLES = {"system": "dim", "user": "bold blue", "assistant": "bold green", "tool": "magenta"}


def console() -> Console:
    """A console on stdout: wide and plain when piped. `COLUMNS` sets the width."""
    width = None
    if not sys.stdout.isatty():
        width = int(os.environ.get("COLUMNS") or PIPED_WIDTH)
    return Console(width=width, highlight=False, markup=False, emoji=False)


def _text(value: object, style: str = "") -> Text:
    return Text(visible(str(value)), style=style, overflow="fold")


def clip(text: str, most: int | None) -> str:
    """At most `most` characters, with a note of how many more there are; None for all."""
    if most is None or len(text) <= most:
        return text
    return f"{text[:most]} … {len(text) - most:,} more characters (--full)"


def _table(*heads: str, numeric: Iterable[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for head in heads:
        right = head in set(numeric)
        table.add_column(head, justify="right" if right else "left", overflow="fold", no_wrap=right)
    return table


def print_datasets(out: Console, datasets: Sequence[Dataset], root: str) -> None:
    """One line a dataset of a run: kind, rows, shards, bytes."""
    table = _table("dataset", "kind", "rows", "parts", "bytes", numeric=("rows", "parts", "bytes"))
    for dataset in datasets:
        name = dataset.path.removeprefix(root).strip("/") or dataset.path
        total = sum(part.bytes for part in dataset.parts)
        cells = (
            name,
            dataset.kind,
            number(dataset.num_rows),
            number(len(dataset.parts)),
            size(total),
        )
        table.add_row(*(_text(cell) for cell in cells))
    out.print(table)
    rows = sum(dataset.num_rows for dataset in datasets)
    out.print(_text(f"{len(datasets)} datasets, {rows:,} rows", "dim"))


def print_statistics(out: Console, columns: Sequence[Column]) -> None:
    """One line a column: type, nulls, distinct values, what is measured, most frequent values."""
    numeric = ("nulls", "distinct", "min", "mean", "max")
    table = _table("column", "type", *numeric, "of", "most frequent", numeric=numeric)
    for column in columns:
        measured = column.measures and column.rows > column.nulls
        figures = (column.low, column.mean, column.high) if measured else ()
        cells = [
            column.name,
            column.type,
            number(column.nulls),
            _distinct(column),
            *([number(figure) for figure in figures] or [""] * 3),
            column.measures,
            _frequent(column),
        ]
        table.add_row(*(_text(cell) for cell in cells))
    out.print(table)


def _distinct(column: Column) -> str:
    if column.values is not None:
        return number(len(column.values))
    return "" if column.type.startswith("list") else "many"


def _frequent(column: Column) -> str:
    values = column.values
    if column.measures == "characters" and column.mean > LONG_VALUE:
        return ""
    if not values or len(values) > FEW_VALUES or len(values) == column.rows > TOP_VALUES:
        return ""
    order = sorted(values.items(), key=lambda item: (-item[1], str(item[0])))
    shown = [f"{clip_value(value)} {count:,}" for value, count in order[:TOP_VALUES]]
    return " · ".join(shown) + (" · …" if len(order) > TOP_VALUES else "")


def clip_value(value: object) -> str:
    """A value short enough for a list of values."""
    text = " ".join(str(value).split())
    if _ID.fullmatch(text):
        return text[:8]
    return text if len(text) <= 28 else text[:27] + "…"


def print_record(out: Console, row: Mapping[str, Any], title: str, full: bool) -> None:
    """A row, one field a line."""
    out.rule(_text(title, "bold"), align="left", style="dim")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in row.items():
        shown = value if isinstance(value, str) else _json(value, full)
        table.add_row(_text(name), _text(clip(shown, None if full else MOST_TEXT)))
    out.print(table)


def _json(value: Any, full: bool) -> str:
    indent = 2 if full and isinstance(value, dict | list) else None
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def print_conversation(
    out: Console, row: Record, title: str, full: bool, verdict: Record | None = None
) -> None:
    """A trajectory or sft row, message by message."""
    out.rule(_text(title, "bold"), align="left", style="dim")
    facts = ("skill", "outcome", "num_turns", "num_tool_calls", "num_faults")
    out.print(_text(" · ".join(f"{n} {row[n]}" for n in facts if n in row), "dim"))
    faults = {
        event["message"]: event["fault"]
        for event in row.get("events") or ()
        if event.get("fault") and isinstance(event.get("message"), int)
    }
    for i, message in enumerate(row["messages"]):
        _print_message(out, message, i, faults.get(i), full)
    if verdict:
        _print_verdict(out, verdict)


def _print_message(
    out: Console, message: Mapping[str, Any], i: int, fault: str | None, full: bool
) -> None:
    role = message["role"]
    head = Text.assemble((f"\n{i:>3} ", "dim"), (visible(role), ROLE_STYLES.get(role, "")))
    if message.get("name"):
        head.append(f" {visible(message['name'])}", "magenta")
    if role == "assistant" and message.get("train") is False:
        head.append("  masked from the loss", "yellow")
    if fault:
        head.append(f"  fault: {visible(fault)}", "red")
    out.print(head)
    if message.get("content"):
        _print_indented(out, clip(message["content"], None if full else MOST_SAID))
    for call in message.get("tool_calls") or ():
        function = call["function"]
        arguments = json.dumps(function["arguments"], ensure_ascii=False)
        _print_indented(
            out, clip(f"→ {function['name']}({arguments})", None if full else MOST_SAID)
        )


def _print_indented(out: Console, text: str) -> None:
    out.print(Padding(_text(text), (0, 0, 0, 4), expand=False))


def _print_verdict(out: Console, verdict: Record) -> None:
    said = "kept" if verdict["keep"] else f"rejected: {verdict.get('reason', '')}"
    out.print(
        _text(f"\nverdict {verdict['score']:.2f} · {said} · judge {verdict['judge']}", "bold")
    )
    table = _table("score", "item", "type", "evidence", "detail", numeric=("score", "evidence"))
    for item in verdict["items"]:
        evidence = str(item["evidence"]) if item["evidence"] >= 0 else "–"
        cells = (number(item["score"]), item["item"], item["type"], evidence, item["detail"])
        table.add_row(*(_text(cell) for cell in cells))
    out.print(table)
