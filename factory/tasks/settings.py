"""Recipe section `tasks`: how many tasks are drawn, of which kinds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from factory.agents.settings import checked_weights

KINDS = (
    "write",
    "read",
    "multi_step",
    "parallel",
    "missing_parameter",
    "irrelevance",
    "fault_recovery",
    "confirm_before_write",
    "policy_refusal",
)


class TaskSettings(BaseModel):
    """Counts and weights of the task stage.

    `count` tasks are drawn; those that can't be proven are rejected, so fewer are kept.
    `kinds` holds weights (normalised when drawn) over `KINDS`. Defaults follow the published
    evidence: a write-heavy mix with about a tenth of irrelevance (ToolACE and Hammer ablations).
    """

    model_config = ConfigDict(extra="forbid")

    count: int = Field(220, ge=1)
    max_calls: int = Field(8, ge=1, le=40)
    attempts: int = Field(
        12, ge=1, description="plans tried for one task before it is rejected as no_plan"
    )
    kinds: dict[str, float] = Field(
        default_factory=lambda: {
            "write": 20.0,
            "multi_step": 15.0,
            "read": 16.0,
            "parallel": 9.0,
            "missing_parameter": 9.0,
            "irrelevance": 10.0,
            "fault_recovery": 8.0,
            "confirm_before_write": 8.0,
            "policy_refusal": 5.0,
        }
    )

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, weights: dict[str, float]) -> dict[str, float]:
        return checked_weights("kinds", weights, KINDS)
