"""Recipe section `agents`: how many agents, and how their toolsets are drawn."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

STRATEGIES = (
    "one_domain",
    "focused",
    "category_pair",
    "cross_category",
    "real_distractors",
    "crowded",
)
"""How a toolset is drawn: all of one domain's kind of work, a few tools of it, two domains of a
category, domains of several categories behind an aggregator's prefixes, one domain among real
tools without a server, one domain in a crowd of tools from anywhere."""


class AgentSettings(BaseModel):
    """Counts and weights of the agent stage.

    `strategies` holds weights (any positive numbers, normalised when drawn) over `STRATEGIES`;
    `distractor_choices` lists how many tools of no use to the agent's work it may carry.
    """

    model_config = ConfigDict(extra="forbid")

    count: int = Field(48, ge=1)
    tools_min: int = Field(3, ge=1)
    tools_max: int = Field(24, ge=1, le=128)
    distractor_choices: list[int] = Field(default_factory=lambda: [0, 0, 3, 3, 6, 10])
    strategies: dict[str, float] = Field(
        default_factory=lambda: {
            "one_domain": 4.0,
            "focused": 2.0,
            "category_pair": 2.0,
            "cross_category": 1.5,
            "real_distractors": 1.5,
            "crowded": 0.5,
        }
    )

    @field_validator("strategies")
    @classmethod
    def _known_strategies(cls, weights: dict[str, float]) -> dict[str, float]:
        return checked_weights("strategies", weights, STRATEGIES)

    @field_validator("distractor_choices")
    @classmethod
    def _counts(cls, choices: list[int]) -> list[int]:
        if not choices or min(choices) < 0:
            raise ValueError(
                f"distractor_choices: {choices} must be a non-empty list of counts >= 0"
            )
        return choices

    @model_validator(mode="after")
    def _ordered(self) -> AgentSettings:
        if self.tools_min > self.tools_max:
            raise ValueError(
                f"tools_min: {self.tools_min} must not exceed tools_max ({self.tools_max})"
            )
        return self


def checked_weights(
    key: str, weights: dict[str, float], allowed: tuple[str, ...]
) -> dict[str, float]:
    """`weights` unchanged when every key is allowed, none is negative and one is positive.

    Raises ValueError naming the offending key and the allowed ones.
    """
    for name, weight in weights.items():
        if name not in allowed:
            raise ValueError(f"{key}.{name}: unknown; allowed: {', '.join(allowed)}")
        if not 0 <= weight < float("inf"):
            raise ValueError(f"{key}.{name}: {weight} is no weight; allowed: numbers >= 0")
    if not any(weights.values()):
        raise ValueError(f"{key}: all weights are 0; give one of {', '.join(allowed)} more than 0")
    return weights
