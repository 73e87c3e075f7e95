"""Where each argument of a call comes from: told by the user, seen in a result, or invented.

Works on the messages alone, so it serves as a check on any agent, whoever it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from factory.tasks.values import mentions, scalars
from factory.trajectories.judging.grounding import iso_dates

Message = Mapping[str, Any]

_NUMBER = re.compile(r"-?\d+\.\d+")
USER, RESULT, SYSTEM, DEFAULT, INVENTED = "user", "result", "system", "default", "invented"


@lru_cache(maxsize=96)  # a few conversations' results
def _shown(content: str) -> frozenset[Any]:
    """Scalars in a tool result; of an error message only its text."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return frozenset([content])
    return frozenset((type(item).__name__, item) for item in scalars(value))


def _in_result(value: Any, message: Message) -> bool:
    shown = _shown(message["content"])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("int", value) in shown or ("float", float(value)) in shown
    return (type(value).__name__, value) in shown


def _meaning(value: Any) -> Any:
    """What an oddly written value says: a date in words, a number as text."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            return float(value)
        return iso_dates(value)
    return value


@lru_cache(maxsize=96)  # a few conversations' texts
def _dated(text: str) -> str:
    """A text with its dates in one form: 1 April of another year is another day."""
    return iso_dates(text)


def origin(value: Any, messages: Sequence[Message], schema: Mapping[str, Any]) -> tuple[str, int]:
    """(source, message index) of a scalar argument, judged by the messages before the call.

    `schema` is the parameter's JSON Schema: a value that is its default counts as `default`. A
    boolean is a reading of the user's words, so any user message may be its source.
    """
    value = _meaning(value)
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message["role"] == "tool" and _in_result(value, message):
            return RESULT, index
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message["role"] == "user" and (
            isinstance(value, bool) or mentions(_dated(message["content"]), value)
        ):
            return USER, index
    if "default" in schema and schema["default"] == value:
        return DEFAULT, -1
    if (
        messages
        and messages[0]["role"] == "system"
        and mentions(_dated(messages[0]["content"]), value)
    ):
        return SYSTEM, 0
    return INVENTED, -1


def trace(
    arguments: Mapping[str, Any], messages: Sequence[Message], schema: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """For each argument {from, message}: the weakest source among the scalars inside it."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    rank = (RESULT, USER, DEFAULT, SYSTEM, INVENTED)
    out = {}
    for name, value in arguments.items():
        described = properties.get(name, {})
        found = [
            origin(item, messages, described if isinstance(described, Mapping) else {})
            for item in scalars(value)
        ]
        source, index = max(found, key=lambda pair: rank.index(pair[0]), default=(DEFAULT, -1))
        out[name] = {"from": source, "message": index}
    return out
