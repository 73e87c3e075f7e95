"""Who words a rewrite: the protocols behind the roles `rewriter` and `translator` (DESIGN §4).

K2 §2.2: chunk i is written given the style, the source excerpt and everything written so far.
What an author returns is checked by the stage, never trusted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

from factory.rephrase.styles import Reading


@dataclass(frozen=True)
class RewriteRequest:
    """One step of a chunk-wise autoregressive rewrite."""

    reading: Reading
    title: str
    excerpt: str
    """The whole source passage."""
    start: int
    end: int
    """The chunk to write now is `excerpt[start:end]`."""
    written: str
    """What was written for the chunks before, joined; empty for the first."""
    rng: random.Random
    """Depends on the passage and the variant alone."""

    @property
    def chunk(self) -> str:
        """The source text of this step."""
        return self.excerpt[self.start : self.end]


@dataclass(frozen=True)
class Translation:
    """A text in English, and the source pieces the translator could not translate."""

    text: str
    untranslated: tuple[str, ...] = ()


class Rewriter(Protocol):
    """Writes one chunk in a reading's style. `label` goes into the record's lineage.

    One that does not write every language has `languages`, a set of ISO 639-1 codes; one that
    gains nothing from telling a style again to someone else has `readings_per_style`; one that has
    simpler forms for a chunk that fails its checks names them in `fallbacks`."""

    label: str

    async def rewrite(self, request: RewriteRequest) -> str:
        """The rewritten chunk, Markdown, without leading or trailing white space."""


class Translator(Protocol):
    """Translates to English. `label` goes into the record's lineage.

    One that does not read every language has `languages`, a set of ISO 639-1 codes."""

    label: str

    async def translate(self, text: str, language: str) -> Translation:
        """`text`, Markdown in `language` (ISO 639-1), in English; formulas left as they are."""


def languages_of(author: Rewriter | Translator) -> frozenset[str] | None:
    """The languages an author offers, None for any."""
    found: frozenset[str] | None = getattr(author, "languages", None)
    return found
