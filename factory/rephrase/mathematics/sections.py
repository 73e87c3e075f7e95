"""The parts of a worked problem: what is asked, the idea, the steps, the check, the answer.

Labels tell them ("Solution.", "**Answer:**", a heading "Proof"). Where there are none, the problem
is what asks at the beginning, and what is boxed is the answer. Every sentence goes into one part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from factory.rephrase.text.segments import Segment, segment

SECTIONS = ("question", "idea", "steps", "check", "mistake", "takeaway", "answer")
_LABEL = re.compile(
    r"(?:[*_]{1,2})?(?:(?P<question>Problem|Question|Exercise|Task|Q)"
    r"|(?P<claim>Theorem|Lemma|Proposition|Corollary|Claim)"
    r"|(?P<steps>Solution|Proof|Working)|(?P<check>Check|Verification|Test)"
    r"|(?P<answer>Final answer|Answer|Result|A)|(?P<mistake>Mistake|Warning|Caution)"
    r"|(?P<idea>Idea|Approach|Plan)|(?P<takeaway>Remark|Takeaway|In short))"
    r"(?: \d+(?:\.\d+)*[a-z]?)?(?:[*_]{1,2})?[.:](?:[*_]{1,2})?(?=\s|$)",
    re.IGNORECASE,
)
_FINAL = re.compile(r"#{4}\s*(?P<said>[-−$]?\d[\d.,/]*\S{0,12})\s*")
"""The last line of a grade-school solution: `#### 72`."""
_IDEA = re.compile(r"\bidea\b|\bplan is\b|\btrick\b|\bwe look for\b", re.IGNORECASE)
_MISTAKE = re.compile(r"\bmistake\b|\berror is\b|\bpitfall\b", re.IGNORECASE)
_CHECK = re.compile(
    r"(?:To check|As a check|For a check|To verify|We check|We verify|Let us check|Checking)\b"
)
_ASKS = re.compile(
    r"(?:Solve|Find|Compute|Calculate|Determine|Evaluate|Simplify|Factor|Expand|Convert|Estimate|"
    r"Differentiate|Integrate|Show|Prove|Express|How|What|Which|When|Where|Who|In how many)\b"
    r"|.*\?$"
)
_OPENS = re.compile(r"(?:Then|So|Hence|Thus|Therefore|First|Second|Next|Finally|Now|To see)\b")


def sort_sentences(text: str) -> dict[str, list[str]]:
    """Every sentence or block of `text` under the section it belongs to, labels removed."""
    found: dict[str, list[str]] = {name: [] for name in SECTIONS}
    segments = segment(text)
    told = [_single_line(text[s.start : s.end]) for s in segments]
    asked = 0 if any(map(_opens_problem, told)) else _asked_first(segments, told)
    current = "steps"
    block = -1
    claims = False
    for i, (s, sentence) in enumerate(zip(segments, told, strict=True)):
        final = _FINAL.fullmatch(sentence)
        if final:
            found["answer"].append(final["said"])
            continue
        label = _LABEL.match(sentence.lstrip("# ") + (":" if s.kind == "heading" else ""))
        if s.kind == "heading":
            current = _named(label) or current
            continue
        if label:
            current = _named(label)
            sentence = sentence[label.end() :].strip()
            claims = bool(label["claim"])
        elif s.block != block and current in ("check", "mistake", "takeaway"):
            current = "steps"
        block = s.block
        if sentence and claims:
            sentence = f"Why is this so? {_capital(sentence)}"
            claims = False
        if sentence:
            place = "question" if i < asked else _section(sentence, current)
            found[place].append(_capital(sentence))
    return _solved(found)


def unlabelled(text: str) -> str:
    """`text` without the labels that open its lines."""
    return "\n".join(
        _LABEL.sub("", line, count=1) if _LABEL.match(line) else line for line in text.split("\n")
    )


def _named(label: re.Match[str] | None) -> str:
    """The section that a label opens; a claim is what is asked."""
    name = (label.lastgroup if label else None) or ""
    return "question" if name == "claim" else name


def _opens_problem(sentence: str) -> bool:
    label = _LABEL.match(sentence.lstrip("# ") + (":" if sentence.startswith("#") else ""))
    return bool(label and (label["question"] or label["claim"]))


def _asked_first(segments: Sequence[Segment], told: Sequence[str]) -> int:
    """How many sentences of the first paragraph state the problem: all up to the last that asks,
    if they are not the whole text."""
    first = next((i for i, s in enumerate(segments) if s.kind != "heading"), len(told))
    if first == len(told):
        return 0
    alone = segments[-1].block == segments[first].block
    opening = [
        sentence
        for s, sentence in zip(segments[first:], told[first:], strict=True)
        if s.block == segments[first].block
    ][: 1 if alone else None]
    asking = 0
    for i, sentence in enumerate(opening, 1):
        if _OPENS.match(sentence):
            break
        if _ASKS.match(sentence):
            asking = i
    return first + asking if asking and first + asking < len(told) else 0


def _section(sentence: str, current: str) -> str:
    if _MISTAKE.search(sentence):
        return "mistake"
    if current == "steps" and r"\boxed" in sentence:
        return "answer"
    if current == "steps" and _CHECK.match(sentence):
        return "check"
    if current == "steps" and _IDEA.search(sentence):
        return "idea"
    return current


def _solved(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The solution under "Answer" told step by step becomes the steps; its end is the answer."""
    if not found["steps"] and len(found["answer"]) > 1:
        *found["steps"], last = found["answer"]
        found["answer"] = [last]
    return found


def _single_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
