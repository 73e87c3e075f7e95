"""What a learning note can prove about its problem: a solution put in, a calculation turned around,
an answer that the steps arrive at. Everything is computed exactly before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from factory.rephrase.fidelity.arithmetic import NotNumericError, equations, evaluate

MAX_RESTATED = 2
MAX_PUT_IN = 3
EASY = 10
"""Calculations with smaller numbers than this need no check."""
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_OPERATION = re.compile(
    r"(?P<a>\d+(?:\.\d+)?)\s*(?P<sign>[-+/]|\\cdot)\s*(?P<b>\d+(?:\.\d+)?)\s*=\s*(?P<c>-?\d+(?:\.\d+)?)"
)
_INVERSE = {
    "+": ("-", "b", "a"),
    "-": ("+", "b", "a"),
    r"\cdot": ("/", "b", "a"),
    "/": (r"\cdot", "b", "a"),
}
_BACKWARDS = (
    "Backwards, ${}$.",
    "The other way round, ${}$.",
)


def restatements(text: str) -> list[str]:
    """Up to two true equalities of the text turned around, e.g. 3 · 4 = 12 as 12 / 4 = 3; the last
    ones, as they lead to the answer.

    Only those that exact arithmetic confirms and that the text does not state itself.
    """
    stated = {e.canonical for e in equations(text)}
    turned: list[str] = []
    for e in reversed(equations(text)):
        match = _OPERATION.fullmatch(e.text)
        if e.status != "true" or not match or not _turns(match):
            continue
        sign, second, result = _INVERSE[match["sign"]]
        back = f"{match['c']} {sign} {match[second]} = {match[result]}"
        again = [x for x in equations(f"${back}$") if x.status == "true"]
        if again and again[0].canonical not in stated:
            stated.add(again[0].canonical)
            turned.insert(0, back)
        if len(turned) == MAX_RESTATED:
            break
    return [frame.format(back) for frame, back in zip(_BACKWARDS, turned, strict=False)]


def _turns(match: re.Match[str]) -> bool:
    """Whether an operation tells something backwards: its second term undoes something."""
    neutral = (0,) if match["sign"] in "+-" else (0, 1)
    plain = all(evaluate(match[name]) < EASY for name in "abc")
    return evaluate(match["b"]) not in neutral and not plain


def put_in(question: str, answer: str) -> tuple[list[str], list[str]]:
    """(true, false) equalities that a solution turns the equations of the question into. A formula
    that can't be read with it gives neither.

    A solution is named (`x = 5`): several values of the only unknown are alternatives, of several
    unknowns each needs one value. A bare number may be the value of the only unknown or something
    else, so that it can prove but not disprove.
    """
    values = _values(answer)
    true: list[str] = []
    false: list[str] = []
    for formula in _formulas(question):
        unknowns = sorted(set(_LETTER.findall(_COMMAND.sub(" ", formula))))
        if formula.count("=") != 1 or _BOUND.search(formula) or not unknowns:
            continue
        given = values or (_bare(answer, unknowns[0]) if len(unknowns) == 1 else {})
        if not set(unknowns) <= given.keys():
            continue
        if len(unknowns) > 1 and any(len(given[x]) > 1 for x in unknowns):
            continue
        for chosen in product(*(given[x] for x in unknowns)):
            said = substituted(formula, dict(zip(unknowns, chosen, strict=True)))
            status = _status(said)
            if status == "true":
                true.append(said)
            elif status == "false" and values:
                false.append(said)
    return true[:MAX_PUT_IN], false


_LETTER = re.compile(r"[A-Za-z]")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_BOUND = re.compile(
    r"[<>≤≥≈_,;|]|\\(?:leq?|geq?|approx|sum|int|lim|text|mathrm|in|ldots|dots)\b|!=|'"
)
_NAMED = re.compile(r"\s*(?P<name>[A-Za-z])\s*=(?P<value>[^=]+)")


def _formulas(text: str) -> list[str]:
    return ["".join(filter(None, m.groups())).strip() for m in _FORMULA.finditer(text)]


def _values(answer: str) -> dict[str, list[str]]:
    """Name → the values that an answer gives it."""
    found: dict[str, list[str]] = {}
    for formula in _formulas(answer):
        named = _NAMED.fullmatch(formula)
        if named and _value(named["value"]) is not None:
            found.setdefault(named["name"], []).append(named["value"].strip())
    return found


def _bare(answer: str, name: str) -> dict[str, list[str]]:
    """The only number of an answer as the value of a name."""
    found = [f for f in _formulas(answer) if _value(f) is not None]
    return {name: found} if len(found) == 1 else {}


def substituted(formula: str, values: Mapping[str, str]) -> str:
    """A formula with values for its letters; a product without a sign gets one."""

    def value(match: re.Match[str]) -> str:
        if match[0].startswith("\\"):
            return match[0]
        said = values[match[0]]
        said = said if re.fullmatch(r"\d+(?:\.\d+)?", said) else f"({said})"
        before = formula[: match.start()].rstrip()[-1:]
        after = formula[match.end() :].lstrip()
        left = r" \cdot " if re.match(r"[\w)}]", before) and not _follows(formula, match) else ""
        right = r" \cdot " if re.match(r"[\d(]|\\(?:frac|sqrt)", after) else ""
        return f"{left}{said}{right}"

    return re.sub(r" {2,}", " ", re.sub(r"\\[A-Za-z]+|[A-Za-z]", value, formula))


def _follows(formula: str, match: re.Match[str]) -> bool:
    """Whether a letter follows an operator that is written as a command."""
    return bool(re.search(r"\\(?:cdot|times|div)\s*$", formula[: match.start()]))


def _status(equation: str) -> str:
    found = equations(f"${equation}$")
    return found[0].status if len(found) == 1 else "unknown"


def unsupported(answers: Sequence[str], rest: str) -> list[str]:
    """The numbers of an answer that the rest of the solution neither has nor comes to.

    `rest` counts with its numbers, the values of its equations, their roundings and percentages.
    """
    known = set(_numbers(rest))
    for e in equations(rest):
        sides = (_value(side) for side in re.split(r"=|≈|\\approx", e.text))
        known |= {side for side in sides if side is not None}
    missing = []
    for answer in answers:
        proved = {n for e in equations(answer) if e.status == "true" for n in _numbers(e.text)}
        formulas = _formulas(answer)
        whole = [_value(formula) for formula in formulas]
        if whole and all(value in known for value in whole):
            continue
        made = (v for f, v in zip(formulas, whole, strict=True) if {*_numbers(f)} <= known)
        reached = known | {value for value in made if value is not None}
        for said in _NUMBER.findall(answer):
            number = Fraction(said.replace(",", ""))
            near = any(_rounds(value, said) for value in reached)
            if number not in reached | proved and not near:
                missing.append(said)
    return missing


_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\d])|(?<=[A-Za-z{^])\d+")
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def _numbers(text: str) -> Iterator[Fraction]:
    for said in _NUMBER.findall(text):
        yield Fraction(said.replace(",", ""))
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _WORDS:
            yield Fraction(_WORDS.index(word))


def _rounds(value: Fraction, said: str) -> bool:
    """Whether a value, or a hundred times it, is the number said at the places it is said with."""
    places = len(said.partition(".")[2])
    number = Fraction(said.replace(",", ""))
    half = Fraction(1, 2 * 10**places)
    return value.denominator != 1 and any(
        v == number or (abs(v - number) <= half and v.denominator != 1)
        for v in (value, value * 100)
    )


def _value(text: str) -> Fraction | None:
    try:
        return evaluate(text.strip(" .,;$"))
    except NotNumericError:
        return None
