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
    "select",
    "aggregate",
    "conditional",
    "follow_up",
    "long_haul",
    "ambiguous",
    "correction",
    "change_of_mind",
    "missing_function",
    "unachievable",
    "absent",
    "cross_domain",
    "unknown_value",
)


class TaskSettings(BaseModel):
    """Counts and weights of the task stage.

    `count` tasks are drawn; those that can't be proven are rejected, so fewer are kept.
    `kinds` holds weights (normalised when drawn) over `KINDS`. Defaults follow the published
    evidence: a write-heavy mix with about a tenth of irrelevance (ToolACE and Hammer ablations).
    """

    model_config = ConfigDict(extra="forbid")

    count: int = Field(220, ge=1)
    max_calls: int = Field(
        26, ge=1, le=40, description="calls of the longest plan; most kinds keep to 8"
    )
    attempts: int = Field(
        12, ge=1, description="plans tried for one task before it is rejected as no_plan"
    )
    kinds: dict[str, float] = Field(
        default_factory=lambda: {
            "write": 11.0,
            "multi_step": 8.0,
            "follow_up": 7.0,
            "long_haul": 5.0,
            "read": 9.0,
            "aggregate": 4.0,
            "select": 4.0,
            "conditional": 4.0,
            "parallel": 8.0,
            "missing_parameter": 6.0,
            "ambiguous": 4.0,
            "unknown_value": 3.0,
            "correction": 3.0,
            "change_of_mind": 3.0,
            "missing_function": 4.0,
            "irrelevance": 9.0,
            "unachievable": 4.0,
            "absent": 3.0,
            "cross_domain": 3.0,
            "fault_recovery": 7.0,
            "confirm_before_write": 6.0,
            "policy_refusal": 5.0,
        }
    )

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, weights: dict[str, float]) -> dict[str, float]:
        return checked_weights("kinds", weights, KINDS)
