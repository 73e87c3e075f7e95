"""What was asked, sent, and paid for: counts by role and model, added up from record to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.llm.settings import ModelSettings, Prices

Usage = dict[str, dict[str, int]]
"""`role|model` → counts. Counts of a role and model:

asked, journal (answered by it), sent, retried, repaired, throttled, failed,
prompt_tokens, cached_tokens, completion_tokens (of the answers paid for), other_model (answers
under another name than the model asked), repeated_id (under an id that an earlier answer had).
"""


class Tally:
    """The counts of one record or one process."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str, str], int] = {}

    def add(self, role: str, model: str, what: str, amount: int = 1) -> None:
        """Count something."""
        key = (role, model, what)
        self.counts[key] = self.counts.get(key, 0) + amount

    def as_json(self) -> Usage:
        """The counts as plain data."""
        found: Usage = {}
        for (role, model, what), amount in sorted(self.counts.items()):
            found.setdefault(f"{role}|{model}", {})[what] = amount
        return found


def price(usage: Mapping[str, int], prices: Prices | None) -> float | None:
    """What the tokens cost; None where the recipe states no price."""
    if prices is None:
        return None
    cached = usage.get("cached_tokens", 0)
    fresh = usage.get("prompt_tokens", 0) - cached
    cheap = prices.input if prices.cached_input is None else prices.cached_input
    spent = fresh * prices.input + cached * cheap
    return (spent + usage.get("completion_tokens", 0) * prices.output) / 1e6


def priced(usage: Usage, models: Mapping[str, ModelSettings]) -> dict[str, dict[str, Any]]:
    """The counts of each role and model with their `cost`: None where no price is stated."""
    found: dict[str, dict[str, Any]] = {}
    for name, counts in usage.items():
        model = models[name.partition("|")[2]]
        found[name] = {**counts, "cost": price(counts, model.prices)}
    return found
