"""The state of a world: a few small typed tables with an undo log and a canonical hash.

Rows are flat dicts and never changed in place (an update puts a new dict there), so a copy of
a state is shallow and the undo log holds plain references.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


class StateError(Exception):
    """A write that would break the state. ``code`` is one of unknown_table, unknown_field,
    not_found, bad_value, duplicate, dangling_reference, still_referenced, illegal_transition."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Change:
    """One net difference. ``field`` is None for a row that appeared (``before`` None) or
    disappeared (``after`` None); then the other side is the whole row."""

    table: str
    row_id: str
    field: str | None
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {
            "table": self.table,
            "row_id": self.row_id,
            "field": self.field,
            "before": self.before,
            "after": self.after,
        }


def value_problem(field: Mapping[str, Any], value: Any) -> str | None:
    """Why ``value`` cannot stand in ``field`` (a table field of a world), or None."""
    if value is None:
        return None if field.get("nullable") else "must not be null"
    kind = field["type"]
    if kind == "boolean":
        return None if isinstance(value, bool) else "must be true or false"
    if kind in ("integer", "number"):
        accepted = int if kind == "integer" else (int, float)
        if isinstance(value, bool) or not isinstance(value, accepted):
            return f"must be a {kind}"
        if "minimum" in field and value < field["minimum"]:
            return f"must be at least {field['minimum']}"
        return None
    if kind == "array":
        return None if isinstance(value, list) else "must be a list"
    if not isinstance(value, str):
        return "must be text"
    if kind == "enum" and value not in field["enum"]:
        return f"must be one of {', '.join(field['enum'])}"
    if kind == "date" and not is_date(value):
        return "must be a date YYYY-MM-DD"
    return None


def is_date(text: str) -> bool:
    """True for an existing calendar day written YYYY-MM-DD."""
    if len(text) != 10:
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


class Schema:
    """The tables of a world, indexed once and shared by all copies of a state."""

    def __init__(self, tables: Sequence[Mapping[str, Any]]) -> None:
        self.tables: dict[str, Mapping[str, Any]] = {t["name"]: t for t in tables}
        self.keys: dict[str, str] = {name: t["key"] for name, t in self.tables.items()}
        self.fields: dict[str, dict[str, Mapping[str, Any]]] = {
            name: {f["name"]: f for f in t["fields"]} for name, t in self.tables.items()
        }
        self.references: dict[str, list[tuple[str, str]]] = {
            name: [(f["name"], f["ref"]) for f in t["fields"] if f.get("ref")]
            for name, t in self.tables.items()
        }
        self.referrers: dict[str, list[tuple[str, str]]] = {name: [] for name in self.tables}
        for name, pairs in self.references.items():
            for field, target in pairs:
                self.referrers[target].append((name, field))


