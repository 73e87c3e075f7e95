"""State differences in a form that two runs of one task can be compared by.

A change is {domain, table, row_id, field, before, after}; `field` is None for a whole row that
appeared or went. Rows that a run creates get fresh ids, so ids of new rows are replaced by a
token before anything is compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import canonical_json

ChangeJson = Mapping[str, Any]


def _fresh_ids(changes: Sequence[ChangeJson]) -> dict[str, str]:
    """Id of each row that appeared → a token that names only its table."""
    return {
        change["row_id"]: f"<new {change['table']}>"
        for change in changes
        if change["field"] is None and change["after"] is not None
    }


def _anonymous(value: Any, fresh: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return fresh.get(value, value)
    if isinstance(value, Mapping):
        return {key: _anonymous(item, fresh) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_anonymous(item, fresh) for item in value]
    return value


def comparable(changes: Sequence[ChangeJson], free: Sequence[str] = ()) -> list[str]:
    """Each change as one canonical text, sorted: what changed and to what, not from what.

    `free` names `table.field` pairs whose text is the agent's to word: they count as changed
    whatever was written.
    """
    fresh = _fresh_ids(changes)
    out = []
    for change in changes:
        after = _anonymous(change["after"], fresh)
        table = change["table"]
        if change["field"] is None and isinstance(after, Mapping):
            after = {
                name: "<free text>" if f"{table}.{name}" in free and value else value
                for name, value in after.items()
            }
        elif f"{table}.{change['field']}" in free and after:
            after = "<free text>"
        row = fresh.get(change["row_id"], change["row_id"])
        out.append(canonical_json([change.get("domain", ""), table, row, change["field"], after]))
    return sorted(out)


def difference(expected: Sequence[str], actual: Sequence[str]) -> tuple[list[str], list[str]]:
    """(missing, extra) as multisets of comparable changes."""
    missing = list(expected)
    extra = []
    for change in actual:
        if change in missing:
            missing.remove(change)
        else:
            extra.append(change)
    return missing, extra


def in_words(change: str) -> str:
    """A comparable change for people: "booking BK-1: status is cancelled", "a new booking"."""
    _, table, row, field, after = json.loads(change)
    if field is not None:
        return f"{table} {row}: {field} is {after}"
    if after is None:
        return f"{table} {row} is gone"
    values = ", ".join(f"{name} {value}" for name, value in after.items() if value is not None)
    return f"a new {table} with {values}"


def rows_made(changes: Sequence[ChangeJson]) -> dict[str, list[str]]:
    """Table → ids of the rows that appeared, in the order in which they did."""
    made: dict[str, list[str]] = {}
    for change in changes:
        if change["field"] is None and change["after"] is not None:
            made.setdefault(change["table"], []).append(change["row_id"])
    return {table: sorted(ids, key=lambda one: (len(one), one)) for table, ids in made.items()}
