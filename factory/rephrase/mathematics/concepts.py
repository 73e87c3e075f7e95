"""What a learning note may add: our own true statements on the concepts of school mathematics.

Free of numbers and names, so that they can't clash with those of the source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from factory.rephrase.fidelity.facts import content_stems
from factory.rephrase.text.segments import sentence_spans
from factory.rephrase.text.tokens import words


@dataclass(frozen=True)
class Concept:
    """A topic with the words that reveal it and what a learner should know about it.

    One hit of `names` tells the topic; of `hints`, which other topics share, it takes two.
    """

    names: re.Pattern[str]
    hints: re.Pattern[str]
    prerequisite: str
    idea: str
    mistake: str
    takeaway: str


SAID = 0.75
"""Share of a statement's content words in one sentence of the source that has said it."""
_NOTHING = r"(?!)"


def _concept(
    names: str, hints: str, prerequisite: str, idea: str, mistake: str, takeaway: str
) -> Concept:
    named, hinted = (re.compile(cues or _NOTHING, re.IGNORECASE) for cues in (names, hints))
    return Concept(named, hinted, prerequisite, idea, mistake, takeaway)


CONCEPTS: tuple[Concept, ...] = (
    _concept(
        r"greatest common divisor|\bgcd\b|euclid's algorithm|euclidean algorithm",
        r"\bremainders?\b|\bdivisors?\b",
        "Division with remainder: dividend = quotient times divisor plus remainder, where the "
        "remainder is smaller than the divisor.",
        "Replace a problem by a smaller problem of the same kind until it solves itself.",
        "Stopping a step too early or a step too late in the chain of divisions.",
        "Common divisors survive when a number is replaced by its remainder.",
    ),
    _concept(
        r"\bquadratic\b|\broots of\b",
        r"\broots?\b|[a-z]\^2[^$]*= ?0|\bfactors as\b",
        "A product of real numbers vanishes exactly when a factor vanishes.",
        "Turn a sum into a product, because a product shows where it vanishes.",
        "Taking the number in a factor for the root without changing its sign.",
        "Once an equation is factored, each factor can be solved for itself.",
    ),
    _concept(
        r"\bPythagoras|\bPythagorean|\bhypotenuse",
        r"\bright triangle|\blegs?\b",
        "In a right triangle the hypotenuse is the side opposite the right angle.",
        "Let areas of squares carry what lengths alone do not tell.",
        "Mixing up the hypotenuse and a leg before squaring.",
        "In a right triangle a missing side can be computed from the known sides.",
    ),
    _concept(
        r"\\(?:sin|cos|tan)(?![a-z])|\bcosine\b|\btangent of\b|\bsine\b",
        r"\bangles?\b|\\circ\b",
        "Sine, cosine and tangent of an acute angle are ratios of sides of a right triangle.",
        "Find out which sides are known, then take the ratio that holds just these.",
        "Reading the sides off from the wrong angle, so that opposite and adjacent change places.",
        "A ratio of sides fixes the angle, and an angle fixes the ratio.",
    ),
    _concept(
        r"\bdiscount|\binterest\b|\bgrowth factor",
        r"(?:raise|lower|increase|decrease|reduce|grow|rise|fall)[a-z]* (?:\w+ ){0,3}by",
        "A change by a percentage is a multiplication by a growth factor.",
        "Work with what remains or accrues as a factor, and multiply factors in a row.",
        "Adding percentages that refer to different bases.",
        "Successive percentage changes multiply.",
    ),
    _concept(
        "",
        r"per ?cent|\\?%",
        "A percentage of a quantity is the quantity times a factor.",
        "Write the percentage as a factor, then multiply.",
        "Taking the percentage of the wrong whole.",
        "A percentage says nothing until its whole is named.",
    ),
    _concept(
        r"\bprobabilit",
        r"\bdice\b|\bdie\b|\burn\b|\bcoins?\b|\bequally likely\b|\bfavourable\b|\bfavorable\b",
        "With equally likely outcomes, probability is the share of favourable outcomes.",
        "Count carefully, then divide.",
        "Treating outcomes as equal that are distinct.",
        "Counting again in another way is a check.",
    ),
    _concept(
        r"\bmedian\b|\bstandard deviation\b|\bvariance\b|\baverage of\b|\barithmetic mean\b",
        r"\bmean and\b|\bdata\b",
        "The mean shares a total out evenly; the median stands in the middle of ordered values.",
        "Add up for the mean, put in order for the median.",
        "Looking for the median in values that were not put in order.",
        "Mean and median answer different questions about the same values.",
    ),
    _concept(
        r"\bgeometric (?:series|sequence|progression)",
        r"\bcommon ratio\b",
        "In a geometric sequence each term is the term before it times a fixed ratio.",
        "Recognise the same pattern on a smaller scale inside the whole.",
        "Summing a term again at the start of the series.",
        "Infinitely many terms may have a finite sum if they shrink by a fixed ratio.",
    ),
    _concept(
        r"\barithmetic (?:series|sequence|progression)|\bcommon difference\b|\bsum of all whole",
        r"\bevery pair\b|\beach pair\b",
        "In an arithmetic sequence neighbouring terms differ by a fixed amount.",
        "Pair terms from both ends so that all pairs agree.",
        "Counting fence posts where gaps are meant, or the reverse.",
        "The sum of an arithmetic series is the number of terms times their mean.",
    ),
    _concept(
        r"\\int(?![a-z])|\bantiderivative|\bintegral",
        r"\barea under\b",
        "Differentiating an antiderivative gives the function back.",
        "Find an antiderivative, then take its value at the upper bound less that at the lower.",
        "Subtracting the bounds in the wrong order, or leaving the lower bound out.",
        "An integral adds up what a derivative would measure step by step.",
    ),
    _concept(
        r"\\lim(?![a-z])|\blimit of\b",
        r"\btends to\b|\bapproaches\b",
        "A limit asks what values come close to, not what happens at the place itself.",
        "Rewrite the expression until the place in question does no more harm.",
        "Putting the place in at once although the expression has no value there.",
        "Expressions that agree near a place have the same limit there.",
    ),
    _concept(
        r"\bmaximum\b|\bminimum\b|\bmaximi[sz]e|\bminimi[sz]e",
        r"\bderivative\b|\blargest\b|\bsmallest\b",
        "Where a smooth function has an extremum inside an interval, its derivative vanishes.",
        "Express the quantity by a single variable, then look where it stops growing.",
        "Forgetting the ends of the interval and the meaning of the variable.",
        "Candidates come from the derivative; the problem decides among them.",
    ),
    _concept(
        r"\bderivative\b|\bdifferentiat|f'\(",
        r"\bslope\b|\brate of change\b",
        "The derivative of a function is the slope of its graph at each place.",
        "Differentiate term by term with the rules for powers, sums and products.",
        "Forgetting to lower the exponent after it has come down as a factor.",
        "A derivative says how fast a quantity changes at a given moment.",
    ),
    _concept(
        r"\bdeterminant|\bmatri(?:x|ces)\b",
        r"\brows?\b|\bcolumns?\b",
        "A matrix is a table of numbers; its rows and columns have an order.",
        "Go through rows and columns in a fixed order, and write every product down.",
        "Losing a sign when the products are subtracted.",
        "The determinant tells whether a square matrix can be inverted.",
    ),
    _concept(
        r"\baverage speed\b",
        "",
        "Average speed is the whole distance divided by the whole time.",
        "Add distances and times up before dividing.",
        "Averaging speeds that were kept for different times.",
        "A mean of rates must be weighted by time.",
    ),
    _concept(
        r"kilomet(?:re|er)s per hour|\bkm/h|\bspeed\b",
        r"\bdistance\b",
        "Distance is speed times time.",
        "Bring distance and time into units that fit the speed, then compute.",
        "Mixing minutes with hours, or metres with kilometres.",
        "Distance, speed and time: any of them follows from the others.",
    ),
    _concept(
        r"\bconvert|\bunits? of (?:length|time|mass)\b",
        "",
        "A unit may be replaced by an equal amount in another unit.",
        "Multiply by what a unit is worth in the new unit, and divide where it stands below.",
        "Multiplying where a division belongs, which a rough estimate would reveal.",
        "Units take part in a calculation just as factors do.",
    ),
    _concept(
        r"\bperimeter\b",
        r"\brectangle|\bsides?\b",
        "The perimeter of a figure is the sum of the lengths of its sides.",
        "Walk around the figure in the mind and add up every side.",
        "Computing the area where the perimeter is asked for.",
        "Perimeter is a length, area is measured in squares.",
    ),
    _concept(
        r"\bcylinder|\bsphere|\bcone\b|\bpyramid|\bprism|\bcuboid",
        r"\bvolumes?\b",
        "The volume of a prism or cylinder is the area of its base times its height.",
        "Find the base and its area, then let the height multiply it.",
        "Taking the diameter for the radius, or a length for an area.",
        "Volumes grow with the cube of the lengths, areas with their square.",
    ),
    _concept(
        r"\bcircles?\b|\bcircumference\b|\bradius\b",
        r"\\pi\b|\bdiameter\b",
        "The area of a circle is proportional to the square of its radius.",
        "Find the radius before anything else.",
        "Squaring the diameter instead of the radius.",
        "All circles have the same shape, so a single constant serves them all.",
    ),
    _concept(
        r"\barea of (?:the|a) (?:rectangle|triangle|square|parallelogram)|\brectangle",
        r"\bareas?\b|\btriangles?\b",
        "The area of a rectangle is its length times its width.",
        "Cut a figure into pieces whose areas are known.",
        "Adding the lengths where they must be multiplied.",
        "Area is measured in squares, so lengths multiply.",
    ),
    _concept(
        r"\bhandshake|\bcombinations?\b|\\binom\b|\bin how many ways\b|\bhow many ways\b",
        r"\bchoose|\bchosen\b|\bcommittee\b",
        "Counting ordered choices counts each unordered choice as often as it can be ordered.",
        "Count too much in a regular way, then correct by a known factor.",
        "Forgetting the correction for what was counted repeatedly.",
        "A symmetric count is a product divided by the number of its symmetries.",
    ),
    _concept(
        r"\bmodulo\b|\bmod\b|\blast digit\b|\bcongruen",
        r"\bremainders?\b|\bdigits?\b",
        "Sums and products of numbers leave the remainders of the sums and products of their "
        "remainders.",
        "Follow only the remainder, and look for the point where the pattern repeats.",
        "Reducing an exponent by the modulus of the base.",
        "Remainders of powers repeat, so a large exponent need not be worked out.",
    ),
    _concept(
        r"\bbinary\b|\bhexadecimal\b|\boctal\b|\bbase ten\b",
        r"\bpowers of two\b|\bdigits?\b",
        "In a positional system a digit counts the power of the base at its place.",
        "Take away the largest power of the base that fits, and go on with the rest.",
        "Leaving out the place of a power that does not occur.",
        "A number stays the same whatever base it is written in.",
    ),
    _concept(
        r"\bdivisible\b|\bdigit sum\b",
        r"\bdigits?\b",
        "A decimal numeral is a sum of digits times powers of the base.",
        "Split every power of the base into a multiple and a remainder.",
        "Carrying a rule over to a divisor for which its reason fails.",
        "A divisibility rule is a statement about remainders of powers of the base.",
    ),
    _concept(
        r"\bprimes?\b|\bprime factor",
        r"\bfactors?\b|\bdivisors?\b",
        "A prime number is divisible only by itself and the unit.",
        "Split off prime factors from the smallest upwards.",
        "Stopping at a factor that can be split further.",
        "Every whole number above the unit is a product of primes in a single way.",
    ),
    _concept(
        r"\blogarithm|\\log\b|\\ln\b",
        r"\bexponents?\b",
        "A logarithm is the exponent to which the base must be raised.",
        "Translate a statement on logarithms into a statement on powers.",
        "Splitting the logarithm of a sum as if it were that of a product.",
        "Logarithms turn products into sums.",
    ),
    _concept(
        r"\bexponents?\b|\bpowers? of the same base|\bpower of\b",
        r"\bpowers?\b|\bsame base\b",
        "An exponent counts equal factors.",
        "Bring everything to the same base.",
        "Multiplying exponents where factors are multiplied.",
        "Laws of exponents are laws of counting factors.",
    ),
    _concept(
        r"\birrational\b|\bcontradict",
        r"\bsuppose\b|\bassume\b",
        "A statement is proved by contradiction if its opposite leads to something impossible.",
        "Assume the opposite and follow it until it breaks.",
        "Using what is to be proved along the way.",
        "A single impossible consequence refutes the assumption.",
    ),
    _concept(
        r"\bcomplex numbers?\b|\bi\^2\b|\bimaginary\b",
        "",
        "The square of the imaginary unit is negative, and otherwise the usual rules hold.",
        "Expand as with real numbers, then replace the square of the imaginary unit.",
        "Losing the sign that the square of the imaginary unit brings.",
        "Real and imaginary parts are collected apart.",
    ),
    _concept(
        r"\binequalit",
        r"<|>|\\leq?\b|\\geq?\b",
        "An inequality keeps its direction under addition and under positive factors.",
        "Solve it like an equation, but watch the sign of every factor.",
        "Keeping the direction although both sides were divided by a negative number.",
        "A negative factor turns an inequality around.",
    ),
    _concept(
        r"\bnumerators?\b|\bdenominators?\b|\bcommon denominator",
        r"\bfractions?\b",
        "Fractions with the same denominator are added by adding their numerators.",
        "Make the parts equal in size before counting them.",
        "Adding denominators as if they counted something.",
        "A fraction may change its look without changing its value.",
    ),
    _concept(
        r"\bsystem of equations\b|\bboth equations\b|\b(?:first|second) equation\b",
        r"\bunknowns\b",
        "Equations may be added and subtracted side by side without losing a common solution.",
        "Combine the equations so that an unknown drops out.",
        "Putting a value back into the equation from which it came.",
        "A common solution must satisfy every equation of the system.",
    ),
    _concept(
        r"\b(?:solve|both sides)\b",
        r"\bequations?\b|\bunknown\b|\bsubstitut",
        "Doing the same to both sides of an equation keeps its solutions, as long as the step can "
        "be undone.",
        "Undo the operations around the unknown, the outermost before the others.",
        "Changing a side and leaving the other as it was.",
        "A solution is proved by putting it in.",
    ),
)


