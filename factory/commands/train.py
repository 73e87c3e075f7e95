"""`factory train`: tokenizer, pretraining, fine-tuning on the shards of a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

HELP = "train a tokenizer, pretrain, fine-tune on the shards of a run"
DESCRIPTION = """\
Train the MuonClip MoE on Parquet shards. A run that was stopped goes on from its last checkpoint.

  factory train tokenizer --data out/demo --out out/demo/train/tokenizer
  factory train pretrain pipelines/recipes/train_pretrain.yaml --data out/demo \\
      --tokenizer out/demo/train/tokenizer --out out/demo/train/pretrain
  factory train sft pipelines/recipes/train_sft.yaml --data out/demo \\
      --tokenizer out/demo/train/tokenizer --init out/demo/train/pretrain --out out/demo/train/sft
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb, its sub-verbs and their options."""
    verb = verbs.add_parser(
        "train",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    jobs = verb.add_subparsers(dest="job", required=True, metavar="JOB")
    common = argparse.ArgumentParser(add_help=False, parents=[shared])
    common.add_argument("config", nargs="?", metavar="CONFIG", help="YAML; defaults without")
    common.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    common.add_argument(
        "--data", action="append", required=True, metavar="DIR", help="a run or dataset; repeatable"
    )
    common.add_argument("--out", required=True, metavar="DIR", help="folder of the result")
    jobs.add_parser("tokenizer", parents=[common], help="byte-level BPE on the shards")
    for job, text in (("pretrain", "on pretrain rows"), ("sft", "on sft rows, assistant only")):
        trained = jobs.add_parser(job, parents=[common], help=text)
        trained.add_argument("--tokenizer", required=True, metavar="DIR")
        trained.add_argument(
            "--init", required=job == "sft", metavar="DIR", help="run or checkpoint to start from"
        )
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Run the job and print what came of it."""
    jobs = {"tokenizer": _tokenizer, "pretrain": _pretrain, "sft": _sft}
    return jobs[arguments.job](arguments)


def _tokenizer(arguments: argparse.Namespace) -> int:
    from factory.train.settings import TokenizerSettings
    from factory.yaml_config import load_config

    settings = load_config(TokenizerSettings, arguments.config, overrides=arguments.set)
    from factory.train.run import train_tokenizer

    tokenizer = train_tokenizer(settings, _data(arguments), Path(arguments.out))
    print(f"tokenizer of {tokenizer.vocab_size} tokens in {arguments.out}")
    return 0


def _pretrain(arguments: argparse.Namespace) -> int:
    from factory.commands.progress import StepProgress
    from factory.train.settings import PretrainSettings
    from factory.yaml_config import load_config

    settings = load_config(PretrainSettings, arguments.config, overrides=arguments.set)
    from factory.train.run import pretrain

    with StepProgress("pretrain") as advance:
        result = pretrain(
            settings,
            _data(arguments),
            Path(arguments.out),
            tokenizer=Path(arguments.tokenizer),
            init=Path(arguments.init) if arguments.init else None,
            progress=advance,
        )
    _print_summary("pretrain", settings.steps, result)
    return 0


def _sft(arguments: argparse.Namespace) -> int:
    from factory.commands.progress import StepProgress
    from factory.train.settings import SftSettings
    from factory.yaml_config import load_config

    settings = load_config(SftSettings, arguments.config, overrides=arguments.set)
    from factory.train.run import sft

    with StepProgress("sft") as advance:
        result = sft(
            settings,
            _data(arguments),
            Path(arguments.out),
            tokenizer=Path(arguments.tokenizer),
            init=Path(arguments.init),
            progress=advance,
        )
    _print_summary("sft", settings.steps, result)
    return 0


def _data(arguments: argparse.Namespace) -> list[Path]:
    return [Path(folder) for folder in arguments.data]


def _print_summary(job: str, steps: int, result: Any) -> None:
    summary = result.summary
    if result.resumed_from == steps:
        print(f"{job}: all {steps} steps were done already; nothing to do ({result.checkpoint})")
        return
    resumed = f", resumed at step {result.resumed_from}" if result.resumed_from else ""
    print(
        f"{job}: {steps} steps{resumed}, loss {summary['first_loss']:.3f} → "
        f"{summary['last_loss']:.3f}, peak attention logit {summary['peak_max_logit']:.1f}, "
        f"{summary['parameters'] / 1e6:.1f} M parameters, {summary['seconds']:.0f} s, "
        f"dropped {summary['dropped_share']:.1%} of rows; checkpoint {result.checkpoint}"
    )
