"""`factory judge bench`: how good the judge is, on good trajectories broken in named ways."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factory.recipe import Recipe

HELP = "measure the judge on trajectories broken in named ways"
DESCRIPTION = """\
Take good trajectories, break each in many named ways (wrong argument, dropped write, invented
value, ...), executing the changed calls anew in the world, and count what the judge finds. Exit 1
if it finds less than --recall of any kind or flags more than --alarms of the good ones.

  factory judge bench                             trajectories of a run of its own, made for this
  factory judge bench --run out/demo              those of a run
  factory judge bench --trajectories 300 --json
"""
PER_TASK = 1.9
"""Good trajectories that a task gives, by some margin."""
MORE_OF = {
    "read": 14.0,
    "conditional": 18.0,
    "missing_parameter": 20.0,
    "correction": 10.0,
    "confirm_before_write": 9.0,
}
"""Weights of kinds of tasks that some mutations need and a run has few of."""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "judge",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    jobs = verb.add_subparsers(dest="job", required=True, metavar="JOB")
    bench = jobs.add_parser("bench", parents=[shared], help="recall and false alarms by kind")
    bench.add_argument("--run", metavar="DIR", help="a run's folder (default: a run of its own)")
    bench.add_argument("--trajectories", type=int, default=2000, metavar="N")
    bench.add_argument("--seed", type=int, default=0, help="of the run of its own, of the draw")
    bench.add_argument("--recall", type=float, default=0.99, metavar="F", help="(%(default)s)")
    bench.add_argument("--alarms", type=float, default=0.005, metavar="F", help="(%(default)s)")
    bench.add_argument("--json", action="store_true", help="figures as JSON")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Measure, print, and judge the judge."""
    from factory.commands.errors import CommandError
    from factory.commands.run import quiet_beam
    from factory.recipe import Recipe

    if arguments.trajectories < 1:
        raise CommandError(f"--trajectories {arguments.trajectories}: give 1 or more")
    if arguments.run:
        from pathlib import Path

        path = Path(arguments.run) / "run.json"
        recipe = Recipe.model_validate(json.loads(path.read_text(encoding="utf-8"))["recipe"])
        return _bench(arguments, arguments.run.rstrip("/"), recipe)
    from pipelines.run import run

    quiet_beam(arguments.debug)
    recipe = own_recipe(arguments.trajectories, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        print("making a run to take trajectories from ...", file=sys.stderr)
        run(recipe, folder)
        return _bench(arguments, folder, recipe)


def own_recipe(trajectories: int, seed: int) -> Recipe:
    """A run with about so many good trajectories, over domains of every category."""
    from factory.recipe import parse_recipe
    from factory.tasks.settings import TaskSettings

    tasks = max(40, round(trajectories / PER_TASK))
    return parse_recipe(
        {
            "name": "judge_bench",
            "seed": seed,
            "stages": ["domains", "tools", "agents", "tasks", "trajectories"],
            "domains": {"per_category": 1 if trajectories < 3000 else 3},
            "agents": {"count": max(12, tasks // 6)},
            "tasks": {"count": tasks, "kinds": {**TaskSettings().kinds, **MORE_OF}},
            "trajectories": {
                "skills": {"expert": 4, "cautious": 2, "parallel": 2, "recovering": 2}
            },
        }
    )


def _bench(arguments: argparse.Namespace, folder: str, recipe: Recipe) -> int:
    import asyncio

    from factory.commands.errors import CommandError
    from factory.shards.store import RunStore
    from factory.trajectories.bench.material import materials
    from factory.trajectories.bench.measure import measure

    store = RunStore(folder)
    chosen = materials(store, arguments.trajectories, arguments.seed)
    bench = asyncio.run(measure(chosen, store, recipe, tick=_tick))
    if not bench.good.trials:
        raise CommandError(f"{folder}: no good trajectory to break")
    short = bench.short(arguments.recall, arguments.alarms)
    figures = {**bench.as_json(), "short": short}
    if arguments.json:
        print(json.dumps(figures, indent=1))
    else:
        _print_table(figures)
    if short:
        print(f"factory judge: not good enough: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0


def _tick(done: int) -> None:
    if done % 100 == 0:
        print(f"{done} trajectories broken and judged", file=sys.stderr)


def _print_table(figures: dict[str, Any]) -> None:
    print(f"{'broken':<32}{'mutants':>8}{'found':>7}{'recall':>8}{'95 %':>15}  found by")
    for name, row in figures["kinds"].items():
        print(_line(name, row))
    print(f"\n{'good':<32}{'judged':>8}{'flagged':>7}{'rate':>8}{'95 %':>15}  flagged by")
    print(_line("as they are", figures["good"]))
    print(_line("performed again", figures["performed_again"]))


def _line(name: str, row: dict[str, Any]) -> str:
    interval = f"{row['low']:.1%}-{row['high']:.1%}"
    checks = ", ".join(f"{check} {count}" for check, count in list(row["checks"].items())[:3])
    return (
        f"{name:<32}{row['trials']:>8}{row['found']:>7}{row['rate']:>8.1%}{interval:>15}  {checks}"
    )
