"""The facts of a text that a rewrite must not touch: what they are and where they stand.

Kinds: `number` (with its unit), `date`, `name` (capitalised words, acronyms, code spans),
`negation`, `quantifier` and `modality` (by class), `opposite` (words that have an antonym), `block`
(code, table or display formula, as a whole). Values are normalised, so
"1,000" = "1000" and "3 km" = "3 kilometres". The word tables here belong to the checker; the
offline author does not use them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from factory.rephrase.fidelity.opposites import ANTONYMS
from factory.rephrase.text.segments import VERBATIM, segment, sentence_spans
from factory.rephrase.text.tokens import word_set

FactKind = Literal[
    "number", "date", "name", "negation", "quantifier", "modality", "opposite", "block"
]


@dataclass(frozen=True)
class Fact:
    """A fact at `[start, end)` of its text; `value` is its normalised form."""

    kind: FactKind
    value: str
    start: int
    end: int


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


_YEAR = "january february march april may june july august september october november december"
MONTHS = _YEAR.split()
_MONTH = (
    "|".join(m.capitalize() for m in MONTHS)
    + "|"
    + "|".join(m[:3].capitalize() for m in MONTHS if m != "may")
)
_DATE = re.compile(
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\.? (?:of )?(?P<m1>{_MONTH})\.?,?(?: (?P<y1>\d{{4}}))?\b"
    rf"|\b(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y2>\d{{4}}))?\b(?!\d)"
    rf"|\b(?P<m3>{_MONTH})\.? (?P<y3>\d{{4}})\b"
    r"|\b(?P<y4>\d{4})-(?P<n4>\d{2})-(?P<d4>\d{2})\b"
)
_UNITS = {
    "%": "% percent per-cent",
    "km": "km kilometre kilometres kilometer kilometers",
    "m": "m metre metres meter meters",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres",
    "kg": "kg kilogram kilograms kilogramme",
    "g": "g gram grams",
    "mg": "mg milligram milligrams",
    "t": "t tonne tonnes",
    "l": "l litre litres liter liters",
    "ml": "ml millilitre millilitres",
    "s": "s second seconds sec",
    "ms": "ms millisecond milliseconds",
    "min": "min minute minutes",
    "h": "h hour hours",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years",
    "km/h": "km/h kph",
    "m/s": "m/s",
    "bit": "bit bits",
    "byte": "byte bytes",
    "kb": "kb kilobyte kilobytes KB",
    "mb": "mb megabyte megabytes MB",
    "gb": "gb gigabyte gigabytes GB",
    "°c": "°c °C",
    "w": "w watt watts",
    "kw": "kw kilowatt kilowatts kW",
    "hz": "hz hertz Hz",
    "v": "v volt volts",
    "eur": "€ euro euros EUR",
    "usd": "$ dollar dollars USD",
}
UNIT_OF = {alias: unit for unit, listed in _UNITS.items() for alias in listed.split()}
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBER_WORDS = {
    word: str(value) for value, word in enumerate(_COUNTED.split()) if word != "one"
} | {"twenty": "20", "hundred": "100", "thousand": "1000", "million": "1000000"}
_NUMBER = re.compile(
    r"(?P<currency>[$€])?(?P<sign>(?<![\w)\]}])[-−])?"
    r"(?P<digits>\d{1,3}(?:[,\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)"
    r"(?P<ordinal>st|nd|rd|th)?\b(?:[  -]?(?P<unit>%|°C|km/h|m/s|[€$]|[A-Za-z]+\b))?"
    r"|\b(?P<word>" + "|".join(_NUMBER_WORDS) + r")\b(?: (?P<unit2>[a-z]+)\b)?",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|neither|nor|without|cannot|nobody|nowhere|hardly|barely"
    r"|unless)\b"
    r"|n[’']t\b",
    re.IGNORECASE,
)
_NOT_NEGATIVE = re.compile(
    r"\bnot only\b|\bwhether or not\b|\bno matter\b|\bno longer than\b|\bor not\b", re.IGNORECASE
)
_CLASSES: dict[FactKind, dict[str, str]] = {
    "quantifier": {
        "all": r"all|every|each|everything|everyone",
        "any": r"any|anything|arbitrary",
        "some": r"some|something|certain",
        "most": r"most|mostly|majority",
        "many": r"(?<!how[^\w])many|numerous",
        "few": r"few|fewer",
        "several": r"several",
        "both": r"both",
        "only": r"only|solely|exclusively",
        "always": r"always|invariably",
        "usually": r"usually|normally|typically|generally|commonly|often|frequently|ordinarily",
        "sometimes": r"sometimes|occasionally",
        "rarely": r"rarely|seldom",
        "at least": r"at least|no fewer than|no less than",
        "at most": r"at most|no more than|up to",
        "exactly": r"exactly|precisely",
        "more than": r"(?:more|greater|larger|higher|longer) than",
        "less than": r"(?:less|fewer|smaller|lower|shorter) than",
        "half": r"half",
        "twice": r"twice|double",
    },
    "modality": {
        "necessary": r"must|shall|required|necessary|mandatory|have to|has to|obligatory",
        "possible": r"can|cannot|could|may|might|possible|able|allowed|permitted|permissible",
        "probable": r"probably|perhaps|possibly|likely|presumably|apparently|supposedly",
        "advised": r"should|ought|advisable|recommended|advised",
    },
}
_CLASS_OF = {
    kind: re.compile(
        "|".join(rf"(?P<c{i}>\b(?:{body})\b)" for i, body in enumerate(classes.values())).replace(
            " ",
            r"\s+",  # a hard-wrapped text breaks lines inside "at least"
        ),
        re.IGNORECASE,
    )
    for kind, classes in _CLASSES.items()
}
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_FORMULA = re.compile(r"(?<![\\\w$])\$(?=[^\s$])[^$\n]{1,300}(?<=\S)\$(?!\w)")
_CAPITAL = re.compile(r"\b[A-Z][\w]*(?:[-'’./&+][A-Za-z0-9]\w*)*")
_INNER = re.compile(r".[A-Z]|[\w]-[A-Z]|\d")
_MARKS = re.compile(r"\*\*|__|(?m:^\s*(?:[-*+•>]|#{1,6}|\d{1,3}[.)])\s)")
_STARTS_AFTER = re.compile(r"(?:^|[.!?:;—–“\"(\n>|→…]|\*)[\s\"“‘(*_]*$")
_CLAUSE = re.compile(
    r"[,;:()—–](?=\s|$)|\b(?:because|which|although|though|while|whereas|unless|if|when|before|after"
    r"|but|and|so that|as|since)\b"
)
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*|\d+")
STOPWORDS = word_set("""
    a an the this that these those it its itself they them their theirs he she his her him we us
    our you your i my me one ones and or but nor so yet if then else than as while when where which
    who whom whose what why how because since until unless though although whereas whether of in on
    at to for from by with into onto about over under between through during per via against within
    upon along across is are was were be been being am do does did done has have had having will
    would shall should can could may might must cannot need not no none never neither without there
    here also too very just even still only such same other another any some all each every both
    either most more less many much few several own out up down off again further once now thus
    hence therefore however instead rather e.g i.e etc example instance following like case cases
    way ways thing things holds hold true happens happen mean means meant said say says know known
    use used uses using case point note notice worth put brief ok well okay let yes get gets gives
    give given comes come order make makes made required possible allowed advisable necessary way
    whenever wherever permitted required recommended question answer named called
    before after above below between mostly usually normally typically generally commonly often
    necessary permissible able obligatory advised occurs occur""")


def strip_marks(text: str) -> str:
    """`text` with Markdown marks blanked out at equal length."""
    return _MARKS.sub(lambda m: " " * len(m[0]), text)


def stem(word: str) -> str:
    """A crude English stem: case, possessive, plural and regular endings removed."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("ied", "y")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + rest
    for ending in ("ing", "ed", "ly", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def content_stems(text: str) -> tuple[str, ...]:
    """Stems of the content words of `text`, code spans as single tokens first.

    Numbers and units are left out: they are facts, compared by value.
    """
    code = tuple(_squeezed(m[1]) for m in _CODE_SPAN.finditer(text))
    plain = _CODE_SPAN.sub(" ", strip_marks(text))
    found = (w.lower() for w in _WORD.findall(plain))
    return code + tuple(
        stem(w) for w in found if w not in STOPWORDS and w not in UNIT_OF and not w[0].isdigit()
    )


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
def statements(text: str, names: frozenset[str]) -> tuple[Statement, ...]:
    """The statements of `text` in order; capitalised words count as names if in `names` or if
    they stand inside a sentence."""
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
            found.append(_statement(text[start:end], start, s.kind == "heading", names))
    return tuple(found)


def _statement(piece: str, start: int, heading: bool, names: frozenset[str]) -> Statement:
    asks = strip_marks(piece).rstrip(' \n*_"”').endswith("?")
    facts = tuple(
        Fact(f.kind, f.value, f.start + start, f.end + start)
        for f in sorted(_facts(piece, heading, names), key=lambda f: f.start)
    )
    acting = [f for f in facts if f.kind in ("name", "number")]
    context = _context(piece, start, acting)
    row = tuple(_row(piece, start, acting))
    clauses = tuple(filter(None, map(content_stems, _clauses(piece))))
    stems = tuple(stem for clause in clauses for stem in clause)
    return Statement(start, start + len(piece), asks, heading, stems, facts, context, row, clauses)


def _clauses(piece: str) -> Iterator[str]:
    """A sentence cut at its marks and before its conjunctions, code left whole."""
    plain = _CODE_SPAN.sub(lambda m: "x" * len(m[0]), piece)
    at = 0
    for m in _CLAUSE.finditer(plain):
        yield piece[at : m.start()]
        at = m.start()
    yield piece[at:]


def _row(piece: str, start: int, acting: Sequence[Fact]) -> Iterator[tuple[str, Fact | None]]:
    """The words of a sentence in order, each name or number one word."""
    plain, at = strip_marks(piece), 0
    for fact in acting:
        if fact.start - start >= at:
            yield from _plain_words(plain, at, fact.start - start, start)
            yield fact.value, fact
            at = fact.end - start
    yield from _plain_words(plain, at, len(plain), start)


def _plain_words(
    plain: str, start: int, end: int, offset: int
) -> Iterator[tuple[str, Fact | None]]:
    for m in _WORD.finditer(plain, start, end):
        word = m[0].lower()
        named = len(word) > 2 and word not in STOPWORDS
        yield word, Fact("name", word, m.start() + offset, m.end() + offset) if named else None


def _context(piece: str, start: int, facts: Sequence[Fact]) -> dict[int, tuple[str, ...]]:
    """Up to two words on each side of each fact, facts themselves left out."""
    if len(facts) < 2:
        return {}
    blank = piece
    for f in facts:
        blank = blank[: f.start - start] + " " * (f.end - f.start) + blank[f.end - start :]
    placed = [(m.start(), m[0].lower()) for m in re.finditer(r"[^\W\d_]+", strip_marks(blank))]
    context = {}
    for f in facts:
        before = [w for at, w in placed if at < f.start - start][-2:]
        after = [w for at, w in placed if at >= f.end - start][:2]
        context[f.start] = tuple(
            [f"<{w}" for w in before if w not in ("the", "a", "an")]
            + [f">{w}" for w in after if w not in ("the", "a", "an")]
        )
    return context


def _facts(piece: str, heading: bool, names: frozenset[str]) -> Iterator[Fact]:
    for m in _CODE_SPAN.finditer(piece):
        yield Fact("name", _squeezed(m[1]), m.start(1), m.end(1))
    plain = strip_marks(_CODE_SPAN.sub(lambda m: " " * len(m[0]), piece))
    plain = _FORMULA.sub(lambda m: f" {m[0][1:-1]} ", plain)  # dollars of a formula, no currency
    for m in _DATE.finditer(plain):
        yield Fact("date", _date_value(m), m.start(), m.end())
    plain = _DATE.sub(lambda m: " " * len(m[0]), plain)
    yield from _numbers(plain)
    for m in _CAPITAL.finditer(plain):
        initial = m.start() == 0 or _STARTS_AFTER.search(plain[max(0, m.start() - 6) : m.start()])
        name = _name(m[0])
        plain_word = initial or name in STOPWORDS or name == "i"
        if name in names or not plain_word:
            yield Fact("name", name, m.start(), m.end())
    positive = _NOT_NEGATIVE.sub(lambda m: " " * len(m[0]), plain)
    for m in _NEGATION.finditer(positive):
        yield Fact("negation", "not", m.start(), m.end())
    for kind, pattern in _CLASS_OF.items():
        classes = list(_CLASSES[kind])
        for m in pattern.finditer(plain):
            yield Fact(kind, classes[int((m.lastgroup or "c0")[1:])], m.start(), m.end())
    for m in re.finditer(r"\bnot only\b|[A-Za-z]+", plain):
        if m[0].lower() in ANTONYMS:
            yield Fact("opposite", m[0].lower(), m.start(), m.end())


def _numbers(plain: str) -> Iterator[Fact]:
    for m in _NUMBER.finditer(plain):
        word = m["word"]
        digits = _NUMBER_WORDS[word.lower()] if word else m["digits"]
        value = _plain_number(digits.replace(",", "").replace("\u202f", ""))
        named = m["unit2"] if word else m["unit"]
        unit = UNIT_OF.get(named or "", "") or UNIT_OF.get((named or "").lower(), "")
        if m["currency"]:
            unit = UNIT_OF[m["currency"]]
        sign = "-" if m["sign"] else ""
        end = m.end("unit") if unit and m["unit"] else m.end("word") if word else m.end("digits")
        if unit and m["unit2"]:
            end = m.end("unit2")
        yield Fact("number", f"{sign}{value} {unit}".strip(), m.start(), end)


def _plain_number(digits: str) -> str:
    if digits.count(".") != 1:
        return digits.lstrip("0") or "0" if digits.isdigit() else digits
    whole, _, places = digits.partition(".")
    return f"{whole.lstrip('0') or '0'}.{places}"


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
