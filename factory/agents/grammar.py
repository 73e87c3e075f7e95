"""A small compositional grammar: one symbol, many sentences.

Notation of a template: `(a|b|)` is a choice (an empty branch makes it optional), `{name}` is a
bound value or another symbol, square brackets come out as round ones. A symbol is looked up as
`name.style` for each style in turn, then as `name`. Choices are drawn with the caller's generator
only. Bound values are marked while the sentence is built, so that typing errors and re-casing
never touch a fact.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

Grammar = Mapping[str, Sequence[str]]
OPEN, CLOSE = "\ue000", "\ue001"  # around a bound value: not to be altered


class GrammarError(ValueError):
    """A template that does not parse, or a symbol nobody defines."""


@lru_cache(maxsize=8192)
def parse(template: str) -> tuple[object, ...]:
    """The template as a tuple of str, ("ref", name) and ("choice", (sequence, ...))."""
    nodes, end = _sequence(template, 0, top=True)
    if end != len(template):
        raise GrammarError(f"unbalanced ')' at {end} in {template!r}")
    return nodes


def _sequence(text: str, start: int, top: bool = False) -> tuple[tuple[object, ...], int]:
    nodes: list[object] = []
    buffer = ""
    index = start
    while index < len(text):
        char = text[index]
        if char in "|)" and not top:
            break
        if char in "({":
            if buffer:
                nodes.append(buffer)
                buffer = ""
            node, index = _choice(text, index) if char == "(" else _reference(text, index)
            nodes.append(node)
            continue
        if char == ")":
            break
        buffer += char
        index += 1
    if buffer:
        nodes.append(buffer)
    return tuple(nodes), index


def _choice(text: str, start: int) -> tuple[object, int]:
    branches: list[tuple[object, ...]] = []
    index = start + 1
    while True:
        branch, index = _sequence(text, index)
        branches.append(branch)
        if index >= len(text):
            raise GrammarError(f"unclosed '(' at {start} in {text!r}")
        if text[index] == ")":
            return ("choice", tuple(branches)), index + 1
        index += 1


def _reference(text: str, start: int) -> tuple[object, int]:
    end = text.find("}", start)
    if end < 0:
        raise GrammarError(f"unclosed '{{' at {start} in {text!r}")
    return ("ref", text[start + 1 : end]), end + 1


class Speaker:
    """Renders symbols of one grammar in one style with one generator.

    It remembers the alternatives it used, so that one conversation does not repeat itself.
    """

    def __init__(self, grammar: Grammar, rng: random.Random, styles: Sequence[str] = ()) -> None:
        self.grammar = grammar
        self.rng = rng
        self.styles = tuple(styles)
        self.used: dict[str, set[int]] = {}

    def say(self, symbol: str, **values: object) -> str:
        """One sentence (or more) for `symbol`, tidied; bound values still marked."""
        return tidy(self._symbol(symbol, {key: str(value) for key, value in values.items()}, 0))

    def _symbol(self, name: str, values: Mapping[str, str], depth: int) -> str:
        if depth > 12:
            raise GrammarError(f"symbol {name!r} recurses")
        key = self.key(name)
        alternatives = self.grammar[key]
        used = self.used.setdefault(key, set())
        if len(used) >= len(alternatives):
            used.clear()
        index = self.rng.choice([i for i in range(len(alternatives)) if i not in used])
        used.add(index)
        return self._render(parse(alternatives[index]), values, depth)

    def key(self, name: str) -> str:
        """The grammar's entry for `name` in this style; raises GrammarError when there is none."""
        for style in self.styles:
            if f"{name}.{style}" in self.grammar:
                return f"{name}.{style}"
        if name not in self.grammar:
            raise GrammarError(f"no symbol {name!r}")
        return name

    def _render(self, nodes: Sequence[object], values: Mapping[str, str], depth: int) -> str:
        out: list[str] = []
        for node in nodes:
            if isinstance(node, str):
                out.append(node.replace("[", "(").replace("]", ")"))
            elif isinstance(node, tuple) and node[0] == "choice":
                out.append(self._render(self.rng.choice(node[1]), values, depth))
            elif isinstance(node, tuple):
                name = node[1]
                bound = values.get(name)
                if bound is None:
                    out.append(self._symbol(name, values, depth + 1))
                else:
                    out.append(bound)
        return "".join(out)


def protect(text: object) -> str:
    """`text` marked as a fact that restyling must leave alone."""
    return f"{OPEN}{text}{CLOSE}"


def plain(text: str) -> str:
    """`text` without marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


_SPACES = re.compile(r"[ \t]{2,}")
_BEFORE = re.compile(r"[ \t]+([,.;:!?])")
_START = re.compile(r"(^|[.!?]\s+|\n+(?:[-*] |\d+\. )?)([a-z])")
_ARTICLE = re.compile(r"((?<![\w-])a|(?:^|(?<=[.!?:] )|(?<=\n))A)n? (?=(\S+))")
_DOUBLE = re.compile(r"([.!?])\s*\.(?!\.)")
_FACT = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_SLOT = re.compile("[\ue100-\uf8ff]")
_VOWEL_SOUND = ("hour", "honest", "honour", "heir")
_CONSONANT_SOUND = ("uni", "use", "usu", "eu", "one", "once", "ut")


def masked(text: str) -> tuple[str, list[str]]:
    """`text` with each marked fact replaced by one private character, and the facts."""
    facts: list[str] = []

    def take(match: re.Match[str]) -> str:
        facts.append(match.group(1))
        return chr(0xE100 + len(facts) - 1)

    return _FACT.sub(take, text), facts


def unmasked(text: str, facts: Sequence[str], mark: bool = True) -> str:
    """Inverse of `masked`; without `mark` the facts come back bare."""

    def give(match: re.Match[str]) -> str:
        fact = facts[ord(match.group()) - 0xE100]
        return protect(fact) if mark else fact

    return _SLOT.sub(give, text)


def tidy(text: str) -> str:
    """Spaces, articles and capitals put right after composition; marked facts untouched."""
    skeleton, facts = masked(text)

    def article(match: re.Match[str]) -> str:
        word = unmasked(match.group(2), facts, mark=False).lstrip("'\"(*`").lower()
        vowel = word[:1] in "aeiou" and word[:1] != "" and not word.startswith(_CONSONANT_SOUND)
        vowel = vowel or word.startswith(_VOWEL_SOUND)
        return match.group(1) + ("n " if vowel else " ")

    skeleton = _SPACES.sub(" ", skeleton)
    skeleton = _BEFORE.sub(r"\1", skeleton)
    skeleton = _DOUBLE.sub(r"\1", skeleton)
    skeleton = _ARTICLE.sub(article, skeleton)
    skeleton = _START.sub(lambda match: match.group(1) + match.group(2).upper(), skeleton.strip())
    return unmasked(skeleton.strip(), facts)
