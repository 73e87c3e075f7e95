"""Learning notes: what is asked is found, what is added is true, a wrong answer is not believed."""

from __future__ import annotations

import asyncio
import random
from fractions import Fraction

import pytest

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.fidelity.arithmetic import equations
from factory.rephrase.fidelity.facts import known_names, statements
from factory.rephrase.knowledge import rewrite
from factory.rephrase.mathematics.checks import put_in, restatements, substituted, unsupported
from factory.rephrase.mathematics.concepts import CONCEPTS, concepts_of, prerequisites
from factory.rephrase.mathematics.notes import write_note
from factory.rephrase.mathematics.sections import sort_sentences
from factory.rephrase.mathematics.translate import OfflineTranslator
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.passages import split

RECIPE = Recipe(passages={"min_tokens": 5})
AUTHORS = {"rewriter": OfflineRewriter(), "translator": OfflineTranslator()}


def note_of(text: str, title: str = "", language: str = "en") -> dict:
    about = {"id": "p", "uri": "file:p", "title": title, "licence": "unknown", "subject": "math"}
    document = {**about, "text": text, "language": language, "script": "Latn"}
    ctx = lone_context(recipe=RECIPE, record_id="p", stage="passages")
    passage = asyncio.run(split(document, ctx))[0]
    ctx = lone_context(recipe=RECIPE, record_id="p", stage="rewrites", authors=AUTHORS)
    return asyncio.run(rewrite(passage, ctx))[0]


def reason(text: str) -> str | None:
    return note_of(text).get("reason")


def section(text: str, name: str) -> str:
    return next((b for b in text.split("\n\n") if b.startswith(f"**{name}.**")), "")


STATED = [s for c in CONCEPTS for s in (c.prerequisite, c.idea, c.mistake, c.takeaway)]


@pytest.mark.parametrize("statement", STATED)
def test_what_a_note_adds_holds_no_number_date_or_name(statement: str) -> None:
    kinds = {f.kind for s in statements(statement, known_names(statement)) for f in s.facts}
    assert not kinds & {"number", "date", "name"}


@pytest.mark.parametrize(
    ("text", "question", "steps", "answer"),
    [
        ("Solve $3x = 15$.\n\nDivide by 3: $x = 5$.", "Solve $3x = 15$.", 1, ""),
        (
            "**Problem:** Tom has 3 boxes. How many are left?\n\n**Solution:** None, as "
            "3 - 3 = 0.\n\n**Answer:** 0",
            "Tom has 3 boxes. How many are left?",
            1,
            "0",
        ),
        (
            "Question: She sold 4 and then 5. How many in all?\nAnswer: First 4 were sold. In "
            "all 4 + 5 = 9 were sold.\n#### 9",
            "She sold 4 and then 5. How many in all?",
            2,
            "9",
        ),
        ("Let $a = 2$. Then $a + 1 = 3$. So it is $\\boxed{3}$.", "", 2, "So it is $\\boxed{3}$."),
        (
            "Theorem 2.1. The sum is even.\n\nProof. It is $2 k$.",
            "Why is this so? The sum is even.",
            1,
            "",
        ),
        ("## Problem\n\nFind it.\n\n## Solution\n\nIt is $4$.", "Find it.", 1, ""),
    ],
)
def test_the_problem_is_found_with_and_without_labels(
    text: str, question: str, steps: int, answer: str
) -> None:
    found = sort_sentences(text)
    assert " ".join(found["question"]) == question
    assert len(found["steps"]) == steps and " ".join(found["answer"]) == answer


def test_a_text_that_asks_nothing_is_asked_about_and_an_empty_title_is_not_quoted() -> None:
    assert "What does this argument show" in write_note("", "It is $1 + 1 = 2$.")
    assert "“Sums”" in write_note("Sums", "It is $1 + 1 = 2$.")


@pytest.mark.parametrize(
    ("formula", "values", "expected"),
    [
        ("3x + 5 = 20", {"x": "5"}, r"3 \cdot 5 + 5 = 20"),
        ("x^2 - x = 6", {"x": "-2"}, "(-2)^2 - (-2) = 6"),
        ("xy = 6", {"x": "2", "y": "3"}, r"2 \cdot 3 = 6"),
        (r"\frac{x}{2} = 1", {"x": "2"}, r"\frac{2}{2} = 1"),
        (r"2 \cdot x = 3", {"x": "1.5"}, r"2 \cdot 1.5 = 3"),
        (r"\sqrt{x} = 3", {"x": "9"}, r"\sqrt{9} = 3"),
    ],
)
def test_a_value_is_put_in_with_the_signs_it_needs(
    formula: str, values: dict[str, str], expected: str
) -> None:
    assert " ".join(substituted(formula, values).split()) == expected


