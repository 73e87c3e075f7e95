"""`factory export`: a run's conversations in the forms of other trainers and evaluators."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from factory.commands.errors import CommandError
from factory.exports import FORMS

HELP = "conversations as OpenAI JSONL, ShareGPT, BFCL, or Kimi K2 text"
DESCRIPTION = """\
Writes the rows of RUN/sft in another form, as JSON lines. datasets, TRL and axolotl read the
Parquet as it is and need none of this.

  factory export out/demo --form openai    --out out/openai      fine-tuning JSONL
  factory export out/demo --form sharegpt  --out out/sharegpt    LLaMA-Factory
  factory export out/demo --form bfcl      --out out/bfcl        questions and acceptable calls
  factory export out/demo --form kimi_k2   --out out/kimi        one text, with the trained spans

A row that a form can't hold without teaching something else is left out, and counted by reason.
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "export",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("run", metavar="RUN", help="folder of a run, or its sft dataset")
    verb.add_argument("--form", required=True, choices=FORMS)
    verb.add_argument("--out", required=True, metavar="DIR", help="folder for the files")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Write the files; print what went into each and what was left out."""
    from importlib import import_module

    from factory.exports.writer import write
    from factory.shards import find_datasets

    datasets = [d for d in find_datasets(arguments.run) if d.kind == "sft"]
    if len(datasets) != 1:
        raise CommandError(f"{arguments.run}: {len(datasets)} sft datasets; give a run's folder")
    form = import_module(f"factory.exports.{arguments.form}")
    counts, left = write(datasets[0].rows(), form.lines, form.FILES, arguments.out)
    for name, what in form.FILES.items():
        print(f"{arguments.out}/{name}: {counts[name]} lines, each {what}")
    print(_left(left))
    return 0


def _left(left: Counter[str]) -> str:
    if not left:
        return "every row is in"
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(left.items()))
    return f"left out: {reasons}"
