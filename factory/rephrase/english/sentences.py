"""Sentence grammar of the offline author: what a sentence is about, and what its verb is.

Works on a `Sentence`, whose code, formulas, quotations and parentheses are sealed into single
private-use characters, so no rule reaches inside them. A rule that isn't sure returns None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from factory.rephrase.english.verbs import (
    FINITE,
    NOUNS_TOO,
    PAST,
    PAST_TOO,
    PLURAL,
    VERBS,
)
from factory.rephrase.text.tokens import word_set

_SEALED = re.compile(
    r"!?\[[^\]]{1,200}\]\([^)\s]{1,500}\)|`[^`]*`|\$[^$]+\$|\\\(.*?\\\)|https?://[^\s<>]*[^\s<>.,;:!?'\")\]}]|“[^”]*”|‘[^’]*’|\"[^\"]*\"|\((?:[^()]|\([^()]*\))*\)"
)
_SEAL = "\ue000"
SEAL_AT = re.compile("[\ue000-\uf8ff]")

_DETERMINERS = word_set(
    "the a an this that these those its their each every all any some no both another such "
    "it they he she we you"
)
PRONOUNS = word_set("it this they these that those he she we you i there here one each all some")
LINKS = word_set(
    "that which who whose where when if because and or but while as than so unless although "
    "whether how then to not only for example however also once until never before after"
)
PREPOSITIONS = word_set("of in on at for from with by between under")
ORDINARY = (
    _DETERMINERS
    | LINKS
    | PREPOSITIONS
    | word_set(
        "one two three four five six multiple several many most some user non numeric special "
        "new old large small more less few first second only even assignments calls changes note "
        "after before once until since during in on at by with without from for to there here "
        "users programs names people many children women men scientists early later today"
    )
)
_IMPERATIVES = frozenset(VERBS.values()) | word_set(
    "enter exit implement delete compare compute enable disable display execute note see add"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence without its final mark; `sealed[i]` belongs to the character U+E000 + i."""

    body: str
    mark: str
    sealed: tuple[str, ...]

    def text(self, body: str | None = None, mark: str | None = None) -> str:
        """The sentence, or another body of the same seals, as text with a capital first letter."""
        said = self.body if body is None else body
        opened = self.open(said if self.body[:1].islower() else capital(said))
        return opened + (self.mark if mark is None else mark)

    def open(self, body: str) -> str:
        """`body` with its seals broken."""
        return SEAL_AT.sub(lambda m: self.sealed[ord(m[0]) - ord(_SEAL)], body)

    def said(self, body: str) -> Sentence:
        """The same sentence with another body."""
        return replace(self, body=body)


@dataclass(frozen=True)
class Clause:
    """Subject, finite verb and the rest of a main clause."""

    subject: str
    verb: str
    rest: str


@lru_cache(maxsize=8192)
def parse(text: str, unmarked: str = ".") -> Sentence:
    """Seal a sentence (white space already single).

    `unmarked` ends one that bears no mark, if it has a subject and a verb: a label, a signature
    or a caption is no sentence and gets none.
    """
    sealed: list[str] = []

    def seal(match: re.Match[str]) -> str:
        sealed.append(match[0])
        return chr(ord(_SEAL) + len(sealed) - 1)

    body = _SEALED.sub(seal, text.strip())
    mark = re.search(r"[.!?:;…]+$", body)
    end = mark.start() if mark else len(body)
    # "... (as before.)" and "... ‘so.’" have their mark inside
    ended = not mark and sealed and body.endswith(chr(ord(_SEAL) + len(sealed) - 1))
    closed = re.search(r"[.!?…][)\]\"”’*_]+$", sealed[-1] if ended else body)
    stated = bool(body) and not is_fragment(body) and " - " not in body and clause(body) is not None
    default = unmarked if stated and not closed else ""
    return Sentence(body[:end].rstrip(), mark[0] if mark else default, tuple(sealed))


def is_fragment(body: str) -> bool:
    """Whether words are the beginning or the end of a sentence that code or a list breaks."""
    last = body.rsplit(" ", 1)[-1].lower()
    return body[:1].islower() or body.endswith((",", ";", "—", "–")) or last in PREPOSITIONS | LINKS


def capital(text: str) -> str:
    """First letter upper-cased."""
    return text[:1].upper() + text[1:]


def lower(text: str, common: frozenset[str]) -> str:
    """First word lower-cased if it is a common word, of English or of the passage."""
    first = re.match(r"[A-Z][a-z’'-]*(?!\w|[./]\w)", text)
    if not first:
        return text
    word = first[0].lower()
    if word not in ORDINARY and re.match(r" [A-Z]", text[first.end() :]):
        return text  # a name of several words
    ordinary = (
        word in ORDINARY
        or word in common
        or word + "s" in common
        or (word.endswith("s") and word[:-1] in common)
    )
    return word + text[first.end() :] if ordinary and first[0] != "I" else text


def mid_sentence(subject: str, common: frozenset[str], names: frozenset[str]) -> str | None:
    """A subject as it stands inside a sentence; None if its first word may be a name or not."""
    lowered = lower(subject, common)
    words = lowered.split(" ")
    if not words[0][:1].isupper() or words[0].isupper() or words[0] in names:
        return lowered
    if len(words) == 1:
        return _single(lowered, names)
    if words[1][:1].isupper() or SEAL_AT.match(words[0]):
        return lowered
    if _ADJECTIVE.search(words[0]):
        return lowered[0].lower() + lowered[1:]
    return None


