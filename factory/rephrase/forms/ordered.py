"""Forms that regroup what a section says: timeline, glossary, entities, causes, contrasts.

Statements that lean on each other move together (`desk.sections`), so no pronoun loses its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from factory.rephrase.english import moves
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.sentences import Sentence
from factory.rephrase.forms.desk import Desk, Unit, by_section, flowing, tail, whole
from factory.rephrase.forms.prose import subject_of
from factory.rephrase.forms.relations import cause, contrast, date, definition


def _timeline(units: list[Unit], desk: Desk) -> Iterator[str]:
    title = desk.head("timeline")
    if desk.first and title not in desk.drawn:
        desk.drawn.append(title)
        yield title
    told = [s for unit in units for s in unit.sentences]
    if chronological(told) and not any(unit.tail or unit.item for unit in units):
        yield from _in_order(told, desk)
        return
    dated = []
    rest = []
    for at, unit in enumerate(units):
        found = date(unit.sentences[0]) if unit.sentences else None
        if found is None:
            rest.append(unit)
        else:
            dated.append((found[0], at, found[1], unit))
    if len(dated) < 2:
        yield from flowing(units, desk)
        return
    for _, _, said, unit in sorted(dated, key=lambda entry: entry[:2]):
        yield from whole(unit, desk, f"- **{said}:** ")
    if rest:
        yield desk.head("undated")
    yield from flowing(rest, desk)


def chronological(told: Sequence[Sentence]) -> bool:
    """Whether sentences tell two dates or more, and tell them in their order."""
    dates = [found[0] for s in told if (found := date(s))]
    return len(set(dates)) >= 2 and all(a <= b for a, b in pairwise(dates))


def _in_order(told: Sequence[Sentence], desk: Desk) -> Iterator[str]:
    """An entry from each date to the next, in the order of the passage, so that whatever leans on
    the sentence before it still does."""
    entries: list[tuple[str | None, list[Sentence]]] = [(None, [])]
    for sentence in told:
        found = date(sentence)
        if found:
            entries.append((found[1], []))
        entries[-1][1].append(sentence)
    for said, held in entries:
        if held:
            yield (f"- **{said}:** " if said else "") + desk.reworded(held)


def _glossary(units: list[Unit], desk: Desk) -> Iterator[str]:
    terms = []
    rest = []
    for unit in units:
        found = definition(unit.sentences[0], item=unit.item) if unit.sentences else None
        if found is None:
            rest.append(unit)
        else:
            terms.append((_key(found[0]), found, unit))
    for _, (term, told), unit in sorted(terms, key=lambda entry: entry[0]):
        first, *others = unit.sentences
        said = desk.vary(told) if "`" not in told else told
        more = f" {desk.reworded(others)}" if others else ""
        yield f"- **{grammar.capital(_bare(term))}**: {said}{first.mark}{more}"
        yield from tail(unit, desk)
    if terms and rest:
        yield desk.head("notes")
    yield from flowing(rest, desk)


def _bare(term: str) -> str:
    """A term without its article, as it stands in a glossary."""
    head, _, words = term.partition(" ")
    return words if head.lower() in ("a", "an", "the") and words else term


def _key(term: str) -> str:
    return _bare(term).strip("`*\"'“”").lower()


def _entities(units: list[Unit], desk: Desk) -> Iterator[str]:
    """Units under the thing their first sentence is about, if two or more are about it."""
    named: dict[str, list[Unit]] = {}
    titles: dict[str, str] = {}
    for unit in units:
        subject = subject_of(unit.sentences[0], desk) if unit.sentences else None
        key = _key(subject) if subject else ""
        titles.setdefault(key, _bare(subject or ""))
        named.setdefault(key, []).append(unit)
    many = {key: found for key, found in named.items() if key and len(found) > 1}
    for key, found in many.items():
        yield f"**About {titles[key]}**"
        for unit in found:
            yield from whole(unit, desk, "- ")
    rest = [u for key, found in named.items() if key not in many for u in found]
    rest.sort(key=units.index)
    if many and rest:
        yield desk.head("points")
    yield from flowing(rest, desk)


Pairing = Callable[[str, str | None], tuple[str | None, str, str] | None]


def _pairs(
    unit: Unit, desk: Desk, reader: Pairing, labels: tuple[str, str], cue: str
) -> Iterator[str]:
    """A unit whose sentences are set in pairs where they state two sides."""
    plain: list[Sentence] = []
    for sentence in unit.sentences:
        body = moves.plainly(sentence.body)
        before = plain[-1] if plain and not plain[-1].mark.endswith((":", "?")) else None
        leads = sentence.mark.endswith((":", "?"))
        found = None if leads else reader(body, before.body if before else None)
        if found is None:
            plain.append(sentence)
            continue
        used, one, other = found
        spoken = plain.pop() if used is not None and before is not None else sentence
        if plain:
            yield desk.reworded(plain)
            plain = []
        sides = [
            (spoken if side == used else sentence).text(desk.vary(side), mark)
            for side, mark in ((one, "."), (other, sentence.mark))
        ]
        yield f"- **{labels[0]}:** {sides[0]}{cue}**{labels[1]}:** {sides[1]}"
    if plain:
        yield (f"{unit.mark} " if unit.item else "") + desk.reworded(plain)
    yield from tail(unit, desk)


def _cause_effect(units: list[Unit], desk: Desk) -> Iterator[str]:
    for unit in _runs(units):
        yield from _pairs(unit, desk, cause, (desk.head("cause"), desk.head("effect")), " ")


def _compare(units: list[Unit], desk: Desk) -> Iterator[str]:
    for unit in _runs(units):
        yield from _pairs(unit, desk, contrast, (desk.head("one"), desk.head("other")), "\n- ")


def _runs(units: list[Unit]) -> Iterator[Unit]:
    """Units joined up to the next that introduces something, so that prose stays in paragraphs."""
    held: list[Sentence] = []
    for unit in units:
        if unit.item:
            if held:
                yield Unit(held)
            held = []
            yield unit
            continue
        held += unit.sentences
        if unit.tail or len(held) >= 5:
            yield Unit(held, unit.tail)
            held = []
    if held:
        yield Unit(held)


FORMS = {
    "timeline": by_section(_timeline),
    "glossary": by_section(_glossary),
    "entities": by_section(_entities),
    "cause_effect": by_section(_cause_effect),
    "compare": by_section(_compare),
}
