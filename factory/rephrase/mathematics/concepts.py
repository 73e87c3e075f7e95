"""What a learning note may add: our own true statements on the concepts of school mathematics.

Free of numbers, so that they can't clash with those of the source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Concept:
    """A topic with the words that reveal it and what a learner should know about it."""

    cues: re.Pattern[str]
    prerequisite: str
    idea: str
    mistake: str
    takeaway: str


def _concept(cues: str, prerequisite: str, idea: str, mistake: str, takeaway: str) -> Concept:
    return Concept(re.compile(cues, re.IGNORECASE), prerequisite, idea, mistake, takeaway)


CONCEPTS: tuple[Concept, ...] = (
    _concept(
        r"greatest common divisor|algorithm|remainder",
        "Division with remainder: dividend = quotient times divisor plus remainder, where the "
        "remainder is smaller than the divisor.",
        "Replace a problem by a smaller one of the same kind until it solves itself.",
        "Stopping a step too early or a step too late in the chain of divisions.",
        "Common divisors survive when a number is replaced by its remainder.",
    ),
    _concept(
        r"quadratic|roots|x\^2",
        "A product of real numbers is zero exactly when a factor is zero.",
        "Turn a sum into a product, because zeros can be read off a product.",
        "Taking the number in a factor for the root without changing its sign.",
        "Once an equation is factored, each factor can be solved for itself.",
    ),
    _concept(
        r"Pythagoras|hypotenuse|right triangle",
        "In a right triangle the hypotenuse is the side opposite the right angle.",
        "Let areas of squares carry what lengths alone do not tell.",
        "Mixing up the hypotenuse and a leg before squaring.",
        "In a right triangle a missing side can be computed from the known ones.",
    ),
    _concept(
        r"percent|%|\\%|discount|interest",
        "A change by a percentage is a multiplication by a growth factor.",
        "Work with what remains or accrues as a factor, and multiply factors in a row.",
        "Adding percentages that refer to different bases.",
        "Successive percentage changes multiply.",
    ),
    _concept(
        r"probability|dice|urn",
        "With equally likely outcomes, probability is the share of favourable ones.",
        "Count carefully, then divide.",
        "Treating outcomes as equal that are distinct.",
        "Counting again in another way is a check.",
    ),
    _concept(
        r"geometric series|ratio",
        "In a geometric sequence each term is the one before it times a fixed ratio.",
        "Recognise the same pattern on a smaller scale inside the whole.",
        "Summing a term twice at the start of the series.",
        "Infinitely many terms may have a finite sum if they shrink by a fixed ratio.",
    ),
    _concept(
        r"arithmetic s|sum of all whole|every pair|each pair",
        "In an arithmetic sequence neighbouring terms differ by a fixed amount.",
        "Pair terms from both ends so that all pairs agree.",
        "Counting fence posts where gaps are meant, or the reverse.",
        "The sum of an arithmetic series is the number of terms times their mean.",
    ),
    _concept(
        r"derivative|maximum|volume",
        "Where a smooth function has a maximum inside an interval, its derivative is zero.",
        "Express the quantity by a single variable, then look where it stops growing.",
        "Forgetting the ends of the interval and the meaning of the variable.",
        "Candidates come from the derivative; the problem decides among them.",
    ),
    _concept(
        r"speed|kilometres per hour|km/h",
        "Distance is speed times time.",
        "Add distances and times first, and divide last.",
        "Averaging speeds that were kept for different times.",
        "A mean of rates must be weighted by time.",
    ),
    _concept(
        r"handshake|combination|binom",
        "Counting ordered pairs counts each unordered pair once for every order.",
        "Count too much in a regular way, then correct by a known factor.",
        "Forgetting the correction for what was counted repeatedly.",
        "A symmetric count is a product divided by the number of its symmetries.",
    ),
    _concept(
        r"digit",
        "A decimal numeral is a sum of digits times powers of the base.",
        "Split every power of the base into a multiple and a remainder.",
        "Carrying a rule over to a divisor for which its reason fails.",
        "A divisibility rule is a statement about remainders of powers of the base.",
    ),
    _concept(
        r"exponent|powers? of the same base",
        "An exponent counts equal factors.",
        "Bring everything to the same base.",
        "Multiplying exponents where factors are multiplied.",
        "Laws of exponents are laws of counting factors.",
    ),
    _concept(
        r"fraction|\\frac|denominator",
        "Fractions with the same denominator are added by adding their numerators.",
        "Make the parts equal in size before counting them.",
        "Adding denominators as if they counted something.",
        "A fraction may change its look without changing its value.",
    ),
    _concept(
        r"equation|unknown|substitut",
        "Doing the same to both sides of an equation keeps its solutions, as long as the step can "
        "be undone.",
        "Undo, one after another, the operations around the unknown.",
        "Changing one side and leaving the other as it was.",
        "A solution is proved by putting it in.",
    ),
)


MIN_CUES = 2
"""A concept mentioned once is not what a text is about."""


def concepts_of(text: str, limit: int = 2) -> list[Concept]:
    """The concepts whose cues occur most often in `text`, twice at least; ties in table order."""
    counted = [(len(c.cues.findall(text)), -i, c) for i, c in enumerate(CONCEPTS)]
    often = (counts for counts in counted if counts[0] >= MIN_CUES)
    found = sorted(often, key=lambda t: t[:2], reverse=True)
    return [concept for _, _, concept in found[:limit]]
