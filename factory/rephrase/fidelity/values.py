"""Numbers, dates, names and blocks: each must stand where its sentence is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from factory.rephrase.fidelity.alignment import Alignment
from factory.rephrase.fidelity.claims import reworded
from factory.rephrase.fidelity.entries import Entry, facts_of
from factory.rephrase.fidelity.facts import RANK_OF, Fact, FactKind, Statement
from factory.rephrase.fidelity.quantities import UNIT_OF
from factory.rephrase.fidelity.stems import stem
from factory.rephrase.fidelity.synonyms import root
from factory.rephrase.text.tokens import word_set

VALUES: tuple[FactKind, ...] = ("number", "date", "name", "block")
PRONOUNS = word_set("""
    it he she they its his her their him them this these that those itself himself herself
    themselves one there former latter who which whose hers theirs such""")
REACH = 2
"""A pronoun may stand for a name of the same statement or of so many before it."""
_BELONGING = re.compile(r"(?:ians?|eans?|ans?|ines?|ese|ish|ites?|ers?|ics?|s|ns?|an|e|a|y)$")


def values(
    source: Sequence[Statement],
    output: Sequence[Statement],
    alignment: Alignment,
    vocabulary: frozenset[str],
    titled: Sequence[Statement],
) -> Iterator[Entry]:
    """The entries of all values."""
    title = facts_of(titled, *VALUES)
    everywhere = {(f.kind, f.value) for f in (*facts_of(source, *VALUES), *title)}
    spoken = vocabulary.union(*(s.stems for s in source))
    unclaimed = list(_invented(source, output, alignment, everywhere, spoken))
    for i, statement in enumerate(source):
        partners = [output[j] for j in alignment.outputs[i]]
        exact = not reworded([statement], partners)
        present: dict[tuple[str, str], list[Fact]] = {}
        for fact in facts_of(partners, *VALUES):
            present.setdefault((fact.kind, fact.value), []).append(fact)
        for fact in statement.facts:
            if fact.kind not in VALUES:
                continue
            twins = present.get((fact.kind, fact.value))
            twin = twins[0] if twins else None
            if twins and (exact or len(twins) > 1):
                twins.pop(0)
            if twins is None:
                twin = _other_form(fact, statement, partners)
            if twin:
                if twin in unclaimed:
                    unclaimed.remove(twin)
                yield Entry("kept", fact.kind, fact, twin)
                continue
            if statement.heading and fact.kind == "name":
                continue  # a heading's words may become a topic elsewhere or go
            meant = _pronoun_for(fact, statement, output, alignment.outputs[i])
            if meant:
                yield Entry("kept", fact.kind, fact, meant)
                continue
            spans = [(s.start, s.end) for s in partners]
            wrong = next((f for f in unclaimed if f.kind == fact.kind and _inside(f, spans)), None)
            if wrong:
                unclaimed.remove(wrong)
            yield Entry("changed" if wrong else "dropped", fact.kind, fact, wrong)
    yield from (Entry("invented", f.kind, None, f) for f in unclaimed)


def _inside(fact: Fact, spans: Sequence[tuple[int, int]]) -> bool:
    return any(a <= fact.start < b for a, b in spans)


def _other_form(fact: Fact, statement: Statement, partners: Sequence[Statement]) -> Fact | None:
    """The same number with its unit said elsewhere ("35 to 40 km"), the same name as an adjective
    or in lower case."""
    if fact.kind == "number":
        alike = (
            (f, s)
            for s in partners
            for f in s.facts
            if f.kind == "number" and f.bare == fact.bare and _unit(f) != _unit(fact)
        )
        told = (f for f, s in alike if _unit_told(fact, statement, f, s))
        said = (f for f in facts_of(partners, "quantifier", "opposite") if _counts(f, fact.value))
        return next(told, None) or next(said, None)
    if fact.kind != "name":
        return None
    base = _base(fact.value)
    named = (f for f in facts_of(partners, "name") if len(base) > 2 and _base(f.value) == base)
    said = (
        f
        for s in partners
        for word, f in s.words
        if f and f.kind == "name" and stem(word) == stem(fact.value)
    )
    return next(named, None) or next(said, None) or _in_parts(fact, partners)


def _counts(told: Fact, number: str) -> bool:
    """Whether a word says a number: "both", "twice", and "tenth" where it is reached."""
    if number == "2" and told.value in ("both", "twice"):
        return True
    return told.kind == "opposite" and RANK_OF.get(told.value) == number


def _in_parts(fact: Fact, partners: Sequence[Statement]) -> Fact | None:
    """ "English speakers" for "English-speaking"."""
    parts = [root(stem(part)) for part in fact.value.split("-")]
    if len(parts) < 2 or not fact.value.replace("-", "").isalpha():
        return None
    said = {root(stem(word)): f for s in partners for word, f in s.words if f}
    return said[parts[0]] if all(part in said for part in parts) else None


def _unit(fact: Fact) -> str:
    return fact.value.partition(" ")[2]


def _unit_told(told: Fact, source: Statement, said: Fact, output: Statement) -> bool:
    """Whether the unit that one of them lacks stands elsewhere in its sentence, or is an age."""
    if _unit(told) and _unit(said):
        return False
    with_unit, sentence = (said, source) if _unit(said) else (told, output)
    words = {word for word, _ in sentence.words}
    units = {UNIT_OF[w] for w in words if w in UNIT_OF}
    if words & {"age", "aged", "old"}:
        return _unit(with_unit) == "month"
    others = {_unit(f) for f in sentence.facts if f.kind == "number"}
    return _unit(with_unit) in units | others


def _base(name: str) -> str:
    return _BELONGING.sub("", name) if name.isalpha() else name


def _pronoun_for(
    fact: Fact, statement: Statement, output: Sequence[Statement], partners: Sequence[int]
) -> Fact | None:
    """The mention of a name just before, where a pronoun stands in its place."""
    if fact.kind != "name":
        return None
    had = sum(word in PRONOUNS for word, _ in statement.words)
    if sum(word in PRONOUNS for j in partners for word, _ in output[j].words) <= had:
        return None
    near = (output[k] for j in partners for k in range(max(0, j - REACH), j + 1))
    return next((f for s in near for f in s.facts if f.value == fact.value), None)


def _invented(
    source: Sequence[Statement],
    output: Sequence[Statement],
    alignment: Alignment,
    everywhere: set[tuple[FactKind, str]],
    spoken: frozenset[str],
) -> Iterator[Fact]:
    """Facts of the output that its aligned source sentences lack; names, that no sentence has."""
    heads = {_head(value) for kind, value in everywhere if kind == "name"}
    bases = {_base(value) for kind, value in everywhere if kind == "name"}
    for j, statement in enumerate(output):
        near = facts_of([source[i] for i in alignment.sources[j]], *VALUES)
        found = {(f.kind, f.value) for f in near}
        told = [source[i] for i in alignment.sources[j]]
        quantified = facts_of(told, "quantifier", "opposite")
        for fact in statement.facts:
            if fact.kind not in VALUES or (fact.kind, fact.value) in found:
                continue
            if any(_counts(f, fact.value) for f in quantified):
                continue
            if fact.counting and not any(f.kind == "number" and f.counting for f in near):
                continue
            if fact.kind in ("name", "block") or statement.asks or statement.heading:
                said = fact.kind == "name" and (
                    stem(fact.value) in spoken
                    or fact.value in spoken
                    or fact.value in heads
                    or (len(_base(fact.value)) > 2 and _base(fact.value) in bases)
                )
                if said or (fact.kind, fact.value) in everywhere:
                    continue
            yield fact


def _head(code: str) -> str:
    """`f` of a signature `f(x)`, without a leading `class`."""
    head = code.partition("(")[0]
    return head if head.startswith("class.") else head.removeprefix("class")
