"""Record ↔ JSON Schema ↔ Arrow: the only module that knows all three.

A record is a plain dict whose kind has a contract in `schemas/<kind>.schema.json`. From that one
file follow the validation, the canonical form that is hashed into the `id`, and the Arrow schema:

    string/integer/number/boolean → string/int64/float64/bool      array → list<element>
    object with declared properties → struct                       `x-arrow: json` → arrow.json

The last is the Parquet logical type JSON, which `datasets` decodes to dicts; see docs/decisions.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import jsonschema
import pyarrow as pa

from factory.conform import Look, quick_look
from factory.resources import folder

Record = dict[str, Any]

SCHEMA_VERSION = 1
ENVELOPE = ("id", "schema_version", "lineage")
"""Fields every record has around its body; they are not part of what the id hashes."""


class RecordError(ValueError):
    """A record that breaks its kind's schema; the message names the field."""


@cache
def kinds() -> tuple[str, ...]:
    """All record kinds, sorted."""
    return tuple(
        sorted(p.name.removesuffix(".schema.json") for p in folder("schemas").glob("*.schema.json"))
    )


@cache
def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind. Raises KeyError naming the known kinds."""
    if kind not in kinds():
        raise KeyError(f"no record kind {kind!r}; known: {', '.join(kinds())}")
    text = (folder("schemas") / f"{kind}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json_schema(kind))


@cache
def _quick_look(kind: str) -> Look:
    return quick_look(json_schema(kind))


def problems(kind: str, record: Mapping[str, Any]) -> list[str]:
    """Every violation of the kind's schema as `path: message`; an empty list means valid."""
    if _quick_look(kind)(record):
        return []
    return [
        f"{error.json_path.removeprefix('$').lstrip('.') or 'record'}: {error.message[:300]}"
        for error in _validator(kind).iter_errors(record)
    ]


def canonical_json(value: Any) -> str:
    """One text per value: sorted keys, no spaces, UTF-8 left alone, NaN refused."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(*parts: str) -> str:
    """blake2b-128 hex of the parts joined by an unlikely separator."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def _is_json_leaf(schema: Mapping[str, Any]) -> bool:
    return schema.get("x-arrow") == "json"


def _normalise(schema: Mapping[str, Any], value: Any) -> Any:
    """Canonical form of a value: absent and None alike in structs, numbers as float."""
    if value is None or _is_json_leaf(schema):
        return value
    kind = schema.get("type")
    if kind == "object" and isinstance(value, Mapping):
        declared = schema["properties"]
        return {
            name: _normalise(declared.get(name, {}), item)
            for name, item in value.items()
            if item is not None
        }
    if kind == "array" and isinstance(value, list | tuple):
        return [_normalise(schema["items"], item) for item in value]
    if kind == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def content_id(kind: str, body: Mapping[str, Any]) -> str:
    """The content address: 32 hex digits of blake2b-128 over (kind, canonical body).

    The envelope (`id`, `schema_version`, `lineage`) is left out, so the same content has the same
    id on any machine and by any road.
    """
    return _id_of_normal(kind, _normalise(json_schema(kind), dict(body)))


def _id_of_normal(kind: str, body: Mapping[str, Any]) -> str:
    bare = {name: value for name, value in body.items() if name not in ENVELOPE}
    return digest(kind, canonical_json(bare))


def make(
    kind: str,
    body: Mapping[str, Any],
    *,
    parents: Sequence[str],
    stage: str,
    author: str,
    seed: int,
) -> Record:
    """A whole record from its body: normalised, given its id and lineage, validated.

    Raises RecordError naming the fields that break the kind's schema.
    """
    record: Record = _normalise(json_schema(kind), dict(body))
    record["id"] = _id_of_normal(kind, record)
    record["schema_version"] = SCHEMA_VERSION
    record["lineage"] = {
        "parents": list(parents),
        "stage": stage,
        "author": author,
        "seed": seed,
    }
    found = problems(kind, record)
    if found:
        raise RecordError(f"{kind} record: " + "; ".join(found[:3]))
    return record


# --- Arrow -----------------------------------------------------------------------------------

_SCALARS = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


def _arrow_type(schema: Mapping[str, Any], json_type: pa.DataType) -> pa.DataType:
    if _is_json_leaf(schema):
        return json_type
    kind = schema["type"]
    if kind == "array":
        return pa.list_(pa.field("element", _arrow_type(schema["items"], json_type)))
    if kind == "object":
        return pa.struct(
            [pa.field(name, _arrow_type(p, json_type)) for name, p in schema["properties"].items()]
        )
    return _SCALARS[kind]


@cache
def _schema_of(kind: str, stored: bool) -> pa.Schema:
    json_type = pa.string() if stored else pa.json_(pa.string())
    fields = json_schema(kind)["properties"].items()
    return pa.schema([pa.field(name, _arrow_type(p, json_type)) for name, p in fields])


def arrow_schema(kind: str) -> pa.Schema:
    """The Arrow schema derived from the kind's JSON Schema; every field is nullable."""
    return _schema_of(kind, stored=False)


def _leaf_mapper(schema: Mapping[str, Any], leaf: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that rebuilds a value with `leaf` applied to its JSON leaves."""
    if _is_json_leaf(schema):
        return lambda value: None if value is None else leaf(value)
    if schema.get("type") == "array":
        item = _leaf_mapper(schema["items"], leaf)
        return lambda value: None if value is None else [item(v) for v in value]
    if schema.get("type") == "object":
        parts = {name: _leaf_mapper(p, leaf) for name, p in schema["properties"].items()}
        return lambda value: (
            None
            if value is None
            else {name: parts[name](v) for name, v in value.items() if v is not None}
        )
    return lambda value: value


def _compact_json(value: Any) -> str:
    """JSON with keys in their own order: a listing's parameters stay as their author put them."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@cache
def _encoder(kind: str) -> Callable[[Any], Any]:
    return _leaf_mapper(json_schema(kind), _compact_json)


@cache
def _decoder(kind: str) -> Callable[[Any], Any]:
    return _leaf_mapper(json_schema(kind), json.loads)


def to_table(kind: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table of `arrow_schema(kind)`.

    Built with strings first and cast, as pyarrow can't build nested extension types directly.
    """
    encode = _encoder(kind)
    stored = pa.Table.from_pylist(
        [encode(row) for row in rows], schema=_schema_of(kind, stored=True)
    )
    return stored.cast(arrow_schema(kind))


def to_rows(kind: str, table: pa.Table) -> list[Record]:
    """The rows of a table as records again: JSON leaves decoded, absent fields absent.

    Raises RecordError when the table's columns are not those of the kind (a subset is fine).
    """
    wanted = arrow_schema(kind)
    unknown = [name for name in table.column_names if name not in wanted.names]
    if unknown:
        raise RecordError(f"{kind} table has unknown columns {unknown}")
    stored = _schema_of(kind, stored=True)
    narrow = pa.schema([stored.field(name) for name in table.column_names])
    decode = _decoder(kind)
    return [decode(row) for row in table.cast(narrow).to_pylist()]
