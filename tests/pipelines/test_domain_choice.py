"""A small run takes its domains from several categories, and more than one of each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from factory.recipe import load_recipe
from pipelines.sources import evenly

RECIPES = Path(__file__).parents[2] / "pipelines" / "recipes"
SPECS = [{"category": {"name": c}, "index": i} for c in "abc" for i in range(5)]


@pytest.mark.parametrize("count", [1, 2, 4, 6, 7, 14])
def test_a_small_choice_takes_pairs_of_one_category_before_a_third_of_another(count):
    chosen = evenly(SPECS, count)
    assert len(chosen) == count
    per_category = Counter(spec["category"]["name"] for spec in chosen)
    assert max(per_category.values()) - min(per_category[c] for c in "abc") <= 2
    assert [SPECS.index(spec) for spec in chosen] == sorted(SPECS.index(spec) for spec in chosen)


def test_no_count_and_a_large_one_take_all():
    assert evenly(SPECS, None) == evenly(SPECS, 99) == SPECS


def test_the_recipe_of_the_report_takes_fewer_domains_at_a_smaller_scale():
    path = RECIPES / "k2.yaml"
    whole, small = load_recipe(path), load_recipe(path, scale=0.01)
    assert whole.agents.count >= 3000 and whole.tasks.count > 15000
    assert small.domains.count == 12 and small.agents.count == 32
