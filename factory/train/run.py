"""Entry points of the trainer: train a tokenizer, pretrain, fine-tune.

Each call is a function of its settings and its data: called again it does nothing, killed and
called again it goes on from the last checkpoint, called with anything changed it refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from factory.records import Record, canonical_json
from factory.shards import Dataset, find_datasets
from factory.train.checkpoint import latest_checkpoint, load_weights, read_state
from factory.train.data.loader import Loader, pretrain_loader, sft_loader
from factory.train.data.stream import RowStream, corpus_fingerprint
from factory.train.data.tokenizer import (
    ChatTokenizer,
    load_tokenizer,
    tokenizer_fingerprint,
    train_bpe,
)
from factory.train.loop import Progress, Trainer, run_steps
from factory.train.metrics import append_metrics, read_metrics, start_metrics, summarise
from factory.train.model.config import ModelConfig
from factory.train.model.transformer import build_model, count_parameters
from factory.train.settings import PretrainSettings, RunSettings, SftSettings, TokenizerSettings

MakeLoader = Callable[[RowStream, ChatTokenizer, int, int], Loader]


class TrainError(ValueError):
    """Something the user can set right; one line, with the remedy."""


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
    datasets = [d for kind in ("pretrain", "sft") for d in _datasets(data_dirs, kind)]
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
) -> TrainResult:
    """Trains on the `pretrain` datasets below `data_dirs`, from `init`'s weights if given."""
    words = load_tokenizer(tokenizer)
    model = _model_of(init, tokenizer) if init else config.model.build(words.vocab_size)
    return _train("pretrain", config, model, data_dirs, out, tokenizer, init, progress)


def sft(
    config: SftSettings,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    tokenizer: Path,
    init: Path,
    progress: Progress | None = None,
) -> TrainResult:
    """Fine-tunes `init` (a run's folder or a checkpoint) on `sft` datasets below `data_dirs`."""
    model = _model_of(init, tokenizer)
    return _train("sft", config, model, data_dirs, out, tokenizer, init, progress)


def _train(
    stage: str,
    config: RunSettings,
    model_config: ModelConfig,
    data_dirs: Sequence[Path],
    out: Path,
    tokenizer: Path,
    init: Path | None,
    progress: Progress | None,
) -> TrainResult:
    datasets = _datasets(data_dirs, stage)
    if not datasets:
        raise TrainError(f"no {stage} dataset below {_names(data_dirs)}; run `factory run` first")
    start = _checkpoint_of(init) if init else None
    identity = {
        "stage": stage,
        "settings": config.model_dump(mode="json"),
        "model": model_config.to_dict(),
        "tokenizer": tokenizer_fingerprint(tokenizer),
        "data": corpus_fingerprint(datasets),
        "init": _sha256(start / "model.safetensors") if start else None,
    }
    resumed = _resumable(out, identity)
    done = read_state(resumed).step if resumed else 0
    lines = read_metrics(out)
    if resumed and done == config.steps and lines and lines[-1]["type"] == "summary":
        return TrainResult(resumed, lines[-1], done)

    make_loader: MakeLoader = pretrain_loader if stage == "pretrain" else sft_loader
    stream = RowStream(datasets, config.seed)
    words = load_tokenizer(tokenizer)
    loader = make_loader(stream, words, config.sequence_length, config.batch_size)
    model = build_model(model_config, seed=config.seed, device=config.device)
    if start:
        load_weights(start, model)
    trainer = Trainer(model, config, loader, identity)
    if resumed:
        trainer.resume(resumed)
    parameters = count_parameters(model_config)
    start_metrics(out, _header(stage, config, parameters), done)
    checkpoint = run_steps(trainer, out, progress)
    summary = {
        **summarise(read_metrics(out)),
        "parameters": parameters,
        "rows": dict(loader.counts),
        "dropped": loader.dropped(),
        "dropped_share": loader.dropped_share(),
    }
    append_metrics(out, {"type": "summary", **summary})
    return TrainResult(checkpoint, {"type": "summary", **summary}, done or None)


def _header(stage: str, config: RunSettings, parameters: int) -> dict[str, Any]:
    return {
        "stage": stage,
        "total_steps": config.steps,
        "qk_clip_tau": config.qk_clip_tau,
        "parameters": parameters,
        "settings": config.model_dump(mode="json"),
    }


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
    identity = read_state(_checkpoint_of(init)).identity
    if identity["tokenizer"] != tokenizer_fingerprint(tokenizer):
        raise TrainError(f"{init} was trained with another tokenizer than {tokenizer}")
    return ModelConfig(**identity["model"])


def _checkpoint_of(init: Path) -> Path:
    checkpoint = latest_checkpoint(init)
    if checkpoint is None:
        raise TrainError(f"{init} holds no finished checkpoint")
    return checkpoint


def _datasets(data_dirs: Sequence[Path], kind: str) -> list[Dataset]:
    found = [d for folder in data_dirs for d in find_datasets(str(folder)) if d.kind == kind]
    return [d for d in found if d.num_rows]


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _names(data_dirs: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in data_dirs) or "no folder at all"
