"""Expressions of tool programs: data, never code.

A node is a literal (text, number, boolean, null), or one of
``{"const": value}``, ``{"arg": name}`` (with a ``field``: that property of an object, null if the
object is not given), ``{"var": name}``, ``{"var": name, "field": f}``
(on a list of rows: the list of that field), ``{"op": name, "of": [nodes], ...options}``.
Numbers with a fraction are decimals of two places (money): arithmetic rounds to that.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_DEPTH = 12
LARGEST = 1e15
LONGEST = 20_000
"""Bounds of a number and of a text that an expression makes: steps that square or double what the
step before made would otherwise fill the memory."""


class ExpressionError(Exception):
    """An expression that has no value for these operands."""


def evaluate(
    node: Any, arguments: Mapping[str, Any], variables: Mapping[str, Any], depth: int = 0
) -> Any:
    """The value of an expression. Raises ExpressionError."""
    if not isinstance(node, Mapping):
        return node
    if depth > MAX_DEPTH:
        raise ExpressionError(f"nested deeper than {MAX_DEPTH}")
    if "arg" in node:
        given = arguments.get(node["arg"])
        if "field" not in node:
            return given
        return given.get(node["field"]) if isinstance(given, Mapping) else None
    if "var" in node:
        return _variable(node, variables)
    if "const" in node:
        return node["const"]
    if "op" not in node:
        raise ExpressionError(f"unknown node {sorted(node)}")
    operator = OPERATORS.get(node["op"])
    if operator is None:
        raise ExpressionError(f"unknown operator {node['op']}")
    values = [evaluate(child, arguments, variables, depth + 1) for child in node["of"]]
    try:
        return operator(values, node)
    except (TypeError, ValueError, IndexError, KeyError, ArithmeticError) as error:
        raise ExpressionError(f"{node['op']}: {error}") from error


def _variable(node: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    if node["var"] not in variables:
        raise ExpressionError(f"no variable {node['var']}")
    value = variables[node["var"]]
    field = node.get("field")
    if field is None:
        return value
    if isinstance(value, list):
        return [item.get(field) for item in value]
    if isinstance(value, Mapping):
        return value.get(field)
    raise ExpressionError(f"{node['var']} has no fields")


def _decimal(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def _add(values: list[Any], _: Mapping[str, Any]) -> Any:
    return _decimal(sum(values))


def _multiply(values: list[Any], _: Mapping[str, Any]) -> Any:
    product = 1
    for value in values:
        if isinstance(value, str | list):  # Python would repeat it
            raise TypeError("only numbers multiply")
        product = product * value
        if abs(product) > LARGEST:
            raise OverflowError(f"more than {LARGEST:g}")
    return _decimal(product)


def _concat(values: list[Any], _: Mapping[str, Any]) -> str:
    text = "".join("" if value is None else str(value) for value in values)
    if len(text) > LONGEST:
        raise OverflowError(f"a text of more than {LONGEST} characters")
    return text


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[list[Any], Mapping[str, Any]], bool]:
    """A comparison is false when a side is null."""

    def compare(values: list[Any], _: Mapping[str, Any]) -> bool:
        return values[0] is not None and values[1] is not None and test(values[0], values[1])

    return compare


def contains_text(text: Any, part: Any) -> bool:
    """Case-insensitive: ``part`` lies in ``text``."""
    return str(part).casefold() in str(text).casefold()


def _days_between(values: list[Any], _: Mapping[str, Any]) -> int:
    first, second = (datetime.date.fromisoformat(v) for v in values)
    return (second - first).days


def _add_days(values: list[Any], _: Mapping[str, Any]) -> str:
    day = datetime.date.fromisoformat(values[0]) + datetime.timedelta(days=values[1])
    return day.isoformat()


def _numbers(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _average(values: list[Any], _: Mapping[str, Any]) -> float:
    numbers = _numbers(values[0])
    return round(sum(numbers) / len(numbers), 2) if numbers else 0.0


def _group(values: list[Any], node: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows counted by the text of one field, with the total of another when ``total`` says so."""
    groups: dict[str, dict[str, Any]] = {}
    for row in values[0]:
        key = str(row[node["by"]])
        group = groups.setdefault(key, {"key": key, "count": 0})
        group["count"] += 1
        if "total" in node:
            group["total"] = round(group.get("total", 0) + (row[node["total"]] or 0), 2)
    return [groups[key] for key in sorted(groups)]


def _extreme(values: list[Any], node: Mapping[str, Any]) -> Any:
    """The row with the lowest (``order`` asc) or highest value of ``field``; null if none."""
    rows = [row for row in values[0] if row[node["field"]] is not None]
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: row[node["field"]], reverse=node["order"] == "desc")
    return ordered[0]


OPERATORS: dict[str, Callable[[list[Any], Mapping[str, Any]], Any]] = {
    "add": _add,
    "sub": lambda v, _: _decimal(v[0] - v[1]),
    "mul": _multiply,
    "div": lambda v, _: round(v[0] / v[1], 2),
    "min": lambda v, _: min(v),
    "max": lambda v, _: max(v),
    "eq": lambda v, _: v[0] == v[1],
    "ne": lambda v, _: v[0] != v[1],
    "lt": _compare(lambda a, b: a < b),
    "le": _compare(lambda a, b: a <= b),
    "gt": _compare(lambda a, b: a > b),
    "ge": _compare(lambda a, b: a >= b),
    "and": lambda v, _: all(v),
    "or": lambda v, _: any(v),
    "not": lambda v, _: not v[0],
    "in": lambda v, _: v[0] in v[1],
    "given": lambda v, _: any(value is not None for value in v),
    "coalesce": lambda v, _: next((value for value in v if value is not None), None),
    "if": lambda v, _: v[1] if v[0] else v[2],
    "concat": _concat,
    "contains": lambda v, _: contains_text(v[0], v[1]),
    "len": lambda v, _: len(v[0]),
    "sum": lambda v, _: round(sum(_numbers(v[0])), 2),
    "average": _average,
    "first": lambda v, _: v[0][0] if v[0] else None,
    "last": lambda v, _: v[0][-1] if v[0] else None,
    "group": _group,
    "extreme": _extreme,
    "days_between": _days_between,
    "add_days": _add_days,
}
