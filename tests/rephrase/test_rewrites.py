"""The stage: distinct readings, chunks in order, seams, a verdict on whatever an author does."""

from __future__ import annotations

import asyncio
import random
from typing import get_args

import pytest
from pydantic import ValidationError

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.records import problems
from factory.rephrase.author import RewriteRequest, Translation
from factory.rephrase.knowledge import rewrite
from factory.rephrase.mathematics.notes import write_note
from factory.rephrase.mathematics.translate import OfflineTranslator
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.passages import split
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.settings import PerspectiveName, RewriteSettings, StyleName
from factory.rephrase.styles import PERSPECTIVES, STYLES, draw_readings
from factory.stage import Reject

RECIPE = Recipe(passages={"excerpt_tokens": 512, "chunk_tokens": 96}, rewrites={"per_source": 4})
STRICT = {"min_novelty": 0.0, "max_copy_rate": 1.0}


def documents(path: str, name: str = "") -> list[dict[str, str]]:
    return [read_document(r) for r in enumerate_documents([path]) if name in r.name]


def passage_of(document: dict[str, str], recipe: Recipe = RECIPE) -> dict:
    ctx = lone_context(recipe=recipe, record_id=document["id"], stage="passages")
    return asyncio.run(split(document, ctx))[0]


def rewritten(passage: dict, recipe: Recipe = RECIPE, **authors: object) -> list[dict]:
    given = {"rewriter": OfflineRewriter(), "translator": OfflineTranslator(), **authors}
    ctx = lone_context(recipe=recipe, record_id=passage["id"], stage="rewrites", authors=given)
    return asyncio.run(rewrite(passage, ctx))


EXCEPTIONS = passage_of(documents("pydoc:topics", "exceptions")[0])


def test_a_passage_gets_k_distinct_readings_and_valid_records() -> None:
    found = rewritten(EXCEPTIONS)
    assert len(found) == 4 and len({r["text"] for r in found}) == 4
    assert len({r["style"] for r in found}) == 4 and [r["variant"] for r in found] == [0, 1, 2, 3]
    for record in found:
        assert problems("rewrite", record) == []
        assert record["lineage"]["author"] == "offline-rules"
        assert record["source_id"] == EXCEPTIONS["id"] and record["licence"] == "PSF-2.0"
        assert record["keep"] == (record.get("reason") is None)
    assert sum(r["keep"] for r in found) >= 3


def test_the_same_seed_gives_the_same_rewrites_and_another_seed_others() -> None:
    again = [r["text"] for r in rewritten(EXCEPTIONS)]
    assert again == [r["text"] for r in rewritten(EXCEPTIONS)]
    other = RECIPE.model_copy(update={"seed": 1})
    assert again != [r["text"] for r in rewritten(EXCEPTIONS, other)]


def test_chunk_spans_map_source_to_output_without_gaps() -> None:
    for record in rewritten(EXCEPTIONS):
        spans = record["chunks"]
        assert len(spans) == len(EXCEPTIONS["chunks"]) > 2
        source = "".join(EXCEPTIONS["text"][s["source_start"] : s["source_end"]] for s in spans)
        assert source == EXCEPTIONS["text"]
        assert "\n\n".join(record["text"][s["start"] : s["end"]] for s in spans) == record["text"]


