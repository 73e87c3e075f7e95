"""Negations, quantifiers, modality and opposites of a few aligned statements against each other.

Where the words of a sentence stayed, each of them must stay too. Where a sentence is said in other
words, some come and go with the wording (`LIGHT`), some stand for each other (`ALIKE`), and a
negation may be told by a word that denies ("without", "fails to") or by an opposite.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from factory.rephrase.fidelity.cues import ALIKE, LIGHT, LIGHT_NEW, SAME, SCALE
from factory.rephrase.fidelity.entries import WORDING, Entry, facts_of
from factory.rephrase.fidelity.facts import Fact, FactKind, Statement
from factory.rephrase.fidelity.opposites import ANTONYMS, CONVERSE
from factory.rephrase.text.tokens import word_set

CLASSES: tuple[FactKind, ...] = ("quantifier", "modality")
SAME_WORDS = 0.6
"""Share of the pairs of neighbouring words from which a wording counts as kept."""
_FORBIDS = ("forb", "prohibit", "ban")
_ORDERS = word_set("""
    do don't never always please avoid remember ensure make let try be""")
"""First words of a statement that tells somebody what to do, without a "must"."""


def claims(told: Sequence[Statement], said: Sequence[Statement]) -> Iterator[Entry]:
    """The entries of a group of source statements and the output statements that tell them."""
    stated = [s for s in said if not s.asks]
    asked = [s for s in said if s.asks]
    free = reworded(told, said)
    exchanged = list(_opposites(told, said, free=free))
    negated = list(_negations(told, stated, asked, free=free))
    turned = [e for e in negated if e.status != "kept"]
    if free and exchanged and turned:  # "not open" told as "closed"
        exchanged, negated = exchanged[1:], [e for e in negated if e is not turned[0]]
    yield from exchanged
    yield from negated
    yield from _tenses(told, stated)
    for kind in CLASSES:
        yield from _classes(kind, told, stated, asked, free=free)


def reworded(told: Sequence[Statement], said: Sequence[Statement]) -> bool:
    """Whether statements are said in other words or another order, seen from either side."""
    here, there = _pairs(told), _pairs(said)
    return _share(here, there) < SAME_WORDS and _share(there, here) < SAME_WORDS


def _share(wanted: Sequence[tuple[str, str]], present: Collection[tuple[str, str]]) -> float:
    kept = set(present)
    return sum(pair in kept for pair in wanted) / max(1, len(wanted))


def _pairs(statements: Sequence[Statement]) -> list[tuple[str, str]]:
    rows = ([word for word, _ in s.words] for s in statements)
    return [pair for row in rows for pair in pairwise(row)]


def _negations(
    told: Sequence[Statement],
    said: Sequence[Statement],
    asked: Sequence[Statement],
    *,
    free: bool,
) -> Iterator[Entry]:
    """By count; a question may carry what its answer leaves out, never add to it. In a sentence
    said otherwise a word that denies may tell what a "not" tells."""
    lost, new = facts_of(told, "negation"), facts_of(said, "negation")
    if not lost:
        new += facts_of(asked, "negation")
    new += facts_of(asked, "negation")[: max(0, len(lost) - len(new))]
    for a, b in zip(lost, new, strict=False):
        yield Entry("kept", "negation", a, b)
    had, have = facts_of(told, "denial"), facts_of([*said, *asked], "denial")
    by_other = (_more(have, had), _more(had, have)) if free else ([], [])
    for a in lost[len(new) :]:
        other = by_other[0].pop(0) if by_other[0] else None
        yield Entry("kept" if other else "dropped", "negation", a, other)
    for b in new[len(lost) :]:
        other = by_other[1].pop(0) if by_other[1] else None
        yield Entry("kept" if other else "invented", "negation", other, b)


def _more(here: Sequence[Fact], there: Sequence[Fact]) -> list[Fact]:
    """The facts of one side that the other has not, or not so often."""
    left = Counter(f.value for f in there)
    found = []
    for fact in here:
        if left[fact.value]:
            left[fact.value] -= 1
        else:
            found.append(fact)
    return found


