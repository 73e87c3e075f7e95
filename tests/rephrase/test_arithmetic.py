"""Equalities: exact, never guessed, never evaluated as code."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from factory.rephrase.fidelity.arithmetic import NotNumericError, equations, evaluate


def tree(rng: random.Random, depth: int) -> tuple[str, str, Fraction]:
    """A random expression as plain text, as LaTeX, and its value computed by the tree itself."""
    if depth == 0 or rng.random() < 0.2:
        n = rng.randint(1, 30)
        return str(n), str(n), Fraction(n)
    a, la, x = tree(rng, depth - 1)
    b, lb, y = tree(rng, depth - 1)
    sign = rng.choice("+-*/^")
    if sign == "^":
        k = rng.randint(0, 3)
        return (f"({a})^{k}", f"({la})^{{{k}}}", x**k) if x else (a, la, x)
    if sign == "/":
        return (f"({a})/({b})", rf"\frac{{{la}}}{{{lb}}}", x / y) if y else (a, la, x)
    value = {"+": x + y, "-": x - y, "*": x * y}[sign]
    latex = {"+": "+", "-": "-", "*": r"\cdot"}[sign]
    return f"({a}) {sign} ({b})", rf"\left({la}\right) {latex} \left({lb}\right)", value


def test_values_agree_with_an_independent_evaluation() -> None:
    rng = random.Random(11)
    for _ in range(400):
        plain, latex, value = tree(rng, 3)
        if max(len(plain), len(latex)) > 300:
            continue
        assert evaluate(plain) == value, plain
        assert evaluate(latex) == value, latex


@pytest.mark.parametrize(
    "text",
    [
        "x + 1",
        "2 3",
        "1 1/2",
        "1/0",
        "9^9^9^9",
        r"\sqrt{2}",
        "0^0",
        "(1",
        "1)",
        "__import__('os')",
        "5 km",
        "1" * 500,
        "(" * 60 + "1" + ")" * 60,
        "500!",
        "1,23",
        "",
    ],
)
def test_what_cannot_be_read_exactly_is_not_a_number(text: str) -> None:
    with pytest.raises(NotNumericError):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("So 3 + 4 = 7.", ["true"]),
        ("So 3 + 4 = 8.", ["false"]),
        (r"$\frac{1}{2} + \frac{1}{3} = \frac{5}{6}$", ["true"]),
        ("$x = 2 + 3 = 5$", ["unknown", "true"]),
        ("$2 + 3 = 5 = 6$", ["true", "false"]),
        ("20% of 50 = 10", []),
        ("f(3) = 9 + 1 = 10", ["unknown", "true"]),
        ("25 = 1 (mod 4)", []),
        ("60 min = 1 h", []),
        (r"$7/3 \approx 2.33$ and $7/3 \approx 2.34$", ["true", "false"]),
        ("`1 + 1 = 3` is code", []),
        ("the 3 cats = happy", []),
    ],
)
def test_statuses_of_equalities_in_text(text: str, statuses: list[str]) -> None:
    found = equations(text)
    assert [e.status for e in found] == statuses
    assert all(text[e.start : e.end] == e.text for e in found)
