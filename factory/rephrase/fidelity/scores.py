"""The figures of a rewrite against its source, all in [0, 1] unless a name says count or ratio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from factory.rephrase.fidelity import ledger as ledgers
from factory.rephrase.fidelity.alignment import Alignment, align, share
from factory.rephrase.fidelity.arithmetic import Equation, equations
from factory.rephrase.fidelity.edits import edits
from factory.rephrase.fidelity.facts import Statement, known_names, statements, vocabulary
from factory.rephrase.fidelity.ledger import Entry
from factory.rephrase.fidelity.stems import stem
from factory.rephrase.fidelity.symbols import undefined
from factory.rephrase.fidelity.synonyms import all_senses, known
from factory.rephrase.reading.language import UNDETERMINED, detect_language
from factory.rephrase.text.segments import VERBATIM, segment
from factory.rephrase.text.tokens import words

COPY_GRAM = 8
NOVELTY_GRAM = 4
MIN_STEMS = 3
"""A sentence with fewer content words is too short to be called lost or invented."""
RUN = 7
ECHO = 12
REFRAIN = 6
ALIKE = 0.7
"""Share of a claim's content words by which a claim of the source is like it."""
BARE = 4
MIN_REPEATED = 4
"""A sentence of fewer content words may be said again: a refrain, a transition."""
MIN_PARAGRAPH_WORDS = 8
"""A paragraph with fewer is too short to tell its language by itself."""
BORROWED = 0.8
"""A source sentence that no output sentence is mainly about is covered by less than this only by
words its neighbours happen to share, and counts `UNCLAIMED` of it."""
UNCLAIMED = 0.4


@dataclass(frozen=True)
class Report:
    """Everything the checks found on one (source, rewrite) pair."""

    scores: dict[str, float]
    entries: tuple[Entry, ...]
    equations: tuple[tuple[Equation, bool], ...]
    """Each stated equality of the rewrite and whether it is new (not in the source)."""

    def ledger_rows(self, source: str, text: str) -> list[dict[str, Any]]:
        """The ledger as the record holds it."""
        return [entry.row(source, text) for entry in self.entries]

    def equation_rows(self) -> list[dict[str, Any]]:
        """The equations as the record holds them."""
        return [{"text": e.text, "status": e.status, "new": new} for e, new in self.equations]


def check(source: str, text: str, title: str = "") -> Report:
    """Compare a rewrite with its source; words of the source's title are not new names.

    Deterministic; quadratic in nothing but shared words.
    """
    names = known_names(source)
    language = detect_language(source)
    before, after = (statements(side, names, language) for side in (source, text))
    alignment = align(before, after)
    known = {e.canonical for e in equations(source)}
    stated = tuple((e, e.canonical not in known) for e in equations(text))
    proved = [(e.start, e.end) for e, _ in stated if e.status == "true"]
    spoken = vocabulary(f"{title}\n{source}")
    found = ledgers.build(before, after, alignment, spoken, statements(title, names))
    entries = tuple(entry for entry in found if not _proved(entry, proved))
    scores = {
        **_coverage(before, after, alignment),
        **_counts(entries),
        **_copying(source, text),
        **_repetition(source, text, before, after),
        "foreign": _foreign(source, text),
        "undefined_symbols": len(undefined(f"{title}\n{source}", text)),
        "length_ratio": round(len(words(text)) / max(1, len(words(source))), 4),
    }
    return Report(scores, entries, stated)


