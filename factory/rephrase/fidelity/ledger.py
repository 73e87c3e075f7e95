"""The fidelity ledger: each fact of the source kept, changed or dropped; each new one invented.

Numbers, dates and names are looked for in the output statements aligned with their own sentence
(`values`), so a number that moved to another sentence is not "kept". Negations, quantifiers,
modality and opposites are compared per aligned group (`claims`), roles per sentence (`roles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from factory.rephrase.fidelity.alignment import Alignment
from factory.rephrase.fidelity.claims import claims
from factory.rephrase.fidelity.entries import WORDING, Entry
from factory.rephrase.fidelity.exchanges import exchanges
from factory.rephrase.fidelity.facts import Fact, Statement
from factory.rephrase.fidelity.roles import swapped
from factory.rephrase.fidelity.values import VALUES, values

__all__ = ["Entry", "build"]
PHRASE = 2


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
    entries = [*values(source, output, alignment, vocabulary, titled)]
    found = [
        entry
        for left, right in alignment.groups
        for entry in claims([source[i] for i in left], [output[j] for j in right])
    ]
    entries += _moved(found, _phrases(source), _phrases(output))
    entries += _roles(source, output, alignment)
    entries += _unseen(exchanges(source, output, alignment), entries)
    return sorted(entries, key=_order)


def _unseen(found: Iterable[Entry], entries: Sequence[Entry]) -> list[Entry]:
    """Those of the exchanged words that no other finding accounts for."""
    kept = ("kept", WORDING)
    seen = [e for e in entries if e.status not in kept and e.kind not in kept]
    places = {(f.start, side) for e in seen for f, side in ((e.source, 0), (e.output, 1)) if f}
    return [
        e
        for e in found
        if not any(f and (f.start, side) in places for f, side in ((e.source, 0), (e.output, 1)))
    ]


def _order(entry: Entry) -> tuple[int, int, str]:
    fact = entry.source or entry.output
    assert fact is not None
    return (0 if entry.source else 1, fact.start, entry.kind)


def _phrases(statements: Sequence[Statement]) -> dict[Fact, tuple[str, ...]]:
    """Each negation, quantifier and the like with the content words that it stands before.

    The same phrase in another sentence of the output is a sentence cut or moved, no fact lost.
    """
    found: dict[Fact, tuple[str, ...]] = {}
    for statement in statements:
        placed = [(f.start, word) for word, f in statement.words if f]
        for fact in statement.facts:
            if fact.kind not in VALUES:
                near = [word for start, word in placed if start >= fact.end][:PHRASE]
                if len(near) == PHRASE:
                    found[fact] = (fact.kind, fact.value, *near)
    return found


def _moved(
    entries: Sequence[Entry],
    told: Mapping[Fact, tuple[str, ...]],
    said: Mapping[Fact, tuple[str, ...]],
) -> Iterator[Entry]:
    """The entries, a fact as kept that stands in another sentence before the same words."""
    kept = {f for e in entries if e.status == "kept" for f in (e.source, e.output)}
    before = {phrase: f for f, phrase in told.items() if f not in kept}
    after = {phrase: f for f, phrase in said.items() if f not in kept}
    for entry in entries:
        if entry.status == "dropped" and entry.source:
            twin = after.get(told.get(entry.source, ()))
            yield Entry("kept", entry.kind, entry.source, twin) if twin else entry
        elif not (
            entry.status == "invented" and entry.output and before.get(said.get(entry.output, ()))
        ):
            yield entry


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
