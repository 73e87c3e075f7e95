"""Recipe sections `tools` and `mcp_style`: how tools evolve, which servers are imitated."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

EvolutionStep = Literal[
    "specialise",
    "constrain",
    "compose",
    "batch",
    "paginate",
    "aggregate",
    "split",
    "merge",
    "convention",
    "precondition",
]
EVOLUTION_STEPS: tuple[EvolutionStep, ...] = get_args(EvolutionStep)
REPLACING: tuple[EvolutionStep, ...] = (
    "paginate",
    "constrain",
    "precondition",
    "convention",
    "compose",
    "batch",
)
"""Steps whose result does what its parent does, so that the parent may give way to it."""


class DuplicateSettings(BaseModel):
    """What counts as a duplicate; applied when the recipe has the stage `signatures`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    near_duplicate: float = Field(
        0.8, ge=0.5, le=1, description="Jaccard index of the texts from which a tool is dropped"
    )
    same_structure: int | None = Field(
        21, ge=1, description="tools kept of one structure, nouns removed; empty for no bound"
    )


class ToolSettings(BaseModel):
    """How many tools evolve from those of a domain, and by which steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variants_per_domain: int = Field(
        0, ge=0, le=400, description="tools evolved from the authored ones of each domain"
    )
    steps: dict[EvolutionStep, float] = Field(
        default_factory=lambda: dict.fromkeys(EVOLUTION_STEPS, 1.0),
        description="evolution steps and how often each is tried, as weights",
    )

    written_per_domain: int = Field(
        3, ge=1, le=40, description="tools that `tool_author`, if a model, writes for each domain"
    )
    duplicates: DuplicateSettings = DuplicateSettings()

    @field_validator("steps")
    @classmethod
    def _some_weight(cls, steps: dict[EvolutionStep, float]) -> dict[EvolutionStep, float]:
        if not steps or min(steps.values()) < 0 or sum(steps.values()) <= 0:
            raise ValueError("give at least one step a weight above 0, none below")
        return steps


class McpStyleSettings(BaseModel):
    """Tools in the style of published MCP servers, grouped in servers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int | None = Field(None, ge=1, description="how many tools; none when left out")
    bound_share: float = Field(
        0.6, ge=0, le=1, description="share of servers over a domain, whose tools run"
    )
    defects: float = Field(
        1.0, ge=0, le=3, description="times the defect rates measured on published servers"
    )
