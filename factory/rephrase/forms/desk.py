"""What a form works with: the parts of a chunk, and what it may know while it writes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from textwrap import dedent

from factory.rephrase.english import moves, naming
from factory.rephrase.english import sentences as grammar
from factory.rephrase.english.questions import question
from factory.rephrase.english.sentences import Sentence, parse
from factory.rephrase.english.wording import vary
from factory.rephrase.forms import frames
from factory.rephrase.forms.topics import topic_of
from factory.rephrase.styles import Perspective
from factory.rephrase.text.segments import VERBATIM, Segment, segment, sentence_spans

BACK = re.compile(
    r"\(|(?:It|Its|This|They|Their|These|That|Those|Such|However|Therefore|Thus|Otherwise|In this|"
    r"In that|In these|Then|So|Hence|But|And|Or|Also|Consequently|The same|The latter|The former|"
    r"He|She|His|Her|Instead|Similarly|Likewise|Moreover|Furthermore|In addition|Additionally|"
    r"For example|For instance|Nevertheless|Nonetheless|Both|Neither|Either|Another|Others?|Here|"
    r"There|Later|Afterwards?|Meanwhile|Finally|As a result|By contrast|In contrast|In fact|"
    r"Indeed|Still|Yet|Even so|Again|One of them|Some of them|Most of them|All of them|Each)\b"
)
"""How a sentence opens that leans on the one before it."""
_LEANS_LATER = re.compile(
    r"(?:In|On|At|From|After|Before|During|Since|By|For|Until|With|Because|When|Although|While) "
    r"(?:\S+ ){0,5}?(?:he|she|it|they|this|these)\b"
)
TITLES = frozenset({"heading", "label"})
"""Parts that head what follows: a label is a line of its own that is no sentence."""
ITEM_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)]|\(?[a-z0-9]\))\s+")


@dataclass(frozen=True)
class Part:
    """A paragraph (sentences), list item, heading, label or verbatim block of a chunk."""

    kind: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    renamed: int = 0
    """How many of its pronouns already gave way to a person's name."""

    @property
    def leads(self) -> bool:
        """Whether its last sentence introduces what comes next."""
        return bool(self.sentences) and self.sentences[-1].mark.endswith(":")


@dataclass
class Unit:
    """Statements that must stay together, with the list or block they introduce."""

    sentences: list[Sentence]
    tail: list[Part] = field(default_factory=list)
    mark: str = ""
    """What marks an entry of a list that nothing introduces: a bullet, or a number of its own."""

    @property
    def item(self) -> bool:
        """Whether it is an entry of a list that nothing introduces."""
        return bool(self.mark)


@dataclass
class Desk:
    """What a style needs while it writes one chunk."""

    perspective: Perspective
    common: frozenset[str]
    names: frozenset[str]
    rng: random.Random
    written: str
    topic: str
    first: bool
    last: bool
    drawn: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    """The headings written in this chunk."""

    def ask(self, sentence: Sentence, asked: str = "") -> str | None:
        """A question that the sentence answers and that was not asked before."""
        found = question(
            sentence,
            self.topic,
            self.perspective.name,
            self.common,
            self.rng,
            names=self.names,
            asked="\n".join([self.written, asked, *self.drawn]),
        )
        if found:
            self.drawn.append(found)
        return found

    @property
    def manner(self) -> int:
        """The manner of speaking of the perspective: which of three labels it uses."""
        return frames.MANNERS[self.perspective.name]

    def head(self, name: str) -> str:
        """A heading or label of the form's own, as the perspective says it."""
        return frames.HEADS[name][self.manner]

    def vary(self, text: str, words: float = 0.7) -> str:
        """`text` in the words of the perspective's register."""
        return vary(text, self.rng, words, self.perspective.register)

    def reword(self, sentence: Sentence, *, turns: float = 0.8, words: float = 0.7) -> str:
        """The sentence turned and reworded; one that introduces a list or code is only reworded."""
        body = moves.plainly(sentence.body)
        if not sentence.mark and grammar.clause(body) is None:
            return sentence.text()  # a label, a signature, half a sentence
        if sentence.mark.endswith(":"):
            return sentence.text(self.vary(body, words))
        halves = moves.split_halves(body)
        front = self.perspective.conditions_first
        turned = (moves.restructure(h, self.common, self.rng, turns, front) for h in halves)
        said = [sentence.text(self.vary(h, words)) for h in turned]
        return " ".join(said)

    def reworded(self, sentences: Sequence[Sentence]) -> str:
        """Sentences one after the other, each turned and reworded."""
        return " ".join(self.reword(s) for s in sentences)

    def number(self, lines: Sequence[str]) -> int:
        """The number of the next entry of the list that `lines` and what is written go on with."""
        before = re.split(r"(?m)^#+ .*$", "\n".join([self.written, *lines]))[-1]
        found = re.findall(r"(?m)^(\d{1,3})\. ", before)
        return int(found[-1]) + 1 if found else 1

    def draw(self, phrases: Sequence[str]) -> str:
        """One of the phrases that this rewrite has used least."""
        said = "\n".join([self.written, *self.drawn])
        times = {phrase: said.count(phrase) for phrase in phrases}
        rarest = min(times.values())
        fresh = [phrase for phrase in phrases if times[phrase] == rarest]
        chosen = self.rng.choice(fresh)
        self.drawn.append(chosen)
        return chosen


