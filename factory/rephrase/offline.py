"""The offline author: an honest rule-based rewriter, labelled `offline-rules`.

It restructures and rewords; it neither abstracts nor adds knowledge, and works for English only.
Novelty per style, measured on CPython's reference prose, is in docs and stays far below a model's.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from factory.rephrase import frames
from factory.rephrase import sentences as grammar
from factory.rephrase.author import RewriteRequest
from factory.rephrase.questions import question
from factory.rephrase.segments import VERBATIM, Segment, segment, sentence_spans
from factory.rephrase.sentences import Sentence, parse
from factory.rephrase.styles import Perspective
from factory.rephrase.tokens import word_set
from factory.rephrase.wording import vary

LABEL = "offline-rules"


@dataclass(frozen=True)
class Part:
    """A paragraph (sentences), list item, heading or verbatim block of a chunk."""

    kind: str
    text: str
    sentences: tuple[Sentence, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether its last sentence introduces what comes next."""
        return bool(self.sentences) and self.sentences[-1].mark.endswith(":")


@dataclass
class Desk:
    """What a style needs while it writes one chunk."""

    perspective: Perspective
    common: frozenset[str]
    rng: random.Random
    written: str
    topic: str

    def ask(self, sentence: Sentence, asked: str) -> str | None:
        """A question that the sentence answers and that was not asked before."""
        return question(
            sentence,
            self.topic,
            self.perspective.name,
            self.common,
            self.rng,
            asked=self.written + asked,
        )

    def reword(self, sentence: Sentence, *, moves: float = 0.8, words: float = 0.7) -> str:
        """The sentence turned and reworded; one that introduces a list or code is only reworded."""
        body = grammar.plainly(sentence.body)
        if sentence.mark.endswith(":"):
            return sentence.text(vary(body, self.rng, words))
        halves = grammar.split_halves(body)
        turned = (grammar.restructure(h, self.common, self.rng, moves) for h in halves)
        said = [sentence.text(vary(h, self.rng, words)) for h in turned]
        return " ".join(said)


class OfflineRewriter:
    """Author of role `rewriter` by rules. Deterministic given the request's generator."""

    label = LABEL

    async def rewrite(self, request: RewriteRequest) -> str:
        """The chunk in the reading's style; see `factory.rephrase.author.Rewriter`."""
        parts = _parts(request.chunk)
        desk = Desk(
            request.reading.perspective,
            _common_words(request.excerpt),
            request.rng,
            request.written,
            _topic(request),
        )
        lines = _RENDERERS[request.reading.style.name](parts, desk)
        return "\n\n".join(lines).strip()


@lru_cache(maxsize=64)
def _common_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"(?<![\w`.])[a-z]+(?![\w`(])", text))


def _topic(request: RewriteRequest) -> str:
    """The last heading before the chunk, or the title, as a noun phrase."""
    before = [
        s for s in segment(request.excerpt) if s.start < request.start and s.kind == "heading"
    ]
    title = request.title
    if before:
        last = before[-1]
        title = request.excerpt[last.start : last.end]
    return topic_of(title, _common_words(request.excerpt))


def topic_of(heading: str, common: frozenset[str]) -> str:
    """A heading as it can stand inside a question; a signature without its arguments."""
    text = heading.strip().split("\n")[0].lstrip("# ").strip()
    signature = re.match(r"`(?:class |async )?([\w.]+)[^`]*`", text)
    if signature:
        return f"`{signature[1]}`"
    words = text.rstrip(":.").split(" ")
    if len(words) > 8:
        return ""
    return " ".join(
        grammar.lower(w, common) if i == 0 or w.lower() in common else w
        for i, w in enumerate(words)
    )


def _parts(chunk: str) -> list[Part]:
    parts = []
    for _, group in groupby(segment(chunk), key=lambda s: s.block):
        block = list(group)
        parts.append(_part(chunk, block))
    return parts


