"""Numbers with their units, and dates: where they stand, and one value for each way to write it.

"1,000 m" = "1 km" = "one thousand metres"; "3 March 1901" = "1901-03-03" = "March 3rd, 1901".
Units of one kind are brought to one unit by exact factors. Months and years stay apart from days,
multiples of bytes from each other, and each currency from all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from factory.rephrase.text.tokens import word_set

_YEAR = "january february march april may june july august september october november december"
MONTHS = _YEAR.split()
_MONTH = (
    "|".join(m.capitalize() for m in MONTHS)
    + "|"
    + "|".join(m[:3].capitalize() for m in MONTHS if m != "may")
)
DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\.? (?:of )?(?P<m1>{_MONTH})\.?,?(?: (?P<y1>\d{{4}}))?\b"
    rf"|\b(?P<m2>{_MONTH})\.? (?:the )?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y2>\d{{4}}))?\b"
    rf"(?!\d)"
    rf"|\b(?P<m3>{_MONTH})\.?(?: of)? (?P<y3>\d{{4}})\b"
    r"|\b(?P<y4>\d{4})-(?P<n4>\d{2})-(?P<d4>\d{2})\b"
)
# unit → factor to the first unit of its line → spellings
_SCALES = (
    ("m", {"m": ("1", "metre metres meter meters"), "km": ("1000", "kilometre kilometres "
     "kilometer kilometers kms"), "cm": ("1/100", "centimetre centimetres centimeter centimeters"),
     "mm": ("1/1000", "millimetre millimetres millimeter millimeters"),
     "µm": ("1/1000000", "μm micrometre micrometres micron microns"),
     "nm": ("1/1000000000", "nanometre nanometres nanometer nanometers")}),
    ("foot", {"foot": ("1", "feet ft"), "inch": ("1/12", "inches"), "yard": ("3", "yards"),
     "mile": ("5280", "miles")}),
    ("kg", {"kg": ("1", "kilogram kilograms kilogramme kilogrammes kilo kilos"),
     "g": ("1/1000", "gram grams gramme grammes"), "mg": ("1/1000000", "milligram milligrams"),
     "t": ("1000", "tonne tonnes")}),
    ("l", {"l": ("1", "litre litres liter liters"), "ml": ("1/1000", "millilitre millilitres "
     "milliliter milliliters"), "cl": ("1/100", "centilitre centilitres")}),
    ("s", {"s": ("1", "second seconds sec secs"), "ms": ("1/1000", "millisecond milliseconds msec"),
     "µs": ("1/1000000", "μs microsecond microseconds"),
     "ns": ("1/1000000000", "nanosecond nanoseconds"), "min": ("60", "minute minutes mins"),
     "h": ("3600", "hour hours hr hrs"), "day": ("86400", "days"), "week": ("604800", "weeks")}),
    ("month", {"month": ("1", "months"), "year": ("12", "years"), "decade": ("120", "decades"),
     "century": ("1200", "centuries")}),
    ("hz", {"hz": ("1", "hertz"), "khz": ("1000", "kilohertz"), "mhz": ("1000000", "megahertz"),
     "ghz": ("1000000000", "gigahertz")}),
    ("w", {"w": ("1", "watt watts"), "kw": ("1000", "kilowatt kilowatts"),
     "gw": ("1000000000", "gigawatt gigawatts")}),
    ("v", {"v": ("1", "volt volts"), "kv": ("1000", "kilovolt kilovolts"),
     "mv": ("1/1000", "millivolt millivolts")}),
)  # fmt: skip
_UNSCALED = {
    "%": "percent per-cent percentage",
    "percentage point": "",
    "km/h": "kph",
    "m/s": "",
    "mph": "",
    "bit": "bits",
    "byte": "bytes",
    "kb": "kilobyte kilobytes",
    "mb": "megabyte megabytes",
    "gb": "gigabyte gigabytes",
    "tb": "terabyte terabytes",
    "mw": "megawatt megawatts",
    "kwh": "",
    "°": "degree degrees",
    "°c": "",
    "°f": "",
    "hectare": "hectares ha",
    "acre": "acres",
    "pound": "pounds £ lb lbs",
    "ounce": "ounces oz",
    "gallon": "gallons",
    "pixel": "pixels px",
    "eur": "€ euro euros",
    "usd": "$ dollar dollars",
    "yen": "¥ jpy",
    "crown": "crowns",
    "franc": "francs",
    "mark": "marks",
    "rouble": "roubles ruble rubles",
    "rupee": "rupees",
}
FACTOR = {
    unit: (base, Fraction(factor)) for base, units in _SCALES for unit, (factor, _) in units.items()
}
UNIT_OF = {
    alias: unit
    for _, units in _SCALES
    for unit, (_, listed) in units.items()
    for alias in (unit, *listed.split())
} | {alias: unit for unit, listed in _UNSCALED.items() for alias in (unit, *listed.split())}
_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen"""
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_POWERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_WORDS = (
    {word: value for value, word in enumerate(_SMALL.split())}
    | {word: 10 * tens for tens, word in enumerate(_TENS, 2)}
    | _POWERS
)
NUMBER_WORDS = frozenset(_WORDS) - {"dozen"}
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_SCALE_WORD = "|".join(word for word in _POWERS if word != "dozen")
_UNIT = r"percentage points?|°[cf]?(?![a-z])|%|km/h|m/s|[€$£¥]|[a-zµμ]+\b"
_SPOKEN = (
    rf"\b(?P<word>(?:{_WORD})(?:(?:-| and | )(?:{_WORD}))*)\b"
    r"(?:[ -](?P<unit2>percentage points?|[a-z]+)\b)?"
)
_NUMBER = re.compile(
    r"(?P<currency>[$€£¥])?(?P<sign>(?<![\w)\]}])[-−])?"
    r"(?P<digits>\d{1,3}(?:[,\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)"
    rf"(?:[ -](?P<scale>{_SCALE_WORD})s?)?"
    rf"(?P<ordinal>st|nd|rd|th|s)?(?:\b|(?=[a-z]\b)|(?=_))(?:[  -]?(?P<unit>{_UNIT}))?"
    rf"|{_SPOKEN}"
)
_HALVES = re.compile(r"\bhalf an? (hour|day|year|minute|century|mile|kilometre|metre|litre|kilo)\b")
_IN_WORDS = re.compile(_SPOKEN)
_DIGIT = re.compile(r"\d")
_KINDS_OF = word_set("""
    parts things kinds ways steps reasons options sides groups types sorts forms points
    cases main of different other such""")
