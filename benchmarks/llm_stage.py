"""The stage that `benchmarks.llm_cases` runs, put in the place of `passages`.

A recipe of this module's class brings the module, and with it the stage, into every process that
the recipe is sent to.
"""

from __future__ import annotations

from factory import authors
from factory.recipe import Recipe
from pipelines import line
from pipelines.sources import Seeds

authors.AUTHORS["rewriter", "llm"] = "benchmarks.llm_cases:PairAuthor"
line.STAGE_OF_ROLE["rewriter"] = "passages"  # so that it is known to wait for a model
line.STAGES["passages"] = line.Stage(
    "passages",
    "pretrain",
    (
        line.Branch(
            lambda recipe, root: Seeds("passages", recipe.documents.count or 0),
            "benchmarks.llm_cases:stage",
        ),
    ),
)


class PairRecipe(Recipe):
    """A recipe whose one stage asks for a pair."""
