"""Loss on rows that training never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from factory.train.data.loader import collate
from factory.train.data.packing import IGNORED, Row
from factory.train.distributed import World
from factory.train.forward import summed_loss
from factory.train.model.transformer import Transformer


class Evaluation(NamedTuple):
    """Mean cross-entropy in nats over `tokens` labelled tokens."""

    loss: float
    tokens: int


@torch.no_grad()
def evaluate(
    model: Transformer, rows: Sequence[Row], world: World, *, rows_at_once: int, bf16: bool
) -> Evaluation:
    """Evaluates on all rows, shared out over the ranks; leaves the model in the mode it was in.

    The QK-Clip statistic is of training alone: nothing of it is made here.
    """
    training = model.training
    model.eval()
    stride = rows_at_once * world.size
    total = torch.zeros(2, dtype=torch.float64, device=world.device)
    for start in range(0, len(rows), stride):
        first = start + world.rank * rows_at_once
        # Each rank takes part in each forward pass (FSDP gathers weights in it), if need be with
        # a row whose labels it leaves out.
        mine = list(rows[first : first + rows_at_once]) or [_unlabelled(rows[start])]
        batch = collate(mine, world.column_multiple).to(world.device)
        _, loss = summed_loss(model, batch, bf16=bf16)
        total[0] += loss.double()
        total[1] += sum(len(row.labels) - row.labels.count(IGNORED) for row in mine)
    summed, tokens = world.total(total).tolist()
    model.train(training)
    return Evaluation(summed / max(1.0, tokens), int(tokens))


def _unlabelled(row: Row) -> Row:
    return row._replace(labels=[IGNORED] * len(row.labels))
