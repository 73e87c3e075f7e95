"""Forms that ask before they tell: questions and answers, frequent questions, dialogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factory.rephrase.english import moves
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.sentences import Sentence
from factory.rephrase.forms import frames
from factory.rephrase.forms.desk import Desk, Part, by_paragraph, groups


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
    for group in groups(part.sentences, 2):
        first = group[0]
        fronted = moves.condition(moves.plainly(first.body))
        rest = [desk.reword(s) for s in group[1:]]
        if fronted and fronted[0] in ("If", "When", "Unless") and not first.mark.endswith(":"):
            cue, a, b = fronted
            lead = desk.rng.choice(("And", "What")) if cue == "If" else "And"
            condition = grammar.lower(a, desk.common)
            yield f"**{asker}:** {lead} {cue.lower()} {first.open(condition)}?"
            answer = first.text(f"then {desk.vary(b)}")
            yield f"**{teller}:** " + " ".join([answer, *rest])
            continue
        asked = desk.ask(first) or desk.draw(frames.NUDGES[desk.perspective.name])
        yield f"**{asker}:** {asked}"
        yield f"**{teller}:** " + " ".join([desk.reword(first), *rest])


FORMS = {
    "question_answer": by_paragraph(_question_answer),
    "faq": by_paragraph(_faq),
    "dialogue": by_paragraph(_dialogue),
}
