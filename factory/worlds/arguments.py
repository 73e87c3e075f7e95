"""Arguments of a call checked against the params of a program (the same rules as the derived
inputSchema, without the cost of a JSON Schema validator)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.worlds.state import is_date


def check_arguments(
    params: Sequence[Mapping[str, Any]], arguments: Any
) -> tuple[dict[str, Any], list[str]]:
    """(arguments with defaults filled in, problems). Whole numbers given as 3.0 become 3."""
    if not isinstance(arguments, Mapping):
        return {}, ["arguments must be an object"]
    known = {param["name"]: param for param in params}
    problems = [f"{name}: unknown parameter" for name in arguments if name not in known]
    checked: dict[str, Any] = {}
    for name, param in known.items():
        if name not in arguments:
            if param.get("required"):
                problems.append(f"{name}: required parameter is missing")
            elif "default" in param:
                checked[name] = param["default"]
            elif param["type"] == "object":
                checked[name] = check_arguments(param["properties"], {})[0]
            continue
        value, problem = check_value(param, arguments[name])
        if problem:
            problems.append(f"{name}: {problem}")
        else:
            checked[name] = value
    return checked, problems


def check_value(param: Mapping[str, Any], value: Any) -> tuple[Any, str | None]:
    """(value, None) or (value, what is wrong with it)."""
    kind = param["type"]
    if kind in ("integer", "number"):
        return _check_number(param, value)
    if kind == "boolean":
        return value, None if isinstance(value, bool) else "must be true or false"
    if kind == "array":
        return _check_array(param, value)
    if kind == "object":
        if not isinstance(value, Mapping):
            return value, "must be an object"
        inner, problems = check_arguments(param["properties"], value)
        return inner, "; ".join(problems) or None
    if not isinstance(value, str):
        return value, f"must be a string, got {_type_name(value)}"
    if "enum" in param and value not in param["enum"]:
        return value, f"must be one of {', '.join(param['enum'])}; got {value!r}"
    if kind == "date" and not is_date(value):
        return value, f"must be a date in the form YYYY-MM-DD; got {value!r}"
    if len(value) < param.get("min_length", 0):
        return value, "must not be empty"
    return value, None


def _check_number(param: Mapping[str, Any], value: Any) -> tuple[Any, str | None]:
    kind = param["type"]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value, f"must be a{'n' if kind == 'integer' else ''} {kind}, got {_type_name(value)}"
    if value != value or value in (float("inf"), float("-inf")):
        return value, "must be finite"
    if kind == "integer":
        if value != int(value):
            return value, f"must be a whole number; got {value}"
        value = int(value)
    if "minimum" in param and value < param["minimum"]:
        return value, f"must be at least {param['minimum']}; got {value}"
    if "maximum" in param and value > param["maximum"]:
        return value, f"must be at most {param['maximum']}; got {value}"
    return value, None


def _check_array(param: Mapping[str, Any], value: Any) -> tuple[Any, str | None]:
    if not isinstance(value, list):
        return value, f"must be an array, got {_type_name(value)}"
    if len(value) < param.get("min_items", 0):
        return value, f"must have at least {param['min_items']} items"
    if len(value) > param.get("max_items", len(value)):
        return value, f"must have at most {param['max_items']} items"
    checked = []
    for index, item in enumerate(value):
        item, problem = check_value(param["items"], item)
        if problem:
            return value, f"item {index} {problem}"
        checked.append(item)
    if param.get("unique_items") and len(set(map(repr, checked))) < len(checked):
        return value, "must not hold the same item twice"
    return checked, None


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")
