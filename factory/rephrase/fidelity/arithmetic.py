"""Exact verification of numeric equalities found in text. No `eval`, no sympy: a small parser.

Grammar, over rationals:  sum := term (± term)* ; term := signed ((* | / | juxtaposed) signed)* ;
signed := ±signed | power ; power := postfix (^ signed)? ; postfix := atom (! | %)* ;
atom := number | ( sum ) | \\frac{..}{..} | \\sqrt[n]{..} | sqrt(..) | \\binom{..}{..}

Whatever it can't read exactly (variables, irrational roots, mixed numbers, units) or in one way
only (`6/2(1+2)`, `7 % 3`, `5!=120`) is `unknown`; `unknown` is never counted as true. Depth, length
and the size of numbers are bounded before anything is computed, so no input takes long and no
process has to be killed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Status = Literal["true", "false", "unknown"]
MAX_CHARS = 400
MAX_DEPTH = 40
MAX_BITS = 4096
MAX_FACTORIAL = 200


class NotNumericError(ValueError):
    """An expression that isn't a rational number by the grammar above."""


@dataclass(frozen=True)
class Equation:
    """One `left = right` at `[start, end)` of a text."""

    text: str
    start: int
    end: int
    status: Status

    @property
    def canonical(self) -> str:
        """The text by which the same equation is recognised elsewhere."""
        return canonical(self.text)


_REPLACED = (
    (r"\left", ""),
    (r"\right", ""),
    (r"\dfrac", r"\frac"),
    (r"\tfrac", r"\frac"),
    (r"\cdot", "*"),
    (r"\times", "*"),
    (r"\div", "/"),
    (r"\%", "%"),
    (r"\,", ""),
    (r"\;", ""),
    (r"\!", ""),
    (r"\ ", ""),
    (r"\approx", "≈"),
    ("{,}", ","),
    ("·", "*"),
    ("×", "*"),
    ("⋅", "*"),
    ("÷", "/"),
    ("−", "-"),
    ("–", "-"),
    ("**", "^"),
    ("½", "(1/2)"),
    ("¼", "(1/4)"),
    ("¾", "(3/4)"),
    ("²", "^2"),
    ("³", "^3"),
    ("√", "sqrt"),
    ("\u202f", ""),
    ("\u2009", ""),
    ("$", ""),
    ("\\(", ""),
    ("\\)", ""),
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<command>\\?(?:frac|sqrt|binom))(?![a-z])|(?P<mark>[-+*/^()\[\]{}!%]))"
)


def canonical(text: str) -> str:
    """`text` without white space and with one spelling of each operator."""
    for old, new in _REPLACED:
        text = text.replace(old, new)
    return re.sub(r"\s+", "", text)


