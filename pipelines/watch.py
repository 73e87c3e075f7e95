"""What a person sees of a run: progress lines while it goes on, a table at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from factory.commands.progress import Lines
from factory.recipe import StageName
from factory.shards import storage
from pipelines.progress import counted, read_note
from pipelines.run import FIGURES_FILE


def watcher(root: str, stages: Sequence[StageName]) -> Callable[[], None]:
    """A function that shows how far each stage of a run is, whenever it is called."""
    lines = Lines()
    lines.__enter__()
    open_stages = list(stages)

    def tick() -> None:
        for name in list(open_stages):
            plan = read_note(root, f"{name}.plan.json")
            if plan is None:
                break  # stages run one after another
            figures = read_note(root, f"{name}.figures.json")
            seconds = figures["seconds"] if figures else time.time() - plan["started"]
            done = plan["inputs"] if figures else min(counted(root, name), plan["inputs"])
            note = f"{figures['kept']} kept" if figures else ""
            lines.update(
                name, done, plan["inputs"], seconds, "inputs", note, finished=figures is not None
            )
            if figures:
                open_stages.remove(name)
        if not open_stages:
            lines.__exit__(None, None, None)

    return tick


def print_figures(root: str, console: Console | None = None) -> None:
    """The table of a run: records in, kept, rejected by reason, seconds, bytes."""
    body = json.loads(storage.read_bytes(storage.join(root.rstrip("/"), FIGURES_FILE)))
    table = Table(title=root, title_justify="left", header_style="bold")
    table.add_column("stage")
    for heading in ("in", "kept", "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("by reason", overflow="fold")
    for heading in ("seconds", "bytes"):
        table.add_column(heading, justify="right")
    for row in body["stages"]:
        table.add_row(
            row["stage"],
            f"{row['inputs']:,}",
            f"{row['kept']:,}",
            f"{sum(row['rejected'].values()):,}",
            _reasons(row["rejected"]),
            f"{row['seconds']:.1f}",
            f"{row['bytes']:,}",
        )
    console = console or Console()
    if not console.is_terminal:
        console = Console(width=200)  # a file has no edge to wrap at
    console.print(table)
    if any(row.get("usage") for row in body["stages"]):
        console.print(usage_table(body["stages"]))


USAGE_COLUMNS = {
    "asked": "asked",
    "journal": "from journal",
    "sent": "sent",
    "throttled": "429s",
    "failed": "failed",
    "repaired": "repairs",
    "other_model": "other model",
    "repeated_id": "repeated id",
    "prompt_tokens": "tokens in",
    "cached_tokens": "cached",
    "completion_tokens": "tokens out",
}


ODDITIES = {"other_model", "repeated_id"}
"""Shown when there are any: answers under another model's name, or under an id already seen."""


def usage_table(stages: Sequence[dict[str, Any]], title: str = "models") -> Table:
    """What models were asked, by stage, role and model, and what it cost."""
    rows = [
        (row["stage"], *name.split("|"), counts)
        for row in stages
        for name, counts in (row.get("usage") or {}).items()
    ]
    columns = {
        key: heading
        for key, heading in USAGE_COLUMNS.items()
        if key not in ODDITIES or any(row[-1].get(key) for row in rows)
    }
    table = Table(title=title, title_justify="left", header_style="bold")
    for heading in ("stage", "role", "model"):
        table.add_column(heading)
    for heading in (*columns.values(), "cost"):
        table.add_column(heading, justify="right")
    for *who, counts in rows:
        figures = [f"{counts.get(key, 0):,}" for key in columns]
        table.add_row(*who, *figures, _money(counts["cost"]))
    costs = [row[-1]["cost"] for row in rows]
    total = None if None in costs else sum(costs)
    table.add_row("total", "", "", *[""] * len(columns), _money(total), style="bold")
    return table


def _money(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:,.4f}"


def _reasons(rejected: dict[str, Any]) -> str:
    """The reasons, most frequent first, and how many each rejected."""
    ordered = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{reason} {count}" for reason, count in ordered)
