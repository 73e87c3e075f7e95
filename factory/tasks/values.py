"""How values are said, and how a text is found to say them.

One value has several natural forms: 2026-03-14 is "14 March 2026" to one person and "March 14,
2026" to another. `forms` is the whole set that counts as the same value, so user, agent and
judge agree about what was said without sharing anything else.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2})?Z?")
_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def _date_forms(text: str) -> list[str]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return [text]
    month = MONTHS[day.month - 1]
    return [
        text,
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day} {month[:3]} {day.year}",
        f"{day.day} {month}",
        f"{month} {day.day}",
    ]


def _number_forms(value: float) -> list[str]:
    out = []
    if float(value).is_integer():
        whole = int(value)
        out += [str(whole), f"{whole:,}"]
        if isinstance(value, float):
            out += [f"{value:.1f}", f"{value:.2f}", f"{value:,.2f}"]
        if 0 <= whole < len(NUMBER_WORDS):
            out.append(NUMBER_WORDS[whole])
    else:
        out += [repr(value), f"{value:.2f}", f"{value:,.2f}", f"{value:.1f}"]
        if round(value, 1) != value:
            out.pop()
    return out


@lru_cache(maxsize=4096, typed=True)  # False is not 0
def _forms(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("yes", "true") if value else ("no", "false", "not")
    if isinstance(value, int | float):
        return tuple(dict.fromkeys(_number_forms(value)))
    text = str(value)
    if _DATE.fullmatch(text):
        return tuple(_date_forms(text))
    stamp = _STAMP.fullmatch(text)
    if stamp:
        day, clock = stamp.groups()
        said = [text, f"{day} {clock}", f"{day}T{clock}"]
        for form in _date_forms(day):
            said += [f"{form} at {clock}", f"{form}, {clock}", f"{clock} on {form}"]
        return tuple(dict.fromkeys(said))
    if _CODE.fullmatch(text):
        return (text.replace("_", " "), text, text.replace("_", "-"))
    return (text,)


def forms(value: Any) -> tuple[str, ...]:
    """All texts that count as saying a scalar `value`."""
    return _forms(value)


def spoken(value: Any, rng: random.Random, style: int | None = None) -> str:
    """One natural form of a scalar value; `style` fixes how dates are written: 0 ISO, 1 day
    first, 2 month first."""
    said = forms(value)
    if isinstance(value, bool):
        return said[0]
    if isinstance(value, int | float):
        return said[0]
    text = str(value)
    if _DATE.fullmatch(text):
        return rng.choice(said[:3]) if style is None or len(said) < 3 else said[style]
    if _STAMP.fullmatch(text):
        return rng.choice((said[1], *said[6:12])) if style else said[1]
    return said[0]


@lru_cache(maxsize=512, typed=True)  # 8 KB each
def _pattern(value: Any) -> re.Pattern[str]:
    options = "|".join(re.escape(form) for form in sorted(forms(value), key=len, reverse=True))
    return re.compile(
        rf"(?<![\w.,-])(?:{options})(?![\w-]|[.,]\d)|(?<=[\s(])(?:{options})(?=[.,]?\s|$)", re.I
    )


def mentions(text: str, value: Any) -> bool:
    """Whether `text` says the scalar `value` in any of its forms, as whole words."""
    return _pattern(value).search(text) is not None


def scalars(value: Any) -> Iterable[Any]:
    """Every scalar inside a JSON value, keys left out, None left out."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from scalars(item)
    elif value is not None:
        yield value


_FACTS = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2})?"
    r"|\b[A-Za-z]{1,6}[-_][A-Za-z0-9_-]*\d[A-Za-z0-9_-]*"
    r"|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
)


def hard_facts(text: str) -> list[str]:
    """The tokens of `text` that can't be small talk: ids, codes, dates, amounts, numbers."""
    return _FACTS.findall(text)