def _part(chunk: str, block: list[Segment]) -> Part:
    text = chunk[block[0].start : block[-1].end].strip("\n")
    kind = block[0].kind
    if kind in VERBATIM or kind == "heading":
        return Part(kind, text)
    if kind == "item":
        inner = re.sub(r"^\s*(?:[-*+•]|\d{1,3}[.)]|\([a-z0-9]\))\s+", "", _single_line(text))
        spans = sentence_spans(inner)
        return Part(kind, text, tuple(parse(inner[a:b]) for a, b in spans))
    found = [parse(_single_line(chunk[s.start : s.end])) for s in block]
    return Part(kind, text, tuple(grammar.name_persons(found)))


def _single_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _heading(part: Part, desk: Desk) -> str:
    desk.topic = topic_of(part.text, desk.common) or desk.topic
    text = part.text.strip().split("\n")[0].lstrip("# ")
    return f"### {text}" if "`" in text[:1] else f"## {text}"


def _item(part: Part, desk: Desk) -> str:
    return "- " + " ".join(desk.reword(s) for s in part.sentences)


def _merged(lines: Iterator[str]) -> list[str]:
    """Consecutive bullets as one list."""
    merged: list[str] = []
    for line in lines:
        if merged and line.startswith("- ") and merged[-1].startswith("- "):
            merged[-1] += "\n" + line
        else:
            merged.append(line)
    return merged


Paragraph = Callable[[Part, Desk, list[str]], Iterator[str]]


def _walk(parts: list[Part], desk: Desk, paragraph: Paragraph) -> list[str]:
    """Headings, items and verbatim blocks alike in all styles; paragraphs by the style."""

    def lines() -> Iterator[str]:
        said: list[str] = []
        for part in parts:
            if part.kind == "heading":
                yield _heading(part, desk)
            elif part.kind in VERBATIM:
                yield part.text
            elif part.kind == "item":
                yield _item(part, desk)
            else:
                for line in paragraph(part, desk, said):
                    said.append(line)
                    yield line

    return _merged(lines())


