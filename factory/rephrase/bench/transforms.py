"""Seeded ways to say the same in another form: none of them may raise an alarm."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

Transform = Callable[[str, random.Random], str]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
SYNONYMS = {
    "because": "since", "however": "yet", "therefore": "hence", "in order to": "to",
    "such as": "like", "for example": "for instance", "but": "yet", "also": "too",
    "begins": "starts", "large": "big", "shows": "displays", "needs": "requires",
}  # fmt: skip


def _prose_lines(text: str, change: Callable[[str], str]) -> str:
    """`change` applied to the lines outside code blocks."""
    inside, out = False, []
    for line in text.split("\n"):
        inside ^= line.lstrip().startswith("```")
        out.append(line if inside or line.lstrip().startswith("```") else change(line))
    return "\n".join(out)


def line_breaks(text: str, rng: random.Random) -> str:
    """Every sentence on a line of its own."""
    return _prose_lines(text, lambda line: re.sub(r"(?<=[a-z)]\.) (?=[A-Z])", "\n", line))


def bullets(text: str, rng: random.Random) -> str:
    """Every sentence a list item."""
    return _prose_lines(
        text,
        lambda line: (
            "\n".join(f"- {part}" for part in re.split(r"(?<=[a-z)]\.) (?=[A-Z])", line))
            if re.match(r"[A-Z]", line)
            else line
        ),
    )


def heading(text: str, rng: random.Random) -> str:
    """A neutral heading above."""
    return f"## {rng.choice(('Overview', 'Summary', 'Notes', 'In short'))}\n\n{text}"


def number_style(text: str, rng: random.Random) -> str:
    """1,000 for 1000 and the reverse."""
    text = re.sub(r"(?<![\w.,])(\d{1,3}),(\d{3})(?![\w,])", r"\1\2", text)
    return re.sub(r"(?<![\w.,:`/-])(\d{2})(\d{3})(?![\w.,:`/-])", r"\1,\2", text)


def date_style(text: str, rng: random.Random) -> str:
    """Month before day for day before month."""
    months = "|".join(MONTHS)
    return re.sub(rf"\b(\d{{1,2}}) ({months}) (\d{{4}})\b", r"\2 \1, \3", text)


def clause_order(text: str, rng: random.Random) -> str:
    """`If A, b.` becomes `B if a.`"""

    def turned(match: re.Match[str]) -> str:
        cue, condition, rest = match[1], match[2], match[3]
        return f"{rest[0].upper()}{rest[1:]} {cue.lower()} {condition}."

    pattern = (
        r"(?<![\w,] )\b(If|When|Although|While) ([^,.;:`]{6,80}), ([a-z][^,.;:`]{6,120})\.(?= |$)"
    )
    return _prose_lines(text, lambda line: re.sub(pattern, turned, line))


def synonyms(text: str, rng: random.Random) -> str:
    """Function words and a few plain words said otherwise."""
    pattern = r"\b(" + "|".join(SYNONYMS) + r")\b"
    return _prose_lines(text, lambda line: re.sub(pattern, lambda m: SYNONYMS[m[0]], line))


def paragraphs(text: str, rng: random.Random) -> str:
    """The same sentences in other paragraphs."""
    return _prose_lines(
        text,
        lambda line: re.sub(
            r"(?<=[a-z)]\.) (?=[A-Z])", lambda m: rng.choice((" ", " ", "\n\n")), line
        ),
    )


COUNTED = {
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "10": "ten", "12": "twelve", "20": "twenty",
    "24": "twenty-four", "100": "one hundred",
}  # fmt: skip
SMALLER = {
    "km": ("m", 1000), "kilometres": ("metres", 1000), "hours": ("minutes", 60),
    "minutes": ("seconds", 60), "weeks": ("days", 7), "years": ("months", 12),
    "seconds": ("milliseconds", 1000), "kg": ("g", 1000),
}  # fmt: skip
SHORT = {
    "do not": "don't", "does not": "doesn't", "is not": "isn't", "are not": "aren't",
    "cannot": "can't", "will not": "won't", "it is": "it's",
}  # fmt: skip


def in_words(text: str, rng: random.Random) -> str:
    """Numbers in words, per cent written out."""
    text = re.sub(r"(?<=\d) ?%(?!\w)", " percent", text)
    pattern = r"(?<![\w.,$^/#:-])(" + "|".join(COUNTED) + r")(?= [a-z]{3,})"
    return _prose_lines(text, lambda line: re.sub(pattern, lambda m: COUNTED[m[1]], line))


def smaller_units(text: str, rng: random.Random) -> str:
    """5 km as 5,000 m, 2 hours as 120 minutes."""
    pattern = r"(?<![\w.,/-])(\d+) (" + "|".join(SMALLER) + r")\b"

    def told(match: re.Match[str]) -> str:
        unit, factor = SMALLER[match[2]]
        return f"{int(match[1]) * factor:,} {unit}"

    return _prose_lines(text, lambda line: re.sub(pattern, told, line))


def contractions(text: str, rng: random.Random) -> str:
    """Don't for do not."""
    pattern = r"\b(" + "|".join(SHORT) + r")\b"
    return _prose_lines(text, lambda line: re.sub(pattern, lambda m: SHORT[m[1]], line))


def joined(text: str, rng: random.Random) -> str:
    """Two sentences as one."""
    pattern = r"(?<=[a-z]{3})\. (The|It|They|This|These|A|In) (?=[a-z])"
    return _prose_lines(
        text, lambda line: re.sub(pattern, lambda m: f"; {m[1].lower()} ", line, count=2)
    )


FAITHFUL: Mapping[str, Transform] = {
    transform.__name__: transform
    for transform in (
        line_breaks, bullets, heading, number_style, date_style, clause_order, synonyms, paragraphs,
        in_words, smaller_units, contractions, joined,
    )
}  # fmt: skip
