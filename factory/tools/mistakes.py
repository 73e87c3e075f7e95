"""Requests with one mistake each: what a tool has to refuse before it looks at its world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WRONG: dict[str, Any] = {
    "string": 7,
    "integer": "many",
    "number": "much",
    "boolean": "yes",
    "array": "one",
    "object": "all",
}
"""A value of another type for each JSON type."""


def mistakes(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> Iterator[Any]:
    """Copies of valid arguments, each broken in one place that an inputSchema rules out: no
    object at all, a parameter that there is not, one left out, a value of another type, out of
    bounds, outside the list, too short, too many, twice."""
    yield from (None, ["a list"], "text")
    yield from _inside(schema, arguments)


def _inside(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if schema.get("additionalProperties") is False:
        yield {**arguments, "no_such_parameter": 1}
    for name in schema.get("required", ()):
        yield {key: value for key, value in arguments.items() if key != name}
    for name, inner in schema.get("properties", {}).items():
        for value in _wrong(inner, arguments.get(name)):
            yield {**arguments, name: value}


def _wrong(schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
    """Values that a schema does not accept; ``value``: one that it does, or None."""
    kind = schema.get("type")
    if kind in WRONG:
        yield WRONG[kind]
        yield None
    if "enum" in schema:
        yield "none of these"
    if schema.get("format") == "date":
        yield "the day after tomorrow"
    if kind in ("integer", "number"):
        if "minimum" in schema:
            yield schema["minimum"] - 1
        if "maximum" in schema:
            yield schema["maximum"] + 1
        yield True
    if schema.get("minLength"):
        yield ""
    if kind == "array":
        yield from _wrong_lists(schema, value if isinstance(value, list) else [])
    if kind == "object":
        yield from _inside(schema, value if isinstance(value, Mapping) else {})


def _wrong_lists(schema: Mapping[str, Any], items: list[Any]) -> Iterator[list[Any]]:
    if schema.get("minItems"):
        yield []
    if items and schema.get("uniqueItems"):
        yield [*items, items[0]]
    if items and "maxItems" in schema:
        yield [f"{items[0]}{n}" for n in range(schema["maxItems"] + 1)]
    for wrong in _wrong(schema.get("items", {}), items[0] if items else None):
        yield [*items, wrong]