def _restated(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    yield " ".join(desk.reword(s, moves=1.0, words=0.9) for s in part.sentences)


def _notes(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for sentence in part.sentences:
        if sentence.mark.endswith(":"):
            yield desk.reword(sentence)
            continue
        for half in grammar.split_halves(grammar.plainly(sentence.body)):
            yield "- " + _note(sentence, half, desk)


def _note(sentence: Sentence, body: str, desk: Desk) -> str:
    """ "X is a Y" → "**X:** a Y"; "If A, B" → "**If A:** B"; other sentences reworded."""
    fronted = grammar.condition(body)
    if fronted:
        cue, a, b = fronted
        told = sentence.text(vary(b, desk.rng, 0.7))
        return f"**{sentence.open(f'{cue} {a}')}:** {told}"
    found = grammar.clause(body)
    if not found or found.subject.lower() in _PRONOUNS or len(found.rest.split(" ")) < 2:
        return sentence.text(
            vary(grammar.restructure(body, desk.common, desk.rng, 0.9), desk.rng, 0.7)
        )
    dropped = found.verb in ("is", "are") and not found.rest.startswith("not ")
    told = found.rest if dropped else f"{found.verb} {found.rest}"
    told = sentence.open(vary(told, desk.rng, 0.7)) + sentence.mark
    return f"**{grammar.capital(sentence.open(found.subject))}:** {told}"


_PRONOUNS = word_set("it this they these that he she we you i those")


def _question_answer(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for group in _answers(part.sentences, 3):
        asked = desk.ask(group[0], "\n".join(said))
        answer = " ".join(desk.reword(s) for s in group)
        yield f"**Q: {asked}**\n\nA: {answer}" if asked else answer


def _answers(sentences: tuple[Sentence, ...], size: int) -> Iterator[list[Sentence]]:
    """Groups of at most `size`; one that opens with a reference back stays with the one before."""
    group: list[Sentence] = []
    for sentence in sentences:
        back = re.match(
            r"(?:It|This|They|These|That|Such|However|Therefore|Thus|Otherwise|In this|"
            r"Then|So|Hence|But|Also|Consequently|The same|He|She)\b",
            sentence.body,
        )
        full = len(group) >= size if back else len(group) >= max(1, size - 1)
        if group and full:
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group


def _dialogue(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    asker, teller = desk.perspective.asker, desk.perspective.teller
    for group in _answers(part.sentences, 2):
        first = group[0]
        fronted = grammar.condition(grammar.plainly(first.body))
        rest = [desk.reword(s) for s in group[1:]]
        if fronted and fronted[0] in ("If", "When", "Unless") and not first.mark.endswith(":"):
            cue, a, b = fronted
            lead = desk.rng.choice(("And", "What")) + f" {cue.lower()} {first.open(a)}?"
            answer = first.text(f"then {vary(b, desk.rng, 0.7)}")
            yield f"**{asker}:** {lead}"
            yield f"**{teller}:** " + " ".join([answer, *rest])
            continue
        asked = desk.ask(first, "\n".join(said)) or desk.rng.choice(
            frames.NUDGES[desk.perspective.name]
        )
        yield f"**{asker}:** {asked}"
        yield f"**{teller}:** " + " ".join([desk.reword(first), *rest])


def _cards(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for group in _answers(part.sentences, 2):
        first = group[0]
        body = grammar.plainly(first.body)
        label = frames.card_kind(body)
        rest = "".join(f" {desk.reword(s)}" for s in group[1:])
        found = grammar.clause(body)
        plain = found and found.subject.lower() not in _PRONOUNS
        if label == "Definition" and found and plain and not first.mark.endswith(":"):
            term = grammar.capital(first.open(found.subject))
            told = first.text(vary(found.rest, desk.rng, 0.7))
            yield f"**{label}: {term}**\n{told}{rest}"
        elif (
            plain and found and len(found.subject) < 50 and not frames.LIMITS.search(found.subject)
        ):
            about = first.open(grammar.lower(found.subject, desk.common))
            yield f"**{label}, on {about}**\n{desk.reword(first)}{rest}"
        else:
            yield f"**{label}**\n{desk.reword(first)}{rest}"


def _rules(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    for sentence in part.sentences:
        if sentence.mark.endswith(":"):
            yield desk.reword(sentence)
            continue
        for half in grammar.split_halves(grammar.plainly(sentence.body)):
            yield "- " + _rule(sentence, half, desk)


def _rule(sentence: Sentence, body: str, desk: Desk) -> str:
    fronted = grammar.condition(body) or grammar.condition(
        grammar.capital(grammar.move_clause(body, desk.common) or "")
    )
    if fronted:
        cue, a, b = fronted
        told = sentence.text(vary(b, desk.rng, 0.7))
        given = sentence.open(vary(grammar.lower(a, desk.common), desk.rng, 0.7))
        return f"**{cue}** {given} → {told}"
    turned = grammar.turn_modal(body, desk.common)
    found = grammar.clause(body)
    if turned and found and " not " not in turned and " also " not in turned:
        subject = grammar.lower(found.subject, desk.common)
        frame = frames.DEMANDS[found.verb].format(x=subject, y=vary(found.rest, desk.rng, 0.7))
        return sentence.open(frame) + sentence.mark
    return sentence.text(vary(turned or body, desk.rng, 0.9))


def _explainer(part: Part, desk: Desk, said: list[str]) -> Iterator[str]:
    told = []
    last = "\n".join([desk.written[-600:], *said[-2:]])
    for i, sentence in enumerate(part.sentences):
        body = grammar.plainly(sentence.body)
        kind = frames.card_kind(body)
        leads = [lead for lead in frames.LEADS[kind] if lead not in last]
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


def _style(paragraph: Paragraph) -> Callable[[list[Part], Desk], list[str]]:
    return lambda parts, desk: _walk(parts, desk, paragraph)


_RENDERERS = {
    "notes": _style(_notes),
    "question_answer": _style(_question_answer),
    "cards": _style(_cards),
    "dialogue": _style(_dialogue),
    "restated": _style(_restated),
    "rules": _style(_rules),
    "explainer": _style(_explainer),
}
