"""Whether a changed conversation is really worse, decided without anything of the judge's.

Three kinds of evidence: the net effect on the state, a plain search in the texts, and by
construction. A change that does no harm is not counted as a fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from factory.records import Record, canonical_json

Message = Mapping[str, Any]


def net_effect(changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """The changes of a conversation with new rows' ids replaced, in a fixed order."""
    fresh = [c["row_id"] for c in changes if c["field"] is None and c["after"] is not None]
    lines = []
    for change in changes:
        row = [change["domain"], change["table"], change["row_id"], change["field"]]
        text = canonical_json([*row, change["after"]])
        for new in fresh:
            text = text.replace(f'"{new}"', '"NEW"')
        lines.append(text)
    return sorted(lines)


def final_changes(trajectory: Record) -> Sequence[Mapping[str, Any]]:
    """The net changes that a performance ended with."""
    changes: Sequence[Mapping[str, Any]] = trajectory["events"][-1]["changes"]
    return changes


def same_effect(one: Record, other: Record) -> bool:
    """Whether two conversations leave the same state behind."""
    return net_effect(final_changes(one)) == net_effect(final_changes(other))


def surfaces(value: Any) -> list[str]:
    """Ways in which a value may stand in a text, lower-case. Generous: a miss makes a fault of
    what is none."""
    text = str(value).lower()
    found = [text, text.replace("_", " "), text.replace("_", "-")]
    if isinstance(value, bool):
        return [*found, "yes" if value else "no"]
    if isinstance(value, int | float):
        found += [f"{value:,}", f"{value:.2f}", f"{value:,.2f}", f"{value:g}"]
        if float(value).is_integer():
            found += [f"{value:.0f}", f"{value:,.0f}"]
            found += [_WORDS[int(value)]] if 0 <= value <= 20 else []
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return found
    for month in (day.strftime("%B").lower(), day.strftime("%b").lower()):
        found += [f"{day.day} {month}", f"{month} {day.day}"]
    return found


_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)


def stands_in(value: Any, text: str) -> bool:
    """Whether a text shows a value in any of its forms, as whole words."""
    low = text.lower()
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(form)}(?![a-z0-9])", low) for form in surfaces(value)
    )


def known_before(value: Any, messages: Sequence[Message]) -> bool:
    """Whether any message, of whatever role, shows the value; what it says and what it calls."""
    return any(stands_in(value, _whole(message)) for message in messages)


def shown_by_tools(value: Any, messages: Sequence[Message]) -> bool:
    """Whether any tool result shows the value."""
    return any(m["role"] == "tool" and stands_in(value, m["content"]) for m in messages)


def _whole(message: Message) -> str:
    calls = message.get("tool_calls") or ()
    content: str = message["content"]
    return content + " ".join(json.dumps(c["function"]["arguments"]) for c in calls)


def rows_of(content: str) -> Iterator[Mapping[str, Any]]:
    """Every object inside a tool result."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
