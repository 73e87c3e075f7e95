"""Entry points of the trainer: train a tokenizer, pretrain, fine-tune.

Each call is a function of its settings and its data: called again it does nothing, killed and
called again it goes on from the last checkpoint, called with anything changed it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from factory.records import Record, canonical_json
from factory.shards import Dataset, find_datasets
from factory.train.checkpoint import latest_checkpoint, read_state
from factory.train.data.loader import (
    AHEAD,
    Encode,
    Encoded,
    Loader,
    ShareOut,
    encode_each,
    held_out_rows,
    pretrain_loader,
    sft_loader,
)
from factory.train.data.stream import MixedStream, RowStream, Stream, corpus_fingerprint
from factory.train.data.tokenizer import (
    ChatTokenizer,
    load_tokenizer,
    tokenizer_fingerprint,
    train_bpe,
)
from factory.train.distributed import World, world_of
from factory.train.evaluate import Evaluation, evaluate
from factory.train.events import EventFile
from factory.train.loop import Progress, run_steps
from factory.train.metrics import append_metrics, read_metrics, start_metrics, summarise
from factory.train.model.config import ModelConfig
from factory.train.model.count import count
from factory.train.model.transformer import build_model
from factory.train.settings import PretrainSettings, RunSettings, SftSettings, TokenizerSettings
from factory.train.trainer import Trainer
from factory.train.weights import TrainError, config_of, fill_model, tokenizer_of, weights_digest


@dataclass(frozen=True)
class TrainResult:
    """A finished run.

    summary: `metrics.summarise` plus `parameters`, `rows` (the loader's counts), `dropped` (rows by
    reason) and `dropped_share`. resumed_from: the step it went on from, None for a run from the
    start; equal to the number of steps if there was nothing left to do.
    """

    checkpoint: Path
    summary: dict[str, Any]
    resumed_from: int | None


def train_tokenizer(
    settings: TokenizerSettings, data_dirs: Sequence[Path], out: Path
) -> ChatTokenizer:
    """Trains byte-level BPE on the `pretrain` and `sft` datasets below `data_dirs`, into `out`."""
    kinds = ("pretrain", "sft")
    datasets = [d for kind in kinds for found in _datasets(data_dirs, kind) for d in found]
    if not datasets:
        raise TrainError(f"no pretrain or sft dataset below {_names(data_dirs)}")
    texts = chain.from_iterable(_texts(d.kind, row) for d in datasets for row in d.rows())
    tokenizer = train_bpe(texts, settings.vocab_size)
    tokenizer.save(out)
    return tokenizer


def pretrain(
    config: PretrainSettings,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    tokenizer: Path,
    init: Path | None = None,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> TrainResult:
    """Trains on the `pretrain` datasets below `data_dirs`, from `init`'s weights if given."""
    if init:
        model = _model_of(init, tokenizer)
    else:
        model = config.model.build(load_tokenizer(tokenizer).vocab_size)
    if config.long_context is not None:
        changes = config.long_context.model_dump()
        model = ModelConfig(**{**model.to_dict(), **changes})
    return _train("pretrain", config, model, data_dirs, out, tokenizer, init, progress, tensorboard)


def sft(
    config: SftSettings,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    tokenizer: Path,
    init: Path,
    progress: Progress | None = None,
    tensorboard: bool = False,
) -> TrainResult:
    """Fine-tunes `init` (a run, a checkpoint, a `deepseek_v3` folder) on `sft` datasets."""
    model = _model_of(init, tokenizer)
    return _train("sft", config, model, data_dirs, out, tokenizer, init, progress, tensorboard)


def evaluate_checkpoint(
    config: RunSettings, stage: str, data_dirs: Sequence[Path], *, tokenizer: Path, init: Path
) -> Evaluation:
    """Loss of `init` on the sources that `config.held_out_share` keeps from training.

    With the share at 0, on all rows of the data, up to `config.evaluate_rows` packed rows.
    """
    datasets = [d for found in _datasets(data_dirs, stage) for d in found]
    words = load_tokenizer(tokenizer)
    model_config = _model_of(init, tokenizer)
    with world_of(config.device) as world:
        loader = _loader(stage, config, [datasets], words)
        share = config.held_out_share or 1.0
        rows = held_out_rows(datasets, loader, share, config.evaluate_rows)
        if not rows:
            raise TrainError(f"no {stage} row to evaluate on below {_names(data_dirs)}")
        model = build_model(model_config, seed=config.seed, device=world.device)
        fill_model(init, model)
        bf16 = config.precision == "bf16"
        return evaluate(model, rows, world, rows_at_once=config.micro_batch_size or 1, bf16=bf16)


