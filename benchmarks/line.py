"""The whole line: records/s per stage, and what the machinery costs over the stages' own code.

The floor, measured in the same process and the same run: the same stage functions on the same
inputs in a plain loop, with no Beam, no shards, no Parquet and no validation on disk.

    python -m benchmarks.line [--scale F] [--repeats N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import verdict
from factory.authors import authors_for
from factory.recipe import Recipe, load_recipe
from factory.shards.store import RunStore
from factory.stage import Context

RECIPE = Path(__file__).parent.parent / "pipelines" / "recipes" / "demo.yaml"
GOAL = 1.5
"""The line may take this much longer than the bare stage functions."""


def plain_loop(recipe: Recipe, root: str) -> dict[str, float]:
    """Seconds of each stage's bare functions over the inputs a finished run gave them."""
    from pipelines.line import Inputs, Work

    store, authors = RunStore(root), authors_for(recipe)
    seconds = {}
    for name in recipe.stages:
        inputs = Inputs(Work(recipe, root, name))
        items = inputs.read(0, len(inputs))
        started = time.perf_counter()
        for record, function in items:
            ctx = Context.of(recipe, name, record["id"], store, authors)
            asyncio.run(_call(function, record, ctx))
        seconds[name] = time.perf_counter() - started
    return seconds


async def _call(function, record, ctx) -> None:  # type: ignore[no-untyped-def]
    await function(record, ctx)


def line(recipe: Recipe, root: str) -> dict[str, dict[str, float]]:
    """The figures of each stage of one undisturbed run."""
    from pipelines.run import run

    run(recipe, root)
    stages = json.loads((Path(root) / "figures.json").read_text())["stages"]
    return {row["stage"]: row for row in stages}


def main() -> None:
    """Measure, print the table, then the verdict."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scale", type=float, default=0.5)
    options.add_argument("--repeats", type=int, default=3)
    arguments = options.parse_args()
    logging.basicConfig(level=logging.ERROR)
    recipe = load_recipe(RECIPE, scale=arguments.scale)
    runs, floors = [], []
    for _ in range(arguments.repeats):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(line(recipe, folder))
            floors.append(plain_loop(recipe, folder))
    print(f"{'stage':<14}{'kept':>7}{'records/s':>11}{'seconds':>9}{'floor s':>9}{'outside':>9}")
    for name in recipe.stages:
        seconds = statistics.median(run[name]["seconds"] for run in runs)
        code = statistics.median(run[name]["code_seconds"] for run in runs)
        floor = statistics.median(measured[name] for measured in floors)
        kept = runs[0][name]["kept"]
        print(
            f"{name:<14}{kept:>7.0f}{kept / seconds:>11.1f}{seconds:>9.2f}{floor:>9.2f}"
            f"{1 - code / seconds:>9.0%}"
        )
    ratios = [
        sum(row["seconds"] for row in run.values()) / sum(measured.values())
        for run, measured in zip(runs, floors, strict=True)
    ]
    print(verdict("line", statistics.median(ratios), "x the plain loop", 1.0, GOAL))


if __name__ == "__main__":
    main()