def evaluate(text: str) -> Fraction:
    """The exact value of a numeric expression, plain or LaTeX. Raises NotNumericError."""
    if re.search(r"\d\s?[½¼¾]", text):
        raise NotNumericError("a mixed number")
    for old, new in _REPLACED:
        text = text.replace(old, new)
    if len(text) > MAX_CHARS:
        raise NotNumericError("too long")
    parser = _Parser(_tokens(text.strip()))
    value = parser.sum()
    if parser.peek():
        raise NotNumericError(f"unexpected {parser.peek()!r}")
    return value


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise NotNumericError(f"not a number: {text[position : position + 20]!r}")
        token = match[match.lastgroup or "mark"]
        if match.lastgroup == "number":
            if tokens and (tokens[-1][0].isdigit() or tokens[-1][0] == "."):
                raise NotNumericError("two numbers side by side")
            token = token.replace(",", "")
        tokens.append(token.lstrip("\\"))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent over a token list; depth and sizes are bounded."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise NotNumericError(f"expected {expected or 'more'}, found {token or 'the end'}")
        self.at += 1
        return token

    def sum(self) -> Fraction:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotNumericError("nested too deep")
        value = self.term()
        while self.peek() in ("+", "-"):
            value = value + self.term() if self.take() == "+" else value - self.term()
        self.depth -= 1
        return value

    def term(self) -> Fraction:
        value = self.signed()
        divided = False
        while (token := self.peek()) and token not in ("+", "-", ")", "]", "}", "^", "!", "%"):
            if token in ("*", "/"):
                self.take()
            elif divided or self.tokens[self.at - 1] == "%":
                raise NotNumericError("a product without a sign after a division or a percentage")
            divided = divided or token == "/"
            right = self.signed()
            if token == "/":
                if not right:
                    raise NotNumericError("division by zero")
                value /= right
            else:
                value *= right
        return value

    def signed(self) -> Fraction:
        if self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            return sign * self.signed()
        return self.power()

    def power(self) -> Fraction:
        base = self.postfix()
        if self.peek() != "^":
            return base
        self.take()
        exponent = self._braced() if self.peek() == "{" else self.signed()
        return _power(base, exponent)

    def postfix(self) -> Fraction:
        value = self.atom()
        while self.peek() in ("!", "%"):
            if self.take() == "%":
                value /= 100
            elif value.denominator == 1 and 0 <= value <= MAX_FACTORIAL:
                value = Fraction(math.factorial(int(value)))
            else:
                raise NotNumericError("factorial out of range")
        return value

    def atom(self) -> Fraction:
        token = self.take()
        if token[0].isdigit() or token[0] == ".":
            return Fraction(token)
        if token == "(":
            return self._until(")")
        if token == "{":
            return self._until("}")
        if token in ("frac", "binom"):
            top, bottom = self._braced(), self._braced()
            return _binomial(top, bottom) if token == "binom" else _power(bottom, -1) * top
        if token == "sqrt":
            degree = Fraction(2)
            if self.peek() == "[":
                self.take()
                degree = self._until("]")
            return _root(self._braced() if self.peek() == "{" else self.atom(), degree)
        raise NotNumericError(f"unexpected {token!r}")

    def _braced(self) -> Fraction:
        self.take("{")
        return self._until("}")

    def _until(self, closing: str) -> Fraction:
        value = self.sum()
        self.take(closing)
        return value


def _power(base: Fraction, exponent: Fraction | int) -> Fraction:
    exponent = Fraction(exponent)
    if exponent.denominator != 1:
        return _power(_root(base, Fraction(exponent.denominator)), exponent.numerator)
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if size * abs(exponent) > MAX_BITS or (not base and exponent <= 0):
        raise NotNumericError("power out of range")
    return base ** int(exponent)


def _root(value: Fraction, degree: Fraction) -> Fraction:
    if degree.denominator != 1 or not 1 <= degree <= 64 or value < 0:
        raise NotNumericError("root out of range")
    top, bottom = (_exact_root(n, int(degree)) for n in (value.numerator, value.denominator))
    return Fraction(top, bottom)


def _exact_root(number: int, degree: int) -> int:
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        if middle**degree < number:
            low = middle + 1
        else:
            high = middle
    if low**degree != number:
        raise NotNumericError("an irrational root")
    return low


def _binomial(n: Fraction, k: Fraction) -> Fraction:
    if n.denominator != 1 or k.denominator != 1 or not 0 <= k <= n <= MAX_FACTORIAL:
        raise NotNumericError("binomial out of range")
    return Fraction(math.comb(int(n), int(k)))


def compare(left: str, sign: str, right: str) -> Status:
    """Status of `left = right`, or of `left ≈ right` rounded to the places that `right` shows."""
    try:
        a, b = evaluate(left), evaluate(right)
    except NotNumericError:
        return "unknown"
    if sign == "=":
        return "true" if a == b else "false"
    places = re.search(r"\.(\d+)\s*%?\s*\$?$", right.strip())
    unit = Fraction(1, 10 ** len(places[1]) if places else 1)
    if "%" in right:
        unit /= 100
    return "true" if abs(a - b) * 2 <= unit else "false"


