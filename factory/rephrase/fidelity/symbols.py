"""Symbols of formulas: each that a rewrite uses must stand in the source or be introduced."""

from __future__ import annotations

import re

_SPAN = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\\w$])\$(?=\S)([^$\n]{1,300}?)(?<=\S)\$(?!\w)"
    r"|\\\[(.+?)\\\]|\\\((.+?)\\\)",
    re.DOTALL,
)
_TEXT = re.compile(r"\\(?:text|mathrm|operatorname|mbox|textbf|begin|end|label|ref)\*?\{[^{}]*\}")
_SYMBOL = re.compile(r"\\[A-Za-z]+|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])|[α-ωΑ-Ω]")
_GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi "
    "rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega"
)
GREEK = frozenset(f"\\{name}" for name in _GREEK.split())
CONSTANTS = frozenset({"e", "d", "i"})
"""Letters that need no introduction: Euler's number, the d of a differential, the unit i."""
_INTRODUCED = re.compile(
    r"\b(?:let|where|with|for|call|denote|set|put|suppose|assume|given|choose|take|write|if|be|by)\b"
    r"[^.$]{0,60}$",
    re.IGNORECASE,
)


def symbols(formula: str) -> frozenset[str]:
    """The letters of a formula that stand for something, Greek ones also by their command."""
    found = _SYMBOL.findall(_TEXT.sub(" ", formula))
    return frozenset(s for s in found if not s.startswith("\\") or s in GREEK) - CONSTANTS


def undefined(source: str, text: str) -> list[str]:
    """Symbols in the formulas of `text` that `source` has not and that nothing introduces.

    Introduced is a symbol whose first formula follows "let", "where", "denote by" and the like.
    """
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return []
    known = set(symbols(source))
    found: list[str] = []
    for match in _SPAN.finditer(text):
        new = sorted(symbols(match[match.lastindex or 0]) - known)
        if not new:
            continue
        if not _INTRODUCED.search(text[max(0, match.start() - 80) : match.start()]):
            found += new
        known.update(new)
    return found
