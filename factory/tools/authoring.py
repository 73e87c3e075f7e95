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

Answer = Mapping[str, Any]
Check = Callable[[Answer], str | None]


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
