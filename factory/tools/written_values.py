"""Generators of values that a model wrote: whether each can be drawn from (worlds/values.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

FAR = 4000
"""Days around the world's today that a date may lie."""
Checker = Callable[[Any, Sequence[str]], "str | None"]


def _range(whole: bool, least: float, most: float) -> Checker:
    def check(value: Any, _: Sequence[str]) -> str | None:
        if not isinstance(value, list) or len(value) not in (2, 3):
            return "must be [low, high] or [low, high, step]"
        if not all(isinstance(v, int if whole else int | float) for v in value):
            return "must hold " + ("whole numbers" if whole else "numbers")
        if not least <= value[0] <= value[1] <= most:
            return f"low and high must be in order, from {least:g} to {most:g}"
        return None if len(value) == 2 or value[2] > 0 else "the step must be more than 0"

    return check


def _pair(least: float, most: float, whole: bool) -> Checker:
    ranged = _range(whole, least, most)

    def check(value: Any, states: Sequence[str]) -> str | None:
        if isinstance(value, list) and len(value) == 3:
            return "must be [low, high]"
        return ranged(value, states)

    return check


def _values(least: int) -> Checker:
    def check(value: Any, _: Sequence[str]) -> str | None:
        if not isinstance(value, list) or not least <= len(value) <= 40:
            return f"must list {least} to 40 texts"
        good = all(isinstance(item, str) and 0 < len(item) <= 80 for item in value)
        return None if good else "holds texts of 1 to 80 characters"

    return check


def _marker(value: Any, _: Sequence[str]) -> str | None:
    return None if value in (None, True) else "takes true"


def _share(value: Any, _: Sequence[str]) -> str | None:
    good = isinstance(value, int | float) and 0 <= value <= 1
    return None if good else "must be a share from 0 to 1"


def _pattern(value: Any, _: Sequence[str]) -> str | None:
    good = isinstance(value, str) and 0 < len(value) <= 24
    return None if good else "must be 1 to 24 characters, A for a letter and # for a digit"


def _phrase(value: Any, states: Sequence[str]) -> str | None:
    if not isinstance(value, Mapping) or set(value) - {"templates", "words"}:
        return "has templates and words"
    wrong = _values(1)(value.get("templates"), states)
    words = value.get("words", {})
    if wrong or not isinstance(words, Mapping):
        return wrong or "words must be an object of lists"
    return next((w for v in words.values() if (w := _values(1)(v, states))), None)


def _const(value: Any, _: Sequence[str]) -> str | None:
    plain = value is None or isinstance(value, bool | int | float)
    return None if plain or (isinstance(value, str) and len(value) <= 80) else "must be plain"


def _maybe(value: Any, states: Sequence[str]) -> str | None:
    if not isinstance(value, list) or len(value) != 2:
        return "must be [share of null, generator]"
    return _share(value[0], states) or generator_problem(value[1], states)


def _by_state(value: Any, states: Sequence[str]) -> str | None:
    if not isinstance(value, Mapping) or not value:
        return "must give some states a generator"
    strange = [state for state in value if state not in states]
    if strange:
        return f"{strange[0]} is no state of the life cycle"
    return next((w for gen in value.values() if (w := generator_problem(gen, states))), None)


def generator_problem(gen: Any, states: Sequence[str] = ()) -> str | None:
    """What is wrong with a generator that stands inside another, or in a parameter."""
    if not isinstance(gen, Mapping) or len(gen) != 1:
        return "holds one generator"
    ((kind, value),) = gen.items()
    if kind not in VALUES or kind in ("maybe", "by_state", "pool"):
        return f"{kind} has no place inside another generator"
    return VALUES[kind](value, states)


VALUES: dict[str, Checker] = {
    "choice": _values(1),
    "pool": _values(6),
    "int": _range(True, -1_000_000, 100_000_000),
    "money": _range(False, 0, 100_000_000),
    "decimal": _pair(-1_000_000, 1_000_000, False),
    "date": _pair(-FAR, FAR, True),
    "bool": _share,
    "pattern": _pattern,
    "person": _marker,
    "email": _marker,
    "phone": _marker,
    "phrase": _phrase,
    "const": _const,
    "maybe": _maybe,
    "by_state": _by_state,
}
"""Generator → what is wrong with its value; the second argument: the states of the table."""
