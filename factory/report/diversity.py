"""The figures of a run's tool repository, beside those of its real catalogue: `diversity.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from factory.shards import open_dataset, storage
from factory.tools.dedup import COLUMNS, Sketch, likeness, tool_key
from factory.tools.diversity import diversity

DIVERSITY_FILE = "diversity.json"
TOOL_COLUMNS = ("name", "original_name", "origin", "category", "domain_id", "server", "verb",
                "annotations", "inputSchema", "lineage")  # fmt: skip
OWN = ("synthetic", "mcp_style")
ROWS = (
    "tools", "with_twin", "common_interface", "common_program", "kept_share", "category_entropy",
    "verb_entropy", "type_entropy", "parameter_sets", "parameters_per_tool", "nested_share",
    "enum_share", "format_share", "described_share", "read_share",
)  # fmt: skip


def write_diversity(root: str) -> dict[str, Any]:
    """Measure the finished `signature` and `tool` datasets of a run, write `diversity.json`.

    `real` is the catalogue as harvested; `proposed` all own tools before deduplication and proof,
    `synthetic` and `mcp_style` what was kept of them.
    """
    sketches = _sketches(root)
    keys: dict[str, set[str]] = {origin: set() for origin in (*OWN, "real")}
    for row in open_dataset(f"{root}/tool").rows(["name", "origin", "domain_id", "server",
                                                  "lineage"]):  # fmt: skip
        keys[row["origin"]].add(tool_key(_home(row), row["name"]))
    kept = {
        origin: [s for s in sketches if s.origin == origin and s.key in keys[origin]]
        for origin in OWN
    }
    kept["real"] = [s for s in sketches if s.origin == "real"]
    kept["proposed"] = [s for s in sketches if s.origin in OWN]
    figures = {
        name: {**asdict(likeness(chosen)), **_texture(root, name)}
        for name, chosen in kept.items()
        if chosen
    }
    data = (json.dumps(figures, indent=1, sort_keys=True) + "\n").encode()
    storage.publish(storage.join(root, DIVERSITY_FILE), data)
    return figures


def _home(row: Mapping[str, Any]) -> str:
    if row["origin"] == "synthetic":
        return str(row["domain_id"])
    return str(row["server"] if row["origin"] == "mcp_style" else row["lineage"]["parents"][0])


def _sketches(root: str) -> list[Sketch]:
    rows = open_dataset(f"{root}/signature").rows(list(COLUMNS))
    cells: Iterator[list[Any]] = ([row.get(name) for name in COLUMNS] for row in rows)
    return [Sketch(k, o, s, tuple(parents), *rest) for k, o, s, parents, *rest in cells]


def _texture(root: str, origin: str) -> dict[str, Any]:
    if origin == "proposed":
        return {}
    rows = open_dataset(f"{root}/tool").rows(list(TOOL_COLUMNS))
    return diversity(row for row in rows if row["origin"] == origin)


def print_diversity(figures: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    """The figures as a table, one column a set of tools."""
    table = Table(title="How different the tools are")
    table.add_column("figure")
    for name in figures:
        table.add_column(name, justify="right")
    for row in ROWS:
        cells: list[Any] = [figures[name].get(row) for name in figures]
        if row == "kept_share":
            for at in cells[0]:
                table.add_row(f"kept at Jaccard {at}", *(f"{c[at]:.1%}" for c in cells))
        else:
            table.add_row(row.replace("_", " "), *(_cell(cell) for cell in cells))
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
