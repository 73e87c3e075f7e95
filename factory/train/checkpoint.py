"""Checkpoints: torch's distributed format in safetensors, whole or not there, without pickles.

    OUT/checkpoints/step-000060/tensors/shard-*.safetensors   one a rank: `model.NAME`,
                                                              `muon.NAME/KEY`, `adamw.NAME/KEY`
                                state.json                    step, identity of the run, loader

Written in the background from a copy; `state.json` is last, then the folder gets its name, then
older ones go. So a process killed at any moment leaves the previous checkpoint or the new one. Any
number of ranks reads what any other wrote.

There is no random state in it: initialisation and data order are functions of the seed, and nothing
else in training is drawn.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.hf_storage import (
    HuggingFaceStorageReader,
    HuggingFaceStorageWriter,
)
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import async_save
from torch.optim import Optimizer

from factory.train.distributed import World

# Said of every save and load of a single process, from a thread of its own.
warnings.filterwarnings("ignore", message="torch.distributed is disabled")

FORMAT = 2
FOLDER = "checkpoints"
TENSORS = "tensors"
UNFINISHED = ".unfinished"
ALONE = World(0, 1, "cpu")
Named = Mapping[str, nn.Parameter]
Optimizers = Mapping[str, tuple[Optimizer, Named]]


@dataclass(frozen=True)
class TrainState:
    """What a checkpoint says besides tensors.

    identity: settings, model, data and tokenizer of the run; it may be resumed by no other.
    """

    step: int
    identity: dict[str, Any]
    loader: dict[str, Any]


class Checkpointer:
    """Writes checkpoints of one run in the background, one at a time."""

    def __init__(self, out: Path, keep: int = 1, world: World = ALONE) -> None:
        self.out = out
        self.keep = keep
        self.world = world
        self._pending: Future[Any] | None = None

    def save(self, state: TrainState, tensors: Mapping[str, Tensor]) -> Path:
        """Starts writing step `state.step`; the tensors may change as soon as this returns."""
        self.wait()
        folder = self.out / FOLDER / f"step-{state.step:06d}"
        if folder.is_dir():
            return folder  # a step's state is a function of the run: it is there already
        draft = folder.with_name(folder.name + UNFINISHED)
        if self.world.is_main:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
        self.world.wait()
        writer = HuggingFaceStorageWriter(str(draft / TENSORS), save_distributed=True)
        written: Future[Any] = Future()

        def publish(done: Future[Any]) -> None:
            try:
                done.result()
                if self.world.is_main:
                    _publish(state, draft, folder, self.keep)
                written.set_result(folder)
            except BaseException as error:  # handed to whoever waits
                written.set_exception(error)

        future = async_save(
            dict(tensors),
            storage_writer=writer,
            process_group=self.world.host_group,
            no_dist=self.world.size == 1,
        )
        assert isinstance(future, Future)
        future.add_done_callback(publish)
        self._pending = written
        return folder

    def wait(self) -> None:
        """Returns when nothing is being written; raises what went wrong in the background."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()
            self.world.wait()


def save_checkpoint(
    out: Path, state: TrainState, tensors: Mapping[str, Tensor], world: World = ALONE
) -> Path:
    """Writes one checkpoint and waits for it; returns its folder."""
    checkpointer = Checkpointer(out, world=world)
    folder = checkpointer.save(state, tensors)
    checkpointer.wait()
    return folder


def _publish(state: TrainState, draft: Path, folder: Path, keep: int) -> None:
    body = {"format": FORMAT, **vars(state)}
    (draft / "state.json").write_text(json.dumps(body, sort_keys=True) + "\n", encoding="utf-8")
    draft.rename(folder)
    for old in sorted(_finished(folder.parent.parent))[:-keep]:
        shutil.rmtree(old)


