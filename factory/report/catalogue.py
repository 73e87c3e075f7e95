"""The tool repository as a catalogue: counts by category, a map, and tools that can be tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.report.recordings import RecordedCall, record_calls
from factory.report.strata import stratified
from factory.report.toolmap import ToolMap, category_of, tool_map
from factory.shards import Dataset

ORIGINS = ("synthetic", "mcp_style", "real")
COLUMNS = ("id", "original_name", "description", "origin", "category", "domain_id", "server",
           "proof")  # fmt: skip
HOME = ("id", "title", "setting")
WORLD = ("id", "title", "world")
MOST_RUNNABLE = 400
MOST_STILL = 80
"""Tools of the browser that have recorded calls, and that have none (they carry no program)."""


@dataclass
class Category:
    """Tools of a category by origin, and the domains they belong to."""

    origins: Counter[str] = field(default_factory=Counter)
    executable: int = 0
    domains: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Specimen:
    """A tool of the browser. `home` is its domain's title or its server."""

    tool: Record
    home: str
    calls: list[RecordedCall]


@dataclass
class Catalogue:
    """What the page shows of a tool dataset beyond its statistics."""

    categories: dict[str, Category]
    map: ToolMap | None
    specimens: list[Specimen]
    runnable: int
    """Executable tools of the whole repository."""


class ToolChooser:
    """Chooses from the light columns of a `tool` dataset which tools the browser shows, then is
    shown all rows in passing and keeps those."""

    def __init__(self, tools: Dataset) -> None:
        self.light = list(tools.rows(list(COLUMNS)))
        self.runnable = [t for t in self.light if t.get("proof") and t.get("domain_id")]
        still = [tool for tool in self.light if not tool.get("proof")]
        chosen = _sample(self.runnable, MOST_RUNNABLE) + _sample(still, MOST_STILL)
        self.wanted = {tool["id"] for tool in chosen}
        self.rows: list[Record] = []

    def see(self, row: Record) -> None:
        """Keep the row if it was chosen."""
        if row["id"] in self.wanted:
            self.rows.append(row)

    def catalogue(self, domains: Dataset | None) -> Catalogue:
        """The catalogue, once all rows were seen; `domains` is what the tools run on."""
        homes = {row["id"]: f"{row['title']} . {row['setting']}" for row in _rows(domains, HOME)}
        return Catalogue(
            categories=count_categories(self.light),
            map=tool_map(self.light, homes),
            specimens=_specimens(self.rows, domains),
            runnable=len(self.runnable),
        )


def _sample(tools: Sequence[Record], most: int) -> list[Record]:
    return stratified(tools, lambda t: (t["origin"], category_of(t)), lambda t: t["id"], most)


def count_categories(tools: Iterable[Mapping[str, Any]]) -> dict[str, Category]:
    """Category → its counts, largest first."""
    found: dict[str, Category] = {}
    for tool in tools:
        category = found.setdefault(category_of(tool), Category())
        category.origins[tool["origin"]] += 1
        category.executable += bool(tool.get("proof"))
        if tool.get("domain_id"):
            category.domains.add(tool["domain_id"])
    return dict(sorted(found.items(), key=lambda item: (-item[1].origins.total(), item[0])))


def _specimens(rows: Sequence[Record], domains: Dataset | None) -> list[Specimen]:
    homes = {row["domain_id"] for row in rows if row.get("domain_id")}
    known = _domains(domains, homes)
    found = []
    for row in sorted(rows, key=lambda r: (r["original_name"], r["id"])):
        domain = known.get(row.get("domain_id") or "")
        home = row.get("server") or (domain["title"] if domain else "")
        runs = domain is not None and bool((row.get("program") or {}).get("params") is not None)
        calls = record_calls(row, domain["world"]) if domain and runs else []
        found.append(Specimen(row, home, calls))
    return found


def _domains(domains: Dataset | None, wanted: set[str]) -> dict[str, Record]:
    return {row["id"]: row for row in _rows(domains, WORLD) if row["id"] in wanted}


def _rows(domains: Dataset | None, columns: tuple[str, ...]) -> Iterable[Record]:
    return domains.rows(list(columns)) if domains else ()
