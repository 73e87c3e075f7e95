"""The offline translator: a phrase table with formulas as slots, labelled `offline-phrases`.

Honest and narrow: a sentence is translated whole, or clause by clause, if the table has it;
anything else is returned as it stands and named in `untranslated`, so the stage can refuse it.
Formulas pass through; only the decimal comma becomes a point.
"""

from __future__ import annotations

import re

from factory.rephrase.author import Translation
from factory.rephrase.mathematics.phrases_de import JOINTS, PHRASES
from factory.rephrase.text.segments import segment

LABEL = "offline-phrases"
LANGUAGES = frozenset({"de"})
_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)


class OfflineTranslator:
    """Author of role `translator` for German school mathematics."""

    label = LABEL
    languages = LANGUAGES

    async def translate(self, text: str, language: str) -> Translation:
        """See `factory.rephrase.author.Translator`. Other languages come back untranslated."""
        if language == "en":
            return Translation(text)
        if language not in LANGUAGES:
            return Translation(text, (text[:200],))
        missing: list[str] = []
        pieces = []
        for s in segment(text):
            piece = text[s.start : s.end]
            body = piece.rstrip()
            translated = None if s.kind in ("code", "table") else _sentence(body)
            if translated is None and s.kind == "heading":
                continue  # a heading states nothing: better none than one in another language
            if translated is None:
                missing.append(body)
            pieces.append((translated or body) + piece[len(body) :])
        return Translation("".join(pieces), tuple(missing))


def decimal_points(formula: str) -> str:
    """A formula with `1{,}5` written as `1.5`."""
    return re.sub(r"(?<=\d)\{,\}(?=\d)", ".", formula)


def _sentence(body: str) -> str | None:
    """The sentence in English, or None."""
    formulas = [decimal_points(m[0]) for m in _FORMULA.finditer(body)]
    key = _FORMULA.sub("{}", re.sub(r"\s+", " ", body))
    whole = PHRASES.get(key)
    if whole is not None:
        return whole.format(*formulas)
    mark = key[-1] if key and key[-1] in ".?!" else ""
    translated = _clauses(key.removesuffix(mark), mark, formulas)
    if translated is None:
        return None
    for old, new in JOINTS.items():
        translated = translated.replace(old, new)
    return translated


def _clauses(key: str, mark: str, formulas: list[str]) -> str | None:
    """Clauses between commas, each by the table with or without the sentence's mark."""
    told = []
    clauses = key.split(", ")
    for i, part in enumerate(clauses):
        last = i + 1 == len(clauses)
        found = PHRASES.get(part) or (PHRASES.get(part + mark) if last else None)
        if found is None:
            return None
        count = part.count("{}")
        told.append(found.format(*formulas[:count]).rstrip(mark))
        formulas = formulas[count:]
    return ", ".join(told) + mark