def _train(
    stage: str,
    config: RunSettings,
    model_config: ModelConfig,
    data_dirs: Sequence[Path],
    out: Path,
    tokenizer: Path,
    init: Path | None,
    progress: Progress | None,
    tensorboard: bool,
) -> TrainResult:
    _check_fit(config, model_config, load_tokenizer(tokenizer))
    by_source = _datasets(data_dirs, stage)
    datasets = [d for found in by_source for d in found]
    if not datasets:
        raise TrainError(f"no {stage} dataset below {_names(data_dirs)}; run `factory run` first")
    identity = {
        "stage": stage,
        "settings": config.model_dump(mode="json"),
        "model": model_config.to_dict(),
        "tokenizer": tokenizer_fingerprint(tokenizer),
        "data": corpus_fingerprint(datasets),
        "init": weights_digest(init) if init else None,
    }
    resumed = _resumable(out, identity)
    done = read_state(resumed).step if resumed else 0
    lines = read_metrics(out)
    if resumed and done == config.steps and lines and lines[-1]["type"] == "summary":
        return TrainResult(resumed, lines[-1], done)

    loader = _loader(stage, config, by_source, load_tokenizer(tokenizer))
    counted = count(model_config, config.sequence_length)
    with world_of(config.device) as world:
        if world.size > 1:
            loader.share_out, loader.ahead = shared_out(world), AHEAD * world.size
        held_out = held_out_rows(datasets, loader, config.held_out_share, config.evaluate_rows)
        model = build_model(model_config, seed=config.seed, device=world.device)
        if init and not resumed:
            fill_model(init, model)
        flops = counted.flops_per_token
        trainer = Trainer(model, config, loader, identity, out, world, flops)
        if resumed:
            trainer.resume(resumed)
        if world.is_main:
            start_metrics(out, _header(stage, config, counted.total, world), done)
        world.wait()
        events = EventFile(out, done) if tensorboard and world.is_main else None
        checkpoint = run_steps(trainer, held_out, progress, events)
        if events is not None:
            events.close()
        summary = {
            **summarise(read_metrics(out)),
            "parameters": counted.total,
            "rows": dict(loader.counts),
            "dropped": loader.dropped(),
            "dropped_share": loader.dropped_share(),
            "packing_efficiency": loader.packing_efficiency(),
        }
        if world.is_main:
            append_metrics(out, {"type": "summary", **summary})
    return TrainResult(checkpoint, {"type": "summary", **summary}, done or None)


def _loader(
    stage: str,
    config: RunSettings,
    by_source: Sequence[Sequence[Dataset]],
    tokenizer: ChatTokenizer,
) -> Loader:
    make = pretrain_loader if stage == "pretrain" else sft_loader
    share = config.held_out_share
    stream: Stream
    if config.mixture is None:
        everything = [d for found in by_source for d in found]
        stream = RowStream(everything, config.seed, held_out=share)
    else:
        if len(config.mixture) != len(by_source) or not all(by_source):
            raise TrainError(
                f"mixture has {len(config.mixture)} entries for {len(by_source)} --data folders; "
                f"it needs one for each, and {stage} rows in each"
            )
        stream = MixedStream(
            [RowStream(found, config.seed, held_out=share) for found in by_source],
            [source.weight for source in config.mixture],
            [source.max_epochs for source in config.mixture],
        )
    return make(stream, tokenizer, config.sequence_length, config.batch_size)


def _header(stage: str, config: RunSettings, parameters: int, world: World) -> dict[str, Any]:
    return {
        "processes": world.size,
        "device": world.device,
        "torch": torch.__version__,
        "stage": stage,
        "total_steps": config.steps,
        "qk_clip_tau": config.qk_clip_tau,
        "parameters": parameters,
        "settings": config.model_dump(mode="json"),
    }


def _check_fit(config: RunSettings, model: ModelConfig, tokenizer: ChatTokenizer) -> None:
    if tokenizer.vocab_size > model.vocab_size:
        raise TrainError(
            f"the tokenizer has {tokenizer.vocab_size} tokens and the model's table "
            f"{model.vocab_size}; take the tokenizer that the model was trained with"
        )
    if config.sequence_length > model.max_position_embeddings:
        raise TrainError(
            f"sequence_length {config.sequence_length} exceeds the model's "
            f"{model.max_position_embeddings} positions; lower it, or set long_context"
        )


def shared_out(world: World) -> ShareOut:
    """Rows encoded by all processes, each every n-th of them, and handed to all."""

    def encode_share(rows: Sequence[Record], encode: Encode) -> list[Encoded]:
        mine = encode_each(rows[world.rank :: world.size], encode)
        shares = [iter(share) for share in world.gather(mine)]
        return [next(shares[place % world.size]) for place in range(len(rows))]

    return encode_share


def _resumable(out: Path, identity: Mapping[str, Any]) -> Path | None:
    checkpoint = latest_checkpoint(out)
    if checkpoint is None:
        return None
    found = read_state(checkpoint).identity
    if different := sorted(key for key in identity if found.get(key) != identity[key]):
        raise TrainError(
            f"{out} holds a run that differs in its {', '.join(different)}; "
            "train into another folder, or delete this one"
        )
    return checkpoint


def _model_of(init: Path, tokenizer: Path) -> ModelConfig:
    trained_with = tokenizer_of(init)
    if trained_with is not None and trained_with != tokenizer_fingerprint(tokenizer):
        raise TrainError(f"{init} was trained with another tokenizer than {tokenizer}")
    return config_of(init)


def _datasets(data_dirs: Sequence[Path], kind: str) -> list[list[Dataset]]:
    """The datasets of a kind below each folder, without empty ones."""
    return [
        [d for d in find_datasets(str(folder)) if d.kind == kind and d.num_rows]
        for folder in data_dirs
    ]


def _texts(kind: str, row: Record) -> Iterator[str]:
    if kind == "pretrain":
        yield row["text"]
        return
    if row.get("tools"):
        yield canonical_json(row["tools"])
    for message in row["messages"]:
        yield message.get("content") or ""
        for call in message.get("tool_calls") or ():
            yield canonical_json(call["function"]["arguments"])


def _names(data_dirs: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in data_dirs) or "no folder at all"
