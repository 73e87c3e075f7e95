"""The fidelity ledger: each fact of the source kept, changed or dropped; each new one invented.

Numbers, dates and names are looked for in the output statements aligned with their own sentence,
so a number that moved to another sentence is not "kept". Negations are counted per aligned group,
quantifiers and modality compared by class, opposites by antonym.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from factory.rephrase.fidelity.alignment import Alignment
from factory.rephrase.fidelity.facts import Fact, FactKind, Statement, stem
from factory.rephrase.fidelity.opposites import ANTONYMS
from factory.rephrase.fidelity.roles import swapped

Status = Literal["kept", "changed", "dropped", "invented"]
VALUES: tuple[FactKind, ...] = ("number", "date", "name", "block")
CLASSES: tuple[FactKind, ...] = ("quantifier", "modality")


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a fact of the source, of the output, or the pair of them."""

    status: Status
    kind: str
    source: Fact | None = None
    output: Fact | None = None

    def row(self, source_text: str, text: str) -> dict[str, Any]:
        """The entry as the `rewrite` record holds it; `fact` is `kind:value`."""
        fact = self.source or self.output
        assert fact is not None
        row: dict[str, Any] = {"fact": f"{self.kind}:{fact.value[:200]}", "status": self.status}
        if self.source:
            start, end = self.source.start, self.source.end
            row |= {"source_text": source_text[start:end], "source_start": start, "source_end": end}
        if self.output:
            start, end = self.output.start, self.output.end
            row |= {"text": text[start:end], "start": start, "end": end}
        return row


def build(
    source: Sequence[Statement],
    output: Sequence[Statement],
    alignment: Alignment,
    vocabulary: frozenset[str] = frozenset(),
    titled: Sequence[Statement] = (),
) -> list[Entry]:
    """The ledger of an output against its source, in the order of the source, then of the output.

    `vocabulary` is what the source says in lower case or its title: such words are no new names.
    `titled` is the title itself, whose facts a heading or a question may hold.
    """
    entries = [*_values(source, output, alignment, vocabulary, _of(titled, VALUES))]
    for left, right in alignment.groups:
        sides = [source[i] for i in left], [output[j] for j in right if not output[j].asks]
        asked = [output[j] for j in right if output[j].asks]
        entries += _negations(*sides, asked)
        entries += _classes(*sides, asked)
        entries += _opposites(sides[0], [output[j] for j in right])
    entries += _contradictions(source, output, alignment)
    entries += _roles(source, output, alignment)
    return sorted(entries, key=_order)


def _order(entry: Entry) -> tuple[int, int, str]:
    fact = entry.source or entry.output
    assert fact is not None
    return (0 if entry.source else 1, fact.start, entry.kind)


def _of(statements: Sequence[Statement], kinds: Sequence[FactKind]) -> list[Fact]:
    return [f for s in statements for f in s.facts if f.kind in kinds]


def _values(
    source: Sequence[Statement],
    output: Sequence[Statement],
    alignment: Alignment,
    vocabulary: frozenset[str],
    titled: Collection[Fact],
) -> Iterator[Entry]:
    everywhere = {(f.kind, f.value) for f in (*_of(source, VALUES), *titled)}
    spoken = vocabulary.union(*(s.stems for s in source))
    unclaimed = list(_invented(source, output, alignment, everywhere, spoken))
    for i, statement in enumerate(source):
        partners = [output[j] for j in alignment.outputs[i]]
        present = {(f.kind, f.value): f for f in reversed(_of(partners, VALUES))}
        for fact in statement.facts:
            if fact.kind not in VALUES:
                continue
            twin = present.get((fact.kind, fact.value))
            if twin:
                yield Entry("kept", fact.kind, fact, twin)
                continue
            if statement.heading and fact.kind == "name":
                continue  # a heading's words may become a topic elsewhere or go
            spans = [(s.start, s.end) for s in partners]
            wrong = next((f for f in unclaimed if f.kind == fact.kind and _inside(f, spans)), None)
            if wrong:
                unclaimed.remove(wrong)
            yield Entry("changed" if wrong else "dropped", fact.kind, fact, wrong)
    yield from (Entry("invented", f.kind, None, f) for f in unclaimed)


def _inside(fact: Fact, spans: Sequence[tuple[int, int]]) -> bool:
    return any(a <= fact.start < b for a, b in spans)


