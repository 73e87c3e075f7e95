"""The tool repository at several sizes: CPU seconds a tool, proof and duplicates included, and the
peak memory of a worker.

Each size is a run of its own by `factory run`'s own code with one worker, in a process of its own:
domains bound from the authored specs, sketches of every candidate, the duplicates decision, a proof
of all that is kept, shards written. CPU seconds, not wall time, so other load counts little.

Linear means that a candidate costs the same at every size. Memory is printed, not judged: it is
that of the whole process, runner and caches of the store included.

    python -m benchmarks.tools            # 4,000, 23,000 and 100,000 candidates: 15 CPU minutes
    python -m benchmarks.tools --quick    # 2,000 and 8,000: 2 minutes
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import verdict
from factory.recipe import Recipe, load_recipe

RECIPE = Path(__file__).parent.parent / "pipelines" / "recipes" / "k2_tools.yaml"
STAGES = ("domains", "signatures", "tools")
VARIANTS = 70
SIZES = {"4k": (1, None), "23k": (6, None), "100k": (None, None)}
"""Name → (domains of each category, domains in all)."""
QUICK = {"2k": (1, 20), "8k": (2, None)}
GOAL = 1.10
"""CPU seconds a candidate may grow by this ratio from the smallest size to any other."""


def recipe_of(per_category: int | None, count: int | None) -> Recipe:
    """The shipped recipe with so many domains and only what evolves from them."""
    wanted = {"domains.per_category": per_category, "domains.count": count}
    overrides = [f"{key}={value}" for key, value in wanted.items() if value is not None]
    return load_recipe(
        RECIPE,
        overrides=[
            f"stages=[{', '.join(STAGES)}]",
            f"tools.variants_per_domain={VARIANTS}",
            "mcp_style.count=null",
            *overrides,
        ],
    )


def measure(name: str) -> dict[str, Any]:
    """One size, in this process."""
    from pipelines.lean import load_beam_leanly

    load_beam_leanly()
    from factory.held import Held
    from factory.shards.store import RunStore
    from factory.tools.dedup import _decision
    from pipelines.run import run

    recipe = recipe_of(*{**SIZES, **QUICK}[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as root:
        ends: dict[str, float] = {}
        started = time.process_time()
        run(recipe, root, watch=lambda _: _stage_ends(Path(root), ends))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows = {row["stage"]: row for row in _read(Path(root) / "figures.json")["stages"]}
        start = time.process_time()
        dropped = _decision(Held(RunStore(root)), recipe.tools.duplicates).dropped
        decision = time.process_time() - start
    cpu = dict(
        zip(STAGES, _differences([started, *(ends[stage] for stage in STAGES)]), strict=True)
    )
    candidates, kept = rows["signatures"]["kept"], rows["tools"]["kept"]
    return {
        "size": name,
        "candidates": candidates,
        "duplicates": len(dropped),
        "kept": kept,
        "rejected": rows["tools"]["rejected"],
        "cpu": {stage: round(seconds, 1) for stage, seconds in cpu.items()},
        "decision_seconds": round(decision, 2),
        "ms_a_candidate": round(1000 * (cpu["signatures"] + cpu["tools"]) / candidates, 3),
        "ms_a_tool": round(1000 * sum(cpu.values()) / kept, 3),
        "tools_per_second_and_core": round(kept / sum(cpu.values()), 1),
        "start_mb": round(before, 1),
        "peak_mb": round(peak, 1),
    }


def _stage_ends(root: Path, ends: dict[str, float]) -> Callable[[], None]:
    """A function that notes the CPU time at which each stage's dataset was whole."""
    kinds = {"domains": "domain", "signatures": "signature", "tools": "tool"}

    def tick() -> None:
        for stage, kind in kinds.items():
            if stage not in ends and (root / kind / "manifest.json").exists():
                ends[stage] = time.process_time()

    return tick


def _differences(values: list[float]) -> list[float]:
    return [later - earlier for earlier, later in zip(values, values[1:], strict=False)]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def main() -> int:
    """Measure each size in its own process; exit 1 unless growth is linear."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two small sizes")
    parser.add_argument("--one", choices=[*SIZES, *QUICK], help="one size, as JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return 0
    rows = []
    print(f"{'candidates':>11}{'kept':>8}{'bind s':>8}{'sketch s':>9}{'decide s':>9}{'tools s':>9}"
          f"{'ms/cand.':>9}{'tools/s':>9}{'peak MB':>9}")  # fmt: skip
    for size in QUICK if arguments.quick else SIZES:
        command = [sys.executable, "-m", "benchmarks.tools", "--one", size]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        row = json.loads(done.stdout.splitlines()[-1])
        rows.append(row)
        cpu = row["cpu"]
        print(f"{row['candidates']:>11}{row['kept']:>8}{cpu['domains']:>8}{cpu['signatures']:>9}"
              f"{row['decision_seconds']:>9}{cpu['tools']:>9}{row['ms_a_candidate']:>9}"
              f"{row['tools_per_second_and_core']:>9}{row['peak_mb']:>9}", flush=True)  # fmt: skip
    for row in rows:
        print(json.dumps(row))
    first = rows[0]["ms_a_candidate"]
    growth = max(row["ms_a_candidate"] for row in rows) / first
    print(
        f"peak memory, largest over smallest size: {rows[-1]['peak_mb'] / rows[0]['peak_mb']:.2f}"
    )
    print(verdict("tools", growth, "x the CPU time a candidate of the smallest", first, GOAL))
    return 0 if growth <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
