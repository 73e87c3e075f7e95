"""One line of the fidelity ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from factory.rephrase.fidelity.facts import Fact, FactKind, Statement

Status = Literal["kept", "changed", "dropped", "invented"]
WORDING = "wording"
"""Kind of an entry that no check counts: a small word that comes and goes with the wording."""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a fact of the source, of the output, or the pair of them."""

    status: Status
    kind: str
    source: Fact | None = None
    output: Fact | None = None

    def row(self, source_text: str, text: str) -> dict[str, Any]:
        """The entry as the `rewrite` record holds it; `fact` is `kind:value`."""
        fact = self.source or self.output
        assert fact is not None
        row: dict[str, Any] = {"fact": f"{self.kind}:{fact.value[:200]}", "status": self.status}
        if self.source:
            start, end = self.source.start, self.source.end
            row |= {"source_text": source_text[start:end], "source_start": start, "source_end": end}
        if self.output:
            start, end = self.output.start, self.output.end
            row |= {"text": text[start:end], "start": start, "end": end}
        return row


def facts_of(statements: Sequence[Statement], *kinds: FactKind) -> list[Fact]:
    """The facts of these kinds, in order."""
    return [f for s in statements for f in s.facts if f.kind in kinds]