def latest_checkpoint(path: Path) -> Path | None:
    """The newest whole checkpoint of a run's folder (or the checkpoint that `path` itself is)."""
    if (path / "state.json").is_file() and not path.name.endswith(UNFINISHED):
        return path
    return max(_finished(path), default=None)


def read_state(checkpoint: Path) -> TrainState:
    """The JSON part; `ValueError` for a format this code does not know."""
    body = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    if body.pop("format") != FORMAT:
        raise ValueError(f"{checkpoint} was written by another version of the trainer")
    return TrainState(**body)


def checkpoint_digest(checkpoint: Path, prefix: str = "") -> str:
    """Changes with any bit of the tensors of that prefix, not with the ranks that wrote them.

    Not of the files: safetensors writes the keys of its own header in any order.
    """
    digest = hashlib.sha256()
    for name, tensor in read_tensors(checkpoint, prefix).items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def model_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Weights and balancing biases by their name in a checkpoint."""
    return {f"model.{name}": tensor for name, tensor in model.state_dict().items()}


def optimizer_tensors(optimizers: Optimizers) -> dict[str, Tensor]:
    """State of all optimizers by name in a checkpoint: `muon.PARAMETER/KEY`."""
    return {
        f"{owner}.{name}/{entry}": tensor
        for owner, (optimizer, named) in optimizers.items()
        for name, parameter in named.items()
        for entry, tensor in optimizer.state.get(parameter, {}).items()
        if isinstance(tensor, Tensor)
    }


def load_weights(checkpoint: Path, model: nn.Module) -> None:
    """Fills the model in place, every name or an error."""
    _load(checkpoint, model_tensors(model))


def load_optimizers(checkpoint: Path, optimizers: Optimizers) -> None:
    """Fills the optimizers' state; `ValueError` if a tensor belongs to no parameter of theirs.

    A fresh optimizer has no state yet to be filled: tensors are made as the checkpoint names them,
    in the parameter's layout, and put into `Optimizer.state`.
    """
    for key in _described(checkpoint):
        owner, _, rest = key.partition(".")
        if owner == "model":
            continue
        name, _, entry = rest.rpartition("/")
        optimizer, named = optimizers[owner]
        if name not in named:
            raise ValueError(f"{checkpoint}: {owner} owns no parameter {name}")
        parameter = named[name]
        # AdamW's step count is a number, on the CPU unless fused; all else is like the parameter.
        place = parameter.device if optimizer.defaults.get("fused") else "cpu"
        fresh = torch.zeros((), device=place) if entry == "step" else torch.zeros_like(parameter)
        optimizer.state[parameter][entry] = fresh
    _load(checkpoint, optimizer_tensors(optimizers))


def read_tensors(checkpoint: Path, prefix: str) -> dict[str, Tensor]:
    """Whole tensors whose name starts with `prefix`, which is taken off, on the CPU."""
    wanted = {
        name: torch.empty(described.size, dtype=described.properties.dtype)
        for name, described in sorted(_described(checkpoint).items())
        if name.startswith(prefix)
    }
    _load(checkpoint, wanted)
    return {name.removeprefix(prefix): tensor for name, tensor in wanted.items()}


def _load(checkpoint: Path, tensors: dict[str, Tensor]) -> None:
    if missing := sorted(set(tensors) - set(_described(checkpoint))):
        raise ValueError(f"{checkpoint} lacks {len(missing)} tensors, {missing[0]} among them")
    load(tensors, storage_reader=HuggingFaceStorageReader(str(checkpoint / TENSORS)))


def _described(checkpoint: Path) -> dict[str, TensorStorageMetadata]:
    reader = HuggingFaceStorageReader(str(checkpoint / TENSORS))
    entries = reader.read_metadata().state_dict_metadata
    return {k: v for k, v in entries.items() if isinstance(v, TensorStorageMetadata)}


def _finished(out: Path) -> list[Path]:
    return [p.parent for p in (out / FOLDER).glob("step-*/state.json") if UNFINISHED not in str(p)]