def _classes(
    kind: FactKind,
    told: Sequence[Statement],
    said: Sequence[Statement],
    asked: Sequence[Statement],
    *,
    free: bool,
) -> Iterator[Entry]:
    before, after = facts_of(told, kind), facts_of(said, kind)
    questions = {f.value: f for f in reversed(facts_of(asked, kind))}
    had, have = {f.value for f in before}, {f.value for f in after}
    lost = []
    spare = {value: [f for f in after if f.value == value] for value in have}
    for fact in before:
        if spare.get(fact.value):
            yield Entry("kept", kind, fact, spare[fact.value].pop(0))
        elif fact.value in questions:
            yield Entry("kept", kind, fact, questions[fact.value])
        elif fact.value == "both" and (two := _two(said)):
            yield Entry("kept", kind, fact, two)
        else:
            lost.append(fact)
    extra = [f for f in after if f.value not in had and not (f.value == "both" and _two(told))]
    for fact in list(lost):
        alike = ALIKE if free else SAME
        more = [f for facts in spare.values() for f in facts if f not in extra]
        like = (f for f in (*extra, *more) if frozenset({f.value, fact.value}) in alike)
        twin = next(like, None)
        if twin:
            lost.remove(fact)
            spare[twin.value].remove(twin)
            extra = [f for f in extra if f is not twin]
            yield Entry("kept", kind, fact, twin)
    for fact in lost:
        rival = next((f for f in extra if {f.value, fact.value} <= SCALE), None)
        if free and not rival and (fact.value in have or _comes_and_goes(fact, told, said, LIGHT)):
            yield Entry("dropped", WORDING, fact)
        elif extra:
            twin = rival or extra[0]
            extra.remove(twin)
            yield Entry("changed", kind, fact, twin)
        else:
            yield Entry("dropped", kind, fact)
    for fact in extra:
        if any(frozenset({fact.value, value}) in SAME for value in had):
            continue
        light = free and _comes_and_goes(fact, said, told, LIGHT_NEW)
        yield Entry("invented", WORDING if light else kind, None, fact)
    if kind == "quantifier" and not free:
        new = (f for value, f in questions.items() if value not in had)
        yield from (Entry("invented", kind, None, f) for f in new)


def _two(statements: Sequence[Statement]) -> Fact | None:
    """A "two" that says what "both" says."""
    return next((f for f in facts_of(statements, "number") if f.bare == "2"), None)


def _tenses(told: Sequence[Statement], said: Sequence[Statement]) -> Iterator[Entry]:
    """What was, told as what will be, or the reverse. Only a net exchange counts."""
    before, after = facts_of(told, "tense"), facts_of(said, "tense")
    if not before or not after:
        return
    had, have = Counter(f.value for f in before), Counter(f.value for f in after)
    for old, new in (("past", "future"), ("future", "past")):
        if had[old] > have[old] and have[new] > had[new]:
            fact = next(f for f in before if f.value == old)
            yield Entry("changed", "tense", fact, next(f for f in after if f.value == new))


def _comes_and_goes(
    fact: Fact, here: Sequence[Statement], there: Sequence[Statement], light: frozenset[str]
) -> bool:
    """Whether a reworded sentence may have a class that the other has not; `only` may where the
    other side denies instead ("nobody else", "not until")."""
    if fact.value == "only":
        denying: tuple[FactKind, FactKind] = ("negation", "denial")
        return bool(_more(facts_of(there, *denying), facts_of(here, *denying)))
    if fact.value == "sometimes":
        return any(f.value in ("may", "possible") for f in facts_of(there, "modality"))
    if fact.kind == "modality" and any(
        f.value.startswith(_FORBIDS) for f in facts_of(there, "denial")
    ):
        return True  # what must not be done is forbidden
    if fact.value == "necessary" and any(s.words and s.words[0][0] in _ORDERS for s in there):
        return True
    return fact.value in light


def _opposites(
    told: Sequence[Statement], said: Sequence[Statement], *, free: bool
) -> Iterator[Entry]:
    """A word whose antonym stands in its place. Only a net exchange counts."""
    lost, found = facts_of(told, "opposite"), facts_of(said, "opposite")
    if not lost or not found:
        return
    gained = facts_of([s for s in said if not s.asks], "opposite")
    before, present = Counter(f.value for f in lost), Counter(f.value for f in found)
    stated = Counter(f.value for f in gained)
    taken: set[str] = set()
    for fact in lost:
        if present[fact.value] >= before[fact.value] or fact.value in taken:
            continue
        new = [w for w in sorted(ANTONYMS[fact.value]) if stated[w] > before[w]]
        if not new:
            continue
        taken.add(fact.value)
        twin = next(f for f in gained if f.value == new[0])
        if free and {fact.value, twin.value} <= CONVERSE and _crossed(fact, told, twin, said):
            continue
        yield Entry("changed", "opposite", fact, twin)


def _crossed(fact: Fact, told: Sequence[Statement], twin: Fact, said: Sequence[Statement]) -> bool:
    """Whether what stood on one side of a word stands on the other side of its opposite."""
    (a, b), (c, d) = _around(fact, told), _around(twin, said)
    return len(a & d) + len(b & c) >= max(1, len(a & c) + len(b & d))


def _around(fact: Fact, statements: Sequence[Statement]) -> tuple[frozenset[str], frozenset[str]]:
    """The content words of a fact's statement before it and after it."""
    home = next(s for s in statements if s.start <= fact.start < s.end)
    words = [(f.start, w) for w, f in home.words if f]
    return (
        frozenset(w for at, w in words if at < fact.start),
        frozenset(w for at, w in words if at > fact.start),
    )
