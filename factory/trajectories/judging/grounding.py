"""Whether what an assistant says was said or shown before: dates, times, ids, addresses, amounts,
numbers in figures and in words, units."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from factory.tasks.values import MONTHS, NUMBER_WORDS, hard_facts, scalars

_MONTH = "|".join(f"{month}|{month[:3]}" for month in MONTHS)
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}}) ({_MONTH})(?: (\d{{4}}))?\b", re.I)
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:, (\d{{4}}))?\b", re.I)
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.I)
_WHOLE = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:https?://|www\.)\S+\w|(?<![\w:])\d{1,2}:\d{2}(?![\w:])"
    r"|(?<!\w)\+\d[\d ()-]{6,}\d"
)
"""What is right as a whole or not at all: an e-mail address, a link, a time, a phone number."""
_UNIT = re.compile(
    r"[$\u20ac\u00a3\u00a5](?= ?\d)|(?<=\d)\s?(?:%|[$\u20ac\u00a3\u00a5]|"
    r"(?:percent|per cent|thousand|million|billion|dollars?|euros?|pounds?|yen|francs?|cents?|"
    r"usd|eur|gbp|chf|km|cm|mm|kg|kilomet(?:er|re)s?|met(?:er|re)s?|miles?|feet|inch(?:es)?|"
    r"kilograms?|kilos?|grams?|tons?|tonnes?|lit(?:er|re)s?|gallons?|degrees?|"
    r"seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b)",
    re.I,
)
"""What a number is counted in."""
_NUMBER = {month[:3].lower(): index + 1 for index, month in enumerate(MONTHS)}


def _iso(day: str, month: str, year: str | None) -> str | None:
    if year is None:
        return None
    try:
        return date(int(year), _NUMBER[month[:3].lower()], int(day)).isoformat()
    except ValueError:
        return None


def iso_dates(text: str) -> str:
    """`text` with dates in words rewritten as YYYY-MM-DD where they name a year."""

    def day_first(match: re.Match[str]) -> str:
        return _iso(match[1], match[2], match[3]) or match[0]

    def month_first(match: re.Match[str]) -> str:
        return _iso(match[2], match[1], match[3]) or match[0]

    return _MONTH_FIRST.sub(month_first, _DAY_FIRST.sub(day_first, text))


@dataclass
class Seen:
    """What a conversation has shown so far, ready for look-ups."""

    tokens: set[str] = field(default_factory=set)
    numbers: set[float] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    units: Callable[[], str] = str
    """Words that a number may be counted in though no text has them."""

    def add_text(self, text: str) -> None:
        """Everything hard in a text: user and system messages."""
        self.texts.append(text.lower())
        self._add_hard(text)

    def _add_hard(self, text: str) -> None:
        tokens, numbers = _hard_in(text)
        self.tokens |= tokens
        self.numbers |= numbers

    def add_result(self, content: str) -> None:
        """Every scalar of a tool result and the length of each list."""
        self.texts.append(content.lower())
        try:
            value = json.loads(content)
        except json.JSONDecodeError:
            self.add_text(content)
            return
        for item in scalars(value):
            if isinstance(item, bool):
                continue
            if isinstance(item, int | float):
                self.numbers.add(abs(float(item)))
            else:
                self._add_hard(str(item))
        self.numbers.update(float(length) for length in _lengths(value))
        self.numbers.update(_totals(value))
        for name in _names(value):  # "price per 100 g" may be said
            self.numbers.update(float(number) for number in re.findall(r"\d+", name))

    def ungrounded(self, text: str) -> list[str]:
        """The hard facts of a text that nothing before it shows."""
        out = []
        for token in hard_facts(iso_dates(text)):
            number = _number(token)
            if token.lower() in self.tokens or (number is not None and number in self.numbers):
                continue
            if all(part in self.tokens for part in re.split(r"[T ]", token.lower())):
                continue
            out.append(token)
        return out + [word for word in self._soft(text) if word]

    def _soft(self, text: str) -> Iterator[str]:
        """Addresses, times, number words and units of a text that nothing before it shows."""
        for found in _WHOLE.findall(text):
            whole = re.compile(rf"(?<![\w.+-]){re.escape(found.lower())}(?![\w-]|\.\w)")
            shown = (text for text in self.texts if found.lower() in text)
            if not any("@" not in found or whole.search(text) for text in shown):
                yield found
        for word in _NUMBER_WORD.findall(text):
            number = NUMBER_WORDS.index(word.lower())
            if number > 1 and number not in self.numbers and "?" not in text:
                yield word
        for unit in _UNIT.findall(text):
            counted = unit.strip().lower().rstrip("s")
            if not self._stands(counted) and counted not in self.units().lower():
                yield f"{unit} as a unit"

    def _stands(self, part: str) -> bool:
        return any(part in text for text in self.texts)


@lru_cache(maxsize=512)
def _hard_in(text: str) -> tuple[frozenset[str], frozenset[float]]:
    """The tokens of a text that can't be small talk, the numbers that they and its words say."""
    found = hard_facts(iso_dates(text))
    tokens = {part for token in found for part in (token, *re.split(r"[T ]", token))}
    values = {_number(token) for token in found}
    words = {float(NUMBER_WORDS.index(word.lower())) for word in _NUMBER_WORD.findall(text)}
    numbers = frozenset(value for value in values if value is not None) | words
    return frozenset(token.lower() for token in tokens), numbers


def hard_words(text: str) -> list[str]:
    """The tokens of a text that can't be small talk, dates in one form."""
    return hard_facts(iso_dates(text))


@lru_cache(maxsize=96)  # a few conversations' results
def objects_in(content: str) -> tuple[tuple[Any, ...], ...]:
    """The scalars of each object in a tool result, of each object its own."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError:
        return ()
    return tuple(tuple(scalars(item)) for item in _mappings(value))


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects inside a JSON value without what is inside them."""
    if isinstance(value, Mapping):
        flat = {k: v for k, v in value.items() if not isinstance(v, Mapping | list)}
        if flat:
            yield flat
        for item in value.values():
            yield from _mappings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _mappings(item)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _totals(value: Any) -> Iterator[float]:
    """The sum and the mean of each number over the rows of each list: what may be worked out."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _totals(item)
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        for name in value[0]:
            numbers = [row.get(name) for row in value]
            if all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
                yield round(abs(sum(numbers)), 2)
                yield round(abs(sum(numbers) / len(numbers)), 2)


def _number(token: str) -> float | None:
    try:
        return float(token.replace(",", ""))
    except ValueError:
        return None


def _lengths(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _lengths(item)
    elif isinstance(value, list):
        yield len(value)
        for item in value:
            yield from _lengths(item)


def first_ungrounded(
    messages: Sequence[Mapping[str, Any]], parameters: Callable[[], str] = str
) -> tuple[int, str] | None:
    """(message index, token) of the first assistant statement that nothing supports. `parameters`:
    the names of what the agent's tools take, such as "days": units that it may speak of."""
    seen = Seen(units=parameters)
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            seen.add_result(message["content"])
        elif message["role"] == "assistant":
            wrong = seen.ungrounded(message["content"])
            if wrong:
                return index, wrong[0]
        else:
            seen.add_text(message["content"])
    return None
