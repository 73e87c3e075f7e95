"""Each style does what its name says, only where it fits, in English that agrees with itself."""

from __future__ import annotations

import asyncio
import random
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.applicability import fitting
from factory.rephrase.author import RewriteRequest
from factory.rephrase.drafts import write
from factory.rephrase.english.naming import name_things
from factory.rephrase.english.questions import question
from factory.rephrase.english.sentences import parse
from factory.rephrase.fidelity.arithmetic import equations
from factory.rephrase.fidelity.gate import reason
from factory.rephrase.fidelity.scores import check
from factory.rephrase.forms import frames
from factory.rephrase.forms.desk import Desk, parts_of
from factory.rephrase.forms.kinds import card_kind
from factory.rephrase.forms.lists import note
from factory.rephrase.knowledge import rewrite
from factory.rephrase.offline import FORMS, OfflineRewriter
from factory.rephrase.passages import split
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.settings import Thresholds
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.rephrase.text.distance import distance, grams
from factory.stage import Reject

TEXTS = Path(__file__).parent / "texts"
LIMITS = Thresholds(max_copy_rate=1.0, min_novelty=0.0)


def passage(name: str, **settings: int) -> dict[str, Any]:
    (ref,) = enumerate_documents([str(TEXTS / name)])
    document = read_document(ref)
    recipe = Recipe(stages=("passages",), passages=settings)
    ctx = lone_context(recipe=recipe, record_id=document["id"], stage="passages")
    made = asyncio.run(split(document, ctx))
    assert not isinstance(made[0], Reject)
    return made[0]


def told(name: str, style: str, perspective: str = "teacher", seed: int = 0, **more: int) -> str:
    reading = Reading(STYLES[style], PERSPECTIVES[perspective])
    source = passage(name, **(more or {"chunk_tokens": 4096}))
    return asyncio.run(write(source, reading, OfflineRewriter(), random.Random(seed))).text


def test_there_are_twenty_styles_and_eight_perspectives() -> None:
    assert len(STYLES) >= 14 and len(PERSPECTIVES) >= 8


def test_a_style_is_offered_only_where_the_text_has_what_it_needs() -> None:
    fits = {path.name: fitting(passage(path.name)["text"]) for path in TEXTS.iterdir()}
    where = {style: {name for name in fits if style in fits[name]} for style in STYLES}
    assert where["timeline"] == {"curie.md"}
    assert where["steps"] == {"bread.md"}
    assert where["rules"] == {"lease.md"}
    assert where["glossary"] == {"bees.md"}
    assert "bees.md" in where["cause_effect"] and "lease.md" not in where["cause_effect"]
    assert where["compare"] == {"bees.md", "rome.txt"}
    assert "bees.md" in where["figures"] and "curie.md" not in where["figures"]
    assert fitting("```\nx = 1\n```\n") == {"restated"}


@pytest.mark.parametrize("name", sorted(path.name for path in TEXTS.iterdir()))
def test_the_gate_passes_every_fitting_style_on_prose(name: str) -> None:
    source = passage(name)
    styles = sorted(fitting(source["text"]))
    failed: dict[tuple[str, str], str | None] = {}
    for style in styles:
        for seed, perspective in enumerate(PERSPECTIVES):
            text = told(name, style, perspective, seed, chunk_tokens=96)
            report = check(source["text"], text, source["title"])
            why = reason(text, report, LIMITS, "en")
            failed |= {(style, perspective): why} if why else {}
    assert len(failed) <= 0.05 * len(styles) * len(PERSPECTIVES), failed


def test_a_timeline_runs_from_the_earliest_date_to_the_latest() -> None:
    text = told("curie.md", "timeline")
    years = [int(y) for y in re.findall(r"^- \*\*(?:\w+ )?(\d{4}):\*\*", text, re.MULTILINE)]
    assert len(years) >= 4 and years == sorted(years)


