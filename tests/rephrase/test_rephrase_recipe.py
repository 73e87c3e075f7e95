"""rephrase.yaml on a folder of everything: each file accounted for, tokens real, rows apart."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from factory.recipe import Recipe, load_recipe
from factory.rephrase.text.tokens import BUILTIN, TokenizerError, token_counter
from factory.shards import open_dataset
from pipelines.run import run
from pipelines.sources import placed, spread

ROOT = Path(__file__).parent.parent.parent
TEXTS = Path(__file__).parent / "texts"
GERMAN = (
    "Der Fluss entspringt in den Bergen und fließt durch drei Täler zum Meer. Im Frühjahr steht "
    "das Wasser so hoch, dass die Wiesen am Ufer nicht mehr zu sehen sind. Die Mühlen werden dann "
    "für zwei Wochen stillgelegt, weil die Räder sonst brechen würden. "
)
MATH = (
    "# A sum\n\nProblem. Find $x$ with $2x + 3 = 11$.\n\nSolution. We subtract $3$ on both sides "
    "and obtain $2x = 8$, since $11 - 3 = 8$. Then $x = 4$, since $8 / 2 = 4$.\n\n"
    "Check. $2 \\cdot 4 + 3 = 11$.\n\nAnswer: $x = 4$.\n"
)


def folder(root: Path) -> Path:
    shutil.copytree(TEXTS, root)
    (root / "fluss.txt").write_text(GERMAN)
    (root / "sum.md").write_text(MATH)
    (root / "copy.md").write_text((TEXTS / "bees.md").read_text())
    (root / "empty.txt").write_text("")
    (root / "photo.png").write_bytes(b"\x89PNG")
    (root / "short.md").write_text("Too short to be told again.\n")
    (root / "code.md").write_text("```\n" + "x = compute(1)\n" * 40 + "```\n")
    (root / "endless.txt").write_text("word and " * 9000)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("rephrase")
    path = str(folder(base / "docs"))
    recipe = load_recipe(
        ROOT / "pipelines" / "recipes" / "rephrase.yaml",
        overrides=[f'documents.paths=["{path}"]', "rewrites.rows_apart=6"],
    )
    run(recipe, str(base / "out"))
    return base


def test_every_file_gives_a_row_or_a_reason(made: Path) -> None:
    rejects = list(open_dataset(f"{made}/out/reject/passages").rows())
    passages = list(open_dataset(f"{made}/out/passage").rows())
    reasons = {row["reason"] for row in rejects}
    assert reasons == {
        "empty", "unsupported_format", "duplicate_document", "too_short", "no_prose", "too_long",
    }  # fmt: skip
    named = {p["source"] for p in passages}
    refused = {str(row["record"].get("source") or row["record"]["uri"]) for row in rejects}
    files = {f"file:{path.name}" for path in (made / "docs").iterdir()}
    assert named | refused == files
    told = {r["source_id"] for r in open_dataset(f"{made}/out/rewrite").rows()}
    untold = {row["input_id"] for row in open_dataset(f"{made}/out/reject/rewrites").rows()}
    assert told | untold == {p["id"] for p in passages}


def test_mathematics_becomes_a_note_and_german_prose_is_refused(made: Path) -> None:
    sources = {p["id"]: p for p in open_dataset(f"{made}/out/passage").rows()}
    notes = [r for r in open_dataset(f"{made}/out/rewrite").rows() if r["subject"] == "math"]
    assert [sources[n["source_id"]]["source"] for n in notes] == ["file:sum.md"]
    assert notes[0]["keep"] and "**Check.**" in notes[0]["text"]
    (refused,) = open_dataset(f"{made}/out/reject/rewrites").rows()
    assert refused["reason"] == "language_not_offered"
    assert sources[refused["input_id"]]["source"] == "file:fluss.txt"
    assert sources[refused["input_id"]]["script"] == "Latn"


def test_rows_of_one_passage_stand_apart_in_the_shards(made: Path) -> None:
    rows = [row["source_id"] for row in open_dataset(f"{made}/out/pretrain").rows()]
    last: dict[str, int] = {}
    for at, source in enumerate(rows):
        assert at - last.get(source, -99) > 6
        last[source] = at
    near = list(open_dataset(f"{made}/out/reject/pretrain").rows())
    kept = [r for r in open_dataset(f"{made}/out/rewrite").rows() if r["keep"]]
    assert len(rows) + sum(r["reason"] == "too_near" for r in near) == len(kept)


@pytest.mark.parametrize("apart", [0, 3, 10])
def test_spreading_places_what_it_can_and_names_the_rest(apart: int) -> None:
    rng = random.Random(apart)
    rows = [
        (f"{source}-{i}", f"s{source}") for source in range(40) for i in range(rng.randint(1, 6))
    ]
    sources = dict(rows)
    order, near = placed(spread(rows, 7), sources, apart)
    assert sorted([*order, *near]) == sorted(sources)
    places = defaultdict(list)
    for at, record_id in enumerate(order):
        places[sources[record_id]].append(at)
    gaps = [b - a for found in places.values() for a, b in zip(found, found[1:], strict=False)]
    assert min(gaps) > apart and len(near) <= len(rows) // 10
    assert spread(rows, 7) != spread(rows, 8)


def test_tokens_are_those_of_a_real_tokenizer(tmp_path: Path) -> None:
    builtin = Tokenizer.from_file(str(BUILTIN))
    text = (TEXTS / "bees.md").read_text()
    count, label = token_counter("builtin")
    assert count(text) == len(builtin.encode(text).ids) and label.startswith("builtin-bpe-")
    assert builtin.get_vocab_size() == 8192 and BUILTIN.stat().st_size < 300_000
    letters = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    letters.pre_tokenizer = pre_tokenizers.Whitespace()
    letters.save(str(tmp_path / "tokenizer.json"))
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        other, name = token_counter(str(path))
        assert other("one two three") == 3 and name != label
    with pytest.raises(TokenizerError, match="passages.tokenizer"):
        token_counter(str(tmp_path / "nowhere.json"))


def test_a_recipe_has_styles_perspectives_distance_and_tokenizer() -> None:
    recipe = load_recipe(ROOT / "pipelines" / "recipes" / "rephrase.yaml")
    assert isinstance(recipe, Recipe)
    assert len(recipe.rewrites.styles) == 20 and len(recipe.rewrites.perspectives) == 8
    assert (recipe.passages.excerpt_tokens, recipe.passages.chunk_tokens) == (4096, 256)