def _proved(entry: Entry, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an invented number belongs to an equality that is exactly true."""
    fact = entry.output
    if entry.status != "invented" or entry.kind != "number" or fact is None:
        return False
    return any(a <= fact.start < b for a, b in spans)


def _coverage(
    before: Sequence[Statement], after: Sequence[Statement], alignment: Alignment
) -> dict[str, float]:
    lost = _shares(before, after, alignment.outputs, alignment, asked=True)
    added = _shares(after, before, alignment.sources, alignment, asked=False)
    return {
        **edits(before, after, alignment),
        "invented_run": _unsupported(after, before, alignment.sources),
        "lost_clauses": _bare_clauses(before, after, alignment.outputs),
        "invented_clauses": _bare_clauses(after, before, alignment.sources),
        "coverage": _mean(lost),
        "coverage_min": min((value for _, value in lost), default=1.0),
        "support": _mean(added),
        "support_min": min((value for _, value in added), default=1.0),
    }


def _shares(
    here: Sequence[Statement],
    there: Sequence[Statement],
    partners: Sequence[Sequence[int]],
    alignment: Alignment,
    *,
    asked: bool,
) -> list[tuple[int, float]]:
    """(number of content words, share of them found in the aligned statements) per statement.

    A question of the output claims nothing, so only its names and numbers are judged (ledger).
    """
    found = []
    for i, (statement, others) in enumerate(zip(here, partners, strict=True)):
        size = len(statement.stems)
        if size < MIN_STEMS or statement.heading or (statement.asks and not asked):
            continue
        present = all_senses(word for j in others for word in there[j].stems)
        value = share(statement.stems, present, alignment.weights)
        if asked and i not in alignment.claimed and value < BORROWED:
            value *= UNCLAIMED
        found.append((size, round(value, 4)))
    return found


def _unsupported(
    here: Sequence[Statement], there: Sequence[Statement], partners: Sequence[Sequence[int]]
) -> int:
    """Most new words among any `RUN` content words in a row of one statement: an invented clause
    inside a sentence that is otherwise supported."""
    worst = 0
    for statement, others in zip(here, partners, strict=True):
        if len(statement.stems) < RUN or statement.heading or statement.asks:
            continue
        present = all_senses(word for j in others for word in there[j].stems)
        new = [not known(word, present) for word in statement.stems]
        worst = max(worst, *(sum(new[i : i + RUN]) for i in range(len(new) - RUN + 1)))
    return worst


def _bare_clauses(
    here: Sequence[Statement], there: Sequence[Statement], partners: Sequence[Sequence[int]]
) -> int:
    """Clauses of `MIN_STEMS` content words and more, and passages of `BARE` in a row, none of
    which the aligned statements have. Names that the other text has anywhere are not counted: one
    may stand for a pronoun."""
    named = frozenset(stem(f.value) for s in there for f in s.facts if f.kind == "name")
    count = 0
    for statement, others in zip(here, partners, strict=True):
        if statement.heading or statement.asks:
            continue
        present = named | all_senses(word for j in others for word in there[j].stems)
        found = {word: known(word, present) for word in statement.stems}
        bare = sum(
            len(clause) >= MIN_STEMS and not any(found[word] for word in clause)
            for clause in statement.clauses
        )
        rows = groupby(statement.stems, key=found.__getitem__)
        count += bare or sum(not told and len(list(row)) >= BARE for told, row in rows)
    return count


def _mean(shares: Sequence[tuple[int, float]]) -> float:
    total = sum(size for size, _ in shares)
    return round(sum(size * value for size, value in shares) / total, 4) if total else 1.0


def _counts(entries: Sequence[Entry]) -> dict[str, float]:
    by: Counter[tuple[str, str]] = Counter((entry.kind, entry.status) for entry in entries)

    def recall(*kinds: str) -> float:
        kept = sum(by[kind, "kept"] for kind in kinds)
        lost = sum(by[kind, status] for kind in kinds for status in ("changed", "dropped"))
        return round(kept / (kept + lost), 4) if kept + lost else 1.0

    values = ("number", "date", "name", "block")
    classes = ("quantifier", "modality", "opposite", "tense")
    moved = ("changed", "dropped", "invented")
    return {
        "number_recall": recall("number", "date"),
        "entity_recall": recall("name", "block"),
        "invented_facts": sum(by[kind, "invented"] for kind in values),
        "negation_delta": by["negation", "dropped"] + by["negation", "invented"],
        "quantifier_delta": sum(by[kind, status] for kind in classes for status in moved),
        "role_swaps": by["role", "changed"],
        "edited_words": sum(by["word", status] for status in moved),
    }


def _foreign(source: str, text: str) -> int:
    """Paragraphs of the output in a language that neither the source nor one of its paragraphs
    is in. One whose words the source has is the source's, whatever a short text looks like."""
    languages = _languages(text) - _languages(source) - {detect_language(source)}
    if not languages:
        return 0
    known = frozenset(words(source))
    new = (p for p in _paragraphs(text) if sum(w in known for w in words(p)) * 2 < len(words(p)))
    return sum(detect_language(paragraph) in languages for paragraph in new)


def _languages(text: str) -> frozenset[str]:
    return frozenset(_paragraph_languages(text)) - {UNDETERMINED}


@lru_cache(maxsize=16)
def _paragraph_languages(text: str) -> tuple[str, ...]:
    return tuple(map(detect_language, _paragraphs(text)))


def _paragraphs(text: str) -> list[str]:
    return [p for p in text.split("\n\n") if len(words(p)) >= MIN_PARAGRAPH_WORDS]


@lru_cache(maxsize=16)
def _prose_words(text: str) -> tuple[str, ...]:
    parts = (text[s.start : s.end] for s in segment(text) if s.kind not in VERBATIM)
    return tuple(word for part in parts for word in words(part))


@lru_cache(maxsize=16)
def _rows(text: str, size: int) -> Counter[tuple[str, ...]]:
    """How often each row of `size` words stands in the paragraphs of a text."""
    found: Counter[tuple[str, ...]] = Counter()
    for _, block in groupby(segment(text), key=lambda s: s.block):
        parts = [s for s in block if s.kind not in VERBATIM]
        if parts:
            found.update(_grams(words(text[parts[0].start : parts[-1].end]), size))
    return found


def _grams(text: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(text[k:] for k in range(size)), strict=False))