def test_a_timeline_puts_what_was_told_late_where_it_belongs() -> None:
    text = (
        "The mill was sold in 1950. The old mill was built in 1820. It stood by the river. "
        "A flood damaged the wheel in 1903. The wheel is made of oak."
    )
    reading = Reading(STYLES["timeline"], PERSPECTIVES["teacher"])
    request = RewriteRequest(reading, "", text, 0, len(text), "", random.Random(0))
    title, _, *lines = asyncio.run(OfflineRewriter().rewrite(request)).split("\n")
    assert title == "**Through time**"
    assert [line[:11] for line in lines[:3]] == ["- **1820:**", "- **1903:**", "- **1950:**"]
    assert lines[0].endswith("It stood by the river.")
    assert lines[-3:] == ["**Undated**", "", "The wheel is made of oak."]


def test_a_glossary_is_alphabetical_and_keeps_the_rest_as_notes() -> None:
    terms = re.findall(r"^- \*\*(.+?)\*\*: ", told("bees.md", "glossary"), re.MULTILINE)
    assert terms == sorted(terms, key=str.lower) and {"Drone", "Varroa", "Waggle dance"} <= {*terms}
    assert "**Further notes**" in told("bees.md", "glossary")


def test_causes_stand_before_effects_and_sides_against_each_other() -> None:
    causes = told("bees.md", "cause_effect")
    pair = (
        r"\*\*Reason:\*\* The water must evaporate .+ "
        r"\*\*What follows:\*\* The bees fan their wings"
    )
    assert re.search(pair, causes)
    sides = told("rome.txt", "compare")
    assert "- **On one side:** A main road was about 4.2 m wide." in sides
    assert re.search(r"- \*\*On the other:\*\* Local roads were \w+ less than 2.5 m wide\.", sides)


def test_steps_are_numbered_through_all_chunks_of_a_section() -> None:
    text = told("bread.md", "steps", chunk_tokens=64)
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 10


def test_every_calculation_of_figures_is_true_and_uses_a_number_of_the_text() -> None:
    source, text = passage("bees.md")["text"], told("bees.md", "figures")
    stated = equations(text)
    assert len(stated) >= 4 and {e.status for e in stated} == {"true"}
    for e in stated:
        assert re.search(rf"\b{re.split(r'[^0-9.]', e.text)[0]}\b", source)


def test_a_summary_says_no_statement_twice() -> None:
    text = told("bees.md", "summary_first")
    assert text.index("**In short**") < text.index("**In detail**")
    for said in ("The waggle dance is a movement", "Nectar is mostly water", "reached Europe"):
        assert text.count(said) == 1


def test_regrouped_statements_keep_what_they_lean_on() -> None:
    text = told("bees.md", "glossary")
    assert re.search(r"\*\*Varroa\*\*: a mite that feeds on larvae\. It reached Europe", text)


@pytest.mark.parametrize(
    ("before", "pronoun", "after"),
    [
        ("Varroa is a mite that feeds on larvae.", "It reached Europe.", "Varroa reached Europe."),
        ("The tool reads the files.", "It sorts them.", "The tool sorts them."),
        ("The tool reads the file.", "It is sorted.", None),
        ("Users want tools.", "They cost money.", None),
        ("The bees collect nectar.", "They fly far.", "The bees fly far."),
        ("The tool reads files.", "It is possible that none is left.", None),
        ("The tool of the user reads files.", "It stops.", None),
    ],
)
def test_a_pronoun_becomes_a_name_only_beyond_doubt(
    before: str, pronoun: str, after: str | None
) -> None:
    named = name_things([parse(before), parse(pronoun)])
    assert named[1].text() == (after or pronoun)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Code objects are an internal type.", {"What are code objects?"}),
        ("A drone is a male bee.", {"What is a drone?"}),
        ("The tool prints the names of all files.", {"What does the tool print?"}),
        ("The tools print the names of all files.", {"What do the tools print?"}),
        ("The result depends on the order.", {"What does the result depend on?"}),
        ("The list has three entries.", {"How many entries does the list have?"}),
        ("The bridge was built in 1903.", {"When was the bridge built?"}),
        ("Marie Curie was a physicist and chemist.", {"Who was Marie Curie?"}),
        ("The loaf is soft because steam surrounds it.", {"Why is the loaf soft?"}),
        ("If the list is empty, an error is raised.", {"What happens if the list is empty?"}),
    ],
)
def test_questions_agree_with_what_they_ask_about(sentence: str, expected: set[str]) -> None:
    common = frozenset({"code", "list", "loaf", "bridge", "drone", "tool", "tools", "result"})
    asked = {
        question(parse(sentence), "", "newcomer", common, random.Random(seed)) for seed in range(40)
    }
    assert expected <= asked
    for said in asked:
        assert said is not None and said.endswith("?")
        assert not re.search(r"\b(?:is|does|was|has) (?:code objects|the tools)\b", said)