class State:
    """Typed tables ``{table: {row_id: row}}`` with referential integrity and unique keys."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._tables: dict[str, dict[str, Row]] = {name: {} for name in schema.tables}
        self._next: dict[str, int] = dict.fromkeys(schema.tables, 1)
        self._log: list[tuple[str, str, Row | None, Row | None, int]] = []
        self._texts: dict[str, str] = {}  # canonical JSON of tables as they are now

    # ---- reading

    def get(self, table: str, row_id: str) -> Row | None:
        """A copy of one row, or None."""
        row = self._tables[table].get(row_id)
        return None if row is None else dict(row)

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows, ordered by id."""
        content = self._tables[table]
        return [dict(content[row_id]) for row_id in sorted(content)]

    def ids(self, table: str) -> list[str]:
        return sorted(self._tables[table])

    def tables(self) -> list[str]:
        return list(self._tables)

    # ---- writing

    def insert(self, table: str, values: Mapping[str, Any]) -> Row:
        """Adds a row. Without a key in ``values`` the next id of the table is taken.
        Fields not given are null. Raises StateError."""
        key = self._key(table)
        row_id = values.get(key)
        row: Row = {key: row_id if row_id is not None else self._fresh_id(table)}
        for name in self.schema.fields[table]:
            row[name] = values.get(name)
        extra = set(values) - set(row)
        if extra:
            raise StateError("unknown_field", f"{table} has no field {sorted(extra)[0]}")
        if row[key] in self._tables[table]:
            raise StateError("duplicate", f"{table} {row[key]} exists already")
        self._check(table, row, self.schema.fields[table])
        self._put(table, row[key], row)
        return dict(row)

    def update(self, table: str, row_id: str, values: Mapping[str, Any]) -> Row:
        """Sets fields of a row. Raises StateError; unknown_field also for the key."""
        before = self._existing(table, row_id)
        unknown = [name for name in values if name not in self.schema.fields[table]]
        if unknown:
            raise StateError("unknown_field", f"{table} has no field {unknown[0]}")
        changed = {name: value for name, value in values.items() if before[name] != value}
        if changed:
            row = {**before, **changed}
            self._check(table, row, changed)
            self._put(table, row_id, row)
        return dict(self._tables[table][row_id])

    def transition(self, table: str, row_id: str, to: str) -> Row:
        """Moves a row along its life cycle. Raises StateError(illegal_transition)."""
        row = self._existing(table, row_id)
        life = self.schema.tables[table].get("life")
        if not life:
            raise StateError("illegal_transition", f"{table} has no life cycle")
        current = row[life["field"]]
        if to not in life["transitions"].get(current, ()):
            raise StateError("illegal_transition", f"{table} {row_id} cannot go {current} -> {to}")
        return self.update(table, row_id, {life["field"]: to})

    def delete(self, table: str, row_id: str) -> Row:
        """Removes a row that nothing refers to. Raises StateError."""
        row = self._existing(table, row_id)
        for other, field in self.schema.referrers[table]:
            if any(r[field] == row_id for r in self._tables[other].values()):
                raise StateError("still_referenced", f"{table} {row_id} is used by a {other}")
        self._put(table, row_id, None)
        return dict(row)

    # ---- undo log

    def mark(self) -> int:
        """A point to which ``rollback`` can return."""
        return len(self._log)

    def rollback(self, mark: int) -> None:
        """Undoes every write since ``mark``."""
        while len(self._log) > mark:
            table, row_id, before, _, counter = self._log.pop()
            if before is None:
                del self._tables[table][row_id]
            else:
                self._tables[table][row_id] = before
            self._next[table] = counter
            self._texts.pop(table, None)

    def changes_since(self, mark: int) -> list[Change]:
        """Net changes, in the order in which rows were first touched; a row that was changed
        and changed back gives none."""
        first: dict[tuple[str, str], Row | None] = {}
        for table, row_id, before, _, _ in self._log[mark:]:
            first.setdefault((table, row_id), before)
        changes: list[Change] = []
        for (table, row_id), before in first.items():
            changes.extend(row_changes(table, row_id, before, self._tables[table].get(row_id)))
        return changes

    def copy(self) -> State:
        """An independent state with the same content and an empty undo log."""
        twin = State.__new__(State)
        twin.schema = self.schema
        twin._tables = {name: dict(rows) for name, rows in self._tables.items()}
        twin._next = dict(self._next)
        twin._log = []
        twin._texts = dict(self._texts)
        return twin

    def same_content(self, other: State) -> bool:
        """Whether another state of the same world holds the same rows (what equal hashes say, at
        a tenth of the cost: rows that neither changed are the same objects)."""
        return self._tables == other._tables

    def as_json(self) -> dict[str, dict[str, Row]]:
        """The content ``{table: {row_id: row}}``, tables and ids sorted."""
        return {
            name: {i: self.get(name, i) or {} for i in self.ids(name)}
            for name in sorted(self._tables)
        }

    def hash(self) -> str:
        """blake2b-128 (hex) of the canonical JSON of the content; the undo log and the
        counters of ids take no part."""
        tables = ",".join(f"{_canonical(name)}:{self._text(name)}" for name in sorted(self._tables))
        return hashlib.blake2b(f"{{{tables}}}".encode(), digest_size=16).hexdigest()

    def _text(self, table: str) -> str:
        if table not in self._texts:
            self._texts[table] = _canonical(self._tables[table])
        return self._texts[table]

    # ---- inside

    def _key(self, table: str) -> str:
        if table not in self.schema.keys:
            raise StateError("unknown_table", f"no table {table}")
        return self.schema.keys[table]

    def _existing(self, table: str, row_id: str) -> Row:
        self._key(table)
        row = self._tables[table].get(row_id)
        if row is None:
            raise StateError("not_found", f"no {table} {row_id}")
        return row

    def _fresh_id(self, table: str) -> str:
        return row_id(self.schema.tables[table], self._next[table])

    def _put(self, table: str, row_id: str, row: Row | None) -> None:
        before = self._tables[table].get(row_id)
        self._log.append((table, row_id, before, row, self._next[table]))
        if row is None:
            del self._tables[table][row_id]
        else:
            self._tables[table][row_id] = row
        self._texts.pop(table, None)
        if before is None:
            self._next[table] = max(self._next[table], id_number(row_id) + 1)

    def _check(self, table: str, row: Row, names: Collection[str]) -> None:
        fields = self.schema.fields[table]
        for name in names:
            problem = value_problem(fields[name], row[name])
            if problem:
                raise StateError("bad_value", f"{table}.{name} {problem}")
            target = fields[name].get("ref")
            if target and row[name] is not None and row[name] not in self._tables[target]:
                raise StateError("dangling_reference", f"no {target} {row[name]}")
        for rule in self.schema.tables[table].get("unique", ()):
            if names is fields or _touches(rule, names):  # else it held before and holds now
                self._check_unique(table, row, rule)

    def _check_unique(self, table: str, row: Row, rule: Mapping[str, Any]) -> None:
        if not _in_scope(row, rule):
            return
        key = self.schema.keys[table]
        values = [(name, row[name]) for name in rule["fields"]]
        first, value = values[0]
        for other in self._tables[table].values():
            if (
                other[first] == value
                and other[key] != row[key]
                and all(other[name] == own for name, own in values)
                and _in_scope(other, rule)
            ):
                names = ", ".join(rule["fields"])
                raise StateError("duplicate", f"{table} {other[key]} has the same {names}")


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _touches(rule: Mapping[str, Any], names: Collection[str]) -> bool:
    """Whether a change of these fields can break a unique rule."""
    return any(name in names for name in (*rule["fields"], *rule.get("when", ())))


def _in_scope(row: Row, rule: Mapping[str, Any]) -> bool:
    """A unique rule counts only rows whose fields have the values of its ``when``, and, as in
    SQL, no row with a null among its fields."""
    when: Mapping[str, Any] = rule.get("when", {})
    return all(row[n] in allowed for n, allowed in when.items()) and all(
        row[n] is not None for n in rule["fields"]
    )


def row_changes(table: str, row_id: str, before: Row | None, after: Row | None) -> list[Change]:
    """The changes that turn one version of a row into another."""
    if before is None or after is None:
        return [] if before is after else [Change(table, row_id, None, before, after)]
    return [
        Change(table, row_id, name, before[name], after[name])
        for name in before
        if before[name] != after[name]
    ]


def row_id(table: Mapping[str, Any], number: int) -> str:
    """The id with that number, for instance ``BK-10432``."""
    return f"{table['prefix']}{number:0{table.get('digits', 4)}d}"


def id_number(text: str) -> int:
    """The number at the end of an id (0 if it has none)."""
    digits = len(text) - len(text.rstrip("0123456789"))
    return int(text[-digits:]) if digits else 0
