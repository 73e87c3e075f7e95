"""What a recipe would ask of models, from a sample: requests, tokens, price. Nothing is sent.

The sample is a small run in a temporary folder: every prompt is rendered as it would be sent, and
the offline authors answer. Tokens are characters / 4, so they are an estimate; repairs and retries
are not in it. Conversations and rewrites grow with the counts of tasks and documents.
"""

from __future__ import annotations

import math
import tempfile
from typing import Any

from factory.authors import CHECKERS
from factory.llm.usage import priced
from factory.recipe import Recipe, StageName
from pipelines.line import STAGE_OF_ROLE, Inputs, Work
from pipelines.run import run, write_figures

SAMPLE = {"domains": 4, "agents": 8, "tasks": 12, "documents": 3}
"""The counts that a sample is cut to."""
GROWS_WITH: dict[StageName, StageName] = {
    "signatures": "domains",
    "tools": "domains",
    "trajectories": "tasks",
    "verdicts": "tasks",
    "rewrites": "passages",
}
"""Stage that asks models → the stage whose number of inputs its own follows; the others' own."""
WRITTEN = 1
"""Which of the inputs of `domains` are briefs for a model; a dry run has none of them written."""


def estimate(recipe: Recipe) -> list[dict[str, Any]]:
    """Rows {stage, usage} of what the whole recipe would ask; `usage` as in a run's figures."""
    sample = _sample(recipe)
    with tempfile.TemporaryDirectory() as folder:
        run(sample, folder)
        figures = {row["stage"]: row for row in write_figures(sample, folder)}
        rows = []
        asking = {stage for role, stage in STAGE_OF_ROLE.items() if recipe.mix_of(role)}
        if any(map(recipe.checker_of, CHECKERS)):
            asking.add("rewrites")
        if "tools" in asking:
            asking.add("signatures")  # which looks at written tools before they are made
        for stage in (name for name in recipe.stages if name in asking):
            factor = _growth(stage, recipe, sample, folder)
            usage = {
                name: {key: math.ceil(n * factor) for key, n in counts.items() if key != "cost"}
                for name, counts in figures[stage]["usage"].items()
            }
            rows.append({"stage": stage, "usage": priced(usage, recipe.models)})
    return rows


def _growth(stage: StageName, recipe: Recipe, sample: Recipe, folder: str) -> float:
    """How many times the sample's inputs the whole recipe has for a stage."""
    driver = GROWS_WITH.get(stage, stage)
    whole, part = (Inputs(Work(one, folder, driver)).lengths for one in (recipe, sample))
    if stage == "domains":
        return whole[WRITTEN] / max(1, part[WRITTEN])
    if driver == "domains":
        return sum(whole) / max(1, part[1 - WRITTEN])
    return sum(whole) / max(1, sum(part))


def _sample(recipe: Recipe) -> Recipe:
    """The recipe with its counts cut, told to send nothing."""
    data = recipe.model_dump()
    for section, most in SAMPLE.items():
        count = data[section]["count"]
        data[section]["count"] = most if count is None else min(most, count)
    written = data["domains"]["written"]
    written["count"] = min(SAMPLE["domains"], written["count"])
    data["max_rejected_share"] = {"default": 1.0}
    data["llm"] |= {"dry_run": True, "journal": "", "max_cost": None}
    return Recipe.model_validate(data)