def parts_of(chunk: str) -> list[Part]:
    """The parts of a chunk in order."""
    return list(_parts(chunk))


@lru_cache(maxsize=512)
def _parts(chunk: str) -> tuple[Part, ...]:
    """Remembered: every rewrite of a passage begins with them."""
    blocks = groupby(segment(chunk), key=lambda s: s.block)
    return tuple(_part(chunk, list(block)) for _, block in blocks)


def _part(chunk: str, block: list[Segment]) -> Part:
    text = chunk[block[0].start : block[-1].end].strip("\n")
    kind = block[0].kind
    if kind in VERBATIM or kind == "heading":
        return Part(kind, text)
    if kind == "item":
        inner = ITEM_MARK.sub("", single_line(text))
        spans = sentence_spans(inner)
        return Part(kind, text, tuple(parse(inner[a:b], "") for a, b in spans))
    found = [parse(single_line(chunk[s.start : s.end])) for s in block]
    if not any(s.mark for s in found) and not _CLOSED.search(text):
        return Part("label", single_line(text))
    named = tuple(naming.name_persons(found))
    changed = sum(a.body != b.body for a, b in zip(found, named, strict=True))
    return Part(kind, text, named, changed)


_CLOSED = re.compile(r"[.!?…][)\"”’*_]+$")
"""How a sentence may end whose mark stands inside quotes or parentheses."""


