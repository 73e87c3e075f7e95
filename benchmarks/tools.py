"""The tool repository: tools proven per second and core, and peak memory, at several sizes.

Domains are bound from the authored specs and, once those are used up, again under other names:
every tool is made and proven anew. Linear means that a tool costs the same at every size; flat
means that memory does not grow with the number of tools. Each size runs in a process of its own.

    python -m benchmarks.tools [--sizes 500 2000 8000] [--variants 30]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from itertools import count

from benchmarks import verdict
from factory.recipe import parse_recipe
from factory.resources import folder
from factory.stage import Context, Reject
from factory.tools.synthesise import synthesise
from factory.worlds.domains import bind_domain
from factory.worlds.specs import domain_names, load_specs

GOAL = 1.10
"""Time per tool, and peak memory, may grow by this ratio from one size to another."""


def measure(size: int, variants: int) -> dict[str, float]:
    """Proves at least ``size`` tools in this process; CPU seconds, so other load counts little."""
    recipe = parse_recipe(
        {"stages": ["domains", "tools"], "tools": {"variants_per_domain": variants}}
    )
    root = folder("tool_specs")
    specs = load_specs(root, sorted(set(domain_names(root).values()))[:6]).domains
    proven = rejected = 0
    started = time.process_time()
    for turn in count():
        for spec in specs:
            if proven >= size:
                seconds = time.process_time() - started
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                return {
                    "tools": proven,
                    "rejected": rejected,
                    "seconds": round(seconds, 2),
                    "tools_per_second": round(proven / seconds, 1),
                    "peak_mb": round(peak, 1),
                }
            key = f"{spec['key']}.{turn}"
            ctx = Context.for_test(recipe=recipe, record_id=key, stage="domains")
            (domain,) = asyncio.run(bind_domain(spec, ctx))
            if isinstance(domain, Reject):
                continue
            domain = {**domain, "id": f"{turn:032x}" if turn else domain["id"]}
            ctx = Context.for_test(recipe=recipe, record_id=key, stage="tools")
            for made in asyncio.run(synthesise(domain, ctx)):
                proven += not isinstance(made, Reject)
                rejected += isinstance(made, Reject)
    raise AssertionError("the loop ends by returning")


def main() -> int:
    """Measure each size in its own process; exit 1 unless growth is linear and memory flat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 2000, 8000])
    parser.add_argument("--variants", type=int, default=30)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.variants)))
        return 0
    rows = []
    for size in arguments.sizes:
        command = [sys.executable, "-m", "benchmarks.tools", "--one", str(size)]
        done = subprocess.run(
            [*command, "--variants", str(arguments.variants)],
            check=True,
            capture_output=True,
            text=True,
        )
        rows.append(json.loads(done.stdout))
        print(rows[-1], flush=True)
    rates = [row["tools_per_second"] for row in rows]
    peaks = [row["peak_mb"] for row in rows]
    print(f"peak memory, largest over smallest size: {peaks[-1] / peaks[0]:.2f}")
    spread = max(rates) / min(rates)
    print(verdict("tools", spread, "fastest over slowest size", rates[0], GOAL))
    return 0 if spread <= GOAL and peaks[-1] <= GOAL * peaks[0] else 1


if __name__ == "__main__":
    sys.exit(main())