def test_random_equations_prove_their_solution_and_refuse_any_other() -> None:
    rng = random.Random(8)
    for _ in range(60):
        a, b, x = rng.randint(2, 9), rng.randint(1, 20), Fraction(rng.randint(-9, 9))
        question = f"Solve ${a}x + {b} = {a * x + b}$."
        assert put_in(question, f"So $x = {x}$.")[0] and not put_in(question, f"$x = {x}$")[1]
        wrong = x + rng.choice((-2, -1, 1, 2))
        true, false = put_in(question, f"So $x = {wrong}$.")
        assert not true and false
        assert put_in(question, f"${wrong}$") == ([], [])  # may answer something else


def test_what_can_not_be_read_with_a_solution_proves_and_disproves_nothing() -> None:
    for question in ("Find $f(x) = 2x$.", "Solve $2x < 6$.", r"Find $\sum_{n} n = x$.", "$x$?"):
        assert put_in(question, "$x = 3$") == ([], [])


SOLVED = (
    "Problem. Solve $2x + 6 = 14$.\n\nSolution. Subtract: $14 - 6 = 8$. So $x = {}$.\n\n"
    "Answer: $x = {}$"
)


def test_a_wrong_solution_is_rejected_whatever_the_source_says() -> None:
    right = note_of(SOLVED.format(4, 4))
    assert right["keep"] and r"$2 \cdot 4 + 6 = 14$" in section(right["text"], "Check")
    assert reason(SOLVED.format(5, 5)) == "answer_wrong"


def test_an_answer_that_the_steps_never_reach_is_rejected() -> None:
    told = "Problem. Find the perimeter of $8$ by $5$.\n\nSolution. It is $2 \\cdot (8 + 5) = 26$."
    assert reason(f"{told}\n\nAnswer: $26$ cm") is None
    assert reason(f"{told}\n\nAnswer: $28$ cm") == "answer_unsupported"


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        ("$0.5$", "It is $1/2 = 0.5$."),
        ("$50$ percent", r"It is $\frac{1}{2} = 0.5$."),
        (r"$\frac{1}{6}$", r"It is $\frac{6}{36} = \frac{1}{6}$."),
        ("about $7.07$", r"It is $7 + 1/14 = \frac{99}{14}$."),
        ("There are 6 of them.", "So six outcomes are favourable."),
        ("$15$ more, because $20 - 5 = 15$", "There are $20$ here and $5$ there."),
        ("1,000 euros", "It is 10 * 100 = 1000."),
        (r"$\frac{3}{8}$, or 37.5 percent", "There are $5 + 3 = 8$, of which 3 are blue."),
    ],
)
def test_an_answer_may_be_said_in_another_form(answer: str, rest: str) -> None:
    assert unsupported([answer], rest) == []


def test_checks_of_our_own_are_true_and_say_something() -> None:
    told = restatements("It is $12 + 30 = 42$, then $42 / 6 = 7$, then $2 + 2 = 4$, $8 - 0 = 8$.")
    assert len(told) == 2 and all(e.status == "true" for t in told for e in equations(t))
    assert r"$7 \cdot 6 = 42$" in told[1] and "$42 - 30 = 12$" in told[0]


def test_a_prerequisite_that_the_source_states_is_not_added_if_another_is_left() -> None:
    text = "Average speed is the whole distance divided by the whole time, and never the mean."
    speed = concepts_of("average speed")[0]
    other = concepts_of("the hypotenuse")[0]
    assert prerequisites([speed, other], text) == [other.prerequisite]
    assert prerequisites([speed], text) == [speed.prerequisite]


def test_a_short_passage_is_in_the_language_its_document_declares() -> None:
    text = "Ejercicio. Resuelve $3x - 4 = 11$.\n\nSumamos $4$ a ambos lados: $3x = 15$."
    refused = note_of(text, language="es")
    assert refused.reason == "language_not_offered"  # type: ignore[attr-defined]
