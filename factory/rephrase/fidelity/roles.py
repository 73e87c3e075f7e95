"""Who did what to whom: two facts of a sentence that have changed places in its rewrite.

Three signs, each of which leaves other wording alone. Neighbours: each fact stands among the words
that stood around the other. Places: word for word, one fact stands where the other stood and the
reverse, and what is between them stayed. Clauses: what stood behind "because" (or "before") stands
before it and the reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from factory.rephrase.fidelity.facts import Fact, Statement
from factory.rephrase.fidelity.stems import stem
from factory.rephrase.fidelity.synonyms import known, senses
from factory.rephrase.text.tokens import word_set

MAX_FACTS = 12
MAX_WORDS = 120
MAX_REWORDED = 4
"""Words around a fact that may be said otherwise, the fact included."""
LISTING = word_set("""
    and or nor as well of the a an another other second its his her their both also e.g""")
"""Between two facts only these: a list, whose order says nothing, or parts of one name."""
CONDITIONS = word_set("if when because unless since although whenever once")
EVEN = LISTING | word_set("is are was were while equals versus vs plus than with but be i.e")
"""Words on both sides of which things stand alike, or a comparison that `opposites` tells."""
MIN_CLAUSE = 3
JOINING = frozenset({"and", "or", "nor"})


def swapped(before: Statement, after: Statement) -> tuple[Fact, Fact] | None:
    """A fact of the source sentence and the one of the output that took its place, or None."""
    found = _by_clauses(before, after) or _by_crossing(before, after)
    if found or _in_order(before, after):
        return found
    a, b = _acting(before), _acting(after)
    return _by_neighbours(before, a, after, b) or _by_places(before, after)


def _by_clauses(before: Statement, after: Statement) -> tuple[Fact, Fact] | None:
    """Whole statements whose clauses have changed places around the same conjunction."""
    for word, told in before.links:
        same = [found for link, found in after.links if link == word]
        found = max(same, key=lambda there: len(there & told), default=frozenset())
        if not told or not found:
            continue
        rest, other = set(before.stems) - told, set(after.stems) - found
        straight = len(told & found) + len(rest & other)
        here, there = len(told & other), len(rest & found)
        if here and there and here + there > straight + 1:
            return _whole(before, word), _whole(after, word)
    return None


def _whole(statement: Statement, word: str) -> Fact:
    return Fact("name", word, statement.start, statement.end)


def _in_order(before: Statement, after: Statement) -> bool:
    """Whether the words that both have stand in the same order."""
    a, b = [w for w, f in before.words if f], [w for w, f in after.words if f]
    both = set(a) & set(b)
    return [w for w in a if w in both] == [w for w in b if w in both]


def _acting(statement: Statement) -> list[Fact]:
    return [f for f in statement.facts if f.kind in ("name", "number")]


def _by_neighbours(
    before: Statement, told: Sequence[Fact], after: Statement, said: Sequence[Fact]
) -> tuple[Fact, Fact] | None:
    a, b = {f.value: f for f in told}, {f.value: f for f in said}
    common = [value for value in a if value in b]
    if not 2 <= len(common) <= MAX_FACTS:
        return None
    order = sorted(common, key=lambda v: b[v].start)
    if order == sorted(common, key=lambda v: a[v].start):
        return None
    near_a = {v: _neighbours(before, a[v]) for v in common}
    near_b = {v: _neighbours(after, b[v]) for v in common}
    for x, first in enumerate(common):
        for second in common[x + 1 :]:
            straight = _overlap(near_a[first], near_b[first]) + _overlap(
                near_a[second], near_b[second]
            )
            crossed = _overlap(near_a[first], near_b[second]) + _overlap(
                near_a[second], near_b[first]
            )
            if crossed >= 0.8 and straight <= 0.4 and not _beside(before, a[first], a[second]):
                return a[first], b[second]
    return None


def _beside(statement: Statement, one: Fact, other: Fact) -> bool:
    """Whether two facts are members of one list."""
    start, end = sorted((one.start, other.start))
    return _listed(_words_between(statement, start, end))


def _words_between(statement: Statement, start: int, end: int) -> list[str]:
    """The words that stand between two places of a statement, numbers left out."""
    at, found = statement.start, list[str]()
    for word, fact in statement.words:
        at = fact.start if fact else at
        if start <= at < end and not (fact and fact.start == start) and not word[:1].isdigit():
            found.append(word)
    return found


def _neighbours(statement: Statement, fact: Fact) -> frozenset[str]:
    return frozenset(statement.context.get(fact.start, ()))


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


def _by_crossing(before: Statement, after: Statement) -> tuple[Fact, Fact] | None:
    """`x verb y` told as `y verb x`, `a if b` as `b if a`, `if a, b` as `if b, a`: two stretches of
    words that have changed places around what stayed."""
    a, b = [w for w, _ in before.words], [w for w, _ in after.words]
    if len(a) != len(b):
        return None
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), len(a))
    tail = next((i for i, (x, y) in enumerate(zip(a[::-1], b[::-1], strict=True)) if x != y), 0)
    end = len(a) - tail
    for size in range(1, end - start):
        if a[start : start + size] != b[end - size : end]:
            continue
        for other in range(1, end - start - size + 1):
            middle = a[start + size : end - other]
            if a[end - other : end] != b[start : start + other]:
                continue
            if middle != b[start + other : end - size] or not _holds(middle, a[:start]):
                continue
            if min(size, other) < MIN_CLAUSE and not middle:
                continue
            if CONDITIONS & {a[start], a[end - other]}:
                continue  # a condition moves with what stands behind it
            if size == other == 1 and known(stem(a[start]), senses(stem(b[start]))):
                continue  # one like word for the other, twice
            old = next((f for _, f in before.words[start : start + size] if f), None)
            new = next((f for _, f in after.words[start : start + other] if f), None)
            return old or _whole(before, a[start]), new or _whole(after, b[start])
    return None


def _holds(middle: Sequence[str], lead: Sequence[str]) -> bool:
    """Whether it matters which of two stretches stands on which side of these words, or, if
    nothing stands between them, behind the word that leads to them."""
    if not middle:
        return bool(lead) and lead[-1] in CONDITIONS
    return not set(middle) <= EVEN


def _by_places(before: Statement, after: Statement) -> tuple[Fact, Fact] | None:
    """Word for word: fact x replaced by y at one place, y by x at another."""
    a, b = before.words, after.words
    if not a or not b or max(len(a), len(b)) > MAX_WORDS:
        return None
    values = [w for w, _ in a], [w for w, _ in b]
    replaced: dict[tuple[str, str], tuple[int, Fact, Fact]] = {}
    for kind, i, i_end, j, j_end in SequenceMatcher(None, *values, autojunk=False).get_opcodes():
        olds = [(at, f) for at, (_, f) in enumerate(a[i:i_end], i) if f]
        news = [f for _, f in b[j:j_end] if f]
        if kind != "replace" or max(i_end - i, j_end - j) > MAX_REWORDED:
            continue
        if len(olds) != 1 or len(news) != 1:
            continue
        (at, old), new = olds[0], news[0]
        there = replaced.get((new.value, old.value))
        if there and not _listed(values[0][there[0] + 1 : at]):
            return there[1], there[2]
        replaced.setdefault((old.value, new.value), (at, old, new))
    return None


def _listed(between: Sequence[str]) -> bool:
    return bool(JOINING & set(between)) and set(between) <= LISTING
