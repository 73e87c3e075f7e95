"""What a stage is: a pure async function `(record, ctx) → records and Rejects`.

A stage opens no file, reads no clock and no global randomness. All it may use is its input and
its Context: the recipe, a read-only store of finished datasets, the authors, and random
generators seeded from (recipe seed, stage name, record id). So a run is a function of its inputs,
whatever the number of workers, and a retried bundle changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from factory import records
from factory.recipe import Recipe
from factory.records import Record

MAX_REJECTED_CHARS = 20_000
"""A dropped record is kept in its reject row up to this many characters of JSON."""


@dataclass(frozen=True)
class Reject:
    """One thing a stage dropped: a reason code (`[a-z0-9_]+`), a detail for people, the thing."""

    reason: str
    detail: str = ""
    record: Mapping[str, Any] | None = None


class AuthorFailed(Exception):
    """An author gave no usable answer. What was to be made of it is rejected with `reason`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def as_reject(self, record: Mapping[str, Any] | None = None) -> Reject:
        """The reject row's content."""
        return Reject(self.reason, self.detail, record)


class RunStopped(Exception):
    """The run can't go on, whatever the record: it ends with this line and can be resumed."""


TRANSIENT = frozenset({"llm_deadline", "llm_unavailable", "llm_timeout", "llm_server_error"})
"""Reject reasons that trying again may cure: a stage not finished yet makes such shards anew."""


class Store(Protocol):
    """Read-only view of the finished datasets of a run."""

    def get(self, kind: str, record_id: str) -> Record:
        """The record; KeyError naming kind and id if the run has none."""

    def ids(self, kind: str) -> Sequence[str]:
        """All ids of a kind, in dataset order."""

    def column(self, kind: str, name: str) -> Sequence[Any]:
        """One column of a kind, aligned with `ids`."""

    def scan(self, kind: str, names: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Some columns of a kind as rows, some rows at a time, without keeping them."""


class EmptyStore:
    """A Store with nothing in it."""

    def get(self, kind: str, record_id: str) -> Record:
        """Always raises KeyError."""
        raise KeyError(f"no {kind} {record_id}")

    def ids(self, kind: str) -> Sequence[str]:
        """Always empty."""
        return ()

    def column(self, kind: str, name: str) -> Sequence[Any]:
        """Always empty."""
        return ()

    def scan(self, kind: str, names: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        """Always empty."""
        return iter(())


@dataclass(frozen=True)
class Context:
    """All a stage may use besides its input record. One per (stage, input record)."""

    recipe: Recipe
    stage: str
    record_id: str
    store: Store
    authors: Mapping[str, Any]
    """Role → author: who words what a model could write (DESIGN §4)."""

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        stage: str,
        record_id: str,
        store: Store,
        authors: Mapping[str, Any],
    ) -> Context:
        """The context of one record."""
        return cls(recipe, stage, record_id, store, authors)

    @property
    def seed(self) -> int:
        """The recipe's seed."""
        return self.recipe.seed

    @cached_property
    def rng(self) -> random.Random:
        """The record's generator, seeded from (seed, stage, record id)."""
        return seeded(self.seed, self.stage, self.record_id)

    def child(self, *key: object) -> random.Random:
        """An independent generator for a named part of this record's work."""
        return seeded(self.seed, self.stage, self.record_id, *key)

    def record(
        self,
        kind: str,
        body: Mapping[str, Any],
        parents: Sequence[str] = (),
        author: str = "offline",
    ) -> Record:
        """A whole, validated record of this stage; RecordError if `body` breaks its schema."""
        return records.make(
            kind, body, parents=parents, stage=self.stage, author=author, seed=self.seed
        )


StageFunction = Callable[[Record, Context], Awaitable[Sequence["Record | Reject"]]]


def seeded(*key: object) -> random.Random:
    """A random generator that depends on the key alone."""
    return random.Random(int(records.digest(*map(str, key)), 16))


def reject_record(ctx: Context, reject: Reject, index: int = 0) -> Record:
    """The `reject` row of output number `index`, with the dropped thing if small enough."""
    body: dict[str, Any] = {
        "stage": ctx.stage,
        "input_id": ctx.record_id,
        "index": index,
        "reason": reject.reason,
        "detail": reject.detail[:2000],
    }
    if reject.record is not None:
        size = len(records.canonical_json(reject.record))
        body["record"] = (
            reject.record if size <= MAX_REJECTED_CHARS else {"omitted_characters": size}
        )
    return ctx.record("reject", body, parents=[ctx.record_id])