_STORY = _concept(
    r"\bhow (?:many|much)\b",
    r"\beach\b|\baltogether\b|\bin total\b|\bleft\b|\bcosts?\b",
    "Equal groups are counted by a multiplication, and what is taken away is subtracted.",
    "Say in words what each number stands for before computing with it.",
    "Using every number of the text without asking what it stands for.",
    "A result with its unit can be held against the story it comes from.",
)
"""What any problem told as a story is about, if nothing else."""
ENOUGH = 2
"""A topic hinted at once is not what a text is about."""
SHORT = 60
"""In a text of fewer words a second topic would say more than the text."""


def concepts_of(text: str, limit: int = 2) -> list[Concept]:
    """The concepts that `text` is most about, best first, ties in table order; one if it is
    short."""
    counted = [
        (ENOUGH * len(c.names.findall(text)) + len(c.hints.findall(text)), -i, c)
        for i, c in enumerate(CONCEPTS)
    ]
    often = (counts for counts in counted if counts[0] >= ENOUGH)
    found = sorted(often, key=lambda t: t[:2], reverse=True)
    if not found:
        return [_STORY] if _STORY.names.search(text) else []
    return [concept for _, _, concept in found[: limit if len(words(text)) >= SHORT else 1]]


def prerequisites(concepts: Sequence[Concept], text: str) -> list[str]:
    """What one should know for `text`, less what a sentence of it says, if anything is left."""
    sentences = [frozenset(content_stems(text[a:b])) for a, b in sentence_spans(text)]

    def said(statement: str) -> bool:
        own = frozenset(content_stems(statement))
        return any(len(own & other) >= SAID * len(own) for other in sentences)

    known = [c.prerequisite for c in concepts]
    return [statement for statement in known if not said(statement)] or known[:1]
