"""`factory train`: tokenizer, pretraining, fine-tuning, evaluation, samples, export, counts."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

HELP = "train on the shards of a run; evaluate, sample, export; count a preset"
DESCRIPTION = """\
Train the MuonClip MoE on Parquet shards. A run that was stopped goes on from its last checkpoint.

  factory train count kimi-k2
  factory train tokenizer --data out/demo --out out/demo/train/tokenizer
  factory train pretrain pipelines/recipes/train_pretrain.yaml --data out/demo \\
      --tokenizer out/demo/train/tokenizer --out out/demo/train/pretrain
  factory train sft pipelines/recipes/train_sft.yaml --data out/demo \\
      --tokenizer out/demo/train/tokenizer --init out/demo/train/pretrain --out out/demo/train/sft
  factory train sample --init out/demo/train/pretrain --tokenizer out/demo/train/tokenizer \\
      --text "The harbour"
  factory train export --init out/demo/train/sft --tokenizer out/demo/train/tokenizer --out model

On several GPUs: torchrun --nproc-per-node 8 -m factory.train pretrain CONFIG ... (docs/training.md)
"""


class CommandError(ValueError):
    """The call is wrong; one line with the remedy."""


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
    config = argparse.ArgumentParser(add_help=False, parents=[shared])
    config.add_argument("config", nargs="?", metavar="CONFIG", help="YAML; defaults without")
    config.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    config.add_argument(
        "--data", action="append", required=True, metavar="DIR", help="a run or dataset; repeatable"
    )
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument(
        "--init", required=True, metavar="DIR", help="run, checkpoint or deepseek_v3"
    )
    model.add_argument("--tokenizer", required=True, metavar="DIR")
    _declare_training(jobs, config)
    evaluated = jobs.add_parser("eval", parents=[config, model], help="loss on held-out rows")
    evaluated.add_argument("--stage", choices=("pretrain", "sft"), default="pretrain")
    sample = jobs.add_parser(
        "sample", parents=[shared, model], help="text or an answer from a checkpoint"
    )
    what = sample.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", help="go on from this text")
    what.add_argument("--chat", metavar="FILE", help="JSON with messages (and tools) to answer")
    sample.add_argument("--tokens", type=int, default=100, help="at most so many")
    sample.add_argument("--temperature", type=float, default=0.0, help="0: likeliest token")
    sample.add_argument("--seed", type=int, default=0)
    export = jobs.add_parser(
        "export", parents=[shared, model], help="a folder that transformers loads"
    )
    export.add_argument("--out", required=True, metavar="DIR")
    counted = jobs.add_parser("count", parents=[shared], help="parameters, memory, FLOPs")
    counted.add_argument("preset", metavar="PRESET", help="e.g. toy, moonlight-16b-a3b, kimi-k2")
    counted.add_argument("--context", type=int, help="tokens that attention spans, for the FLOPs")
    verb.set_defaults(execute=execute)


def _declare_training(jobs: Any, config: argparse.ArgumentParser) -> None:
    out = argparse.ArgumentParser(add_help=False)
    out.add_argument("--out", required=True, metavar="DIR", help="folder of the result")
    jobs.add_parser("tokenizer", parents=[config, out], help="byte-level BPE on the shards")
    for job, text in (("pretrain", "on pretrain rows"), ("sft", "on sft rows, assistant only")):
        trained = jobs.add_parser(job, parents=[config, out], help=text)
        trained.add_argument("--tokenizer", required=True, metavar="DIR")
        trained.add_argument(
            "--init",
            required=job == "sft",
            metavar="DIR",
            help="run, checkpoint or deepseek_v3 folder to start from",
        )
        trained.add_argument(
            "--tensorboard",
            action="store_true",
            help="event files below OUT/tensorboard (the extra of that name)",
        )
        trained.add_argument(
            "--resume",
            choices=("auto", "never"),
            default="auto",
            help="auto: go on from the last checkpoint in --out; never: refuse if there is one",
        )


def execute(arguments: argparse.Namespace) -> int:
    """Run the job and print what came of it."""
    jobs = {
        "tokenizer": _tokenizer,
        "pretrain": _pretrain,
        "sft": _sft,
        "eval": _eval,
        "sample": _sample,
        "export": _export,
        "count": _count,
    }
    return jobs[arguments.job](arguments)


def _count(arguments: argparse.Namespace) -> int:
    from factory.train.model.count import count
    from factory.train.model.presets import PRESETS, preset

    if arguments.preset not in PRESETS:
        raise CommandError(f"no preset {arguments.preset}; presets: {', '.join(sorted(PRESETS))}")
    counted = count(preset(arguments.preset), arguments.context)
    without = counted.embeddings
    print(f"{arguments.preset}: {counted.total:,} parameters, {counted.active:,} active per token")
    print(f"  without embeddings {counted.total - without:,}, {counted.active - without:,} active")
    print(f"  Muon owns {counted.muon:,}, AdamW {counted.adamw:,}")
    print(
        f"  training {counted.flops_per_token / 1e9:,.3f} GFLOP per token "
        f"(context {counted.context:,})"
    )
    for state, size in counted.memory.items():
        print(f"  {state:<21} {size / 2**30:>12,.2f} GiB")
    print(f"  {'all of these':<21} {sum(counted.memory.values()) / 2**30:>12,.2f} GiB")
    return 0


def _eval(arguments: argparse.Namespace) -> int:
    from factory.train.settings import PretrainSettings, SftSettings
    from factory.yaml_config import load_config

    kind = PretrainSettings if arguments.stage == "pretrain" else SftSettings
    settings = load_config(kind, arguments.config, overrides=arguments.set)
    from factory.train.run import evaluate_checkpoint

    found = evaluate_checkpoint(
        settings,
        arguments.stage,
        _data(arguments),
        tokenizer=Path(arguments.tokenizer),
        init=Path(arguments.init),
    )
    what = "held-out sources" if settings.held_out_share else "all rows (held_out_share is 0)"
    print(f"eval: loss {found.loss:.4f} nats over {found.tokens:,} tokens of {what}")
    return 0


def _sample(arguments: argparse.Namespace) -> int:
    from factory.train.data.tokenizer import load_tokenizer
    from factory.train.sample import answer, continue_text, load_model

    tokenizer = load_tokenizer(Path(arguments.tokenizer))
    model = load_model(Path(arguments.init))
    how = {
        "max_tokens": arguments.tokens,
        "temperature": arguments.temperature,
        "seed": arguments.seed,
    }
    if arguments.text is not None:
        print(continue_text(model, tokenizer, arguments.text, **how))
        return 0
    chat = json.loads(Path(arguments.chat).read_text(encoding="utf-8"))
    if not isinstance(chat, dict) or "messages" not in chat:
        raise CommandError(f"{arguments.chat} must be a JSON object with messages, maybe tools")
    print(answer(model, tokenizer, chat["messages"], chat.get("tools"), **how))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from factory.train.checkpoint import latest_checkpoint
    from factory.train.export import export_checkpoint

    checkpoint = latest_checkpoint(Path(arguments.init))
    if checkpoint is None:
        raise CommandError(f"{arguments.init} holds no finished checkpoint")
    folder = export_checkpoint(checkpoint, Path(arguments.out), tokenizer=Path(arguments.tokenizer))
    print(f"{checkpoint} as deepseek_v3 in {folder}; e.g. transformers serve {folder}")
    return 0


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

    _check_resume(arguments)
    with StepProgress("pretrain") as advance:
        result = pretrain(
            settings,
            _data(arguments),
            Path(arguments.out),
            tokenizer=Path(arguments.tokenizer),
            init=Path(arguments.init) if arguments.init else None,
            progress=advance,
            tensorboard=arguments.tensorboard,
        )
    _print_summary("pretrain", settings.steps, result)
    return 0


def _sft(arguments: argparse.Namespace) -> int:
    from factory.commands.progress import StepProgress
    from factory.train.settings import SftSettings
    from factory.yaml_config import load_config

    settings = load_config(SftSettings, arguments.config, overrides=arguments.set)
    from factory.train.run import sft

    _check_resume(arguments)
    with StepProgress("sft") as advance:
        result = sft(
            settings,
            _data(arguments),
            Path(arguments.out),
            tokenizer=Path(arguments.tokenizer),
            init=Path(arguments.init),
            progress=advance,
            tensorboard=arguments.tensorboard,
        )
    _print_summary("sft", settings.steps, result)
    return 0


def _check_resume(arguments: argparse.Namespace) -> None:
    from factory.train.checkpoint import latest_checkpoint

    if arguments.resume == "never" and latest_checkpoint(Path(arguments.out)) is not None:
        raise CommandError(f"{arguments.out} holds a run; --resume auto goes on with it")


def _data(arguments: argparse.Namespace) -> list[Path]:
    return [Path(folder) for folder in arguments.data]


def _print_summary(job: str, steps: int, result: Any) -> None:
    summary = result.summary
    if os.environ.get("RANK", "0") != "0":
        return  # one process of torchrun's speaks for all
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
