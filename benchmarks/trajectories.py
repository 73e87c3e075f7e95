"""Trajectories at several sizes: CPU milliseconds each, proof, judge and Parquet included; peak
memory; the share of Beam; what a second worker brings.

Each size is a run of its own by `factory run`'s own code with one worker, in a process of its own.
The recipe is k2.yaml over the same repository of domains and agents at every size, so only the
number of trajectories grows. A trajectory's cost is that of the stages `tasks` to `preferences`:
plan and proof of its task, the conversation, the verdict, selection, both kinds of row, shards.
CPU seconds, not wall time, so other load counts little; but for the second worker, which needs a
machine with two cores and nothing else to do: the load is printed beside it.

The plain loop, in another process: the same stages without Beam. It reads the inputs from the
shards, calls the stage functions one after the other and encodes Parquet, in one thread.

    python -m benchmarks.trajectories                  # 1,000, 10,000 and 100,000: 3 CPU hours
    python -m benchmarks.trajectories --sizes 1k 10k   # some of them: 20 CPU minutes
    python -m benchmarks.trajectories --quick          # 500 and 2,000: 5 CPU minutes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import verdict
from factory.recipe import Recipe, load_recipe

RECIPE = Path(__file__).parent.parent / "pipelines" / "recipes" / "k2.yaml"
REPOSITORY = {"domains.count": 60, "agents.count": 320}
"""The same for every size, built anew by each run and not counted."""
COUNTED = ("tasks", "trajectories", "verdicts", "selection", "sft", "preferences")
SIZES = {
    "500": 500,
    "1k": 1000,
    "2k": 2000,
    "4k": 4000,
    "10k": 10_000,
    "30k": 30_000,
    "100k": 100_000,
}
QUICK = ("500", "2k")
ALL = ("1k", "10k", "100k")
LINEAR = 1.10
"""CPU time a trajectory may grow by this ratio from the smallest size to any other."""
FLAT = 1.10
"""Peak memory of the run's process may grow by this ratio."""
IN_BEAM = 0.25
"""Share of a run's CPU time that a plain loop over the same stages may save."""
TWO_WORKERS = 1 / 1.7
"""Two workers may take this share of one worker's time."""


def recipe_of(trajectories: int) -> Recipe:
    """The shipped recipe with so many tasks that two roll-outs of each make `trajectories`.

    Nothing is left out by caps of selection: their share would depend on the size."""
    asked = {
        **REPOSITORY,
        "tasks.count": trajectories // 2,
        "selection.per_plan_shape": trajectories,
        "selection.per_world": trajectories,
    }
    stages = [name for name in load_recipe(RECIPE).stages if name != "listings"]
    overrides = [f"{key}={value}" for key, value in asked.items()]
    return load_recipe(RECIPE, overrides=[f"stages=[{', '.join(stages)}]", *overrides])


def measure(size: str, root: str, workers: int) -> dict[str, Any]:
    """One run, in this process."""
    from pipelines.lean import load_beam_leanly

    load_beam_leanly()
    from pipelines.run import run

    recipe = recipe_of(SIZES[size])
    ends: dict[str, float] = {}
    run(recipe, root, workers=workers, watch=lambda _: _stage_ends(recipe, Path(root), ends))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = json.loads((Path(root) / "figures.json").read_text(encoding="utf-8"))["stages"]
    rows = {row["stage"]: row for row in figures}
    made = rows["trajectories"]["kept"]
    cpu = _cpu_of(recipe, ends)
    return {
        "size": size,
        "trajectories": made,
        "rows": rows["sft"]["kept"],
        "cpu": {stage: round(seconds, 2) for stage, seconds in cpu.items()},
        "ms": round(1000 * sum(cpu[stage] for stage in COUNTED) / made, 2),
        "wall": round(sum(rows[stage]["seconds"] for stage in COUNTED), 1),
        "peak_mb": round(peak, 1),
        "load": [round(value, 1) for value in os.getloadavg()],
    }


def _stage_ends(recipe: Recipe, root: Path, ends: dict[str, float]) -> Callable[[], None]:
    """A function that notes the CPU time at which each stage's dataset was whole."""
    from pipelines.line import STAGES

    def tick() -> None:
        for stage in recipe.stages:
            if stage not in ends and (root / STAGES[stage].kind / "manifest.json").exists():
                ends[stage] = time.process_time()

    return tick


def _cpu_of(recipe: Recipe, ends: Mapping[str, float]) -> dict[str, float]:
    """CPU seconds of this process by stage; the last stage may end unseen."""
    now = time.process_time()
    times = [0.0, *(ends.get(stage, now) for stage in recipe.stages)]
    spent = [later - earlier for earlier, later in pairwise(times)]
    return dict(zip(recipe.stages, spent, strict=True))


