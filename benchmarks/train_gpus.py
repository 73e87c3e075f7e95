"""Several GPUs against one: the same losses, and what each layout of the experts costs.

    torchrun --nproc-per-node 2 -m benchmarks.train_gpus

Three arms in one launch, on the same rows: each process alone with the whole batch; FSDP2 with
gathered experts; FSDP2 with expert parallelism, where tokens travel (all-to-all) and experts stay.
bf16 with fp32 master weights, MuonClip, document masks. Needs torch alone, no data, no network.
Without CUDA it runs a toy over gloo, to be tried anywhere. Prints one JSON line an arm.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from factory.train.distributed import World, shard_model, whole, world_of
from factory.train.model.moe import update_expert_bias
from factory.train.model.presets import preset
from factory.train.model.transformer import Transformer
from factory.train.optim.assign import assign_parameters
from factory.train.optim.muon_clip import MuonClip

ARMS = ("alone", "gathered experts", "expert parallel")


def rows(count: int, length: int, vocabulary: int, step: int, device: str) -> Tensor:
    """Rows that can be learnt: each token follows from the one before it, but for some noise."""
    drawn = torch.Generator().manual_seed(step)
    tokens = torch.randint(0, vocabulary, (count, length + 1), generator=drawn)
    for place in range(1, length + 1):
        noisy = torch.rand(count, generator=drawn) < 0.1
        follows = (tokens[:, place - 1] * 31 + 7) % vocabulary
        tokens[:, place] = torch.where(noisy, tokens[:, place], follows)
    return tokens.to(device)


class Arm:
    """A model in one layout with its optimizers."""

    def __init__(self, name: str, world: World, sizes: Any) -> None:
        self.world = World(0, 1, world.device) if name == "alone" else world
        with torch.device("meta"):
            self.model = Transformer(sizes)
        self.model.to_empty(device=world.device)
        self.model.initialise(torch.Generator(world.device).manual_seed(0))
        shard_model(
            self.model, self.world, torch.bfloat16, expert_parallel=name == "expert parallel"
        )
        owned = assign_parameters(self.model.named_parameters())
        layers = self.model.attention_layers
        self.muon = MuonClip(owned["muon"].values(), lr=2e-3, tau=20.0, attention_layers=layers)
        self.adamw = torch.optim.AdamW(owned["adamw"].values(), lr=2e-3, betas=(0.9, 0.95))

    def step(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """One step on this rank's share of the rows; the whole batch's loss and largest logit."""
        world = self.world
        mine = tokens[world.rank :: world.size]
        half = (tokens.shape[1] - 1) // 2
        ids = (torch.arange(tokens.shape[1] - 1) // half).expand(len(mine), -1)
        with torch.autocast(tokens.device.type, torch.bfloat16):
            output = self.model.train()(mine[:, :-1], None, ids)
        labels = mine[:, 1:].flatten()
        loss = F.cross_entropy(output.logits.flatten(0, 1), labels, reduction="sum")
        loss = loss / (tokens.shape[0] * (tokens.shape[1] - 1))
        (loss * world.size).backward()
        largest_LH = world.maximum(output.max_logits_LH)
        load_ZE = world.total(output.expert_load_ZE)
        whole(clip_grad_norm_(self.model.parameters(), 1.0))
        self.adamw.step()
        self.muon.step(max_logits=largest_LH)
        for router, load_E in zip(self.model.routers, load_ZE, strict=True):
            update_expert_bias(router.e_score_correction_bias, load_E, 1e-3)
        self.model.zero_grad(set_to_none=True)
        return world.total(loss.detach().clone()), largest_LH.max()


def run(name: str, world: World, sizes: Any, steps: int, shape: tuple[int, int]) -> dict[str, Any]:
    """An arm's losses, largest logits, time a step and memory."""
    on_gpu = world.device == "cuda"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    arm = Arm(name, world, sizes)
    found, seconds = [], []
    for step in range(steps):
        tokens = rows(*shape, sizes.vocab_size, step, world.device)
        if on_gpu:
            torch.cuda.synchronize()
        started = time.perf_counter()
        loss, largest = arm.step(tokens)
        found.append((float(loss), float(largest)))
        seconds.append(time.perf_counter() - started)
    losses, logits = zip(*found, strict=True)
    middle = sorted(seconds[3:])[len(seconds[3:]) // 2]
    peak = torch.cuda.max_memory_allocated() / 2**30 if on_gpu else None
    return {"arm": name, "losses": losses, "logits": logits, "ms": middle * 1000, "gib": peak}


def main() -> None:
    """All arms, and how far each is from the first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--preset", default=None)
    given = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    length, count = (2048, 16) if device == "cuda" else (64, 8)
    sizes = preset(given.preset or ("s" if device == "cuda" else "toy"), vocab_size=4096)
    with world_of(device) as world:
        first = None
        for name in ARMS:
            result = run(name, world, sizes, given.steps, (count, length))
            losses, logits = result.pop("losses"), result.pop("logits")
            first = first or losses
            apart = max(abs(a / b - 1) for a, b in zip(losses, first, strict=True))
            line = {
                **{k: round(v, 2) if isinstance(v, float) else v for k, v in result.items()},
                "processes": 1 if name == "alone" else world.size,
                "first_loss": round(losses[0], 5),
                "last_loss": round(losses[-1], 5),
                "largest_difference_of_loss": round(apart, 6),
                "largest_logit": round(max(logits), 2),
                "tokens_per_s": round(count * length / result["ms"] * 1000),
            }
            if world.is_main:
                print(json.dumps(line), flush=True)
            if world.size > 1:
                dist.barrier()


if __name__ == "__main__":
    main()
