"""A quick look at whether a value satisfies a JSON Schema: yes, or "ask jsonschema".

Nearly every value that is checked is valid, and jsonschema takes 50 to 100 µs to say so; a schema
compiled to closures takes 3 to 10. A quick yes is always right; what gets none may still be valid
(a float where an integer is asked for, a tuple) and is left to jsonschema, which also words what
is wrong. tests/test_conform.py holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Look = Callable[[Any], bool]

ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description", "format", "examples"})
"""Keywords that forbid nothing (`format` by default), besides those that begin with `x-`."""
KNOWN = frozenset(
    {"type", "enum", "const", "$ref"}
    | {"properties", "required", "additionalProperties", "propertyNames"}
    | {"minProperties", "maxProperties", "items", "minItems", "maxItems"}
    | {"pattern", "minLength", "maxLength", "minimum", "maximum"}
)
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


PLAIN = frozenset(kind for kinds in _TYPES.values() for kind in kinds)
"""What parsed JSON is made of; anything else is jsonschema's to judge."""


class _Beyond(Exception):
    """The schema uses a keyword that is not known here."""


def quick_look(schema: Mapping[str, Any]) -> Look:
    """A function that returns True only for values that satisfy the schema (JSON Schema 2020-12).

    For a schema with a keyword that is not known here it never does.
    """
    try:
        return _Compiler(schema).compile(schema)
    except _Beyond:
        return lambda value: False


class _Compiler:
    """One schema with its `$defs`, each compiled once; they may refer to themselves."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.defs: Mapping[str, Any] = root.get("$defs", {})
        self.made: dict[str, Look] = {}

    def compile(self, schema: Any) -> Look:
        """The look at values of a schema. Raises _Beyond."""
        if schema is True or schema == {}:
            return lambda value: True
        if not isinstance(schema, Mapping):
            raise _Beyond(schema)
        for keyword in schema.keys() - KNOWN - ANNOTATIONS:
            if not keyword.startswith("x-"):
                raise _Beyond(keyword)
        looks = [
            look
            for make in (_type, _enum, _text, _number, self._ref, self._array, self._object)
            if (look := make(schema)) is not None
        ]
        return _all(looks)

    def _ref(self, schema: Mapping[str, Any]) -> Look | None:
        if "$ref" not in schema:
            return None
        head, _, name = schema["$ref"].rpartition("/")
        if head != "#/$defs" or name not in self.defs:
            raise _Beyond(schema["$ref"])
        if name not in self.made:
            self.made[name] = lambda value: self.made[name](value)  # until it is there
            self.made[name] = self.compile(self.defs[name])
        made = self.made
        return lambda value: made[name](value)

    def _array(self, schema: Mapping[str, Any]) -> Look | None:
        if not schema.keys() & {"items", "minItems", "maxItems"}:
            return None
        least, most = schema.get("minItems", 0), schema.get("maxItems", float("inf"))
        item = self.compile(schema.get("items", True))

        def look(value: Any) -> bool:
            if type(value) is not list:
                return type(value) in PLAIN  # of other types these keywords say nothing
            return least <= len(value) <= most and all(map(item, value))

        return look

    def _object(self, schema: Mapping[str, Any]) -> Look | None:
        keywords = {"properties", "required", "additionalProperties", "propertyNames"}
        if not schema.keys() & (keywords | {"minProperties", "maxProperties"}):
            return None
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", float("inf"))
        required = tuple(schema.get("required", ()))
        parts = {name: self.compile(part) for name, part in schema.get("properties", {}).items()}
        other = schema.get("additionalProperties", True)
        extra = None if other is False else self.compile(other)
        naming = self.compile(schema["propertyNames"]) if "propertyNames" in schema else None

        def look(value: Any) -> bool:
            if type(value) is not dict:
                return type(value) in PLAIN
            if not least <= len(value) <= most:
                return False
            for name in required:
                if name not in value:
                    return False
            for name, item in value.items():
                part = parts.get(name, extra)
                if part is None or not part(item):
                    return False
            return naming is None or all(map(naming, value))

        return look


def _all(looks: list[Look]) -> Look:
    if not looks:
        return lambda value: True
    if len(looks) == 1:
        return looks[0]
    if len(looks) == 2:
        first, second = looks
        return lambda value: first(value) and second(value)
    return lambda value: all(look(value) for look in looks)


def _type(schema: Mapping[str, Any]) -> Look | None:
    if "type" not in schema:
        return None
    named = schema["type"]
    names = [named] if isinstance(named, str) else named
    kinds = [kind for name in names for kind in _TYPES[name]]
    if len(kinds) == 1:
        (only,) = kinds
        return lambda value: type(value) is only
    several = frozenset(kinds)
    return lambda value: type(value) in several


def _enum(schema: Mapping[str, Any]) -> Look | None:
    if "enum" in schema and "const" in schema:
        raise _Beyond("enum beside const")
    if "enum" not in schema and "const" not in schema:
        return None
    allowed = list(schema["enum"] if "enum" in schema else [schema["const"]])
    texts = frozenset(one for one in allowed if isinstance(one, str))
    numbers = [one for one in allowed if type(one) in (int, float)]  # which True and False are not
    others = [one for one in allowed if type(one) in (bool, type(None))]

    def look(value: Any) -> bool:
        if type(value) is str:
            return value in texts
        if type(value) is int or type(value) is float:
            return value in numbers
        return any(value is one for one in others)

    return look


def _text(schema: Mapping[str, Any]) -> Look | None:
    if not schema.keys() & {"pattern", "minLength", "maxLength"}:
        return None
    least, most = schema.get("minLength", 0), schema.get("maxLength", float("inf"))
    search = re.compile(schema["pattern"]).search if "pattern" in schema else None

    def look(value: Any) -> bool:
        if type(value) is not str:
            return type(value) in PLAIN
        return least <= len(value) <= most and (search is None or search(value) is not None)

    return look


def _number(schema: Mapping[str, Any]) -> Look | None:
    if not schema.keys() & {"minimum", "maximum"}:
        return None
    least, most = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))

    def look(value: Any) -> bool:
        if type(value) is not int and type(value) is not float:
            return type(value) in PLAIN
        return bool(least <= value <= most)

    return look
