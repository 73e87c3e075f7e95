"""Forms in connected sentences: restated, named, figures, explainer, lecture, letter, summary."""

from __future__ import annotations

import re
from collections.abc import Iterator

from factory.rephrase.english import moves, naming
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.sentences import PRONOUNS, Sentence
from factory.rephrase.forms import frames, kinds
from factory.rephrase.forms.desk import (
    BACK,
    TITLES,
    Desk,
    Part,
    Unit,
    by_paragraph,
    item,
    merged,
    sections,
    tail,
    verbatim,
)
from factory.rephrase.forms.relations import worked_out


def _restated(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    yield " ".join(desk.reword(s, turns=1.0, words=0.9) for s in part.sentences)


def _named(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    told = naming.name_things(part.sentences)
    yield " ".join(desk.reword(s, turns=1.0, words=0.9) for s in told)


def _figures(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    told = []
    for sentence in part.sentences:
        told.append(desk.reword(sentence, turns=1.0, words=0.9))
        if not sentence.mark.endswith(":"):
            told += worked_out(sentence)
    yield " ".join(told)


def _explainer(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    told: list[str] = []
    last = "\n".join([desk.written[-600:], *said[-2:]])
    for i, sentence in enumerate(part.sentences):
        body = moves.plainly(sentence.body)
        kind = kinds.card_kind(body)
        leads = [lead for lead in frames.LEADS[kind][desk.manner] if lead not in last]
        begins = not (said or told or desk.written)
        begins = begins or bool(said and not told and said[-1].endswith(":"))
        leads = [] if BACK.match(body) or (begins and kind in ("Fact", "Change")) else leads
        wanted = 0.7 if kind not in ("Fact", "Change") else 0.3 if i == 0 else 0.12
        if leads and not sentence.mark.endswith(":") and desk.rng.random() < wanted:
            lead = desk.rng.choice(leads)
            last += lead
            told.append(_led(lead, desk.reword(sentence), desk.common))
        else:
            told.append(desk.reword(sentence))
    yield " ".join(told)


def _led(lead: str, told: str, common: frozenset[str]) -> str:
    return f"{lead} {grammar.lower(told, common) if lead.endswith(':') else told}"


def subject_of(sentence: Sentence, desk: Desk) -> str | None:
    """What a sentence is about, as a phrase that can stand alone; None if it isn't sure."""
    found = grammar.clause(moves.plainly(sentence.body))
    if not found or found.subject.split(" ")[0].lower() in PRONOUNS:
        return None
    subject = found.subject
    if kinds.LIMITS.search(subject) or len(subject) > 60 or re.search(r"\d|[<>]|://", subject):
        return None
    if BACK.match(subject):
        return None
    placed = grammar.mid_sentence(subject, desk.common, desk.names)
    return None if placed is None else sentence.open(placed)


def _lecture(parts: list[Part], desk: Desk) -> list[str]:
    name = desk.perspective.name
    body = by_paragraph(_spoken)(parts, desk)
    opened = [desk.draw(frames.LECTURE_OPENINGS[name])] if desk.first else []
    return [*opened, *body, *([desk.draw(frames.LECTURE_CLOSINGS[name])] if desk.last else [])]


def _spoken(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    if desk.first and not said:  # the opening leads to it
        yield desk.reworded(part.sentences)
        return
    subject = subject_of(part.sentences[0], desk)
    if subject and len(part.sentences) > 1:
        turn = desk.draw(frames.TURNS_TO[desk.perspective.name]).format(x=subject)
        turn = grammar.capital(turn)
    else:
        turn = desk.draw(frames.TURNS[desk.perspective.name])
    leads = BACK.match(part.sentences[0].body) or part.sentences[0].mark.endswith(":")
    told = desk.reworded(part.sentences)
    yield told if leads else _led(turn, told, desk.common)


def _letter(parts: list[Part], desk: Desk) -> list[str]:
    name = desk.perspective.name
    body = by_paragraph(_written)(parts, desk)
    opened = list(frames.SALUTATIONS[name]) if desk.first else []
    return [*opened, *body, *([frames.GREETINGS[name]] if desk.last else [])]


def _written(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    subject = subject_of(part.sentences[0], desk)
    told = desk.reworded(part.sentences)
    fits = subject and not part.sentences[0].mark.endswith(":") and desk.rng.random() < 0.6
    if not fits:
        yield told
        return
    lead = desk.draw(frames.AS_FOR[desk.perspective.name]).format(x=subject)
    yield _led(lead, told, desk.common)


MAX_LEAD = 3
"""Words of a subject that may stand again before the details on it."""


def _summary_first(parts: list[Part], desk: Desk) -> list[str]:
    from factory.rephrase.forms.desk import heading

    lines: list[str] = []
    for title, _ in sections(parts):
        if title is not None and title is parts[0]:
            lines.append(heading(title, desk))
    main, rest = _split_leads(parts, desk)
    if main:
        lines += [desk.head("summary"), *main]
    if rest:
        lines += [desk.head("detail"), *rest] if main else rest
    return merged(iter(lines))


def _split_leads(parts: list[Part], desk: Desk) -> tuple[list[str], list[str]]:
    """The main statements as entries, and everything else in its order."""
    from factory.rephrase.forms.desk import heading

    main: list[str] = []
    rest: list[str] = []
    for part in parts:
        if part.kind in TITLES:
            if part is not parts[0]:
                rest.append(heading(part, desk))
            continue
        if part.kind == "item":
            rest.append(item(part, desk))
            continue
        if not part.sentences:
            rest.append(verbatim(part))
            continue
        first, others = part.sentences[0], part.sentences[1:]
        subject = subject_of(first, desk)
        opens = (
            subject is not None
            and not first.mark.endswith((":", "?"))
            and not BACK.match(first.body)
        )
        if (
            subject is None
            or not opens
            or (others and others[0].mark.endswith(":") and BACK.match(others[0].body))
        ):
            rest.append(desk.reworded(part.sentences))
            continue
        main.append("- " + desk.reword(first))
        if others and len(subject.split(" ")) > MAX_LEAD:
            rest.append(desk.reworded(others))
        elif others:
            lead = desk.draw(frames.ON[desk.perspective.name]).format(x=subject)
            rest.append(_led(grammar.capital(lead), desk.reworded(others), desk.common))
    return main, rest


def paragraph(unit: Unit, desk: Desk) -> Iterator[str]:
    """A unit in sentences, then what it introduces."""
    if unit.sentences:
        yield desk.reworded(unit.sentences)
    yield from tail(unit, desk)


FORMS = {
    "restated": by_paragraph(_restated),
    "named": by_paragraph(_named),
    "figures": by_paragraph(_figures),
    "explainer": by_paragraph(_explainer),
    "lecture": _lecture,
    "letter": _letter,
    "summary_first": _summary_first,
}
