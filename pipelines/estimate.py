"""What a recipe would ask of models, from a sample: requests, tokens, price. Nothing is sent.

The sample is a small run in a temporary folder: every prompt is rendered as it would be sent, and
the offline authors answer. Tokens are characters / 4, so they are an estimate; repairs and retries
are not in it. Conversations and rewrites grow with the counts of tasks and documents.
"""

from __future__ import annotations

import math
import tempfile
from typing import Any

from factory.llm.usage import priced
from factory.recipe import Recipe, StageName
from pipelines.line import STAGE_OF_ROLE, Inputs, Work
from pipelines.run import run, write_figures

SAMPLE = {"domains": 4, "agents": 8, "tasks": 12, "documents": 3}
"""The counts that a sample is cut to."""
GROWS_WITH: dict[StageName, StageName] = {
    "trajectories": "tasks",
    "verdicts": "tasks",
    "rewrites": "passages",
}
"""Stage that asks models → the stage whose number of inputs its own follows."""


def estimate(recipe: Recipe) -> list[dict[str, Any]]:
    """Rows {stage, usage} of what the whole recipe would ask; `usage` as in a run's figures."""
    sample = _sample(recipe)
    with tempfile.TemporaryDirectory() as folder:
        run(sample, folder)
        figures = {row["stage"]: row for row in write_figures(sample, folder)}
        rows = []
        asking = {stage for role, stage in STAGE_OF_ROLE.items() if recipe.mix_of(role)}
        for stage in (name for name in recipe.stages if name in asking):
            driver = GROWS_WITH[stage]
            whole = len(Inputs(Work(recipe, folder, driver)))
            factor = whole / max(1, len(Inputs(Work(sample, folder, driver))))
            usage = {
                name: {key: math.ceil(n * factor) for key, n in counts.items() if key != "cost"}
                for name, counts in figures[stage]["usage"].items()
            }
            rows.append({"stage": stage, "usage": priced(usage, recipe.models)})
    return rows


def _sample(recipe: Recipe) -> Recipe:
    """The recipe with its counts cut, told to send nothing."""
    data = recipe.model_dump()
    for section, most in SAMPLE.items():
        count = data[section]["count"]
        data[section]["count"] = most if count is None else min(most, count)
    data["max_rejected_share"] = {"default": 1.0}
    data["llm"] |= {"dry_run": True, "journal": "", "max_cost": None}
    return Recipe.model_validate(data)
