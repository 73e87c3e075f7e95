"""One micro-batch through the model."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from factory.train.data.loader import Batch
from factory.train.data.packing import IGNORED
from factory.train.model.transformer import Output, Transformer


def summed_loss(model: Transformer, batch: Batch, *, bf16: bool) -> tuple[Output, Tensor]:
    """Sum, not mean, of the cross-entropy over the batch's labels; logits are made only there.

    Divided by the labels of the *whole* batch, micro-batches add up to its mean, however unevenly
    the labels lie. bf16: matrix products in bf16; weights, loss and gradients stay fp32.
    """
    device = batch.tokens.device
    labels_S = batch.labels.flatten()
    places_X = torch.nonzero(labels_S != IGNORED).flatten()  # on the host: nothing waits for it
    labels_X = labels_S[places_X].to(device)
    places_X = places_X.to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        output: Output = model(batch.tokens, batch.positions, batch.document_ids, places_X)
    return output, F.cross_entropy(output.logits, labels_X, reduction="sum")
