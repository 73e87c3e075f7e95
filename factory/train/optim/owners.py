"""Work on whole matrices that lie in shards: each rank gets its share of them, whole, and no more.

Two all-to-alls a shape (in the manner of Dion, arXiv 2504.05295, and Moonlight, 2.3): shards to
their matrix's owner, results back. Nothing is computed twice, and a rank receives 1 / W of what
gathering every matrix on every rank would send it.

Shapes: P matrices [n, m] of one shape; W ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.tensor import DTensor


def on_owners(matrices: Sequence[Tensor], work: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """`work` on the stack of whole matrices; each result as this rank's rows of it.

    matrices: equal in shape and layout, whole on one rank or all in shards of rows (`Shard(0)`,
    `torch.chunk`'s split). work: stack in, stack of the same shape out, possibly an empty one. A
    collective where the matrices are sharded.
    """
    first = matrices[0]
    if not isinstance(first, DTensor):
        return list(work(torch.stack(list(matrices))))
    group = first.device_mesh.get_group()
    ranks, rank = dist.get_world_size(group), dist.get_rank(group)
    rows, columns = first.shape
    height = -(-rows // ranks)  # of torch.chunk: full heights, then the rest, then none
    heights = [min(height, max(0, rows - r * height)) for r in range(ranks)]
    owned = [len(range(r, len(matrices), ranks)) for r in range(ranks)]
    shards = [_local(matrix) for matrix in matrices]
    # To rank r, its matrices' rows that lie here; from rank r, its rows of the matrices owned here.
    going = torch.cat(
        [shards[i].flatten() for r in range(ranks) for i in range(r, len(shards), ranks)]
    )
    sent = [count * heights[rank] * columns for count in owned]
    received = [owned[rank] * h * columns for h in heights]
    arrived = going.new_empty(sum(received))
    dist.all_to_all_single(arrived, going, received, sent, group)
    pieces = [
        piece.view(owned[rank], h, columns)
        for piece, h in zip(torch.split(arrived, received), heights, strict=True)
    ]
    done = work(torch.cat(pieces, dim=1))
    back = torch.cat([piece.flatten() for piece in torch.split(done, heights, dim=1)])
    returned = going.new_empty(sum(sent))
    dist.all_to_all_single(returned, back, sent, received, group)
    results: list[Tensor] = [returned] * len(matrices)
    for r, piece in enumerate(torch.split(returned, sent)):
        for place, shard in enumerate(piece.view(owned[r], heights[rank], columns)):
            results[r + place * ranks] = shard
    return results


def _local(matrix: Tensor) -> Tensor:
    assert isinstance(matrix, DTensor), "all matrices of a shape lie alike"
    return matrix.to_local()