@pytest.mark.parametrize(
    "fragment", ["is equivalent to", "and then the rest,", "Below is a list.", "It is so.", "See"]
)
def test_nothing_is_asked_of_fragments_and_pronouns(fragment: str) -> None:
    assert question(parse(fragment), "", "teacher", frozenset(), random.Random(0)) is None


def rewritten(source: dict[str, Any], **settings: Any) -> list[Any]:
    recipe = Recipe(stages=("passages", "rewrites"), rewrites=settings)
    ctx = lone_context(recipe=recipe, record_id=source["id"], stage="rewrites")
    return asyncio.run(rewrite(source, ctx))


def test_rewrites_of_one_passage_keep_the_set_distance_and_the_cap() -> None:
    for least in (0.0, 0.3, 0.6):
        found = rewritten(passage("bees.md"), per_source=4, min_distance=least)
        kept = [grams(r["text"]) for r in found if r["keep"]]
        assert 1 <= len(kept) <= 4
        assert len({(r["style"], r["perspective"]) for r in found}) == len(found)
        pairs = [(a, b) for i, a in enumerate(kept) for b in kept[:i]]
        assert all(distance(a, b) >= least for a, b in pairs)
        assert (least < 0.6) or any(r.get("reason") == "too_similar" for r in found)


def test_a_language_the_author_does_not_write_is_refused() -> None:
    german = {**passage("bees.md"), "language": "de"}
    (refused,) = rewritten(german)
    assert isinstance(refused, Reject) and refused.reason == "language_not_offered"


def test_a_chunk_is_cast_without_what_it_was_not_given() -> None:
    """A style reads its chunk alone: the same chunk of another passage gives the same words."""
    chunk = "Nectar is mostly water. Ripe honey contains little water. Bees collect nectar."
    reading = Reading(STYLES["notes"], PERSPECTIVES["newcomer"])
    said = set()
    for excerpt in (chunk, chunk + "\n\nThe queen lays eggs."):
        request = RewriteRequest(reading, "", excerpt, 0, len(chunk), "", random.Random(1))
        said.add(asyncio.run(OfflineRewriter().rewrite(request)))
    assert len(said) == 1


def test_a_perspective_is_heard_in_every_style() -> None:
    """Two who draw the same lots still tell a passage in different words."""
    apart: dict[str, list[float]] = {style: [] for style in STYLES}
    for path in sorted(TEXTS.iterdir()):
        for style in sorted(fitting(passage(path.name)["text"])):
            said = [grams(told(path.name, style, person, 1)) for person in PERSPECTIVES]
            apart[style] += [distance(a, b) for a, b in pairwise(said)]
    heard = {style: sum(found) / len(found) for style, found in apart.items() if found}
    assert len(heard) >= 12
    for style, far in heard.items():
        assert far >= 0.01, (style, far)
    assert sum(heard.values()) / len(heard) >= 0.15


def test_a_cause_told_after_its_effect_keeps_the_code_of_either_sentence() -> None:
    text = (
        "The daemon writes `log` every hour. This is because the disk `sda` is slow. "
        "The queue grows at night. It is emptied by a script. Nobody waits for it."
    )
    reading = Reading(STYLES["cause_effect"], PERSPECTIVES["examiner"])
    request = RewriteRequest(reading, "", text, 0, len(text), "", random.Random(0))
    said = asyncio.run(OfflineRewriter().rewrite(request))
    pair = r"- \*\*Cause:\*\* The disk `sda` is slow\. \*\*Effect:\*\* The daemon writes `log` "
    assert re.search(pair, said), said


