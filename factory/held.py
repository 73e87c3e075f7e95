"""Big objects as keys of a cache: the same one by identity, kept alive while it is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Held(Generic[T]):
    """Equal to another holder of the very same object."""

    it: T

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and other.it is self.it
