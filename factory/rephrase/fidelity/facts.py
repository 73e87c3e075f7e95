"""The facts of a text that a rewrite must not touch: what they are and where they stand.

Kinds: `number` (with its unit), `date`, `name` (capitalised words, acronyms, code spans),
`negation`, `quantifier` and `modality` (by class), `opposite` (words that have an antonym), `block`
(code, table or display formula, as a whole). Values are normalised (`quantities`, `cues`). A
`denial` is no fact: a word that may tell a negation without a "not".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile
from typing import Literal, NamedTuple

from factory.rephrase.fidelity.cues import cues
from factory.rephrase.fidelity.opposites import ANTONYMS
from factory.rephrase.fidelity.quantities import (
    NUMBER_WORDS,
    UNIT_OF,
    dates,
    numbers,
    without_dates,
)
from factory.rephrase.fidelity.stems import KNOWN_WORDS, STOPWORDS, stem
from factory.rephrase.text.segments import VERBATIM, segment, sentence_spans

FactKind = Literal[
    "number",
    "date",
    "name",
    "negation",
    "denial",
    "quantifier",
    "modality",
    "tense",
    "opposite",
    "block",
]


class Fact(NamedTuple):
    """A fact at `[start, end)` of its text; `value` is its normalised form.

    Of a number `bare` is its value without the unit; if `counting` it may only count what is
    listed anyway ("two kinds").
    """

    kind: FactKind
    value: str
    start: int
    end: int
    bare: str = ""
    counting: bool = False


@dataclass(frozen=True)
class Statement:
    """A sentence or list item with its facts and content words; `asks` if it is a question."""

    start: int
    end: int
    asks: bool
    heading: bool
    stems: tuple[str, ...]
    facts: tuple[Fact, ...]
    context: Mapping[int, tuple[str, ...]]
    """Start of a name or number → the plain words next to it, for telling who did what to whom."""
    words: tuple[tuple[str, Fact | None], ...] = ()
    """Its words in lower case, in order; those that may be somebody or something as facts."""
    clauses: tuple[tuple[str, ...], ...] = ()
    """Its content words by clause."""
    links: tuple[tuple[str, frozenset[str]], ...] = ()
    """Clauses that say why, before or after what, or on what condition: their conjunction and
    content words."""
    lead: frozenset[str] = frozenset()
    """Those of a label in bold before it: who speaks, what follows."""


_CODE_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")  # no ``quotation'' of LaTeX
_FORMULA = re.compile(r"(?<![\\\w$])\$(?=[^\s$])[^$\n]{1,300}(?<=\S)\$(?!\w)")
_CAPITAL = re.compile(r"\b[A-Z][\w]*(?:[-'’./&+][A-Za-z0-9]\w*)*")
_INNER = re.compile(r".[A-Z]|[\w]-[A-Z]|\d")
_MARKS = re.compile(r"\*\*|__|(?m:^\s*(?:[-*+•>]|#{1,6}|\d{1,3}[.)])\s)")
_STARTS_AFTER = re.compile(r"(?:^|[.!?:;—–“\"(\n>|→…]|\*)[\s\"“‘(*_]*$")
_LEAD = re.compile(r"\A\s*(?:[-*] )?\*\*[\w'’-]+(?:,? [\w'’-]+){0,8}[.:]\*\*:?")
_LINK = re.compile(
    r"\W*(because|before|after|until|unless|if|when|although|whereas)\b", re.IGNORECASE
)
_LABEL = re.compile(r"\s*\([^()]*\)\s*")
_CLAUSE = re.compile(
    r"[,;:()—–](?=\s|$)|\b(?:because|which|although|though|while|whereas|unless|if|when|before|after"
    r"|but|and|so that|as|since)\b"
)
RANKS = {
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth",
    "6th": "sixth", "7th": "seventh", "8th": "eighth", "9th": "ninth", "10th": "tenth",
}  # fmt: skip
RANK_OF = {rank: digits[:-2] for digits, rank in RANKS.items()}
"""`third` → `3`."""
_RANK = re.compile(rf"\b(?:{'|'.join(RANKS)})\b", re.IGNORECASE)
_LETTERS = re.compile(r"[a-z]+")
_SAID = re.compile(r"\bnot only\b|[A-Za-z]+")
_MARK = re.compile(r"[*_\-+•>#\d]")
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|\d+")


def strip_marks(text: str) -> str:
    """`text` with Markdown marks blanked out at equal length."""
    return _MARKS.sub(lambda m: " " * len(m[0]), text) if _MARK.search(text) else text


def content_stems(text: str) -> tuple[str, ...]:
    """Stems of the content words of `text`, code spans as single tokens first.

    Numbers and units are left out: they are facts, compared by value.
    """
    code = tuple(map(_squeezed, _CODE_SPAN.findall(text))) if "`" in text else ()
    plain = _CODE_SPAN.sub(" ", strip_marks(text)) if code else strip_marks(text)
    return code + tuple(filter(None, map(content_stem, _WORD.findall(plain))))


@lru_cache(maxsize=KNOWN_WORDS)
def content_stem(word: str) -> str:
    """The stem of a content word, of any other word nothing."""
    word = word.lower().replace("’", "'")
    word = RANKS.get(word, word)
    told = (
        word not in STOPWORDS
        and word not in UNIT_OF
        and word not in NUMBER_WORDS
        and not word[0].isdigit()
        and "n't" not in word
    )
    return stem(word) if told else ""


def _squeezed(code: str) -> str:
    return re.sub(r"\s+", "", code)


@lru_cache(maxsize=32)
def known_names(text: str) -> frozenset[str]:
    """Lower-cased words that stand capitalised inside a sentence of `text`: its proper names."""
    plain = _CODE_SPAN.sub(lambda m: " " * len(m[0]), strip_marks(text))
    names: Counter[str] = Counter()
    for s in segment(text):
        if s.kind in VERBATIM or s.kind == "heading":
            continue
        for m in _CAPITAL.finditer(plain, s.start, s.end):
            if m[0] == "I":
                continue
            if (
                not _STARTS_AFTER.search(plain[max(s.start, m.start() - 6) : m.start()])
                and (m.start() > s.start)
                and not _LABEL.fullmatch(plain, s.start, m.start())
                or _INNER.search(m[0])
                and not m[0][1:].islower()
            ):
                names[_name(m[0])] += 1
    ordinary = Counter(re.findall(r"(?<![\w.-])[a-z]+(?![\w.-])", plain))
    return frozenset(n for n, times in names.items() if n not in STOPWORDS and ordinary[n] < times)


def _name(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def vocabulary(text: str) -> frozenset[str]:
    """Stems of all content words of `text`, and its capitalised words in lower case."""
    return frozenset(content_stems(text)) | {_name(m[0]) for m in _CAPITAL.finditer(text)}


@lru_cache(maxsize=32)
def statements(text: str, names: frozenset[str], language: str = "en") -> tuple[Statement, ...]:
    """The statements of `text`, which is in `language`, in order; capitalised words count as
    names if in `names` or if they stand inside a sentence."""
    found: list[Statement] = []
    for s in segment(text):
        piece = text[s.start : s.end]
        if s.kind in VERBATIM:
            body = _squeezed(re.sub(r"^\s*```.*$", "", piece, flags=re.M))
            block = Fact("block", body, s.start, s.start + len(piece.rstrip()))
            found.append(Statement(s.start, s.end, False, False, (), (block,), {}))
            continue
        spans = sentence_spans(piece) if s.kind == "item" else [(0, len(piece))]
        for a, b in spans:
            start, end = s.start + a, s.start + b
            piece = text[start:end].rstrip().replace("\n", " ") + " "  # lines may break a date
            capital = (_name(word) for word in _CAPITAL.findall(piece))
            here = frozenset(name for name in capital if name in names)
            read = _statement(piece, s.kind == "heading", here, language)
            found.append(_placed(read, start, end))
    return tuple(found)


def _placed(read: Statement, start: int, end: int) -> Statement:
    """A statement read by itself where it stands in its text."""
    return replace(
        read,
        start=start,
        end=end,
        facts=tuple(_moved(f, start) for f in read.facts),
        context={at + start: words for at, words in read.context.items()},
        words=tuple((word, f and _moved(f, start)) for word, f in read.words),
    )


def _moved(f: Fact, by: int) -> Fact:
    return Fact(f.kind, f.value, f.start + by, f.end + by, f.bare, f.counting)


@lru_cache(maxsize=8192)
def _statement(piece: str, heading: bool, names: frozenset[str], language: str) -> Statement:
    """The statement that `piece` is, which stands at 0. Remembered: most sentences of a rewrite
    stand so in its source, or in another rewrite of it."""
    asks = strip_marks(piece).rstrip(' \n*_"”').endswith("?")
    facts = tuple(sorted(_facts(piece, names, language), key=lambda f: f.start))
    acting = [f for f in facts if f.kind in ("name", "number")]
    context = _context(piece, acting)
    row = tuple(_row(piece, acting))
    parts = [(part, content_stems(part)) for part in _clauses(piece)]
    clauses = tuple(found for _, found in parts if found)
    links = tuple(_links(parts))
    lead = _LEAD.match(piece)
    stems = tuple(stem for clause in clauses for stem in clause)
    return Statement(
        0,
        len(piece),
        asks,
        heading,
        stems,
        facts,
        context,
        row,
        clauses,
        links,
        frozenset(content_stems(lead[0])) if lead else frozenset(),
    )


def _links(
    parts: Sequence[tuple[str, tuple[str, ...]]],
) -> Iterator[tuple[str, frozenset[str]]]:
    """Each conjunction with the content words up to the next mark."""
    for i, (part, found) in enumerate(parts):
        link = _LINK.match(part)
        if link:
            rest = takewhile(lambda pair: pair[0][:1].isalpha(), parts[i + 1 :])
            yield link[1].lower(), frozenset(found).union(*(words for _, words in rest))


def _clauses(piece: str) -> Iterator[str]:
    """A sentence cut at its marks and before its conjunctions, code left whole."""
    plain = _CODE_SPAN.sub(lambda m: "x" * len(m[0]), piece) if "`" in piece else piece
    at = 0
    for m in _CLAUSE.finditer(plain):
        yield piece[at : m.start()]
        at = m.start()
    yield piece[at:]


def _row(piece: str, acting: Sequence[Fact]) -> Iterator[tuple[str, Fact | None]]:
    """The words of a sentence in order, each name or number one word."""
    plain, at = strip_marks(piece), 0
    for fact in acting:
        if fact.start >= at:
            yield from _plain_words(plain, at, fact.start)
            yield fact.value, fact
            at = fact.end
    yield from _plain_words(plain, at, len(plain))


def _plain_words(plain: str, start: int, end: int) -> Iterator[tuple[str, Fact | None]]:
    for m in _WORD.finditer(plain, start, end):
        word = RANKS.get(m[0].lower()) or m[0].lower()
        named = len(word) > 2 and word not in STOPWORDS
        yield word, Fact("name", word, m.start(), m.end()) if named else None


def _context(piece: str, facts: Sequence[Fact]) -> dict[int, tuple[str, ...]]:
    """Up to two words on each side of each fact, facts themselves left out."""
    if len(facts) < 2:
        return {}
    blank = piece
    for f in facts:
        blank = blank[: f.start] + " " * (f.end - f.start) + blank[f.end :]
    placed = [(m.start(), m[0].lower()) for m in re.finditer(r"[^\W\d_]+", strip_marks(blank))]
    context = {}
    for f in facts:
        before = [w for at, w in placed if at < f.start][-2:]
        after = [w for at, w in placed if at >= f.end][:2]
        context[f.start] = tuple(
            [f"<{w}" for w in before if w not in ("the", "a", "an")]
            + [f">{w}" for w in after if w not in ("the", "a", "an")]
        )
    return context


def _facts(piece: str, names: frozenset[str], language: str) -> Iterator[Fact]:
    plain = piece
    if "`" in piece:
        for m in _CODE_SPAN.finditer(piece):
            yield Fact("name", _squeezed(m[1]), m.start(1), m.end(1))
        plain = _CODE_SPAN.sub(lambda m: " " * len(m[0]), piece)
    plain = strip_marks(plain)
    if "$" in plain:  # dollars of a formula, no currency
        plain = _FORMULA.sub(lambda m: f" {m[0][1:-1]} ", plain)
    dated = [Fact("date", found.value, found.start, found.end) for found in dates(plain)]
    if dated:
        yield from dated
        plain = without_dates(plain)
    for m in _RANK.finditer(plain):
        yield Fact("opposite", RANKS[m[0].lower()], m.start(), m.end())
    plain = _RANK.sub(lambda m: " " * len(m[0]), plain)
    counted = list(numbers(plain))
    for found in counted:
        yield Fact("number", found.value, found.start, found.end, found.bare, found.counting)
    for m in _CAPITAL.finditer(plain):
        initial = m.start() == 0 or _STARTS_AFTER.search(plain[max(0, m.start() - 6) : m.start()])
        initial = initial or _LABEL.fullmatch(plain, 0, m.start())
        name = _name(m[0])
        plain_word = initial or name in STOPWORDS or name == "i"
        if name in names or not plain_word:
            yield Fact("name", name, m.start(), m.end())
    for kind, value, start, end in cues(plain, language):
        yield Fact(kind, value, start, end)
    blank = plain
    for found in counted:  # "2 hours" is told by its value
        blank = blank[: found.start] + " " * (found.end - found.start) + blank[found.end :]
    if ANTONYMS.keys().isdisjoint(_LETTERS.findall(blank.lower())):
        return
    for m in _SAID.finditer(blank):
        if m[0].lower() in ANTONYMS:
            yield Fact("opposite", m[0].lower(), m.start(), m.end())
