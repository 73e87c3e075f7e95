"""Who may look at whom in packed rows: tokens at earlier tokens of their own document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Segment(NamedTuple):
    """A document within a row: tokens start..end-1; padding is a document that is not real."""

    row: int
    start: int
    end: int
    real: bool


@dataclass(frozen=True)
class Visibility:
    """A document mask in the forms that the roads of `attention_roads` want.

    real_BT: bool on the model's device, False on padding, whose logits count nowhere.
    runs_BT: integers on the model's device, equal within a document of a row.
    segments: the documents one by one, padding included, as host integers.
    """

    real_BT: Tensor
    runs_BT: Tensor
    segments: tuple[Segment, ...]
    whole_rows: bool
    """Whether each row is one document, with nothing but padding behind it."""

    @cached_property
    def block_mask(self) -> Any:
        """The mask for flex attention, made once a batch and shared by all layers."""
        from torch.nn.attention.flex_attention import create_block_mask

        runs_BT = self.runs_BT
        rows, length = runs_BT.shape

        def visible(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            return (runs_BT[row, query] == runs_BT[row, key]) & (query >= key)

        make: Any = torch.compile(create_block_mask)
        return make(visible, rows, None, length, length, device=runs_BT.device)


def document_visibility(
    document_ids_BT: Tensor, device: torch.device | str | None = None
) -> Visibility:
    """A document is a run of equal ids; negative ids are padding. Masks go to `device`.

    Ids that lie on the host, as the loader gives them, cost no waiting for the accelerator.
    """
    ids_BT = document_ids_BT.cpu()
    length = ids_BT.shape[1]
    starts_BT = torch.ones_like(ids_BT, dtype=torch.bool)
    starts_BT[:, 1:] = ids_BT[:, 1:] != ids_BT[:, :-1]
    firsts = [torch.nonzero(row_T).flatten().tolist() for row_T in starts_BT]
    segments = tuple(
        Segment(row, start, end, bool(ids_BT[row, start] >= 0))
        for row, first in enumerate(firsts)
        for start, end in zip(first, [*first[1:], length], strict=True)
    )
    whole = all(segment.start == 0 for segment in segments if segment.real)
    device = document_ids_BT.device if device is None else torch.device(device)
    return Visibility((ids_BT >= 0).to(device), starts_BT.cumsum(1).to(device), segments, whole)
