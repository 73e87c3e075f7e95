"""Forms made of entries in the passage's order: notes, outline, cards, rules, steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.rephrase.english import moves, voices
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.sentences import PRONOUNS, Sentence
from factory.rephrase.forms import frames, kinds
from factory.rephrase.forms.desk import (
    BACK,
    Desk,
    Part,
    Unit,
    below,
    by_paragraph,
    by_section,
    groups,
    tail,
)
from factory.rephrase.forms.prose import subject_of
from factory.rephrase.forms.relations import IMPERATIVES


def _notes(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for sentence in part.sentences:
        if sentence.mark.endswith(":"):
            yield desk.reword(sentence)
            continue
        for half in moves.split_halves(moves.plainly(sentence.body)):
            yield "- " + note(sentence, half, desk)


_ADVERB = re.compile(r" (?:\w+ly|also|still|now|often|never|always|just|then|thus|only|both|all)$")
"""How a subject ends that took in a word of the verb's."""


def note(sentence: Sentence, body: str, desk: Desk) -> str:
    """ "X is a Y" → "**X:** a Y"; "If A, B" → "**If A:** B"; "X does Y" → "**X** does Y"; other
    sentences reworded."""
    fronted = moves.condition(body)
    if fronted:
        cue, a, b = fronted
        told = sentence.text(desk.vary(b))
        return f"**{sentence.open(f'{cue} {grammar.lower(a, desk.common)}')}:** {told}"
    found = grammar.clause(body)
    turned = moves.restructure(body, desk.common, desk.rng, 0.6, desk.perspective.conditions_first)
    if (
        not found
        or turned != body
        or found.subject.split(" ")[0].lower() in PRONOUNS
        or BACK.match(body)
        or len(found.subject.split(" ")) > 7
        or _ADVERB.search(found.subject)
        or len(found.rest.split(" ")) < 2
    ):
        return sentence.text(desk.vary(turned))
    subject = grammar.capital(sentence.open(found.subject))
    if found.verb in ("is", "are") and not found.rest.startswith("not "):
        return f"**{subject}:** {sentence.open(desk.vary(found.rest))}{sentence.mark}"
    told = sentence.open(desk.vary(f"{found.verb} {found.rest}")) + sentence.mark
    return f"**{subject}** {told}"


def _outline(units: list[Unit], desk: Desk) -> Iterator[str]:
    number = desk.number(desk.sections) - 1
    for unit in units:
        if not unit.sentences:
            yield from tail(unit, desk)
            continue
        own = unit.mark if unit.mark != "-" else ""
        number += not own
        first, *others = unit.sentences
        aloud = first.mark.endswith(":") or desk.manner == 1  # read out, not looked up
        said = desk.reword(first) if aloud else note(first, moves.plainly(first.body), desk)
        below_one = "   " if own and number else ""
        yield f"{below_one}{own or f'{number}.'} {said}"
        yield from (f"   - {desk.reword(s)}" for s in others)
        yield from below(unit, desk)


def _cards(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    held = ""
    plain = 0
    for group in groups(part.sentences, 2):
        front, told = _card(group, desk)
        if front is None and held and plain + len(group) <= MAX_PLAIN:
            held += f" {told}"
            plain += len(group)
            continue
        if held:
            yield held
        label = frames.CARD_LABELS["Fact"][desk.manner]
        held = f"{front or f'**{label}.** '}{told}"
        plain = MAX_PLAIN if front else len(group)
    if held:
        yield held


MAX_PLAIN = 3
"""Sentences that stand on a card of plain statements about nothing in particular."""


def _card(group: list[Sentence], desk: Desk) -> tuple[str | None, str]:
    """The label of a group's card, None for a plain statement, and what stands on it."""
    first = group[0]
    body = moves.plainly(first.body)
    kind = kinds.card_kind(body)
    label = frames.CARD_LABELS[kind][desk.manner]
    rest = "".join(f" {desk.reword(s)}" for s in group[1:])
    found = grammar.clause(body)
    plain = found and found.subject.split(" ")[0].lower() not in PRONOUNS
    if kind == "Definition" and found and plain and not first.mark.endswith(":"):
        term = grammar.capital(first.open(found.subject))
        return f"**{label}: {term}**\n", first.text(desk.vary(found.rest)) + rest
    about = subject_of(first, desk) if plain else None
    if about:
        return f"**{label}, on {about}.** ", desk.reword(first) + rest
    return (None if kind == "Fact" else f"**{label}.** "), desk.reword(first) + rest


def _rules(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for sentence in part.sentences:
        if sentence.mark.endswith(":"):
            yield desk.reword(sentence)
            continue
        for half in moves.split_halves(moves.plainly(sentence.body)):
            yield "- " + _rule(sentence, half, desk)


def _rule(sentence: Sentence, body: str, desk: Desk) -> str:
    fronted = moves.condition(body) or moves.condition(
        grammar.capital(moves.move_clause(body, desk.common) or "")
    )
    if fronted:
        cue, a, b = fronted
        told = sentence.text(desk.vary(b))
        given = sentence.open(desk.vary(grammar.lower(a, desk.common)))
        shape = frames.CONSEQUENCES[desk.manner]
        return shape.format(cue=cue if desk.manner < 2 else cue.lower(), a=given, b=told)
    turned = voices.turn_modal(body, desk.common)
    found = grammar.clause(body)
    subject = grammar.mid_sentence(found.subject, desk.common, desk.names) if found else None
    if turned and found and subject and " not " not in turned and " also " not in turned:
        shape = frames.DEMANDS[found.verb][desk.manner]
        told = desk.vary(found.rest)
        frame = shape.format(x=subject, X=grammar.capital(subject), y=told)
        return sentence.open(frame) + sentence.mark
    return sentence.text(desk.vary(turned or body, 0.9))


def _steps(units: list[Unit], desk: Desk) -> Iterator[str]:
    """What is to be done as numbered steps; the rest stands under the step it follows."""
    number = desk.number(desk.sections) - 1
    for unit in units:
        acts = [s for s in unit.sentences if IMPERATIVES.match(s.body)]
        if not acts:
            mark = "   - " if number else ""
            if unit.sentences:
                yield mark + desk.reworded(unit.sentences)
            yield from tail(unit, desk)
            continue
        number += 1
        yield f"{number}. {desk.reworded(unit.sentences)}"
        yield from below(unit, desk)


FORMS = {
    "notes": by_paragraph(_notes),
    "outline": by_section(_outline),
    "cards": by_paragraph(_cards),
    "rules": by_paragraph(_rules),
    "steps": by_section(_steps),
}
