"""Recipes: every mistake is one line with its key, what is allowed, and the file's line."""

from __future__ import annotations

from pathlib import Path

import pytest

from factory.recipe import STAGES, Recipe, load_recipe, scaled
from factory.yaml_config import ConfigError

RECIPES = sorted(
    file
    for file in (Path(__file__).parent.parent / "pipelines" / "recipes").glob("*.yaml")
    if not file.stem.startswith("train_")  # a trainer's settings: tests/train loads them
)


def load(tmp_path: Path, text: str, **options: object) -> Recipe:
    file = tmp_path / "recipe.yaml"
    file.write_text(text)
    return load_recipe(file, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("name: x\ntasks:\n  cuont: 3\n", "line 3", ["tasks.cuont", "count", "kinds"]),
        ("seed: many\n", "line 1", ["seed", "integer", "many"]),
        (
            "name: x\n\nmax_rejected_share:\n  tools: 1.4\n",
            "line 4",
            ["tools", "equal to 1", "1.4"],
        ),
        ("tasks:\n  kinds:\n    nonsense: 1\n", "line 2", ["nonsense", "write", "read"]),
        ("trajectories:\n  skills: {expert: -1}\n", "line 2", ["expert", "-1"]),
        ("stages: [tools]\n", "line 1", ["tools", "add domains"]),
        ("stages: [foo]\n", "line 1", ["foo", "'tools'"]),
        ("authors:\n  user: gpt\n", "line 2", ["authors.user", "offline", "gpt"]),
        ("rewrites:\n  per_source: 99\n", "line 2", ["per_source", "99"]),
        ("extra: 1\n", "line 1", ["extra", "seed", "documents"]),
    ],
)
def test_a_mistake_names_its_key_the_allowed_values_and_the_line(
    tmp_path: Path, text: str, line: str, words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    assert "\n" not in message and f"recipe.yaml, {line}:" in message
    for word in words:
        assert word in message


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "seed: x\nnope: 1\ntasks: {count: 0}\n")
    assert len(str(caught.value).splitlines()) == 3


def test_yaml_that_is_none_and_a_missing_file_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not YAML"):
        load(tmp_path, "a: [1\n")
    with pytest.raises(ConfigError, match="mapping"):
        load(tmp_path, "- a\n")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_recipe(tmp_path / "nowhere.yaml")


def test_an_override_wins_over_the_file_and_its_mistakes_name_it(tmp_path: Path) -> None:
    recipe = load(tmp_path, "tasks: {count: 3}\n", overrides=["tasks.count=7", "seed=5"])
    assert (recipe.tasks.count, recipe.seed) == (7, 5)
    with pytest.raises(ConfigError, match=r"--set tasks.count=x"):
        load(tmp_path, "{}", overrides=["tasks.count=x"])
    with pytest.raises(ConfigError, match="key.path=value"):
        load(tmp_path, "{}", overrides=["tasks.count"])


def test_scale_multiplies_every_count_and_nothing_else() -> None:
    recipe = Recipe()
    doubled = scaled(recipe, 2)
    assert doubled.agents.count == 2 * recipe.agents.count
    assert doubled.tasks.count == 2 * recipe.tasks.count
    assert doubled.documents.count is None
    assert doubled.tasks.max_calls == recipe.tasks.max_calls
    assert scaled(recipe, 0.001).agents.count == 1
    with pytest.raises(ConfigError, match="--scale"):
        scaled(recipe, 0)


def test_the_hash_follows_what_decides_the_records_alone() -> None:
    base = Recipe()
    assert base.hash == Recipe(name="other", in_flight=3, max_rejected_share={"default": 1}).hash
    assert base.hash != Recipe(seed=1).hash


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_loads(path: Path) -> None:
    assert load_recipe(path).stages[0] in STAGES