def _copying(source: str, text: str) -> dict[str, float]:
    """`novelty`: share of new 4-grams; `copy_rate`: share of words inside copied 8-grams."""
    old, new = _prose_words(source), _prose_words(text)
    short = set(_grams(old, NOVELTY_GRAM))
    fresh = _grams(new, NOVELTY_GRAM)
    long = set(_grams(old, COPY_GRAM))
    copied: set[int] = set()
    for i, gram in enumerate(_grams(new, COPY_GRAM)):
        if gram in long:
            copied.update(range(i, i + COPY_GRAM))
    return {
        "novelty": round(sum(g not in short for g in fresh) / max(1, len(fresh)), 4),
        "copy_rate": round(len(copied) / max(1, len(new)), 4),
    }


def _repetition(
    source: str, text: str, before: Sequence[Statement], after: Sequence[Statement]
) -> dict[str, float]:
    """`repeated`: output statements said more often than the source says them; `repetition`:
    their share."""
    known = frozenset(stem for statement in before for stem in statement.stems)
    had = [frozenset(said.split()) for said in _said(before, known)]
    have = Counter(_said(after, known))
    extra = {said: _beyond(said, count, had) for said, count in have.items()}
    whole = sum(n for said, n in extra.items() if said.count(" ") >= MIN_REPEATED - 1)
    return {
        "repeated": whole or _echoes(source, text),
        "repetition": round(sum(extra.values()) / max(1, sum(have.values())), 4),
    }


def _beyond(said: str, count: int, had: Sequence[frozenset[str]]) -> int:
    """How often a claim stands more than the source has claims like it: two sentences that differ
    in a word may come out the same."""
    if count == 1:
        return 0
    claim = frozenset(said.split())
    alike = sum(len(claim & other) >= ALIKE * len(claim) for other in had)
    return max(0, count - max(1, alike))


def _echoes(source: str, text: str) -> int:
    """Whether rows of `ECHO` words stand again more often in the output than in the source. Rows
    are counted, not looked up: a source that repeats itself is repeated in other words. A row
    around a refrain of the source, with other words beside it, is that refrain."""
    again = {row: n for row, n in _rows(text, ECHO).items() if n > 1}
    if not again:
        return 0
    known = sum(count - 1 for count in _rows(source, ECHO).values())
    if sum(again.values()) - len(again) <= known:
        return 0
    refrains = _rows(source, REFRAIN)
    return int(
        any(
            all(refrains[part] < count for part in _grams(row, REFRAIN))
            for row, count in again.items()
        )
    )


def _said(found: Sequence[Statement], known: frozenset[str]) -> list[str]:
    """Claims by their words that the source knows: a label before one makes it no other claim."""
    claims = ([w for w in s.stems if w in known] for s in found if not (s.heading or s.asks))
    return [" ".join(sorted(claim)) for claim in claims if len(claim) >= MIN_STEMS]