def single_line(text: str) -> str:
    """`text` with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


def heading(part: Part, desk: Desk) -> str:
    """The heading of a section, which becomes the topic, or a line that stands alone."""
    if part.kind == "label":
        return part.text
    desk.topic = topic_of(part.text, desk.common)
    first, _, under = part.text.strip().partition("\n")
    marks = re.match(r"#{1,6}", first)
    level = marks[0] if marks else "#" if under.strip().startswith("=") else "##"
    desk.sections.append(f"{level} {first.lstrip('# ')}")
    return desk.sections[-1]


def item(part: Part, desk: Desk) -> str:
    """A list item, reworded; a number or letter of its own stays with it."""
    return f"{_own_mark(part)} {desk.reworded(part.sentences)}"


def _own_mark(part: Part) -> str:
    """The number or letter of a list item, or a bullet."""
    mark = ITEM_MARK.match(part.text)
    own = mark[0].strip() if mark else "-"
    return own if any(c.isalnum() for c in own) else "-"


def verbatim(part: Part) -> str:
    """A block as it stands; indented code between fences, which no neighbour can undo."""
    if part.kind != "code" or part.text.lstrip().startswith(("```", "~~~")) or "```" in part.text:
        return part.text
    return f"```\n{dedent(part.text)}\n```"


def merged(lines: Iterator[str]) -> list[str]:
    """Blocks; consecutive entries of a list as one."""
    blocks: list[str] = []
    for line in lines:
        if blocks and ITEM_MARK.match(line) and ITEM_MARK.match(blocks[-1]):
            blocks[-1] += "\n" + line
        else:
            blocks.append(line)
    return blocks


Paragraph = Callable[[Part, Desk, list[str]], Iterator[str]]
Form = Callable[[list[Part], Desk], list[str]]


def by_paragraph(paragraph: Paragraph) -> Form:
    """A form that casts paragraphs one by one; headings, items and blocks stand as they are."""

    def lines(parts: list[Part], desk: Desk) -> Iterator[str]:
        said: list[str] = []
        for part in parts:
            if part.kind in TITLES:
                yield heading(part, desk)
            elif part.kind in VERBATIM:
                yield verbatim(part)
            elif part.kind == "item":
                yield item(part, desk)
            elif len(part.sentences) == 1 and grammar.is_fragment(part.sentences[0].body):
                yield part.sentences[0].text()
            else:
                for line in paragraph(part, desk, said):
                    said.append(line)
                    yield line

    return lambda parts, desk: merged(lines(parts, desk))


Section = Callable[[list[Unit], Desk], Iterator[str]]


def by_section(section: Section) -> Form:
    """A form that may put the units of a section in another order; headings keep their place."""

    def lines(parts: list[Part], desk: Desk) -> Iterator[str]:
        for title, units in sections(parts):
            if title is not None:
                yield heading(title, desk)
            if units:
                yield from section(units, desk)

    return lambda parts, desk: merged(lines(parts, desk))


def sections(parts: Sequence[Part]) -> list[tuple[Part | None, list[Unit]]]:
    """(heading, units) of each section of a chunk; None heads what comes before a heading."""
    found: list[tuple[Part | None, list[Unit]]] = [(None, [])]
    for part in parts:
        units = found[-1][1]
        if part.kind in TITLES:
            found.append((part, []))
        elif part.kind in VERBATIM:
            if not units:
                units.append(Unit([]))
            units[-1].tail.append(part)
        elif part.kind == "item" and units and _introduced(units[-1]):
            units[-1].tail.append(part)
        elif part.kind == "item":
            units.append(Unit(list(part.sentences), mark=_own_mark(part)))
        else:
            _add(units, part.sentences)
    return [(title, units) for title, units in found if title is not None or units]


def _introduced(unit: Unit) -> bool:
    """Whether a list item that comes now belongs to the unit."""
    if unit.tail:
        return unit.tail[-1].kind == "item" and not unit.item
    return bool(unit.sentences) and unit.sentences[-1].mark.endswith(":")


def _add(units: list[Unit], told: Sequence[Sentence]) -> None:
    for i, sentence in enumerate(told):
        leans = bool(BACK.match(sentence.body) or _LEANS_LATER.match(sentence.body))
        opened = bool(units and units[-1].sentences and not units[-1].tail)
        leans = leans or (opened and units[-1].sentences[-1].mark.endswith(":"))
        if leans and units and not ((units[-1].tail or units[-1].item) and i == 0):
            units[-1].sentences.append(sentence)
        else:
            units.append(Unit([sentence]))


def tail(unit: Unit, desk: Desk) -> Iterator[str]:
    """What a unit introduces: items reworded, blocks as they stand."""
    for part in unit.tail:
        yield item(part, desk) if part.kind == "item" else verbatim(part)


def below(unit: Unit, desk: Desk) -> Iterator[str]:
    """What a unit that is an entry itself introduces: entries below it, blocks as they stand."""
    for line in tail(unit, desk):
        yield f"   {line}" if ITEM_MARK.match(line) else line


def whole(unit: Unit, desk: Desk, mark: str = "") -> Iterator[str]:
    """A unit as a paragraph, or as an entry behind `mark`, with what it introduces."""
    if unit.sentences:
        yield mark + desk.reworded(unit.sentences)
    yield from tail(unit, desk)


def flowing(units: Sequence[Unit], desk: Desk) -> Iterator[str]:
    """Units one after the other in paragraphs of a few sentences."""
    held: list[Sentence] = []
    for unit in units:
        if unit.item:
            if held:
                yield desk.reworded(held)
            held = []
            yield from whole(unit, desk, f"{unit.mark} ")
            continue
        held += unit.sentences
        if unit.tail or len(held) >= 4:
            yield from whole(Unit(held, unit.tail), desk)
            held = []
    if held:
        yield desk.reworded(held)


def groups(told: Sequence[Sentence], size: int) -> Iterator[list[Sentence]]:
    """Groups of at most `size`; a sentence that leans on the one before stays with it."""
    group: list[Sentence] = []
    for sentence in told:
        leans = BACK.match(sentence.body)
        full = len(group) >= size + 2 if leans else len(group) >= max(1, size - 1)
        if group and full:
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group