def desk_for(text: str) -> Desk:
    common = frozenset(re.findall(r"[a-z]+", text))
    return Desk(
        PERSPECTIVES["teacher"],
        common,
        frozenset(),
        random.Random(3),
        written="",
        topic="",
        first=True,
        last=True,
    )


def test_a_conversation_opens_with_a_beginning_and_asks_on_only_after_an_answer() -> None:
    text = (
        "There are no rules for it. Nobody has ever asked for any. Whoever comes may stay, and "
        "whoever leaves may come back.\n\nNothing else is known about it."
    )
    desk = desk_for(text)
    lines = FORMS["dialogue"](parts_of(text), desk)
    asked = [line.partition(":** ")[2] for line in lines][::2]
    name = desk.perspective.name
    assert asked[0] in frames.BEGINNINGS[name] and set(asked[1:]) <= set(frames.NUDGES[name])
    assert len(asked) == 2  # what bears no question goes on with the answer


def test_frames_are_drawn_evenly() -> None:
    desk = desk_for("It is so.")
    phrases = ("One?", "Two?", "Three?")
    drawn = [desk.draw(phrases) for _ in range(6)]
    assert sorted(drawn[:3]) == sorted(drawn[3:]) == sorted(phrases)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The box is a chest of oak.", "**The box:** a chest of oak."),
        ("The archive holds old letters.", "**The archive** holds old letters."),
        ("The archive barely needs a name.", "The archive barely needs a name."),
    ],
)
def test_a_note_is_a_sentence_unless_it_says_what_something_is(text: str, expected: str) -> None:
    sentence = parse(text)
    desk = desk_for(text)
    desk.vary = lambda told, words=0.7: told  # type: ignore[method-assign]
    assert note(sentence, sentence.body, desk) == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("While the marks might differ, the file shows them", "Fact"),
        ("The marks might differ", "Possibility"),
        ("The huge benefit is the much higher speed", "Fact"),
        ("The hub is the part of a wheel that turns", "Definition"),
        ("A hub is a part of a wheel", "Definition"),
        ("Turning the hub is a slow job", "Fact"),
    ],
)
def test_a_card_is_labelled_by_the_main_clause(body: str, kind: str) -> None:
    assert card_kind(body) == kind


def test_headings_keep_their_level() -> None:
    text = "# Bees\n\nThey fly.\n\n### Hives\n\nThey are warm.\n\nWax\n---\n\nIt melts."
    lines = FORMS["outline"](parts_of(text), desk_for(text))
    assert [line for line in lines if line.startswith("#")] == ["# Bees", "### Hives", "## Wax"]


def test_entries_keep_their_numbers_and_stand_below_what_introduces_them() -> None:
    terms = "0. The term box means a chest.\n\nThe lid is flat, but the floor is round."
    assert FORMS["compare"](parts_of(terms), desk_for(terms))[0].startswith("0. The term box")
    own = "(1) Make a box.\n\n(2) Open the lid.\n\nClose the lid again, and do not look."
    told = "\n".join(FORMS["outline"](parts_of(own), desk_for(own))).split("\n")
    assert [line.split(" ")[0] for line in told] == ["(1)", "(2)", "1."]
    later = "There is a way to do it.\n\n1. Make a box.\n2. Open the lid."
    told = "\n".join(FORMS["outline"](parts_of(later), desk_for(later))).split("\n")
    assert [line.partition(".")[0] for line in told] == ["1", "   1", "   2"]
    steps = "Take these:\n\n1. Unpack the box.\n2. Open the lid.\n\nClose the lid."
    lines = "\n".join(FORMS["steps"](parts_of(steps), desk_for(steps))).split("\n")
    assert [line.partition(".")[0] for line in lines] == ["1", "   1", "   2", "2"]


def test_plain_statements_share_a_card() -> None:
    text = "Some rain falls. Some snow falls. Some hail falls. Some wind blows. The sun must shine."
    lines = FORMS["cards"](parts_of(text), desk_for(text))
    assert [line.count("Some") for line in lines] == [3, 1, 0]
