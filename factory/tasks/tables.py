"""What a domain's world says about its tables, and how a person would refer to a row.

A *fact* is one cell that a person knows about a row: a field of the row itself or, through its
references, of a row it belongs to ("the booking of Ana Ruiz on 3 May": the customer's name and
the booking's date). Ids are never facts; they are what tools are for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.worlds.state import Row, State

_HUMP = re.compile(r"(?<=[^A-Z\W])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=\d{2,}$)")
NATURAL = ("name", "date", "category", "value", "money", "email", "text")


@dataclass(frozen=True)
class Fact:
    """One known cell: `path` leads over reference fields from the row to the table's row."""

    path: tuple[str, ...]
    table: str
    field: str
    value: Any

    @property
    def semantic(self) -> str:
        """`table.field`, as params and results name it."""
        return f"{self.table}.{self.field}"


class World:
    """A read-only view of a domain record's `world`."""

    def __init__(self, domain: Mapping[str, Any]) -> None:
        self.domain = domain
        self.body: Mapping[str, Any] = domain["world"]
        self.tables: dict[str, Mapping[str, Any]] = {t["name"]: t for t in self.body["tables"]}
        self.fields: dict[str, dict[str, Mapping[str, Any]]] = {
            name: {f["name"]: f for f in t["fields"]} for name, t in self.tables.items()
        }

    def noun(self, table: str) -> str:
        """The table's noun, such as "court booking"."""
        return str(self.tables[table]["noun"])

    def plural(self, table: str) -> str:
        """The noun's plural."""
        return str(self.tables[table]["plural"])

    def key(self, table: str) -> str:
        """The name of the table's id field."""
        return str(self.tables[table]["key"])

    def natural(self, table: str, field: str) -> bool:
        """Whether a person may know this field: neither an id nor a structure."""
        spec = self.fields[table].get(field)
        return spec is not None and spec["kind"] != "id" and spec["type"] != "array"


def words(identifier: str) -> str:
    """`hourlyRate` and `hourly_rate` as "hourly rate", `costADay` as "cost a day"."""
    out = _HUMP.sub(" ", identifier)
    return " ".join(out.replace("_", " ").replace("-", " ").lower().split())


def cell(state: State, table: str, row: Row, fact: Fact) -> Any:
    """The value that `row` has where `fact` looks (None when a reference is empty)."""
    current: Row | None = row
    at = table
    for reference in fact.path:
        assert current is not None
        target = next(t for f, t in state.schema.references[at] if f == reference)
        if current.get(reference) is None:
            return None
        current, at = state.get(target, current[reference]), target
    return None if current is None else current.get(fact.field)


def matching(state: State, table: str, facts: Iterable[Fact]) -> list[Row]:
    """The rows of a table for which all the facts hold."""
    wanted = list(facts)
    return [
        row
        for row in state.rows(table)
        if all(cell(state, table, row, fact) == fact.value for fact in wanted)
    ]


def shuffled_handles(world: World, table: str, rng: random.Random) -> list[Sequence[str]]:
    """The table's handles in random order, e-mail addresses last as often as not."""
    handles: list[Sequence[str]] = list(world.tables[table]["handles"])
    rng.shuffle(handles)
    if rng.random() < 0.6:
        handles.sort(
            key=lambda handle: any(
                world.fields[table].get(field, {}).get("kind") == "email" for field in handle
            )
        )
    return handles


def handle_facts(
    world: World,
    state: State,
    table: str,
    row: Row,
    handle: Sequence[str],
    rng: random.Random,
    depth: int = 0,
) -> list[Fact] | None:
    """The facts behind one handle: a reference in it stands for a handle of the other row.

    None when a cell of it is empty or a reference can't be told by a person.
    """
    facts: list[Fact] = []
    for field in handle:
        spec = world.fields[table].get(field)
        if spec is None or row.get(field) is None:
            return None
        if spec.get("ref"):
            inner = reference_facts(world, state, spec["ref"], row[field], field, rng, depth)
            if inner is None:
                return None
            facts += inner
        elif world.natural(table, field):
            facts.append(Fact((), table, field, row[field]))
        else:
            return None
    return facts


def reference_facts(
    world: World,
    state: State,
    table: str,
    row_id: str,
    reference: str,
    rng: random.Random,
    depth: int,
) -> list[Fact] | None:
    """Facts that name the row `row_id` of `table`, as seen over a reference field to it."""
    target = state.get(table, row_id)
    if target is None or depth >= 2:
        return None
    for handle in shuffled_handles(world, table, rng):
        inner = handle_facts(world, state, table, target, handle, rng, depth + 1)
        if inner and len(matching(state, table, inner)) == 1:
            return [Fact((reference, *f.path), f.table, f.field, f.value) for f in inner]
    return None


def referent(
    world: World, state: State, table: str, row: Row, rng: random.Random
) -> list[Fact] | None:
    """Facts by which a person can name this row so that no other row of the state fits.

    A handle as it stands, else one made unique with one or two more natural fields; None when
    nothing natural tells the row apart.
    """
    for handle in shuffled_handles(world, table, rng):
        facts = handle_facts(world, state, table, row, handle, rng)
        if facts is None:
            continue
        facts = _narrowed(world, state, table, row, facts, rng)
        if facts is not None:
            return facts
    return None


def _narrowed(
    world: World, state: State, table: str, row: Row, facts: list[Fact], rng: random.Random
) -> list[Fact] | None:
    known = {fact.semantic for fact in facts}
    spare = [
        Fact((), table, name, row[name])
        for name, spec in world.fields[table].items()
        if row[name] is not None
        and spec["type"] != "boolean"
        and spec["kind"] in ("date", "category", "name", "email", "value")
        and world.natural(table, name)
        and f"{table}.{name}" not in known
    ]
    rng.shuffle(spare)
    for extra in ([], *([fact] for fact in spare), spare[:2]):
        if len(matching(state, table, [*facts, *extra])) == 1:
            return [*facts, *extra]
    return None