COUNTED = 5
"""A writer who says "two kinds: a and b" counts what the source lists; above this it is a claim."""


@dataclass(frozen=True)
class Quantity:
    """A number at `[start, end)`; `value` is its normal form with its unit, `bare` without.

    `counting` if it may only count what stands there anyway ("two kinds").
    """

    value: str
    start: int
    end: int
    bare: str = ""
    counting: bool = False


def dates(plain: str) -> Iterator[Quantity]:
    """Every date, as `year-month-day` with what is missing left empty."""
    for m in DATE.finditer(plain) if _DIGIT.search(plain) else ():
        yield Quantity(_date_value(m), m.start(), m.end())


def without_dates(plain: str) -> str:
    """`plain` with its dates blanked out at equal length."""
    return DATE.sub(lambda m: " " * len(m[0]), plain)


def numbers(plain: str) -> Iterator[Quantity]:
    """Every number of a text from which dates were blanked out. A lone "one" is no number."""
    lowered = plain.lower()
    pattern = _NUMBER if _DIGIT.search(plain) else _IN_WORDS
    for m in _HALVES.finditer(lowered) if len(lowered) == len(plain) else ():
        value = Fraction(1, 2)
        yield Quantity(_normal(value, UNIT_OF[m[1]]), *m.span(), _normal(value, ""))
    for m in pattern.finditer(lowered if len(lowered) == len(plain) else plain):
        if m["word"]:
            yield from _in_words(m)
        else:
            yield _in_digits(m)


