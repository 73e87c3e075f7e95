"""A learning note from a worked problem: question, prerequisites, idea, steps, check, mistake,
takeaway, answer (after SwallowMath, arXiv 2505.02881). Rules; label `offline-rules`.

Every sentence of the source goes into one section. Added are statements of `concepts.py`, a
solution put into its equations, and restated equalities, each computed exactly before it is
written.
"""

from __future__ import annotations

import re

from factory.rephrase.mathematics.checks import put_in, restatements
from factory.rephrase.mathematics.concepts import concepts_of, prerequisites
from factory.rephrase.mathematics.sections import sort_sentences

_LEAD_IN = re.compile(r"(?:A|One) common (?:mistake|error) is(?:,? simply)? to ")
"""What the label says already."""


def write_note(title: str, text: str, *, added: bool = True) -> str:
    """The learning note of an English source text, as Markdown; without `added` only what it says
    of its source: no statement of `concepts.py` and no check of our own."""
    found = sort_sentences(text)
    concepts = concepts_of(f"{title}\n{text}") if added else []
    question = " ".join(found["question"]) or _asked_of(title)
    known = [f"- {statement}" for statement in prerequisites(concepts, text)]
    idea = found["idea"] or [c.idea for c in concepts[:1]]
    steps = [f"{i}. {step}" for i, step in enumerate(found["steps"], 1)]
    check = found["check"] or (_checked(text, found) if added else [])
    warned = found["mistake"]
    warned = [_LEAD_IN.sub("To ", sentence) for sentence in warned] if added else warned
    mistake = warned or [c.mistake for c in concepts[:1]]
    takeaway = [*found["takeaway"], *(c.takeaway for c in concepts[:1])]
    blocks = [
        f"# {title}" if title else "",
        f"**Question.** {question}",
        "**Prerequisites.**\n" + "\n".join(known) if known else "",
        _block("Idea", idea),
        "**Worked steps.**\n" + "\n".join(steps) if steps else "",
        _block("Check", check),
        _block("Common mistake", mistake),
        _block("Takeaway", takeaway),
        _block("Answer", found["answer"]),
    ]
    return "\n\n".join(block for block in blocks if block)


def _block(name: str, told: list[str]) -> str:
    said = " ".join(filter(None, told))
    return f"**{name}.** {said}" if said else ""


def _asked_of(title: str) -> str:
    """What is asked where the source asks nothing."""
    about = f"the argument on “{title}”" if title else "this argument"
    return f"What does {about} show, and why?"


def _checked(text: str, found: dict[str, list[str]]) -> list[str]:
    """A check of our own where the source has none: the solution put in, or steps backwards."""
    true, _ = solution(found)
    stated = re.sub(r"\s", "", text)
    fresh = [said for said in true if re.sub(r"\s", "", said) not in stated]
    if fresh:
        return [f"Put in: {', and '.join(f'${said}$' for said in fresh)}."]
    return restatements(text)


def solution(found: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """(true, false) equalities of the solution put into the equations of the question."""
    answer = " ".join(found["answer"] or found["steps"][-1:])
    return put_in(" ".join(found["question"]), answer)


def final_answers(text: str) -> list[str]:
    """Formulas and numbers of the sentences labelled as the answer, without white space."""
    answer = " ".join(sort_sentences(text)["answer"])
    formulas = re.findall(r"\$([^$]+)\$", answer)
    return [re.sub(r"\s+", "", f) for f in formulas or re.findall(r"\d+(?:\.\d+)?", answer)]
