"""Recipe sections `trajectories`, `verdicts` and `selection`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from factory.agents.settings import checked_weights

SKILLS = (
    "expert",
    "cautious",
    "parallel",
    "recovering",
    "sloppy",
    "over_calling",
    "hallucinating",
)


class TrajectorySettings(BaseModel):
    """How many roll-outs a task gets, by agents of which skill, under which faults.

    `skills` holds weights (normalised when drawn) over `SKILLS`; `fault_rate` is the chance in
    [0, 1] that a tool call meets a fault (a fault_recovery task meets at least one anyway);
    `max_turns` bounds the turns of user and assistant in a conversation.
    """

    model_config = ConfigDict(extra="forbid")

    rollouts_per_task: int = Field(2, ge=1)
    fault_rate: float = Field(0.08, ge=0.0, le=1.0)
    max_turns: int = Field(60, ge=4)
    servers: tuple[str, ...] = Field(
        (), description="names in tool_specs/mcp_servers.yaml whose tools answer when called"
    )
    skills: dict[str, float] = Field(
        default_factory=lambda: {
            "expert": 6.0,
            "cautious": 2.0,
            "parallel": 2.0,
            "recovering": 2.0,
            "sloppy": 1.0,
            "over_calling": 1.0,
            "hallucinating": 1.0,
        }
    )

    @field_validator("skills")
    @classmethod
    def _known_skills(cls, weights: dict[str, float]) -> dict[str, float]:
        return checked_weights("skills", weights, SKILLS)


class VerdictSettings(BaseModel):
    """`keep_score`: the weighted rubric score in [0, 1] a trajectory needs to be kept."""

    model_config = ConfigDict(extra="forbid")

    keep_score: float = Field(0.95, ge=0.0, le=1.0)


class SelectionSettings(BaseModel):
    """How many kept trajectories of one kind there may be in the rows for trainers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_plan_shape: int = Field(
        400, ge=1, description="trajectories of one plan, the nouns removed"
    )
    per_world: int = Field(24, ge=1, description="trajectories of one domain and kind of task")