def _single(word: str, names: frozenset[str]) -> str | None:
    """A capitalised word that is a whole subject: an abstract noun, a name of unusual letters, or
    undecided where the names of the passage are known and it is none."""
    if _ABSTRACT.search(word):
        return word.lower()
    return None if names and word.istitle() and word.isalpha() else word


_ABSTRACT = re.compile(r"^\w{3,}(?:tion|ment|ness|ity|ance|ence|ure|ing|ism|ship|ology|graphy)s?$")
_ADJECTIVE = re.compile(r"\w{3,}(?:ed|ous|able|ible|ful|less|ive|ical|ional|ary)$")


@lru_cache(maxsize=8192)
def clause(body: str) -> Clause | None:
    """Subject, verb, rest if the sentence surely begins with a plain subject; else None."""
    words = body.split(" ")
    for i, word in enumerate(words[:12]):
        plain = word.lower()
        if i and _finite(words, i):
            if not _plain_subject(words[:i]):
                return None
            return Clause(" ".join(words[:i]), word, " ".join(words[i + 1 :]))
        if "," in word or ";" in word or ":" in word or "—" in word or "–" in word:
            return None
        if i and (plain in LINKS and plain not in ("to",)):
            return None
    return None


_OPENS_PHRASE = (
    _DETERMINERS
    | PREPOSITIONS
    | word_set("to that up out down off into onto over as only also how what whether when several")
    | word_set("two three four five six seven eight nine ten many most more few new large small")
)


def _finite(words: list[str], i: int) -> bool:
    """Whether word `i` is the verb of the clause that opens the sentence."""
    word = words[i].lower()
    after = words[i + 1].lower() if i + 1 < len(words) else ""
    phrase = after in _OPENS_PHRASE or bool(SEAL_AT.match(after)) or after[:1].isdigit()
    if word in NOUNS_TOO:
        return phrase and after != "of" and not _plural(words[:i]) and not _has_finite(words, i)
    if word in VERBS or word in PAST:
        return after not in FINITE
    if word in PAST_TOO or (
        word.endswith("ed") and len(word) > 4 and word not in ("need", "speed")
    ):
        object_ = after in _DETERMINERS or bool(SEAL_AT.match(after))
        return object_ and not _has_finite(words, i)
    if word in PLURAL:
        return _plural(words[:i])
    return word in FINITE


def _has_finite(words: list[str], i: int) -> bool:
    """Whether a verb that must be finite follows word `i` before the next comma."""
    for word in words[i + 1 :]:
        if word.rstrip(",").lower() in FINITE - NOUNS_TOO:
            return True
        if word.endswith(","):
            return False
    return False


def plural(subject: str) -> bool | None:
    """Whether a subject takes a plural verb; None where its form does not tell."""
    words = [w.lower() for w in subject.split(" ")]
    if words[0] in ("these", "those", "both", "many", "several", "few", "they", "we", "you"):
        return True
    if words[0] in ("this", "that", "each", "every", "another", "a", "an", "it", "he", "she"):
        return False
    if "and" in words:
        return True
    at = next((i for i, w in enumerate(words) if i and w in PREPOSITIONS), len(words))
    head = words[at - 1]
    if head in ("people", "children", "men", "women", "police", "feet", "mice", "teeth"):
        return True
    if not head.isalpha() or head.endswith(("ss", "us", "is", "ics", "news")):
        return None
    return head.endswith("s")


def _plural(words: list[str]) -> bool:
    head = next((w for i, w in enumerate(words) if w.lower() in PREPOSITIONS and i), None)
    noun = words[words.index(head) - 1] if head else words[-1]
    return noun.endswith("s") and not noun.endswith("ss")


_ADVERBS = word_set(
    "together apart aside note see below above next now first second third last again always "
    "often sometimes never "
    "perhaps maybe thus hence so therefore however moreover furthermore meanwhile instead still "
    "yet today later earlier soon afterwards nevertheless nonetheless otherwise please yes no "
    "well both either neither not even just more most less least only like unlike given based "
    "using according despite during after before until since unless without within through "
    "throughout across about against along among around behind beside besides beyond inside "
    "outside over toward towards up upon via as such than too very rather quite almost nearly"
)


_TRAILING_ADVERBS = word_set("now also already usually then often currently both all soon alone")


def _plain_subject(words: list[str]) -> bool:
    first = words[0].lower()
    if first in LINKS or first in PREPOSITIONS or first in ("there", "here", "what", "in"):
        return False
    if first.endswith("ly") or first in FINITE or first in _ADVERBS:
        return False
    if words[-1].lower() in _ADVERBS | _TRAILING_ADVERBS:
        return False
    return not any(w.lower() in LINKS or w.lower() in FINITE for w in words[1:])


def is_instruction(body: str) -> bool:
    """Whether it opens with a bare verb, as documentation of functions does."""
    return body.split(" ")[0].lower() in _IMPERATIVES and body[:1].isupper()
