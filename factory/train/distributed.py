"""One process or many: who this process is, and the few collectives that training needs.

Launched by `torchrun --nproc-per-node N -m factory.train ...`; without torchrun there is one
process, and every function here is the identity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor, Shard, distribute_tensor

from factory.train.model.moe import Experts
from factory.train.model.transformer import Transformer


@dataclass(frozen=True)
class World:
    """This process (`rank` of `size`), its device, and the mesh over all (None when alone)."""

    rank: int
    size: int
    device: str
    mesh: DeviceMesh | None = None
    host_group: Any = None
    """Group over the CPU, for checkpoints written in the background."""

    @property
    def is_main(self) -> bool:
        """Whether this process writes what is written once: metrics, the end of a checkpoint."""
        return self.rank == 0

    @property
    def column_multiple(self) -> int:
        """What the width of a batch is rounded up to: compiled kernels like few widths."""
        return 256 if self.device == "cuda" else 1

    def maximum(self, tensor: Tensor) -> Tensor:
        """Elementwise maximum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor, dist.ReduceOp.MAX)
        return tensor

    def total(self, tensor: Tensor) -> Tensor:
        """Elementwise sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor, dist.ReduceOp.SUM)
        return tensor

    def gather(self, value: Any) -> list[Any]:
        """Each process's `value` (any plain data), by rank; over the CPU."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value, group=self.host_group)
        return values

    def wait(self) -> None:
        """Returns when all processes have come here."""
        if self.size > 1:
            dist.barrier(group=self.host_group)


@contextmanager
def world_of(device: str) -> Iterator[World]:
    """The world that torchrun's environment describes; its process group lives within the block.

    Within a group that exists already (a test's, another program's), that one is used.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("device is cuda, and torch sees no GPU; set device=cpu")
    size = int(os.environ.get("WORLD_SIZE", "1"))
    started = dist.is_initialized()
    if started:
        size = dist.get_world_size()
    if size == 1:
        yield World(0, 1, device)
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    if not started:
        dist.init_process_group("cpu:gloo,cuda:nccl" if device == "cuda" else "gloo")
    try:
        mesh = init_device_mesh(device, (size,))
        host_group = dist.new_group(backend="gloo")
        yield World(dist.get_rank(), size, device, mesh, host_group)
    finally:
        if not started:
            dist.destroy_process_group()


def shard_model(
    model: Transformer, world: World, compute_dtype: torch.dtype, *, expert_parallel: bool = True
) -> None:
    """FSDP2 over blocks: each parameter lies in shards of its first axis, in fp32, on the ranks.

    The first axis of an expert stack is the experts, so a rank holds whole experts and Muon
    orthogonalises them without communication. expert_parallel: they stay where they lie and tokens
    travel to them; otherwise FSDP gathers them like all else. Gradients are averaged in fp32.
    `ValueError` for fewer experts than ranks to hold them.
    """
    if world.mesh is None:
        return
    policy = MixedPrecisionPolicy(
        param_dtype=None if compute_dtype == torch.float32 else compute_dtype,
        reduce_dtype=torch.float32,
        cast_forward_inputs=False,
    )
    stay: set[nn.Parameter] = set()
    if expert_parallel:
        for module in model.modules():
            if isinstance(module, Experts):
                stay |= _spread_experts(module, world.mesh)
    for block in model.layers:
        fully_shard(block, mesh=world.mesh, mp_policy=policy, ignored_params=stay)
    fully_shard(model, mesh=world.mesh, mp_policy=policy, ignored_params=stay)


def _spread_experts(experts: Experts, mesh: DeviceMesh) -> set[nn.Parameter]:
    """Leaves each rank its experts of the stacks; returns the parameters that they are now."""
    ranks = mesh.size()
    spread = set()
    for name, stack in list(experts.named_parameters()):
        if -(-len(stack) // ranks) * (ranks - 1) >= len(stack):  # torch.chunk leaves a rank empty
            raise ValueError(
                f"{len(stack)} experts do not spread over {ranks} processes; "
                "set expert_parallel=false"
            )
        placed = distribute_tensor(stack.detach(), mesh, [Shard(0)], src_data_rank=None)
        parameter = nn.Parameter(placed)
        # An expert's gradient is the sum over all ranks' tokens already, where FSDP's is the mean
        # of the ranks' (see `Trainer._forward_backward`).
        parameter.register_hook(lambda gradient: gradient / ranks)  # type: ignore[no-untyped-call]
        setattr(experts, name, parameter)
        spread.add(parameter)
    experts.group = mesh.get_group()
    return spread


def whole(tensor: Tensor) -> Tensor:
    """The full tensor of a sharded one (a collective), any other as it is."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def local(tensor: Tensor) -> Tensor:
    """This process's part of a sharded tensor, any other as it is; shares its memory."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def laid_out_like(value: Tensor, pattern: Tensor) -> Tensor:
    """`value`, which all processes have, in the layout of `pattern`: no communication."""
    if not isinstance(pattern, DTensor):
        return value
    return distribute_tensor(value, pattern.device_mesh, pattern.placements, src_data_rank=None)


def parameters_with_gradient(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Named parameters that the last backward pass reached."""
    return ((name, p) for name, p in model.named_parameters() if p.grad is not None)
