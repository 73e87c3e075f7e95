"""What a section is about, as a phrase that can stand inside a question."""

from __future__ import annotations

import re

from factory.rephrase.english import sentences as grammar
from factory.rephrase.text.tokens import word_set

_NUMBERED = re.compile(
    r"^(?:(?:Appendix|Chapter|Section|Part|§) )?(?:(?:[A-Z]|\d+)(?:\.\d+)*[.:)]|\d+(?:\.\d+)+)\s+|"
    r"^(?:Appendix|Chapter|Section|Part) \w+[.:]?\s+"
)
_FURNITURE = frozenset(
    """
    abstract|acknowledgements|acknowledgments|advanced usage|api|appendix|arguments|attributes|
    author|authors|background|basic usage|bugs|caveats|changelog|changes|compatibility|
    conclusion|contents|contributing|copyright|credits|definition|definitions|description|
    details|diagnostics|discussion|documentation|environment|example|examples|exit status|faq|
    features|files|further reading|getting started|help|history|how to|install|installation|
    introduction|issues|keywords|known issues|license|licence|links|methods|more information|
    name|note|notes|options|other|output|outline|overview|parameters|possible enhancements|
    preface|purpose|quick start|quickstart|raises|rationale|references|remarks|requirements|
    resources|results|return value|return values|returns|see also|summary|support|syntax|
    synopsis|table of contents|tips|todo|tutorial|usage|using|version|warning|warnings|yields
    """.replace("\n    ", "").split("|")
)
"""Headings that name a part of a document, not what it is about."""
_AFTER_VERB = word_set("a an the your this that it up down on off out in to with all")
_NOUN_PHRASE = re.compile(
    r"(?!(?:About|Add|Adding|An?|Build|Building|Can|Change|Changing|Check|Choosing|Configure|"
    r"Configuring|Create|Creating|Do|Does|Enable|Enabling|Find|Finding|For|From|Get|Getting|How|"
    r"If|In|Install|Installing|Introduction|Is|Make|Making|Managing|More|New|No|Note|On|Other|"
    r"Read|Reading|Remove|Removing|Run|Running|Select|Set|Setting|Show|Start|Starting|The|To|"
    r"Use|Using|Version|View|What|When|Where|Which|Who|Why|With|Write|Writing|You|Your)\b)"
)
_COMMON_NOUN = re.compile(r"(?:tions?|ments?|ings?|ness|ity|ities|ances?|ences?|ors?|ers?)$")


def topic_of(heading: str, common: frozenset[str]) -> str:
    """A heading as it can stand inside a question; a signature without its arguments."""
    text = heading.strip().split("\n")[0].lstrip("# ").strip()
    signature = re.match(r"`(?:class |async )?([\w.]+)[^`]*`", text)
    if signature:
        return f"`{signature[1]}`"
    text = _NUMBERED.sub("", text)
    words = text.rstrip(":.").split(" ")
    if len(words) > 8 or not re.search(r"[A-Za-z]{3}", text) or text.endswith("?"):
        return ""
    if text.lower().rstrip(":. ") in _FURNITURE or not _NOUN_PHRASE.match(text):
        return ""
    if text.isupper() and len(words) > 1 or (len(words) > 1 and words[1] in _AFTER_VERB):
        return ""  # shouted, or an order: "Lock down the screen"
    if len(words) == 1 and _COMMON_NOUN.search(text):
        return text.lower().rstrip(":.")
    ordinary = [i == 0 or _common(word, common) for i, word in enumerate(words)]
    if not all(ordinary):
        return " ".join(words)
    first = grammar.lower(words[0], common)
    return " ".join([first, *(w.lower() if w.istitle() else w for w in words[1:])])


def _common(word: str, common: frozenset[str]) -> bool:
    """Whether a word of a heading is capitalised, if it is, for the heading's sake."""
    plain = word.strip("()[]“”\"'’")
    return plain.lower() in common or not plain[:1].isupper()
