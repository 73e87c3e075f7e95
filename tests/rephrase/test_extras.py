"""The checks that a recipe may add: coverage by embeddings, a judge for the doubtful band."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from factory.authors import authors_for
from factory.llm.errors import EndpointUnusable
from factory.recipe import DocumentSettings, Recipe
from factory.rephrase.fidelity.meaning import joined, sentences
from factory.rephrase.fidelity.opinion import Opinion, opinion
from factory.rephrase.text.tokens import count_tokens
from factory.shards import open_dataset
from factory.stage import AuthorFailed
from pipelines.run import greet_models, run
from tests.llm.scripted_server import ScriptedServer, completion

SOURCE = (
    "The glacier feeds two rivers that leave the valley on opposite sides. "
    "Farmers dig narrow channels along the slope and share the water by turns. "
    "A warden opens the wooden gate at dawn and shuts it when the bell rings. "
    "Every household sends one person to clear stones from the channel each spring."
)
LOOSE = SOURCE.replace(
    "Farmers dig narrow channels along the slope and share the water by turns.",
    "Peasants scratch thin ditches across the hillside, taking turns with irrigation.",
)
"""One sentence says the same in words that are mostly others."""
WRONG = SOURCE.replace("two rivers", "three rivers")
DIMENSIONS = 512
SYNONYMS = {
    "cut": "dig", "thin": "narrow", "ditches": "channels", "hillside": "slope",
    "taking": "share", "across": "along",
}  # fmt: skip


def vector(text: str) -> list[float]:
    """A hashed bag of words that knows a few synonyms: the stand-in of an embeddings model."""
    found = [0.0] * DIMENSIONS
    for word in re.findall(r"[a-z]+", text.lower()):
        place = hashlib.sha256(SYNONYMS.get(word, word).encode()).digest()
        found[int.from_bytes(place[:4], "big") % DIMENSIONS] += 1.0
    return found


def finding(kind: str, source: str = "", rewrite: str = "") -> dict[str, str]:
    return {"kind": kind, "source": source, "rewrite": rewrite, "reason": "as quoted"}


def verdict(*findings: dict[str, str]) -> dict[str, Any]:
    said = "unfaithful" if findings else "faithful"
    return completion({"findings": list(findings), "verdict": said})


def recipe(url: str, **rewrites: Any) -> Recipe:
    endpoint = {"endpoints": [{"url": url}], "name": "scripted"}
    models = {"words": {**endpoint, "serves": "embeddings"}, "reader": endpoint}
    limits = {"min_coverage": 0, "min_support": 0, "min_novelty": 0, "max_copy_rate": 1}
    llm = {"repairs": 1, "request_seconds": 2, "record_seconds": 5, "attempts": 2}
    return Recipe.model_validate(
        {"models": models, "llm": llm, "rewrites": {"thresholds": limits, **rewrites}}
    )


def judged(
    tmp_path: Path, text: str, said: dict[str, Any] | None = None, **rewrites: Any
) -> tuple[Opinion | AuthorFailed, list[str], list[dict[str, Any]]]:
    """(opinion or failure, paths asked, bodies sent)"""

    def script(body: dict[str, Any], n: int) -> dict[str, Any]:
        return answered(body, n) if "input" in body or said is None else said

    async def go() -> Any:
        async with ScriptedServer(script) as server:
            given = recipe(server.url, **rewrites)
            authors = authors_for(given, str(tmp_path)).of_record("rewrites", "r1")
            found: Opinion | AuthorFailed
            try:
                found = await opinion(SOURCE, text, "", "en", given, authors)
            except AuthorFailed as error:
                found = error
            paths = [head["path"].rpartition("/")[2] for head in server.headers]
            return found, paths, server.requests

    return asyncio.run(go())


def test_nothing_is_asked_unless_the_recipe_says_so(tmp_path: Path) -> None:
    found, paths, _ = judged(tmp_path, LOOSE)
    assert paths == [] and found.judgement is None and "source_min" not in found.report.scores


def test_coverage_by_embeddings_is_recorded_and_decides_both_ways(tmp_path: Path) -> None:
    use = {"embeddings": {"model": "words", "min_source": 0.6, "min_output": 0.6}}
    same, paths, _ = judged(tmp_path / "a", SOURCE, **use)
    assert paths == ["embeddings", "embeddings"] or paths == ["embeddings"]
    assert same.report.scores["source_min"] == same.report.scores["output_min"] == 1
    assert same.reason is None
    short = SOURCE.replace("opens the wooden gate at dawn and shuts it when the bell rings", "goes")
    lost, *_ = judged(tmp_path / "b", short, **use)
    assert lost.report.scores["source_min"] < 0.6 and lost.reason in (
        "sentence_lost",
        "meaning_lost",
    )
    more = SOURCE + " Singers toured foreign capitals for months with borrowed costumes."
    new, *_ = judged(tmp_path / "c", more, **use)
    assert new.report.scores["output_min"] < 0.6 <= new.report.scores["source_min"]
    assert new.reason in ("sentence_invented", "meaning_invented")
    blind = {"model": "words", "min_source": 0, "min_output": 0}
    limits = {"min_coverage": 0, "min_support": 0, "min_novelty": 0, "max_copy_rate": 1}
    loose = {**limits, "min_sentence_support": 0, "max_invented_run": 7, "max_invented_clauses": 9}
    seen, *_ = judged(tmp_path / "d", more, embeddings={**use["embeddings"]}, thresholds=loose)
    assert seen.reason == "meaning_invented", "embeddings alone"
    unseen, *_ = judged(tmp_path / "e", more, embeddings=blind, thresholds=loose)
    assert unseen.reason is None


def test_a_wrong_fact_costs_no_request(tmp_path: Path) -> None:
    use = {"embeddings": {"model": "words"}, "judge": {"model": "reader", "band": [0, 1]}}
    found, paths, _ = judged(tmp_path, WRONG, **use)
    assert found.reason == "numbers_lost" and paths == []


def test_no_text_is_longer_than_a_model_reads() -> None:
    long = "word " * 700 + ". " + SOURCE + "\n\n```\n" + "code " * 400 + "\n```\n"
    found = joined(sentences(long))
    assert max(map(count_tokens, found)) <= 200 and not any("code code" in text for text in found)
    assert "".join(sentences(long)).count("word") == 700


BAND = {"judge": {"model": "reader", "band": [0.1, 0.6]}}


def test_only_the_doubtful_band_is_sent_to_the_judge(tmp_path: Path) -> None:
    sure, paths, _ = judged(tmp_path / "a", SOURCE, **BAND)
    assert paths == [] and sure.reason is None and sure.judgement is None
    doubtful, paths, (body,) = judged(tmp_path / "b", LOOSE, **BAND)
    assert paths == ["completions"]
    assert 0.1 <= doubtful.report.scores["weakest"] <= 0.6
    prompt = body["messages"][1]["content"]
    assert prompt.index(SOURCE) < prompt.index(LOOSE)
    assert body["response_format"]["json_schema"]["strict"]
    outside, paths, _ = judged(tmp_path / "c", LOOSE, judge={"model": "reader", "band": [0, 0.01]})
    assert paths == []


def test_the_judges_word_decides_what_is_doubtful(tmp_path: Path) -> None:
    before, *_ = judged(tmp_path / "a", LOOSE)
    assert before.reason in ("sentence_lost", "sentence_invented"), "the symbolic checks alone"
    kept, *_ = judged(tmp_path / "b", LOOSE, **BAND)
    assert kept.reason is None and kept.judgement and kept.judgement.faithful
    assert kept.judgement.row()["judge"] == "llm:scripted+rewrite_judge@1"
    said = verdict(finding("changed", "narrow channels", "thin ditches"))
    refused, *_ = judged(tmp_path / "c", LOOSE, said, **BAND)
    assert refused.reason == "judged_unfaithful"
    assert refused.judgement and refused.judgement.findings[0]["rewrite"] == "thin ditches"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (completion("I think it is fine."), "no JSON object"),
        (completion({"verdict": "faithful"}), "'findings' is a required property"),
        (verdict(finding("invented", "", "a brass band played")), "don't stand in the rewrite"),
        (verdict(finding("dropped", "the sea froze")), "don't stand in the source"),
        (verdict(finding("changed", "narrow channels")), "needs the words of the rewrite"),
        (completion({"findings": [], "verdict": "unfaithful"}), "if there is a finding"),
    ],
    ids=["prose", "schema", "not-in-rewrite", "not-in-source", "half", "contradicts"],
)
def test_a_malformed_answer_is_the_judges_failure(
    tmp_path: Path, said: dict[str, Any], problem: str
) -> None:
    found, paths, _ = judged(tmp_path, LOOSE, said, **BAND)
    assert isinstance(found, AuthorFailed) and found.reason == "llm_invalid_answer"
    assert problem in found.detail and len(paths) == 2


class Threaded:
    """A scripted server on a loop of its own."""

    def __enter__(self) -> ScriptedServer:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.server = ScriptedServer(answered)
        asyncio.run_coroutine_threadsafe(self.server.__aenter__(), self.loop).result(5)
        return self.server

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.server.__aexit__(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)


def answered(body: dict[str, Any], _: int) -> dict[str, Any]:
    if "input" not in body:
        return verdict()
    rows = [{"index": i, "embedding": vector(text)} for i, text in enumerate(body["input"])]
    return {"data": rows, "model": "scripted"}


def test_a_run_records_what_the_checking_models_said(tmp_path: Path) -> None:
    low, high = 0.0, 0.65
    with Threaded() as server:
        given = recipe(
            server.url,
            per_source=3,
            embeddings={"model": "words", "min_source": 0.1, "min_output": 0.1},
            judge={"model": "reader", "band": [low, high]},
        ).model_copy(update={"stages": ("passages", "rewrites")})
        texts = str(Path(__file__).parent / "texts")
        given = given.model_copy(update={"documents": DocumentSettings(paths=(texts,))})
        run(given, str(tmp_path / "out"))
    rows = list(open_dataset(str(tmp_path / "out" / "rewrite")).rows())
    seen = [row for row in rows if "source_min" in row["scores"]]
    assert len(seen) >= 8
    band = [row for row in seen if low <= row["scores"]["weakest"] <= high]
    assert band and [row["id"] for row in rows if row.get("judgement")] == [r["id"] for r in band]


def test_a_recipe_that_names_the_wrong_model_is_refused() -> None:
    for section, text in (
        ({"embeddings": {"model": "reader"}}, "serves chat, not embeddings"),
        ({"judge": {"model": "words"}}, "serves embeddings, not chat"),
        ({"judge": {"model": "nobody"}}, "there are words, reader"),
        ({"judge": {"model": "reader", "band": [0.7, 0.2]}}, "lower bound first"),
    ):
        with pytest.raises(ValidationError, match=text):
            recipe("http://127.0.0.1:9/v1", **section)


def test_a_run_greets_the_models_that_check(tmp_path: Path) -> None:
    given = recipe("http://127.0.0.1:9/v1", embeddings={"model": "words"})
    with pytest.raises(EndpointUnusable, match=r"127\.0\.0\.1:9"):
        greet_models(given, str(tmp_path), ["rewrites"])
    greet_models(given, str(tmp_path), ["passages"])
