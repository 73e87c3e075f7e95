"""Forms that ask before they tell: questions and answers, frequent questions, dialogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factory.rephrase.english import moves
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.sentences import Sentence
from factory.rephrase.forms import frames
from factory.rephrase.forms.desk import Desk, Part, by_paragraph, groups

MAX_ANSWER = 3
"""Sentences that an answer of a conversation grows to, unless one leans on another."""


def _question_answer(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for group in _asked_first(list(groups(part.sentences, 3)), desk):
        question, told = group
        answer = desk.reworded(told)
        yield f"**Q: {question}**\n\nA: {answer}" if question else answer


def _asked_first(
    grouped: Sequence[list[Sentence]], desk: Desk
) -> Iterator[tuple[str | None, list[Sentence]]]:
    """Groups with a question that the first sentence answers; one without joins the one before."""
    held: tuple[str | None, list[Sentence]] | None = None
    for group in grouped:
        question = desk.ask(group[0])
        if held is not None and question is None and len(held[1]) < 5:
            held[1].extend(group)
            continue
        if held is not None:
            yield held
        held = (question, list(group))
    if held is not None:
        yield held


def _faq(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    """A question a paragraph, asked of the first sentence that bears one."""
    told = list(part.sentences)
    question = desk.ask(told[0])
    if question is None:
        yield desk.reworded(told)
        return
    yield f"### {question}"
    yield desk.reworded(told)


def _dialogue(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    asker, teller = desk.perspective.asker, desk.perspective.teller
    turns = _turns(part, desk)
    for asked, told in turns:
        yield f"**{asker}:** {asked or _nudge(desk, said)}"
        yield f"**{teller}:** {' '.join(told)}"


def _turns(part: Part, desk: Desk) -> Iterator[tuple[str | None, list[str]]]:
    """(question, answer) of each turn; what bears no question goes on with the answer before."""
    held: tuple[str | None, list[str]] | None = None
    for group in groups(part.sentences, 2):
        asked, told = _turn(group, desk)
        if held is not None and asked is None and len(held[1]) + len(told) <= MAX_ANSWER:
            held[1].extend(told)
            continue
        if held is not None:
            yield held
        held = (asked, told)
    if held is not None:
        yield held


def _turn(group: list[Sentence], desk: Desk) -> tuple[str | None, list[str]]:
    """A question that a group answers, if there is one, and the answer."""
    first = group[0]
    fronted = moves.condition(moves.plainly(first.body))
    rest = [desk.reword(s) for s in group[1:]]
    if fronted and fronted[0] in ("If", "When", "Unless") and not first.mark.endswith(":"):
        cue, a, b = fronted
        lead = desk.rng.choice(("And", "What")) if cue == "If" else "And"
        condition = grammar.lower(a, desk.common)
        asked = f"{lead} {cue.lower()} {first.open(condition)}?"
        return asked, [first.text(f"then {desk.vary(b)}"), *rest]
    return desk.ask(first), [desk.reword(first), *rest]


def _nudge(desk: Desk, said: list[str]) -> str:
    """What is said where there is no question: at first something to begin with."""
    opens = desk.first and not said
    phrases = frames.BEGINNINGS if opens else frames.NUDGES
    return desk.draw(phrases[desk.perspective.name])


FORMS = {
    "question_answer": by_paragraph(_question_answer),
    "faq": by_paragraph(_faq),
    "dialogue": by_paragraph(_dialogue),
}
