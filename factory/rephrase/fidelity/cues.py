"""Small words that carry a claim: negation, how many, how often, how surely, and when.

A class is what its words say alike; a writer may take one word of a class for another. The
patterns belong to the checker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from factory.rephrase.fidelity.cues_abroad import CUES
from factory.rephrase.text.tokens import word_set

CueKind = Literal["negation", "denial", "quantifier", "modality", "tense"]

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|neither|nor|without|cannot|nobody|nowhere|hardly|barely"
    r"|unless|unable|impossible)\b|n[’']t\b"
)
_NOT_NEGATIVE = re.compile(
    r"\bnot only\b|\bwhether or not\b|\bno matter\b|\bno longer than\b|\bor not\b"
    r"|\b(?:not?|never)(?: [a-z]+)? (?:more|less|fewer|higher|lower|later|earlier|longer) than\b"
    r"|\bnothing (?:but|except|other than)\b|\b(?:nobody|no one|none) (?:but|except)\b"
    r"|\bnot (?:unusual|uncommon|impossible|unlike|unlikely)\w*\b|\bno doubt\b"
    r"|\bnot just\b|\bno further than\b|\bnot exceed\b"
)
# Words by which something is denied without a "not": they may stand for one, or be told by one.
_DENIAL = (
    r"fail(?:s|ed|ing|ure)?|refus\w+|lack\w*|absen\w+|miss(?:es|ed|ing)|avoid\w*|prevent\w*"
    r"|prohibit\w*|forbid\w*|forbade|ban(?:s|ned)?|den(?:y|ies|ied|ying)|reject\w*|ignor\w+"
    r"|exclud\w+|except(?:ion|ions)?|apart from|instead|rather than|no longer|only|solely|alone"
    r"|just|merely|until|other than|any other|otherwise|free|cut off|too|few|little|rarely"
    r"|seldom|lost|loses?|losing|stop(?:s|ped|ping)?|disappear\w*|disregard\w*|anything but"
    r"|un(?!der|til|less|able|ion|it|ique|ifor|iver)\w{4,}|in(?:visible|correct|valid|complete"
    r"|sufficient|capable|ability|variant)|im(?:proper|mutable|practical)|irrelevant|non-?\w{3,}"
    r"|keep\w* from|out of the question|at most|ceased?|neglect\w*|omit\w*|skip\w*|vanish\w*"
    r"|vain|less"
)
_COUNT = (
    r"(?:\d|(?:half|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|ninety|a hundred|one hundred|a thousand|one thousand)\b)"
)
"""What `@` stands for in the wordings of a class: a number, or the beginning of one in words."""
_CLASSES: dict[CueKind, dict[str, str]] = {
    "quantifier": {
        "roughly": r"almost|nearly|(?<!what )(?<!say )(?<!know )(?<!tell )(?<!ask )"
        r"about(?= (?:@|one\b|an? (?:second|minute|hour|day|week|month|year|decade|century"
        r"|dozen|third|quarter|half|mile|kilometre|metre|litre|kilo)\b))"
        r"|approximately|roughly|virtually|practically|around(?= @)|some(?= @)|more or less"
        r"|close to(?= @)|circa",
        "all": r"(?<!at )(?<!after )(?<!above )all(?! the more)|every|each|everything|everyone"
        r"|everybody|entire|whole",
        "any": r"any(?! (?:more|longer)\b)|anything|anyone|anybody|arbitrary|whatever|whichever"
        r"|whoever",
        "some": r"some|something|someone|somebody",
        "most": r"(?<!the )(?<!is )(?<!are )(?<!was )(?<!ame )most"
        r"(?! often| likely| common| important)|most of|mostly|majority"
        r"|mainly|chiefly|primarily|largely|predominantly",
        "many": r"(?<!how[^\w])many|numerous|countless|a lot of|lots of",
        "few": r"few|fewer",
        "several": r"several|various|a number of|a handful of|a variety of|multiple",
        "both": r"both|the two",
        "only": r"only|solely|exclusively|merely|nothing but|nobody but|no one but|none but"
        r"|nothing other than|nobody except|no one except|nothing except"
        r"|just(?= (?:\d|an? |one|two|three|half))",
        "always": r"always|invariably|at all times|all the time|constantly|at any time",
        "usually": r"usual|usually|normally|typically|generally|commonly|often|frequently"
        r"|ordinarily|as a rule|in general|in most cases|most of the time|for the most part"
        r"|habitually|tends? to|customarily|regularly",
        "sometimes": r"sometimes|occasional|occasionally|at times|on occasions?|from time to time"
        r"|in some cases|now and then",
        "rarely": r"rarely|seldom|hardly ever|in few cases",
        "at least": r"at least|never (?:fewer|less|lower|earlier) than"
        r"|not? (?:fewer|less|lower|earlier) than|a minimum of|or more"
        r"|at the least|or older|or higher",
        "at most": r"at most|never (?:more|higher|longer|later|larger) than"
        r"|not?(?: [a-z]+)? (?:more|higher|longer|later|greater|larger"
        r"|further) than"
        r"|up to|a maximum of|at the most|or less|or fewer|not exceed|no more|as many as",
        "exactly": r"exactly|precisely",
        "less than": r"(?:less|fewer|lower|shorter|smaller|younger|colder|cooler|lighter|earlier"
        r"|slower|cheaper|narrower) than(?= (?:\d|an? |one|half|two|three|four|five|ten|twice))"
        r"|under(?= @)|below(?= @)",
        "more than": r"more than(?= (?:\d|an? |one|half|two|three|four|five|ten|twice))|over(?= @)"
        r"|above(?= @)|exceed(?:s|ed|ing)?|upwards of|in excess of|passed(?= @)|beyond(?= @)"
        r"|[a-z]{2,}er than(?= \d)",
        "half": r"half(?! an? (?:hour|day|year|minute|century|mile|kilometre|metre|litre|kilo)\b)",
        "twice": r"twice|double[sd]?|doubling|two times|twofold",
    },
    "modality": {
        "necessary": r"must(?:n[’']t)?|shall|mandatory|ha(?:ve|s|d|ving) to|obligatory|obliged"
        r"|compulsory",
        "needed": r"required|necessary|needs|need to|needed"
        r"|(?<!the )(?<!a )(?<!no )(?<!in )(?<!any )(?<!this )(?<!of )need(?= (?!for |of )[a-z])"
        r"|requires?",
        "possible": r"can|cannot|could(?:n[’']t)?|possible|feasible|able|allow(?:s|ed)?"
        r"|permit(?:s|ted)?"
        r"|permissible|enable[sd]?|lets?(?= (?:you|users?|one|him|her|them|the|an?) )|unable"
        r"|impossible",
        "may": r"may|might(?:n[’']t)?|perhaps|possibly|maybe",
        "probable": r"probably|likely|presumably|apparently|supposedly|seem(?:s|ed)?(?: to)?"
        r"|appear(?:s|ed)? to|unlikely",
        "advised": r"(?<!^)should(?:n[’']t)?|ought|advisable|recommend(?:s|ed)?|advised"
        r"|encouraged?|preferable"
        r"|best to|suggest(?:s|ed)?|better to",
    },
}
_TENSE = re.compile(
    r"(?P<past>\b(?:was|were|had|did|became|went|began|made|took|gave|got|came|used to"
    r"|ha(?:s|ve) been|ha(?:s|ve) [a-z]+(?:ed|en))\b)|"
    r"(?P<future>\b(?:will|shall|going to)\b|[’']ll\b)"
)
_PLAIN = re.compile(r"(?P<behind>(?:\(\?<![^()]*\))*)(?P<letter>[a-z])(?P<rest>.*)")


def _alternatives(body: str) -> Iterator[str]:
    """`a|b(?:c|d)` as `a` and `b(?:c|d)`."""
    depth = start = 0
    for at, sign in enumerate(body):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            yield body[start:at]
            start = at + 1
    yield body[start:]


def _by_letter(classes: Mapping[str, str]) -> re.Pattern[str]:
    """Matches any wording of any class; the group's name begins with the number of the class.

    Grouped by first letter, so that `re` passes over most words at a glance: what stands behind a
    wording is asked after its letter. Of two that match at one place the earlier class counts, as
    wordings of different letters never do.
    """
    by_letter: dict[str, list[str]] = {}
    for number, body in enumerate(classes.values()):
        for i, wording in enumerate(
            _alternatives(body.replace("@", _COUNT).replace(" ", r"\s"))
        ):  # lines break anywhere
            plain = _PLAIN.fullmatch(wording)
            letter, rest = "", wording
            if plain:
                letter = plain["letter"]
                rest = plain["behind"].replace(")", f"{letter})") + plain["rest"]
            by_letter.setdefault(letter, []).append(rf"(?P<c{number}_{i}>{rest}\b)")
    listed = (
        f"{letter}(?:{'|'.join(found)})"
        for letter, found in sorted(by_letter.items(), reverse=True)
    )
    return re.compile(rf"\b(?:{'|'.join(listed)})")


_CLASS_OF = {kind: _by_letter(classes) for kind, classes in _CLASSES.items()}
_DENIES = _by_letter({"denial": _DENIAL})
_NAMES = {kind: list(classes) for kind, classes in _CLASSES.items()}
SAME = (frozenset({"may", "possible"}), frozenset({"necessary", "needed"}))
"""Classes that say the same: "may" and "it is possible", "must" and "it is required"."""
ALIKE = (
    *SAME,
    frozenset({"all", "any"}),
    frozenset({"all", "always"}),
    frozenset({"any", "some"}),
    frozenset({"some", "several"}),
    frozenset({"several", "many"}),
    frozenset({"many", "usually"}),
    frozenset({"most", "usually"}),
    frozenset({"some", "sometimes"}),
    frozenset({"few", "rarely"}),
    frozenset({"only", "at most"}),
    frozenset({"may", "probable"}),
    frozenset({"may", "sometimes"}),
    frozenset({"necessary", "advised"}),
    frozenset({"needed", "advised"}),
    frozenset({"at least", "several"}),
    frozenset({"only", "exactly"}),
    frozenset({"less than", "at most"}),
)
"""Classes that a writer may exchange where the whole sentence is said otherwise."""
LIGHT = word_set("any some several possible both all many twice exactly needed advised")
"""Classes that come and go with the wording: "any person" is "a person"."""
SCALE = word_set("all most many several some few")
"""How many: two of these that are not alike contradict each other."""
LIGHT_NEW = LIGHT | {"may"}
"""Those that a writer may add: who is allowed to do something "may"."""


_ABROAD = {
    language: [
        (kind, name, re.compile(rf"\b(?:{body})\b".replace(" ", r"\s"), re.IGNORECASE))
        for kind, classes in kinds.items()
        for name, body in classes.items()
    ]
    for language, kinds in CUES.items()
}


def cues(plain: str, language: str = "en") -> Iterator[tuple[CueKind, str, int, int]]:
    """(kind, class, start, end) of every such word. Of a language that is not known here, the
    English ones: an English sentence may stand in it."""
    if language in _ABROAD:
        for abroad, name, pattern in _ABROAD[language]:
            for m in pattern.finditer(plain):
                yield abroad, name, m.start(), m.end()
        return
    lowered = plain.lower()  # far faster than patterns that ignore case
    plain = lowered if len(lowered) == len(plain) else plain
    yield from _negations(plain)
    for m in _DENIES.finditer(plain):
        yield "denial", m[0].lower(), m.start(), m.end()
    for m in _TENSE.finditer(plain):
        yield "tense", m.lastgroup or "", m.start(), m.end()
    for kind, pattern in _CLASS_OF.items():
        for m in pattern.finditer(plain):
            number, _, _ = (m.lastgroup or "c0")[1:].partition("_")
            yield kind, _NAMES[kind][int(number)], m.start(), m.end()


def _negations(plain: str) -> Iterator[tuple[CueKind, str, int, int]]:
    if not _NEGATION.search(plain):
        return
    positive = _NOT_NEGATIVE.sub(lambda m: " " * len(m[0]), plain)
    paired = "neither" in positive.lower()
    for m in _NEGATION.finditer(positive):
        if not (paired and m[0].lower() == "nor"):  # "neither a nor b" is one denial
            yield "negation", "not", m.start(), m.end()
