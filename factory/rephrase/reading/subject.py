"""Whether a document is mathematics, by how much of it is formulas."""

from __future__ import annotations

import re

SUBJECTS = ("knowledge", "math")
_FORMULA = re.compile(
    r"\$\$.+?\$\$|(?<![\\\w$])\$(?=[^\s$])[^$\n]*[=\\^_+<>][^$\n]*\$(?!\d)|\\\[.+?\\\]|\\\(.+?\\\)",
    re.DOTALL,
)
_EQUATION = re.compile(r"(?<![=<>!:])=(?![=>])")
_LABEL = re.compile(
    r"^\W*(?:Problem|Exercise|Theorem|Lemma|Proof|Solution|Aufgabe|Lösung|Satz|Beweis|Ejercicio|"
    r"Solución|Exercice|Démonstration|Théorème)\b[^.:\n]{0,12}[.:]",
    re.MULTILINE,
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")
MIN_FORMULAS = 3
WORDS_PER_FORMULA = 25


def detect_subject(text: str) -> str:
    """`math` if every 25 words hold a formula, or if worked problems with equations are labelled
    as such; else `knowledge`."""
    prose = _CODE.sub(" ", text)
    formulas = _FORMULA.findall(prose)
    words = len(_WORD.findall(_FORMULA.sub(" ", prose)))
    if len(formulas) >= MIN_FORMULAS and len(formulas) * WORDS_PER_FORMULA >= words:
        return "math"
    labels = len(_LABEL.findall(prose))
    equations = len(formulas) + len(_EQUATION.findall(_FORMULA.sub(" ", prose)))
    if labels >= 2 and equations >= 2 and equations * WORDS_PER_FORMULA * 2 >= words:
        return "math"
    return "knowledge"
