"""A learning note from a worked problem: question, prerequisites, idea, steps, check, mistake,
takeaway, answer (after SwallowMath, arXiv 2505.02881). Rules; label `offline-rules`.

Every sentence of the source goes into one section. Added are statements of `concepts.py` and
restated equalities, each computed exactly before it is written.
"""

from __future__ import annotations

import re
from fractions import Fraction

from factory.rephrase.fidelity.arithmetic import NotNumericError, equations, evaluate
from factory.rephrase.mathematics.concepts import concepts_of
from factory.rephrase.text.segments import segment

MAX_RESTATED = 3
_LABEL = re.compile(
    r"(?P<question>Problem|Question|Exercise|Task)[.:]|(?P<steps>Solution|Proof|Working)[.:]"
    r"|(?P<check>Check|Verification|Test)[.:]|(?P<answer>Answer|Result)[.:]"
    r"|(?P<mistake>Mistake|Warning|Caution)[.:]|(?P<idea>Idea|Approach|Plan)[.:]"
    r"|(?P<takeaway>Remark|Takeaway|In short)[.:]"
)
_IDEA = re.compile(r"\bidea\b|\bplan is\b|\btrick\b|\bwe look for\b", re.IGNORECASE)
_MISTAKE = re.compile(r"\bmistake\b|\berror is\b|\bpitfall\b", re.IGNORECASE)
SECTIONS = ("question", "idea", "steps", "check", "mistake", "takeaway", "answer")


def sort_sentences(text: str) -> dict[str, list[str]]:
    """Every sentence or block of `text` under the section it belongs to, labels removed."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    labelled = bool(re.search(r"(?m)^(?:Problem|Question|Exercise|Task)[.:]", text))
    current = "question" if labelled else "steps"
    block = -1
    for s in segment(text):
        sentence = re.sub(r"\s+", " ", text[s.start : s.end]).strip()
        if s.kind == "heading":
            continue
        label = _LABEL.match(sentence)
        if label:
            current = label.lastgroup or current
            sentence = sentence[label.end() :].strip()
        elif s.block != block and current in ("check", "mistake", "takeaway"):
            current = "steps"
        block = s.block
        if not sentence:
            continue
        sections[_section(sentence, current)].append(_capital(sentence))
    return sections


def _section(sentence: str, current: str) -> str:
    if _MISTAKE.search(sentence):
        return "mistake"
    if current == "steps" and _IDEA.search(sentence):
        return "idea"
    return current


def write_note(title: str, text: str) -> str:
    """The learning note of an English source text, as Markdown."""
    found = sort_sentences(text)
    concepts = concepts_of(f"{title}\n{text}")
    question = " ".join(found["question"]) or f"What does the argument on “{title}” show, and why?"
    prerequisites = [f"- {c.prerequisite}" for c in concepts]
    idea = found["idea"] or [c.idea for c in concepts[:1]]
    steps = [f"{i}. {step}" for i, step in enumerate(found["steps"], 1)]
    restated = restatements(text)
    check = [*found["check"], *restated]
    mistake = found["mistake"] or [c.mistake for c in concepts[:1]]
    takeaway = [*found["takeaway"], *(c.takeaway for c in concepts[:1])]
    blocks = [
        f"# {title}" if title else "",
        f"**Question.** {question}",
        "**Prerequisites.**\n" + "\n".join(prerequisites) if prerequisites else "",
        f"**Idea.** {' '.join(idea)}" if idea else "",
        "**Worked steps.**\n" + "\n".join(steps) if steps else "",
        f"**Check.** {' '.join(check)}" if check else "",
        f"**Common mistake.** {' '.join(mistake)}" if mistake else "",
        f"**Takeaway.** {' '.join(takeaway)}" if takeaway else "",
        f"**Answer.** {' '.join(found['answer'])}" if found["answer"] else "",
    ]
    return "\n\n".join(block for block in blocks if block)


_OPERATION = re.compile(
    r"(?P<a>\d+(?:\.\d+)?)\s*(?P<sign>[-+/]|\\cdot)\s*(?P<b>\d+(?:\.\d+)?)\s*=\s*(?P<c>-?\d+(?:\.\d+)?)"
)
_INVERSE = {
    "+": ("-", "b", "a"),
    "-": ("+", "b", "a"),
    r"\cdot": ("/", "b", "a"),
    "/": (r"\cdot", "b", "a"),
}


def restatements(text: str) -> list[str]:
    """Up to three true equalities of the text turned around, e.g. 3 · 4 = 12 as 12 / 4 = 3.

    Only those that exact arithmetic confirms and that the text does not state itself.
    """
    stated = {e.canonical for e in equations(text)}
    told: list[str] = []
    for e in equations(text):
        match = _OPERATION.fullmatch(e.text)
        if e.status != "true" or not match or not _nonzero(match["b"]):
            continue
        sign, second, result = _INVERSE[match["sign"]]
        turned = f"{match['c']} {sign} {match[second]} = {match[result]}"
        again = [x for x in equations(f"${turned}$") if x.status == "true"]
        if again and again[0].canonical not in stated:
            stated.add(again[0].canonical)
            told.append(f"Since ${e.text}$, also ${turned}$.")
        if len(told) == MAX_RESTATED:
            break
    return told


def _nonzero(number: str) -> bool:
    try:
        return evaluate(number) != Fraction(0)
    except NotNumericError:
        return False


def final_answers(text: str) -> list[str]:
    """Formulas and numbers of the sentences labelled as the answer, without white space."""
    answer = " ".join(sort_sentences(text)["answer"])
    formulas = re.findall(r"\$([^$]+)\$", answer)
    return [re.sub(r"\s+", "", f) for f in formulas or re.findall(r"\d+(?:\.\d+)?", answer)]


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
