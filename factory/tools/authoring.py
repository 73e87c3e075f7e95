"""Who writes domains and tools beyond the authored ones: the protocols behind the roles
`domain_author` and `tool_author` (DESIGN §4).

An author is given a check: what the stage finds wrong with an answer once it was compiled and
proven, in words that its author can act on, or None. It asks again with that, a bounded number of
times. The stage goes by what it proved itself, never by what an author says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from factory.stage import AuthorFailed, Reject

Answer = Mapping[str, Any]
Check = Callable[[Answer], str | None]


@dataclass(frozen=True)
class Failure:
    """Why an answer can't be used: a reject code, a detail, and what its author may do about it."""

    reason: str
    detail: str
    advice: str = ""

    @property
    def told(self) -> str:
        """As its author is told."""
        return f"{self.reason}: {self.detail[:400]}" + (f" ({self.advice})" if self.advice else "")


class Trial:
    """A check that remembers the last answer it saw and what was wrong with it."""

    def __init__(self, examine: Callable[[Answer], Failure | None]) -> None:
        self._examine = examine
        self.answer: Answer | None = None
        self.failure: Failure | None = None

    def __call__(self, answer: Answer) -> str | None:
        """What the answer's author has to put right, or None."""
        self.answer, self.failure = answer, self._examine(answer)
        return self.failure.told if self.failure else None

    def final(self, answer: Answer) -> Failure | None:
        """What is wrong with the answer that an author gave in the end, whether it had it checked
        or not."""
        if self.answer is not answer:
            self(answer)
        return self.failure

    def rejected(self, error: AuthorFailed, where: str) -> Reject:
        """The reject row of an author that gave up: the check's reason if that was the trouble."""
        if self.failure is None or self.failure.told not in error.detail:
            return Reject(error.reason, f"{where}: {error.detail}", self.answer)
        return Reject(self.failure.reason, f"{where}: {self.failure.detail}", self.answer)


@dataclass(frozen=True)
class DomainBrief:
    """What domain is wanted. All of it comes from the recipe or from our own lists."""

    category: str
    angle: str
    """Who runs it and where, a few words: what makes two domains of a category different."""
    brief: str
    """What the recipe asks for; may be empty."""
    naming: str
    params: str
    avoid: Sequence[str]
    """Names of domains that there are already."""
    sample: int


@dataclass(frozen=True)
class ToolBrief:
    """What tool is wanted of a domain."""

    domain: Mapping[str, Any]
    written: Sequence[Mapping[str, Any]]
    """Operations already written for it, beside its own."""
    wish: str
    """What kind of tool, a few words."""
    sample: int


class DomainAuthor(Protocol):
    """The role `domain_author`. `label` goes into the record's lineage."""

    label: str

    async def write(self, brief: DomainBrief, check: Check) -> Answer | None:
        """A domain as `prompts/domain_author.md` describes it; None if nobody writes any."""


class ToolAuthor(Protocol):
    """The role `tool_author`."""

    label: str

    async def write(self, brief: ToolBrief, check: Check) -> Answer | None:
        """A tool as `prompts/tool_author.md` describes it; None if nobody writes any."""


class Nobody:
    """The offline author of both roles: without a model there are the authored ones alone."""

    label = "offline"

    async def write(self, brief: DomainBrief | ToolBrief, check: Check) -> None:
        """Nothing."""
