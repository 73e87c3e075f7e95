"""From a stream of rows to batches: encode, cut, pack, count what was dropped."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from factory.records import Record
from factory.train.data.chat import render, shorten
from factory.train.data.packing import (
    IGNORED,
    PADDING_DOCUMENT,
    ConversationPacker,
    DocumentPacker,
    Row,
    Sample,
)
from factory.train.data.stream import PartedDataset, SpentError, Stream, is_held_out, source_of
from factory.train.data.tokenizer import PAD, ChatTokenizer


class Batch(NamedTuple):
    """Integer tensors [B, T]; see `packing.Row`. T is at most the sequence length."""

    tokens: Tensor
    labels: Tensor
    document_ids: Tensor
    positions: Tensor

    def to(self, device: str) -> Batch:
        """What the model computes with goes to `device`; labels and ids stay, see `forward`."""
        tokens, labels, ids, positions = self
        return Batch(tokens.to(device), labels, ids, positions.to(device))


Encoded = tuple[Sample | None, str]
"""A row as a sample with `kept` or `shortened`, or None with the reason for dropping it."""
Encode = Callable[[Record], Encoded]
ShareOut = Callable[[Sequence[Record], Encode], list[Encoded]]
"""Encodes rows in order, perhaps each process its share of them; a collective then."""
AHEAD = 32  # rows a process encodes at a time where several share the work


class RowError(ValueError):
    """A row that cannot be made into tokens; the message names it and what to do."""


class Pending(NamedTuple):
    """An encoded row that waits to be packed, and where the stream stood after it."""

    encoded: Encoded
    place: dict[str, Any]
    epoch: int


def encode_each(rows: Sequence[Record], encode: Encode) -> list[Encoded]:
    """Encodes rows one by one; `RowError` names a row that is broken."""
    return [_encoded(row, encode) for row in rows]


def _encoded(row: Record, encode: Encode) -> Encoded:
    try:
        return encode(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise RowError(
            f"row {row.get('id')}: {what}; `factory validate` the data, take the row out"
        ) from error


def document_encoder(tokenizer: ChatTokenizer) -> Encode:
    """For `pretrain` rows: the text between [BOS] and [EOS], every token to be predicted."""

    def encode(row: Record) -> tuple[Sample | None, str]:
        tokens = tokenizer.encode_document(row["text"])
        return Sample(source_of(row), tokens, [True] * len(tokens)), "kept"

    return encode


def conversation_encoder(tokenizer: ChatTokenizer, sequence_length: int) -> Encode:
    """For `sft` rows: rendered, cut after a whole answer to fit a row, assistant tokens trained."""

    def encode(row: Record) -> tuple[Sample | None, str]:
        conversation = render(row["messages"], row.get("tools"), tokenizer)
        # A row holds inputs, and the last token of a conversation is a label only: hence one more.
        keep, reason = shorten(conversation, sequence_length + 1)
        if reason is not None:
            return None, reason
        sample = Sample(source_of(row), conversation.tokens[:keep], conversation.trained[:keep])
        return sample, "kept" if keep == len(conversation.tokens) else "shortened"

    return encode


class Loader:
    """Endless batches. Its state holds the stream's place and every half-filled row.

    counts: rows `read`, `kept`, `shortened`, and dropped by reason; `tokens`, `trained_tokens` and
    `padding_tokens` in the batches so far.
    share_out, ahead: how rows are encoded, and how many at a time. Neither changes a batch, and the
    state is that of the rows packed, whatever was read ahead.
    """

    def __init__(
        self,
        stream: Stream,
        encode: Encode,
        packer: DocumentPacker | ConversationPacker,
        batch_size: int,
    ) -> None:
        self.stream = stream
        self.encode = encode
        self.packer = packer
        self.batch_size = batch_size
        self.share_out: ShareOut = encode_each
        self.ahead = 1
        self.ready: list[Row] = []
        self.counts: Counter[str] = Counter()
        self._pending: deque[Pending] = deque()
        self._place = (stream.state_dict(), stream.epoch)

    def __iter__(self) -> Loader:
        return self

    def __next__(self) -> Batch:
        return collate(self.take(self.batch_size))

    def take(self, count: int) -> list[Row]:
        """The next `count` rows of the stream, the same on each rank; `ValueError` if none fits."""
        last_kept = self._place[1]
        while len(self.ready) < count:
            if not self._pending:
                self._read_ahead()
            (sample, outcome), place, epoch = self._pending.popleft()
            self._place = (place, epoch)
            self.counts["read"] += 1
            if sample is None:
                self.counts[f"dropped.{outcome}"] += 1
                if self._place[1] > last_kept + 1:  # a whole epoch went by for nothing
                    raise ValueError(f"no row of the data can be trained on: {self.dropped()}")
                continue
            self.counts[outcome] += 1
            last_kept = self._place[1]
            self.ready += self.packer.push(sample)
        rows, self.ready = self.ready[:count], self.ready[count:]
        for row in rows:
            self.counts["tokens"] += len(row.tokens)
            self.counts["trained_tokens"] += len(row.labels) - row.labels.count(IGNORED)
            self.counts["padding_tokens"] += row.document_ids.count(PADDING_DOCUMENT)
        return rows

    def _read_ahead(self) -> None:
        rows: list[Record] = []
        places: list[tuple[dict[str, Any], int]] = []
        while len(rows) < self.ahead:
            try:
                rows.append(next(self.stream))
            except SpentError:
                if not rows:  # what was read before the end is given first
                    raise
                break
            places.append((self.stream.state_dict(), self.stream.epoch))
        for encoded, place in zip(self.share_out(rows, self.encode), places, strict=True):
            self._pending.append(Pending(encoded, *place))

    def packing_efficiency(self) -> float:
        """Share of the rows' places that hold a token of the data, so far."""
        return 1 - self.counts["padding_tokens"] / max(1, self.counts["tokens"])

    def dropped(self) -> dict[str, int]:
        """Rows dropped so far, by reason."""
        prefix = "dropped."
        return {
            name.removeprefix(prefix): count
            for name, count in sorted(self.counts.items())
            if name.startswith(prefix)
        }

    def dropped_share(self) -> float:
        """Dropped rows over rows read."""
        return sum(self.dropped().values()) / max(1, self.counts["read"])

    def state_dict(self) -> dict[str, Any]:
        """Everything needed to give the same batches from here on, as JSON values."""
        return {
            "stream": self._place[0],
            "packer": self.packer.state_dict(),
            "ready": [list(row) for row in self.ready],
            "counts": dict(self.counts),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.stream.load_state_dict(state["stream"])
        self._pending.clear()
        self._place = (state["stream"], self.stream.epoch)
        self.packer.load_state_dict(state["packer"])
        self.ready = [Row(*row) for row in state["ready"]]
        self.counts = Counter(state["counts"])


def collate(rows: Sequence[Row], multiple: int = 1) -> Batch:
    """Rows as tensors, without the columns that are padding in all of them.

    multiple: keep a multiple of so many columns, where each new width costs a compilation.
    """
    used = max(len(row.tokens) - row.document_ids.count(PADDING_DOCUMENT) for row in rows)
    used = -(-used // multiple) * multiple
    return Batch(*(torch.tensor(column)[:, :used] for column in zip(*rows, strict=True)))


def pretrain_loader(
    stream: Stream, tokenizer: ChatTokenizer, sequence_length: int, batch_size: int
) -> Loader:
    """Batches of concatenated documents."""
    packer = DocumentPacker(sequence_length, tokenizer.special(PAD))
    return Loader(stream, document_encoder(tokenizer), packer, batch_size)


def sft_loader(
    stream: Stream, tokenizer: ChatTokenizer, sequence_length: int, batch_size: int
) -> Loader:
    """Batches of whole (or shortened) conversations."""
    packer = ConversationPacker(sequence_length, tokenizer.special(PAD))
    return Loader(stream, conversation_encoder(tokenizer, sequence_length), packer, batch_size)


def held_out_rows(
    datasets: Sequence[PartedDataset], loader: Loader, share: float, limit: int
) -> list[Row]:
    """Packed rows of the sources that `loader` never sees, at most `limit`, always the same ones.

    Encoded and packed as the loader does it, with a packer of its own; the last rows are padded.
    """
    packer = type(loader.packer)(loader.packer.length, loader.packer.pad)
    rows: list[Row] = []
    for dataset in datasets:
        for part in range(len(dataset.parts)):
            for row in dataset.part_rows(part):
                sample = _encoded(row, loader.encode)[0] if is_held_out(row, share) else None
                if sample is not None:
                    rows += packer.push(sample)
                if len(rows) >= limit:
                    return rows[:limit]
    return (rows + packer.flush())[:limit]
