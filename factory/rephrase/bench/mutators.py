"""Seeded ways to falsify a text, each named after what it breaks.

Error kinds follow FRANK (predicate, entity, circumstance, discourse, out of article). A mutator
returns the text unchanged when it finds nothing to break. Its word tables are its own: the checker
must not know them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

Mutator = Callable[[str, random.Random], str]

FOREIGN = ("Zanzibar", "Montgolfier", "Ouagadougou", "Przewalski", "Kilimanjaro", "Thorvaldsen")
INVENTED = (
    "Tourists admire the marble fountain near the old harbour every summer.",
    "The committee later awarded a generous pension to the retired gardener.",
    "Experts believe that the volcano shaped the taste of the local cheese.",
    "A second edition with hand-coloured plates was printed for collectors.",
)
CLAUSES = (
    ", which surprised most of the visiting engineers",
    ", because the previous owner had insisted on it",
    ", and later became popular among collectors abroad",
    " to please the wealthy patrons of the theatre",
)
ANTONYMS = (
    ("before", "after"), ("first", "last"), ("left", "right"), ("true", "false"),
    ("greater", "smaller"), ("maximum", "minimum"), ("same", "different"), ("above", "below"),
    ("increase", "decrease"), ("increases", "decreases"), ("early", "late"), ("higher", "lower"),
    ("internal", "external"), ("public", "private"), ("valid", "invalid"), ("north", "south"),
    ("east", "west"), ("longer", "shorter"), ("start", "end"), ("upper", "lower"),
    ("positive", "negative"), ("input", "output"), ("allowed", "forbidden"), ("success", "failure"),
)  # fmt: skip
OPPOSITE = dict(ANTONYMS) | {b: a for a, b in ANTONYMS}
QUANTIFIERS = {
    "all": "some", "every": "some", "each": "some", "only": "also", "always": "sometimes",
    "must": "may", "most": "few", "many": "few", "usually": "rarely", "both": "some",
    "never": "sometimes", "often": "rarely", "exactly": "roughly", "any": "no",
}  # fmt: skip
UNITS = {
    "km": "m", "kilometres": "metres", "metres": "kilometres", "m": "km", "kg": "g",
    "seconds": "minutes", "minutes": "seconds", "hours": "days", "days": "hours",
    "bytes": "bits", "bits": "bytes", "years": "months", "months": "years", "%": " km",
    "percent": "metres", "tonnes": "grams", "euros": "dollars", "dollars": "euros",
    "milliseconds": "seconds", "weeks": "years", "characters": "lines",
}  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
SENTENCE = r"[A-Z][^.!?\n]{50,}[a-z]\."
"""What a half must hold to be worth repeating: more than a greeting or a lead-in."""
_ASKED = re.compile(r"[^.!?\n]*\?")


def replace_one(
    text: str, pattern: str, rng: random.Random, new: Callable[[re.Match[str]], str]
) -> str:
    """One match outside code and questions, chosen at random, replaced."""
    found = [
        match
        for match in re.finditer(pattern, text)
        if not _in_code(text, match.start()) and not _ASKED.match(text, match.end())
    ]
    if not found:
        return text
    match = rng.choice(found)
    return text[: match.start()] + new(match) + text[match.end() :]


def _in_code(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line.count("`") % 2 == 1 or text.count("```", 0, at) % 2 == 1


def _sentences(text: str) -> list[re.Match[str]]:
    """Plain sentences of some length, inside a paragraph."""
    pattern = r"(?<=[.!?] )[A-Z][^.!?\n`:;*]{40,}[a-z]{2}\)?\.(?= [A-Z]|\n|$)"
    return [m for m in re.finditer(pattern, text) if not _in_code(text, m.start())]


def number(text: str, rng: random.Random) -> str:
    """A number becomes another."""
    pattern = r"(?<![\w.$^,])\d+(?![\w.,]|\. )"
    return replace_one(text, pattern, rng, lambda m: str(int(m[0]) + rng.choice((1, 7, 10))))


def unit(text: str, rng: random.Random) -> str:
    """A quantity keeps its number and changes its unit."""
    pattern = r"(?<=\d)( ?)(" + "|".join(sorted(UNITS, key=len, reverse=True)) + r")(?!\w)"
    return replace_one(text, pattern, rng, lambda m: m[1] + UNITS[m[2]])


def date(text: str, rng: random.Random) -> str:
    """A month becomes another, or a year moves by a few."""
    months = "|".join(MONTHS)
    if re.search(rf"\b({months})\b(?= \d)|(?<=\d )\b({months})\b", text) and rng.random() < 0.7:
        pattern = rf"\b({months})\b(?= \d)|(?<=\d )\b({months})\b"
        return replace_one(
            text, pattern, rng, lambda m: rng.choice([name for name in MONTHS if name != m[0]])
        )
    pattern = r"(?:(?<=in )|(?<=of )|(?<=since )|(?<=until ))(?:1[5-9]|20)\d\d\b"
    return replace_one(text, pattern, rng, lambda m: str(int(m[0]) - rng.choice((1, 2, 10))))


def entity(text: str, rng: random.Random) -> str:
    """A name becomes one from elsewhere."""
    pattern = r"(?<=[a-z,] )[A-Z][a-z]{3,}\b"
    return replace_one(text, pattern, rng, lambda m: rng.choice(FOREIGN))


def role_swap(text: str, rng: random.Random) -> str:
    """Two names of one sentence change places, unless they are merely listed side by side."""
    name = r"(?<=[a-z,] )([A-Z][a-z]{3,})\b(?! (?:and|or|[A-Z])|, |[-'’])"
    found = [m for m in re.finditer(rf"{name}[^.\n`]{{12,120}}?[a-z] {name}", text) if m[1] != m[2]]
    if not found:
        return text
    match = rng.choice(found)
    (a, b), (c, d) = match.span(1), match.span(2)
    return text[:a] + match[2] + text[b:c] + match[1] + text[d:]


def negation_added(text: str, rng: random.Random) -> str:
    """A statement is denied."""
    pattern = r"(?<=[a-z] )(is|are|was|were|can|must|should|may|will)(?= (?!not\b)[a-z])"
    return replace_one(text, pattern, rng, lambda m: m[0] + " not")


def negation_removed(text: str, rng: random.Random) -> str:
    """A denial becomes a statement."""
    return replace_one(text, r"(?<=[a-z]) not(?= (?!only)[a-z])", rng, lambda m: "")


def antonym(text: str, rng: random.Random) -> str:
    """A word becomes its opposite."""
    pattern = r"\b(" + "|".join(OPPOSITE) + r")\b"
    return replace_one(text, pattern, rng, lambda m: OPPOSITE[m[0]])


def quantifier(text: str, rng: random.Random) -> str:
    """How many, how often or how surely is changed."""
    pattern = r"\b(" + "|".join(QUANTIFIERS) + r")\b(?! not)"
    return replace_one(text, pattern, rng, lambda m: QUANTIFIERS[m[0]])


def sentence_dropped(text: str, rng: random.Random) -> str:
    """A sentence is left out."""
    found = _sentences(text)
    if not found:
        return text
    match = rng.choice(found)
    return text[: match.start()] + text[match.end() :].lstrip(" ")


def sentence_invented(text: str, rng: random.Random) -> str:
    """A sentence from nowhere is put in."""
    found = _sentences(text)
    if not found:
        return text
    match = rng.choice(found)
    return f"{text[: match.end()]} {rng.choice(INVENTED)}{text[match.end() :]}"


def clause_invented(text: str, rng: random.Random) -> str:
    """A sentence goes on with a reason or a consequence from nowhere."""
    found = _sentences(text)
    if not found:
        return text
    end = rng.choice(found).end() - 1
    return f"{text[:end]}{rng.choice(CLAUSES)}{text[end:]}"


def clause_dropped(text: str, rng: random.Random) -> str:
    """A sentence loses its last clause."""
    pattern = (
        r"(?<=[a-z]), (?:and|but|which|because|although|while|so) [^,.;:?!\n`]{30,}(?=\.(?: |\n|$))"
    )
    return replace_one(text, pattern, rng, lambda m: "")


def hedge_dropped(text: str, rng: random.Random) -> str:
    """What may be so, or mostly is, is said to be so."""
    pattern = r"\b(?:may|might|could|usually|often|probably|generally|perhaps|sometimes) (?=[a-z])"
    return replace_one(text, pattern, rng, lambda m: "")


def merged_facts(text: str, rng: random.Random) -> str:
    """Two sentences become one that says the second's predicate of the first's subject."""
    found = [
        (a, b)
        for a, b in zip(_sentences(text), _sentences(text)[1:], strict=False)
        if b.start() - a.end() <= 2
    ]
    split = re.compile(r"^(.{8,60}?) (is|are|was|were|has|have|can|must|may) (.+)\.$")
    pairs = [(a, b) for a, b in found if split.match(a[0]) and split.match(b[0])]
    if not pairs:
        return text
    a, b = rng.choice(pairs)
    first, second = split.match(a[0]), split.match(b[0])
    assert first and second
    merged = f"{first[1]} {second[2]} {second[3]}."
    return text[: a.start()] + merged + text[b.end() :]


def equation(text: str, rng: random.Random) -> str:
    """A stated equality no longer holds."""
    pattern = r"(?<== )(\d+)(?=\$|[.,;]? )"
    return replace_one(text, pattern, rng, lambda m: str(int(m[0]) + rng.choice((1, 2, 10))))


def final_answer(text: str, rng: random.Random) -> str:
    """The answer at the end is another one."""
    head, mark, tail = text.rpartition("nswer")
    numbers = list(re.finditer(r"\d+", tail)) if mark else []
    if not numbers:
        return text
    match = numbers[-1]
    wrong = str(int(match[0]) + rng.choice((1, 3, 10)))
    return head + mark + tail[: match.start()] + wrong + tail[match.end() :]


def repeated(text: str, rng: random.Random) -> str:
    """The second half is said twice."""
    middle = text.find("\n\n", len(text) // 2)
    half = text[middle:].lstrip() if middle > 0 else ""
    return f"{text}\n\n{half}" if re.search(SENTENCE, half) else text


def truncated(text: str, rng: random.Random) -> str:
    """The last third is missing."""
    return text[: int(len(text) * 0.67)]


PROSE: Mapping[str, Mutator] = {
    mutator.__name__: mutator
    for mutator in (
        number, unit, date, entity, role_swap, negation_added, negation_removed, antonym,
        quantifier, hedge_dropped, sentence_dropped, sentence_invented, clause_dropped,
        clause_invented, merged_facts, repeated, truncated,
    )
}  # fmt: skip
MATH: Mapping[str, Mutator] = {"equation": equation, "final_answer": final_answer}
