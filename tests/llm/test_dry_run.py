"""A dry run counts the models that check rewrites, too."""

from __future__ import annotations

import math
from pathlib import Path

from factory.recipe import Recipe
from factory.rephrase.fidelity.meaning import joined, sentences
from factory.shards import open_dataset
from pipelines.estimate import estimate
from pipelines.run import run

STORY = (
    "The valley lies between two rivers. Farmers dig narrow channels along the slope and share the "
    "water by turns. A keeper opens the wooden gate at dawn and shuts it when the bell rings. "
    "Whoever takes water out of turn pays three sacks of barley to the others. Every household "
    "sends one person to clear stones from the channel each spring."
)
ENDPOINT = {"endpoints": [{"url": "http://127.0.0.1:9/v1"}], "name": "nobody"}
PRICE = {"input": 1.0, "output": 1.0}


def recipe(folder: Path, **rewrites: object) -> Recipe:
    return Recipe.model_validate(
        {
            "stages": ["passages", "rewrites"],
            "models": {
                "words": {**ENDPOINT, "serves": "embeddings", "prices": PRICE},
                "reader": {**ENDPOINT, "prices": PRICE},
            },
            "documents": {"paths": [str(folder)]},
            "rewrites": {"per_source": 2, **rewrites},
            "max_rejected_share": {"default": 1.0},
        }
    )


def test_embeddings_and_the_judge_of_rewrites_are_counted(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(3):
        (documents / f"{number}.txt").write_text(f"Account {number}. {STORY}")
    plain = recipe(documents)
    assert estimate(plain) == []
    checked = recipe(documents, embeddings={"model": "words"}, judge={"model": "reader"})
    (row,) = estimate(checked)

    run(plain, str(tmp_path / "out"))  # the same rewrites, with nothing counted
    sources = {row["id"]: row["text"] for row in open_dataset(str(tmp_path / "out/passage")).rows()}
    clean = [
        made
        for made in open_dataset(str(tmp_path / "out/rewrite")).rows()
        if made["keep"]  # a rewrite that a fact decides against goes to no model
    ]
    assert len(clean) >= 3
    texts = {text for made in clean for text in (made["text"], sources[made["source_id"]])}
    lists = {tuple(joined(sentences(text))) for text in texts}
    requests = sum(math.ceil(len(embedded) / 64) for embedded in lists)
    words, judge = row["usage"]["embedder|words"], row["usage"]["rewrite_judge|reader"]
    assert words["sent"] == requests < words["asked"] == 2 * len(clean)
    assert words["prompt_tokens"] > requests * len(STORY) / 4 and words["cost"] > 0
    assert judge["sent"] == len(clean)
    assert judge["prompt_tokens"] > judge["sent"] * 2 * len(STORY) / 4
    assert judge["completion_tokens"] >= 100 * judge["sent"]