class Scripted:
    """An author that does one thing wrong at the second chunk."""

    label = "scripted"

    def __init__(self, fault: str = "") -> None:
        self.fault, self.seen = fault, list[RewriteRequest]()

    async def rewrite(self, request: RewriteRequest) -> str:
        self.seen.append(request)
        chunk = request.chunk
        if request.start == 0 or not self.fault:
            return chunk
        if self.fault == "repeats":
            return request.written
        if self.fault == "invents":
            return chunk + " The marble fountain near the harbour attracts summer tourists."
        if self.fault == "german":
            return (
                "Das ist ein Satz, der nicht in der Sprache der Quelle und auch nicht richtig ist."
            )
        return {"empty": "", "drops": chunk[: len(chunk) // 3]}[self.fault]


def scripted(fault: str) -> tuple[dict, Scripted]:
    recipe = RECIPE.model_copy(
        update={"rewrites": RewriteSettings(per_source=1, thresholds=STRICT)}
    )
    author = Scripted(fault)
    return rewritten(EXCEPTIONS, recipe, rewriter=author)[0], author


def test_chunk_i_is_written_from_the_excerpt_and_everything_before() -> None:
    record, author = scripted("")
    assert record["keep"], record.get("reason")
    for i, request in enumerate(author.seen):
        assert request.excerpt == EXCEPTIONS["text"]
        assert request.written == "\n\n".join(s.chunk.strip() for s in author.seen[:i])


@pytest.mark.parametrize(
    ("fault", "allowed"),
    [
        ("repeats", {"seam_repeated"}),
        ("empty", {"seam_empty"}),
        ("drops", {"length_ratio", "sentence_lost", "names_lost", "negation_changed"}),
        ("invents", {"sentence_invented", "seam_repeated", "repetition"}),
        ("german", {"wrong_language", "names_lost", "length_ratio", "seam_repeated"}),
    ],
)
def test_a_faulty_author_never_gets_a_kept_rewrite(fault: str, allowed: set[str]) -> None:
    record, _ = scripted(fault)
    assert not record["keep"] and record["reason"] in allowed


def test_readings_use_every_style_before_repeating_one_and_never_repeat_a_pair() -> None:
    settings = RewriteSettings()
    for seed in range(20):
        drawn = draw_readings(10, settings.styles, settings.perspectives, random.Random(seed))
        names = [(r.style.name, r.perspective.name) for r in drawn]
        assert len(set(names)) == 10 and len({s for s, _ in names[:7]}) == 7
    skewed = draw_readings(1, {"notes": 1e9, "rules": 1e-9}, {"newcomer": 1.0}, random.Random(0))
    assert skewed[0].style.name == "notes"


def test_every_named_style_and_perspective_exists_and_unknown_ones_are_refused() -> None:
    assert set(STYLES) == set(get_args(StyleName))
    assert set(PERSPECTIVES) == set(get_args(PerspectiveName))
    with pytest.raises(ValidationError, match="notes"):
        RewriteSettings(styles={"haiku": 1.0})
    with pytest.raises(ValidationError, match="add styles or perspectives"):
        RewriteSettings(per_source=3, styles={"notes": 1}, perspectives={"teacher": 1})


def test_offline_author_keeps_most_of_real_prose_in_every_style() -> None:
    recipe = Recipe(
        passages={"excerpt_tokens": 1024}, rewrites={"per_source": 10, "min_distance": 0}
    )
    kept: dict[str, list[bool]] = {style: [] for style in STYLES}
    novelty: dict[str, list[float]] = {style: [] for style in STYLES}
    for document in documents("pydoc:topics")[::4]:
        for record in rewritten(passage_of(document, recipe), recipe):
            kept[record["style"]].append(record["keep"])
            novelty[record["style"]].append(record["scores"]["novelty"])
    often = {style: verdicts for style, verdicts in kept.items() if len(verdicts) >= 5}
    assert len(often) >= 8
    for style, verdicts in often.items():
        assert sum(verdicts) / len(verdicts) >= 0.55, style
        assert sum(novelty[style]) / len(verdicts) >= 0.08, style


MATH = {d["uri"]: d for d in documents("builtin:math")}


def noted(document: dict[str, str], **authors: object) -> dict:
    (record,) = rewritten(passage_of(document), **authors)
    return record


@pytest.mark.parametrize("uri", sorted(MATH))
def test_every_sample_becomes_a_verified_english_note(uri: str) -> None:
    record = noted(MATH[uri])
    assert record["keep"], record["reason"]
    assert record["language"] == "en" and record["style"] == "learning_note"
    assert {e["status"] for e in record["equations"] if e["new"]} <= {"true"}
    assert sum(e["status"] == "true" for e in record["equations"]) >= 3
    for heading in ("Question", "Prerequisites", "Idea", "Worked steps", "Check", "Takeaway"):
        assert f"**{heading}.**" in record["text"], heading
    assert ("translation" in record) == ("/de-" in uri)


def linear(old: str = "", new: str = "", lang: str = "en") -> dict[str, str]:
    document = MATH[
        f"builtin:math/{lang}-01-{'linear-equation' if lang == 'en' else 'lineare-gleichung'}.md"
    ]
    assert old in document["text"]
    return {**document, "text": document["text"].replace(old, new)}


def test_a_wrong_sum_in_the_source_is_not_taught() -> None:
    assert noted(linear("-12 + 5 = -7", "-12 + 5 = -6"))["reason"] == "equation_false"


def test_an_untranslatable_sentence_is_refused_not_faked() -> None:
    record = noted(linear("Beide Seiten stimmen überein.", "Das Ergebnis leuchtet ein.", "de"))
    assert (record["keep"], record["reason"]) == (False, "untranslated")
    french = {
        **linear(),
        "text": "Résous l'équation $x = 2 + 3 = 5$ et vérifie la réponse. " * 4,
        "language": "fr",
    }
    (refused,) = rewritten({**passage_of(linear()), **french})
    assert isinstance(refused, Reject) and refused.reason == "language_not_offered"


class Careless(OfflineTranslator):
    """Drops a formula on the way."""

    async def translate(self, text: str, language: str) -> Translation:
        done = await super().translate(text, language)
        return Translation(done.text.replace("$2x = 16$", "that"), done.untranslated)


def test_a_formula_lost_in_translation_is_seen() -> None:
    assert noted(linear(lang="de"), translator=Careless())["reason"] == "formulas_lost"


def test_translation_is_english_and_keeps_decimal_fractions() -> None:
    text = MATH["builtin:math/de-09-geschwindigkeit.md"]["text"]
    done = asyncio.run(OfflineTranslator().translate(text, "de"))
    assert not done.untranslated
    assert "$2.5 \\cdot 120 = 300$ kilometres" in done.text and "{,}" not in done.text


def test_a_note_holds_every_sentence_of_its_source_once() -> None:
    source = MATH["builtin:math/en-08-euclid-gcd.md"]
    note = write_note(source["title"], source["text"])
    for sentence in (
        "The second is $198 = 3 \\cdot 54 + 36$.",
        "Multiplying back, $11 \\cdot 18 = 198$",
    ):
        assert note.count(sentence) == 1
