"""What a sentence states besides its words: a cause, a contrast, a definition, a date, a quantity.

Each reader returns None unless it is sure. They decide both whether a style fits a passage and how
the offline author casts a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from factory.rephrase.english.moves import condition
from factory.rephrase.english.sentences import Sentence, capital, clause
from factory.rephrase.english.verbs import FINITE, PAST_TOO, VERBS
from factory.rephrase.fidelity.arithmetic import equations
from factory.rephrase.fidelity.quantities import MONTHS

BASES = frozenset(VERBS.values())
_SCOPED = re.compile(
    r"\b(?:not|never|no|only|just|simply|partly|mainly|largely|merely|chiefly|precisely|if|whether|"
    r"that|which|who|and|or|but)\b|n[’']t\b|,"
)
_OWING = re.compile(
    r"(?P<b>[^,;:]+?),? (?:because of|due to|owing to|thanks to|as a result of) (?P<a>[^,;:]+)"
)
_BRINGS = re.compile(
    r"(?P<a>[^,;:]+?) (?:causes|caused|cause|leads to|led to|lead to|results in|resulted in|"
    r"result in|brings about|brought about|gives rise to|gave rise to) "
    r"(?P<b>(?:the|a|an) [^,;:]+|[a-z]+ [^,;:]+)"
)
_SUBORDINATE = re.compile(
    _SCOPED.pattern + r"|\b(?:in case|when|where|while|because|since|unless|as|can|may|might)\b"
)
_BEHIND = re.compile(r"(?:This|That) (?:is|was) (?:because|due to|owing to) (?P<a>[^;:]+)")
_MEANS = re.compile(r"This (?:means|implies|ensures|guarantees) that (?P<b>[^;:]+)")
_BECAUSE = re.compile(r"(?P<b>[^;:]+?),? because (?!of\b)(?P<a>[^;:]+)")
_SO = re.compile(r"(?P<a>[^;:]+?), (?:and )?so (?!that\b|far\b|long\b|much\b|many\b)(?P<b>[^;:]+)")
_RESULT = re.compile(
    r"(?:Therefore|Thus|Hence|Consequently|As a result|For this reason|Because of this|"
    r"That is why|This is why),? (?P<b>[^;:]+)"
)
_WHILE = re.compile(r"(?P<a>[^;:]+?), (?:while|whereas) (?P<b>[^;:]+)")
_BUT = re.compile(r"(?P<a>[^;:]+?), (?:but|although|even though|though) (?P<b>[^;:]+)")
_YET = re.compile(
    r"(?:However|By contrast|In contrast|On the other hand|Conversely), (?P<b>[^;:]+)"
)
_OWN_SUBJECT = re.compile(
    r"(?:the|a|an|it|they|this|these|he|she|we|you|its|their|most|some)\b", re.I
)
_NOUN = re.compile(r"(?:\w+ ){1,3}(?:is|are|was|were|can|may|must|has|have|live|do|does)\b")
_TERM = re.compile(r"(?P<term>[^:]{1,48}): (?P<told>.{8,})")
_MONTHS = [month.capitalize() for month in MONTHS]
_DATE = re.compile(
    rf"\b(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?(?:(?P<m>{'|'.join(_MONTHS)}) )?"
    rf"(?:(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?, )?(?P<y>1\d{{3}}|20\d{{2}})(?P<era>s| BCE?\b)?\b"
    r"(?![.,]?\d)"
    r"|\b(?P<iso>(?:1\d{3}|20\d{2})-\d{2}-\d{2})\b"
    r"|\b(?P<c>\d{1,2})(?:st|nd|rd|th)[ -]century(?P<cera> BCE?\b)?"
    r"|\b(?:[Ii]n|[Bb]y|[Uu]ntil|[Ss]ince|[Aa]round|[Ff]rom|[Aa]bout) (?P<early>(?:AD )?[1-9]\d{2}"
    r"(?: AD| CE)?|[1-9]\d{0,2} BCE?)(?=[,.;)]|$| (?:the|he|she|it|they|to|and|when|after)\b)"
)
_NOT_A_YEAR = re.compile(r"(?:\b(?:version|page|port|RFC|section|line) |[-.\w])$", re.IGNORECASE)
_ACTS = """
Add Apply Ask Attach Avoid Boil Bring Build Call Change Check Choose Clean Click Close Combine
Compile Configure Connect Consider Copy Cover Create Cut Define Delete Disconnect Do Download Drag
Draw Edit Enable Ensure Enter Execute Export Fill Find Fix Follow Give Go Heat Hold Insert Install
Keep Leave Let Link Load Log Look Make Measure Mix Move Open Paste Place Plug Pour Press Pull Push
Put Read Record Reinstall Remove Rename Repeat Replace Reset Restart Return Run Save Scroll Select
Send Set Specify Start Stir Stop Store Switch Take Test Turn Type Unplug Unpack Update Upgrade Use
Verify Visit Wait Wash Write Bake Chop Cook Drain Feed Fold Grease Knead Melt Peel Preheat Rinse
Roll Screw Season Serve Shape Simmer Slice Slide Spread Sprinkle Tap Tighten Whisk
"""
_DO = "|".join(sorted({*_ACTS.split(), *(base.capitalize() for base in BASES)}))
IMPERATIVES = re.compile(
    r"(?:First|Then|Next|Finally|Afterwards?|Now|Second|Third|Lastly|To \w+[^,]{2,60}|"
    r"(?:If|When|Once|After|Before) [^,]{3,80}),? (?:(?i:" + _DO + r")) "
    r"(?=the |an? |your |it |them |this |these |each |any |all |\d|[a-z]+ (?:in|on|to|into|from)\b)"
    rf"|(?:{'|'.join(_ACTS.split())}) (?!of\b|is\b|are\b|was\b|in\b)"
    rf"|(?:{_DO}) (?:the|a|an|your|it|them|this|these|each|any|all|both) "
    r"|(?:Do not|Don[’']t|Never) [a-z]+ "
)
"""How a sentence opens that tells what to do."""


def _whole(part: str) -> bool:
    """Whether words may hold a subject and a finite verb."""
    words = [word.strip(",").lower() for word in part.split(" ")]
    return len(words) >= 3 and any(
        word in FINITE or word in BASES or word in PAST_TOO or word.endswith("ed")
        for word in words[1:]
    )


def cause(body: str, before: str | None = None) -> tuple[str | None, str, str] | None:
    """(sentence before used up or None, cause, effect) of a sentence that states both, or an effect
    of what the sentence `before` it says."""
    fronted = condition(body)
    if fronted and fronted[0] == "Because":
        return None, capital(fronted[1]), capital(fronted[2])
    found = _BEHIND.fullmatch(body)
    if found:
        return (before, capital(found["a"]), before) if before else None
    found = _BECAUSE.fullmatch(body)
    if (
        found
        and _whole(found["b"])
        and not _SCOPED.search(found["b"])
        and not IMPERATIVES.match(body)
    ):
        return None, capital(found["a"]), capital(found["b"])
    found = _SO.fullmatch(body)
    if found and _OWN_SUBJECT.match(found["b"]) and _whole(found["b"]):
        return None, found["a"], capital(found["b"])
    found = _OWING.fullmatch(body)
    if found and clause(found["b"]) and not _SUBORDINATE.search(found["b"]):
        return None, capital(found["a"]), found["b"]
    found = _BRINGS.fullmatch(body)
    if found and _thing(found["a"]) and not _SCOPED.search(body) and " to " not in found["b"]:
        return None, found["a"], capital(found["b"])
    found = _RESULT.fullmatch(body) or _MEANS.fullmatch(body)
    if found and before and _whole(found["b"]):
        return before, before, capital(found["b"])
    return None


def _thing(subject: str) -> bool:
    """Whether words are a plain subject, so that the verb after them is theirs."""
    found = clause(f"{subject} is the one")
    return found is not None and found.subject == subject and not _POINTS.match(subject)


_POINTS = re.compile(r"(?:it|this|that|these|those|they|he|she|which|what)\b", re.IGNORECASE)


def contrast(body: str, before: str | None = None) -> tuple[str | None, str, str] | None:
    """(sentence before used up or None, one side, the other) of a sentence that sets two things
    against each other, or one against what the sentence `before` it says."""
    found = _WHILE.fullmatch(body) or _BUT.fullmatch(body)
    if found and _whole(found["b"]):
        apart = (
            _OWN_SUBJECT.match(found["b"]) or clause(capital(found["b"])) or _NOUN.match(found["b"])
        )
        if apart and not re.match(r"(?:If|When|Unless|Because|Although|Not)\b", body):
            return None, found["a"], capital(found["b"])
    found = _YET.fullmatch(body)
    if found and before and _whole(found["b"]):
        return before, before, capital(found["b"])
    return None


def definition(sentence: Sentence, item: bool = False) -> tuple[str, str] | None:
    """(term, what it is) of a sentence that defines one, or of an item `term: what it is`."""
    if item:
        found = _TERM.fullmatch(sentence.body)
        if found and len(found["term"].split(" ")) <= 6:
            return sentence.open(found["term"]), sentence.open(found["told"])
    parsed = clause(sentence.body)
    if not parsed or parsed.verb not in ("is", "are") or sentence.mark.endswith((":", "?")):
        return None
    subject = parsed.subject
    if re.match(r"(?:it|this|that|these|those|there|they|he|she|one|we|you|each)\b", subject, re.I):
        return None
    if not re.match(r"(?:a|an)\b|the (?:\w+ ){1,4}(?:of|that|which)\b", parsed.rest):
        return None
    if len(subject.split(" ")) > 5 or re.match(r"the (?:same|case|only)\b", parsed.rest):
        return None
    return sentence.open(subject), sentence.open(parsed.rest)


def date(sentence: Sentence) -> tuple[tuple[int, int, int], str] | None:
    """((year, month, day), as written) of the first date of a sentence; 0 for what is not said.

    A century counts as its first year, a year before our era is negative.
    """
    text = sentence.open(sentence.body)
    for found in _DATE.finditer(text):
        if found["iso"]:
            year, month, day = map(int, found["iso"].split("-"))
            return (year, month, day), found["iso"]
        if found["c"]:
            number = int(found["c"])
            return (-number * 100 if found["cera"] else number * 100 - 99, 0, 0), found[0]
        if found["early"]:
            number = int(re.sub(r"\D", "", found["early"]))
            return (-number if "BC" in found["early"] else number, 0, 0), found["early"]
        if _NOT_A_YEAR.search(text[: found.start()]) and not found["m"]:
            continue
        after = text[found.end() : found.end() + 10]
        if re.match(
            r"\s*(?:bytes|bits|times|files|lines|users|people|%|[a-z]*meters|tokens)", after
        ):
            continue
        month = _MONTHS.index(found["m"]) + 1 if found["m"] else 0
        day = int(found["d"] or found["d2"] or 0) if found["m"] else 0
        era = found["era"] or ""
        said = found[0] if found["m"] else found["y"] + era
        return ((-1 if "B" in era else 1) * int(found["y"]), month, day), said
    return None


_SPAN = re.compile(
    r"\b(?:from|between) (?P<a>1\d{3}|20\d{2}) (?:to|until|and|till) (?P<b>1\d{3}|20\d{2})\b"
    r"|\((?:born )?(?P<a2>1\d{3}|20\d{2}) ?[–—-] ?(?P<b2>1\d{3}|20\d{2})\)"
)
_SHARE = re.compile(
    r"\b(?P<a>\d{1,6}) (?:out of|of (?:the |its |their |all )?)(?P<b>\d{1,6})\b(?![.,]\d)"
)
_PERCENT = re.compile(r"(?<![\d.,-])(?P<a>\d{1,3}(?:\.\d{1,2})?) ?(?:%|per ?cent)(?!\w)")
_UNITS = {
    "week": (7, "days"),
    "day": (24, "hours"),
    "hour": (60, "minutes"),
    "minute": (60, "seconds"),
    "second": (1000, "milliseconds"),
    "mile": (5280, "feet"),
    "yard": (3, "feet"),
    "pound": (16, "ounces"),
    "byte": (8, "bits"),
    "KiB": (1024, "bytes"),
    "MiB": (1024, "KiB"),
    "GiB": (1024, "MiB"),
    "kilometre": (1000, "metres"),
    "kilometer": (1000, "meters"),
    "km": (1000, "metres"),
    "kilogram": (1000, "grams"),
    "kg": (1000, "grams"),
    "metre": (100, "centimetres"),
    "meter": (100, "centimeters"),
    "litre": (1000, "millilitres"),
    "tonne": (1000, "kilograms"),
}
_MEASURE = re.compile(
    rf"(?<![\d.,$-])(?P<a>\d{{1,6}}(?:\.\d{{1,3}})?) (?P<u>{'|'.join(_UNITS)})s?\b(?! old)"
    r"(?!\s*(?:per|/|\d))"
)


def worked_out(sentence: Sentence) -> list[str]:
    """Sentences that work a quantity of the sentence out, each calculation exactly true."""
    text = sentence.open(sentence.body)
    return list(dict.fromkeys(_calculations(text)))[:3]


def _calculations(text: str) -> Iterator[str]:
    for m in _SPAN.finditer(text):
        first, last = m["a"] or m["a2"], m["b"] or m["b2"]
        if int(last) > int(first):
            yield from _told(f"{last} - {first}", "That is a span of {} years.")
    for m in _SHARE.finditer(text):
        if 0 < int(m["a"]) < int(m["b"]):
            yield from _told(f"{m['a']} / {m['b']}", "As a share, that is {}.")
    for m in _PERCENT.finditer(text):
        yield from _told(f"{m['a']} / 100", "As a fraction of one, that is {}.")
    for m in _MEASURE.finditer(text):
        factor, unit = _UNITS[m["u"]]
        yield from _told(f"{m['a']} \\cdot {factor}", f"In {unit}, that is {{}}.")


def _told(term: str, frame: str) -> Iterator[str]:
    """The sentence with `term = value`, if the value is a short decimal and arithmetic agrees."""
    a, operator, b = term.split(" ")
    x, y = Fraction(a), Fraction(b)
    value = {"-": x - y, "/": x / y if y else x, "\\cdot": x * y}[operator]
    scaled = value * 10000
    if scaled.denominator != 1:
        return
    said = f"{float(value):.4f}".rstrip("0").rstrip(".")
    stated = f"${term} = {said}$"
    if [e.status for e in equations(stated)] == ["true"]:
        yield frame.format(stated)
