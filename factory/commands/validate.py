"""`factory validate`: check datasets, or a folder of tool specifications."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

HELP = "check rows, checksums and references; or a folder of tool specifications"
DESCRIPTION = """\
Check every row against its JSON Schema and its content id, every shard against its checksum,
every reference against the dataset it points into. One line a problem; exit 1 if there is any.

  factory validate out/demo
  factory validate tool_specs
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "validate",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("dir", metavar="DIR", help="a run, a dataset of it, or tool_specs")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Print the problems; exit code 1 if there are any."""
    if (Path(arguments.dir) / "categories").is_dir():
        return _validate_specs(arguments.dir)
    from factory.shards import find_datasets
    from factory.shards.verify import verify

    found = 0
    for problem in verify(arguments.dir):
        print(problem)
        found += 1
    if found:
        print(f"{arguments.dir}: {found} problem{'s' * (found > 1)}")
        return 1
    datasets = find_datasets(arguments.dir)
    rows = sum(dataset.num_rows for dataset in datasets)
    parts = sum(len(dataset.parts) for dataset in datasets)
    print(f"{arguments.dir}: {len(datasets)} datasets, {parts} shards, {rows} rows: all valid")
    return 0


def _validate_specs(folder: str) -> int:
    from factory.worlds.specs import load_specs, spec_problems

    problems = spec_problems(folder)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{folder}: {len(problems)} problem{'s' * (len(problems) > 1)}")
        return 1
    print(f"{folder}: {len(load_specs(folder).domains)} domains: all valid")
    return 0
