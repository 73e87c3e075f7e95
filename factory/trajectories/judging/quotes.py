"""What of an agent's message is the world's wording: titles, notes, texts of errors."""

from __future__ import annotations

import json
from functools import lru_cache

from factory.tasks.values import scalars
from factory.trajectories.judging.case import Case


def own_words(case: Case, index: int) -> str:
    """A message without the texts that were shown or told before: titles and notes of the
    world's are no words of the agent's."""
    text: str = case.messages[index]["content"]
    for message in case.messages[:index]:
        if message["role"] == "tool":
            for value in texts_in(message["content"]):
                text = text.replace(value, "that")
    for slot in case.task["agenda"]["slots"]:
        if isinstance(slot["value"], str) and " " in slot["value"]:
            text = text.replace(slot["value"], "that")
    return text


@lru_cache(maxsize=96)  # a few conversations' results
def texts_in(content: str) -> tuple[str, ...]:
    """The strings of several words in a tool result, the longest first."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return ()
    found = {v for v in scalars(value) if isinstance(v, str) and " " in v}
    return tuple(sorted(found, key=lambda v: (-len(v), v)))


def quoted_spans(case: Case, index: int) -> list[tuple[int, int]]:
    """Spans of a message in which it repeats a text of several words that a result showed."""
    text: str = case.messages[index]["content"]
    spans = []
    for message in case.messages[:index]:
        if message["role"] == "tool":
            for value in texts_in(message["content"]):
                at = text.find(value)
                if at >= 0:
                    spans.append((at, at + len(value)))
    return spans
