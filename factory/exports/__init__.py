"""Conversations in the forms that other trainers and evaluators read (agentic data formats).

Each form is a module with `FILES` (file name → what a line is) and `lines(row)`: for one sft
record, the JSON lines it becomes by file name, or a `Left` with the reason why it has none.
"""

from __future__ import annotations

from dataclasses import dataclass

FORMS = ("openai", "sharegpt", "bfcl", "kimi_k2")


@dataclass(frozen=True)
class Left:
    """A row that a form can't hold without teaching something else than the row does."""

    reason: str