def _in_digits(m: re.Match[str]) -> Quantity:
    digits = m["digits"].replace(",", "").replace("\u202f", "")
    unit, end = _unit(m["unit"]), m.end("digits")
    if m["unit"] and unit:
        end = m.end("unit")
    elif m["scale"]:
        end = m.end("scale")
    if m["currency"]:
        unit = UNIT_OF[m["currency"]]
    if digits.count(".") > 1 or ("." in digits and not unit and not m["scale"]):
        sign = "-" if m["sign"] else ""  # 3.10 may be a version
        bare = f"{sign}{digits.lstrip('0') or '0'}"
        return Quantity(f"{bare} {unit}".strip(), m.start(), end, bare)
    value = Fraction(digits) * (_POWERS[m["scale"].lower()] if m["scale"] else 1)
    value = -value if m["sign"] else value
    return Quantity(_normal(value, unit), m.start(), end, _normal(value, ""))


def _in_words(m: re.Match[str]) -> Iterator[Quantity]:
    spoken = m["word"].lower()
    found = _spoken_values(re.split(r"-| and | ", spoken))
    unit = _unit(m["unit2"])
    if not found:
        yield from _listed(spoken, m.start("word"))
        return
    if spoken == "one":
        return
    end = m.end("unit2") if unit else m.end("word")
    generic = (m["unit2"] or "").lower() in _KINDS_OF
    counting = generic and 2 <= found[0] <= COUNTED
    value = Fraction(found[0])
    yield Quantity(_normal(value, unit), m.start(), end, _normal(value, ""), counting)


def _listed(spoken: str, start: int) -> Iterator[Quantity]:
    """The numbers of a row that is no number: "two and three"."""
    for word in re.finditer(r"[a-z]+(?:-[a-z]+)*", spoken):
        found = _spoken_values(word[0].split("-")) if word[0] not in ("and", "one") else []
        if found:
            value = _normal(Fraction(found[0]), "")
            yield Quantity(value, start + word.start(), start + word.end(), value)


def _spoken_values(parts: list[str]) -> list[int]:
    """`["two", "hundred", "five"]` as [205]; a row that is no number ("two three") as []."""
    total = group = 0
    last = 10**12
    for part in parts:
        value = _WORDS[part]
        if part in _POWERS:
            group = max(1, group) * value
            if value >= 1000:
                total, group = total + group, 0
            last = value
        elif value < last and (group % 100 == 0 or (value < 10 and group % 10 == 0)):
            group += value
            last = 10 if value >= 20 else 1
        else:
            return []
        last = max(last, 1)
    return [total + group]


def _unit(named: str | None) -> str:
    if not named:
        return ""
    if named.lower().startswith("percentage point"):
        return "percentage point"
    return UNIT_OF.get(named, "") or UNIT_OF.get(named.lower(), "")


def _normal(value: Fraction, unit: str) -> str:
    base, factor = FACTOR.get(unit, (unit, Fraction(1)))
    value *= factor
    exact = value.denominator == 1 or not (value * 10**12).denominator > 1
    shown = str(value.numerator) if value.denominator == 1 else str(value)
    if exact and value.denominator != 1:
        shown = f"{float(value):.12f}".rstrip("0")
    return f"{shown} {base}".strip()


def _date_value(m: re.Match[str]) -> str:
    month = m["m1"] or m["m2"] or m["m3"]
    number = (
        int(m["n4"])
        if m["n4"]
        else next(i for i, full in enumerate(MONTHS, 1) if full.startswith(month.lower()[:3]))
    )
    year = m["y1"] or m["y2"] or m["y3"] or m["y4"] or ""
    day = m["d1"] or m["d2"] or m["d4"] or ""
    return f"{year}-{number:02d}-{day.zfill(2) if day else ''}"