_SPAN = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)", re.DOTALL)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_PLAIN = re.compile(
    r"(?:(?:\d[\d.,]*\d|\d|(?<![A-Za-z])[A-Za-zα-ω](?![A-Za-z])|sqrt|[-+*/·×÷⋅−^()=≈!%²³√½¼¾]"
    r"|(?<=[\d)] )–(?= [\d(]))[ \u202f\u2009]*)+"
)
_WORD_BEFORE = re.compile(
    r"\b(?:of|and|times|plus|minus|by|per|to|from|over|mod|modulo|squared|cubed|choose"
    r"|log|ln|lg|exp|sin|cos|tan|min|max|gcd|lcm|det|abs)[ (]*$|[\w_^\\{}]\(*$"
    r"|(?:\d:|[<>≤≥≠|&~])\s?\(*$"
)
_WORD_AFTER = re.compile(
    r"[ (]*(?:(?:times|plus|minus|mod|modulo|choose|divided|of|base"
    r"|in (?:binary|octal|hex\w*|base))\b"
    r"|[_\\{^:|])"
)


def equations(text: str) -> list[Equation]:
    """Every `a = b` outside code, chains split into pairs, in order of appearance.

    A pair with a side that isn't a number is `unknown`; pairs without any digit are left out.
    """
    blank = _CODE.sub(lambda m: " " * len(m[0]), text)
    found: list[Equation] = []
    for match in _SPAN.finditer(blank):
        group = match.lastindex or 0
        found += _pairs(blank, match.start(group), match.end(group))
    blank = _SPAN.sub(lambda m: "\n" * len(m[0]), blank)
    for match in _PLAIN.finditer(blank):
        if "=" in match[0] or "≈" in match[0]:
            start, end = _trimmed(blank, match.start(), match.end())
            found += _pairs(blank, start, end)
    return sorted(found, key=lambda e: e.start)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out a side that words before or after the run belong to, and a leading article."""
    article = re.match(r"[aAI] +(?=[\d(])", text[start:end])
    if article:
        start += article.end()
    first = re.search("[=≈]", text[start:end])
    before = text[max(0, start - 12) : start]
    if first and _WORD_BEFORE.search(before) and not re.search(r"\b(?:and|to)\b[ (]*$", before):
        start += first.end()
    elif first and re.search(r"\b(?:and|to)\b[ (]*$", before):
        bare = re.fullmatch(r"\s*[\d.,]+\s*", text[start : start + first.start()])
        start += first.end() if bare else 0
    if _WORD_AFTER.match(text[end : end + 12]):
        last = max(text.rfind("=", start, end), text.rfind("≈", start, end))
        end = max(last, start)
    return start, end


def _pairs(text: str, start: int, end: int) -> Iterator[Equation]:
    signs = list(re.finditer(r"\\approx|[=≈]", text[start:end]))
    borders = [0, *(m.end() for m in signs)]
    ends = [*(m.start() for m in signs), end - start]
    sides = [(start + a, start + b) for a, b in zip(borders, ends, strict=True)]
    for sign, (a, b), (c, d) in zip(signs, sides, sides[1:], strict=False):
        left, right = text[a:b].strip(" ,;.&\n"), text[c:d].strip(" ,;.&\n")
        whole = text[a:d].strip(" ,;.&\n")
        if not left or not right or not re.search(r"\d", whole):
            continue
        right = _balanced(right)
        kind = "=" if sign[0] == "=" else "≈"
        at = text.index(whole, a)
        unequal = left.endswith("!") and text[start + sign.start() - 1] == "!"
        status: Status = "unknown" if unequal else compare(_balanced(left), kind, right)
        yield Equation(whole, at, at + len(whole), status)


def _balanced(side: str) -> str:
    """Without a bracket that was opened before or closes after the side."""
    if side.count("(") > side.count(")") and side.endswith("("):
        return side[:-1].strip()
    if side.count(")") > side.count("(") and side.endswith(")"):
        return side[:-1].strip()
    if side.count("(") > side.count(")") and side.startswith("("):
        return side[1:].strip()
    return side