def plain_loop(size: str, root: str) -> dict[str, Any]:
    """CPU seconds of the stages that count, over a finished run's inputs, in a plain loop."""
    from factory.authors import authors_for
    from factory.shards.dataset import encode_part
    from factory.shards.store import RunStore
    from factory.stage import Context, Reject
    from pipelines.line import STAGES, Inputs, Work

    recipe = recipe_of(SIZES[size])
    authors = authors_for(recipe, root)

    async def stage(name: Any) -> float:
        started = time.process_time()
        store, inputs = RunStore(root), Inputs(Work(recipe, root, name))
        step = recipe.inputs_per_shard(name)
        for start in range(0, len(inputs), step):
            kept = []
            for record, function in inputs.read(start, start + step):
                bound = authors.of_record(name, record["id"])
                ctx = Context.of(recipe, name, record["id"], store, bound)
                made = await function(record, ctx)
                kept += [one for one in made if not isinstance(one, Reject)]
            encode_part(STAGES[name].kind, kept, {})
        return time.process_time() - started

    return {"cpu": {name: round(asyncio.run(stage(name)), 2) for name in COUNTED}}


def _child(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.trajectories", *arguments]
    heap = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # as `factory run` has it, before Arrow loads
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **heap}
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def grow(sizes: Sequence[str]) -> list[dict[str, Any]]:
    """A run of each size; beside the smallest, the plain loop over what it made."""
    rows = []
    print(f"{'made':>8}{'rows':>8}" + "".join(f"{name:>14}" for name in COUNTED)
          + f"{'ms each':>9}{'/s core':>9}{'peak MB':>9}  load")  # fmt: skip
    for size in sizes:
        with tempfile.TemporaryDirectory() as root:
            row = _child("--one", size, "--root", root)
            if not rows:
                row["plain"] = _child("--loop", size, "--root", root)["cpu"]
        rows.append(row)
        print(f"{row['trajectories']:>8}{row['rows']:>8}"
              + "".join(f"{row['cpu'][name]:>13.1f}s" for name in COUNTED)
              + f"{row['ms']:>9}{1000 / row['ms']:>9.1f}{row['peak_mb']:>9}  {row['load'][0]}",
              flush=True)  # fmt: skip
        if "plain" in row:
            print(f"{'plain':>8}{'loop':>8}"
                  + "".join(f"{row['plain'][name]:>13.1f}s" for name in COUNTED))  # fmt: skip
    return rows


def judge_growth(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The verdicts on Beam, growth and memory."""
    first = rows[0]
    plain, whole = sum(first["plain"].values()), sum(first["cpu"][name] for name in COUNTED)
    growth = max(row["ms"] for row in rows) / first["ms"]
    memory = max(row["peak_mb"] for row in rows) / first["peak_mb"]
    return [
        verdict("trajectories: in Beam", 1 - plain / whole, "of the CPU time", plain, IN_BEAM),
        verdict("trajectories: linear", growth, "x the CPU ms of the smallest size", first["ms"],
                LINEAR),
        verdict("trajectories: memory", memory, "x the peak MB of the smallest size",
                first["peak_mb"], FLAT),
    ]  # fmt: skip


def judge_workers(size: str) -> str:
    """The verdict on two workers against one, by the wall time of the stages that count."""
    walls = []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as root:
            row = _child("--one", size, "--root", root, "--workers", str(workers))
        print(f"{workers} worker(s): {row['wall']} s for {row['trajectories']} trajectories, "
              f"load before and while {row['load']}, {os.cpu_count()} cores")  # fmt: skip
        walls.append(row["wall"])
    return verdict("trajectories: two workers", walls[1] / walls[0], "x one worker's seconds",
                   walls[0], round(TWO_WORKERS, 3))  # fmt: skip


def main() -> int:
    """Measure each size in its own process; exit 1 if a figure misses its goal."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=ALL, help="which to run")
    parser.add_argument("--quick", action="store_true", help="two small sizes")
    parser.add_argument("--no-workers", action="store_true", help="leave two workers out")
    parser.add_argument("--only-workers", action="store_true", help="two workers and nothing else")
    parser.add_argument("--one", choices=SIZES, help="one run into --root, as JSON")
    parser.add_argument("--loop", choices=SIZES, help="the plain loop over --root, as JSON")
    parser.add_argument("--root", default="", help=argparse.SUPPRESS)
    parser.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        with tempfile.TemporaryDirectory() as scratch:
            root = arguments.root or scratch
            print(json.dumps(measure(arguments.one, root, arguments.workers)))
        return 0
    if arguments.loop:
        print(json.dumps(plain_loop(arguments.loop, arguments.root)))
        return 0
    sizes = QUICK if arguments.quick else arguments.sizes
    lines = [] if arguments.only_workers else judge_growth(grow(sizes))
    if not arguments.no_workers:
        lines.append(judge_workers(sizes[0]))
    print("\n".join(lines))
    return 0 if all(json.loads(line)["holds"] for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