def _invented(
    source: Sequence[Statement],
    output: Sequence[Statement],
    alignment: Alignment,
    everywhere: set[tuple[FactKind, str]],
    spoken: frozenset[str],
) -> Iterator[Fact]:
    """Facts of the output that its aligned source sentences lack; names, that no sentence has."""
    heads = {_head(value) for kind, value in everywhere if kind == "name"}
    for j, statement in enumerate(output):
        near = {(f.kind, f.value) for f in _of([source[i] for i in alignment.sources[j]], VALUES)}
        for fact in statement.facts:
            if fact.kind not in VALUES or (fact.kind, fact.value) in near:
                continue
            if fact.kind in ("name", "block") or statement.asks or statement.heading:
                said = fact.kind == "name" and (
                    stem(fact.value) in spoken or fact.value in spoken or fact.value in heads
                )
                if said or (fact.kind, fact.value) in everywhere:
                    continue
            yield fact


def _head(code: str) -> str:
    """`f` of a signature `f(x)`, without a leading `class`."""
    head = code.partition("(")[0]
    return head if head.startswith("class.") else head.removeprefix("class")


def _negations(
    left: Sequence[Statement], right: Sequence[Statement], asked: Sequence[Statement]
) -> Iterator[Entry]:
    """By count in a group; a question may carry what its answer leaves out, never add to it."""
    lost, new = _of(left, ("negation",)), _of(right, ("negation",))
    if not lost:
        new += _of(asked, ("negation",))
    new += _of(asked, ("negation",))[: max(0, len(lost) - len(new))]
    for a, b in zip(lost, new, strict=False):
        yield Entry("kept", "negation", a, b)
    yield from (Entry("dropped", "negation", a) for a in lost[len(new) :])
    yield from (Entry("invented", "negation", None, b) for b in new[len(lost) :])


def _classes(
    left: Sequence[Statement], right: Sequence[Statement], asked: Sequence[Statement]
) -> Iterator[Entry]:
    for kind in CLASSES:
        before, after = _of(left, (kind,)), _of(right, (kind,))
        have: dict[str, list[Fact]] = {}
        for f in after:
            have.setdefault(f.value, []).append(f)
        had = {f.value for f in before}
        extra = [f for f in after if f.value not in had]
        questions = {f.value: f for f in reversed(_of(asked, (kind,)))}
        for fact in before:
            if have.get(fact.value):
                yield Entry("kept", kind, fact, have[fact.value].pop(0))
            elif fact.value in questions:
                yield Entry("kept", kind, fact, questions[fact.value])
            elif extra:
                yield Entry("changed", kind, fact, extra.pop(0))
            else:
                yield Entry("dropped", kind, fact)
        yield from (Entry("invented", kind, None, f) for f in extra)
        if kind == "quantifier":
            new = (f for value, f in questions.items() if value not in had)
            yield from (Entry("invented", kind, None, f) for f in new)


def _opposites(left: Sequence[Statement], right: Sequence[Statement]) -> Iterator[Entry]:
    """A word whose antonym stands in its place. Only a net exchange counts."""
    before = Counter(f.value for f in _of(left, ("opposite",)))
    present = Counter(f.value for f in _of(right, ("opposite",)))
    taken: set[str] = set()
    for fact in _of(left, ("opposite",)):
        if present[fact.value] >= before[fact.value] or fact.value in taken:
            continue
        gained = [w for w in sorted(ANTONYMS[fact.value]) if present[w] > before[w]]
        if gained:
            taken.add(fact.value)
            twin = next(f for f in _of(right, ("opposite",)) if f.value == gained[0])
            yield Entry("changed", "opposite", fact, twin)


def _contradictions(
    source: Sequence[Statement], output: Sequence[Statement], alignment: Alignment
) -> Iterator[Entry]:
    """A word of an output statement whose antonym, but not itself, is in its source sentences."""
    for j, statement in enumerate(output):
        near = _of([source[i] for i in alignment.sources[j]], ("opposite",))
        values = {f.value for f in near}
        for fact in statement.facts:
            if fact.kind != "opposite" or fact.value in values:
                continue
            twin = next((f for f in near if f.value in ANTONYMS[fact.value]), None)
            if twin:
                yield Entry("changed", "opposite", twin, fact)


def _roles(
    source: Sequence[Statement], output: Sequence[Statement], alignment: Alignment
) -> Iterator[Entry]:
    """Two facts of one sentence that have changed places."""
    for i, statement in enumerate(source):
        for j in alignment.outputs[i]:
            found = swapped(statement, output[j])
            if found:
                yield Entry("changed", "role", *found)
                break
