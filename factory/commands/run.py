"""`factory run`: make datasets from a recipe."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

HELP = "make datasets from a recipe"
DESCRIPTION = """\
Run a recipe's stages on Beam and write Parquet datasets below --out. What is there already is
kept, so the same command resumes a run that was stopped, and does nothing when all is done.

  factory run pipelines/recipes/demo.yaml --out out/demo
  factory run R.yaml --out out/big --scale 10 --workers 4
  factory run R.yaml --out out/x --set tasks.count=50 --set tasks.kinds.read=30
  factory run R.yaml --out gs://bucket/x --runner DataflowRunner -- --project=P --region=R
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "run",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("recipe", metavar="RECIPE", help="a YAML file; see pipelines/recipes/")
    verb.add_argument("--out", required=True, metavar="DIR", help="folder of the run")
    verb.add_argument("--scale", type=float, default=1.0, metavar="F", help="multiply every count")
    verb.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes")
    verb.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a recipe key"
    )
    verb.add_argument(
        "--catalog", action="append", default=[], metavar="FILE", help="JSONL of server listings"
    )
    verb.add_argument(
        "--documents",
        action="append",
        default=[],
        metavar="PATH",
        help="folder, glob or file of .txt/.md/.jsonl/.parquet instead of the built-in prose",
    )
    verb.add_argument(
        "--benchmarks",
        metavar="DIR",
        help="folder of benchmark texts; tools, agents and tasks too like one are rejected",
    )
    verb.add_argument("--endpoint", metavar="URL", help="where models.default is served (…/v1)")
    verb.add_argument("--model", metavar="NAME", help="name of models.default at its endpoint")
    verb.add_argument(
        "--dry-run",
        action="store_true",
        help="say what models would be asked, and its price, from a sample; send nothing",
    )
    verb.add_argument("--runner", default="FnApiRunner", help="a Beam runner (%(default)s)")
    verb.add_argument("beam", nargs="*", metavar="-- BEAM OPTIONS", help="passed on to Beam")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Load the recipe, run it, print the table."""
    from factory.recipe import load_recipe

    recipe = load_recipe(arguments.recipe, overrides=_overrides(arguments), scale=arguments.scale)
    quiet_beam(arguments.debug)
    if arguments.dry_run:
        return _dry_run(recipe)
    from pipelines.lean import load_beam_leanly

    load_beam_leanly()
    from pipelines.run import RejectedShareExceeded, run
    from pipelines.watch import print_figures, watcher

    try:
        done = run(
            recipe,
            arguments.out,
            workers=arguments.workers,
            runner=arguments.runner,
            beam_options=arguments.beam,
            watch=lambda stages: watcher(arguments.out, stages),
        )
    except RejectedShareExceeded as error:
        print_figures(arguments.out)
        print(f"factory run: {error}", file=sys.stderr)
        return 1
    if not done:
        print(f"{arguments.out}: everything is there already; nothing to do")
        return 0
    print_figures(arguments.out)
    _print_findings(arguments.out.rstrip("/"), recipe.stages, done)
    return 0


def _print_findings(root: str, stages: Sequence[str], done: Sequence[str]) -> None:
    """What the run says of the tools and tasks that it just made."""
    from rich.console import Console

    console = Console(width=140)
    if "signatures" in stages and "tools" in done:
        from factory.report.diversity import print_diversity, write_diversity

        print_diversity(write_diversity(root), console)
    if "tasks" in done:
        from factory.report.proof import print_proof

        print_proof(root, console)


def _dry_run(recipe: Any) -> int:
    from rich.console import Console

    from pipelines.estimate import estimate
    from pipelines.watch import usage_table

    rows = estimate(recipe)
    if not rows:
        print("no role of this recipe is written by a model: nothing would be asked")
        return 0
    console = Console()
    wide = console if console.is_terminal else Console(width=140)
    wide.print(usage_table(rows, "estimated from a sample; repairs and retries come on top"))
    return 0


def quiet_beam(debug: bool) -> None:
    """Keep Beam from logging about extras nobody asked for and every traceback, unless `debug`."""
    import logging

    logging.basicConfig(level=logging.WARNING if debug else logging.CRITICAL)
    logging.getLogger("factory").setLevel(logging.WARNING)


def _overrides(arguments: argparse.Namespace) -> list[str]:
    """`--set` and the shorthands for the two kinds of input people bring."""
    overrides = list(arguments.set)
    if arguments.catalog:
        overrides.append(f"listings.catalogs={json.dumps(arguments.catalog)}")
    if arguments.documents:
        overrides.append(f"documents.paths={json.dumps([*arguments.documents, 'builtin:math'])}")
    if arguments.benchmarks:
        overrides.append(f"decontamination.folder={json.dumps(arguments.benchmarks)}")
    if arguments.endpoint:
        overrides.append(f"models.default.endpoints={json.dumps([{'url': arguments.endpoint}])}")
    if arguments.model:
        overrides.append(f"models.default.name={json.dumps(arguments.model)}")
    return overrides
