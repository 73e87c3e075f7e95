"""A run's whole configuration: typed, validated, loaded from YAML.

Every mistake is one line that names the key, what is allowed, and the line of the file. Sections
belong to their stage's package (`factory.tasks.settings`, ...); this module joins them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, field_validator, model_validator

from factory.agents.settings import AgentSettings
from factory.decontamination.settings import DecontaminationSettings
from factory.llm.settings import LlmSettings, ModelSettings
from factory.records import canonical_json, digest
from factory.rephrase.settings import PassageSettings, RewriteSettings
from factory.tasks.settings import TaskSettings
from factory.tools.settings import McpStyleSettings, ToolSettings
from factory.trajectories.settings import SelectionSettings, TrajectorySettings, VerdictSettings
from factory.yaml_config import ConfigError, load_config, parse_config

StageName = Literal[
    "benchmarks",
    "listings",
    "domains",
    "signatures",
    "tools",
    "agents",
    "tasks",
    "trajectories",
    "verdicts",
    "selection",
    "sft",
    "preferences",
    "fingerprints",
    "passages",
    "rewrites",
    "pretrain",
]
STAGES: tuple[StageName, ...] = get_args(StageName)
DEFAULT_STAGES: tuple[StageName, ...] = tuple(
    s for s in STAGES if s not in ("benchmarks", "signatures")
)
"""Without deduplication of tools, which a large repository needs and a small one does not, and
without decontamination, which needs a folder of benchmarks: naming one adds the stage."""
NEEDS: dict[StageName, tuple[StageName, ...]] = {
    "signatures": ("domains",),
    "tools": ("domains",),
    "agents": ("tools",),
    "tasks": ("agents",),
    "trajectories": ("tasks",),
    "verdicts": ("trajectories",),
    "selection": ("verdicts",),
    "sft": ("verdicts",),
    "preferences": ("verdicts",),
    "rewrites": ("passages",),
    "pretrain": ("rewrites",),
}
"""Which stage's output each stage reads."""

AuthorName = Literal["offline", "llm"]


def _author_choice(value: object) -> object:
    """Who writes a role. Raises ValueError."""
    if value in get_args(AuthorName):
        return value
    if isinstance(value, Mapping) and value:
        mix = {str(name): weight for name, weight in value.items()}
        if all(isinstance(w, int | float) and w > 0 for w in mix.values()):
            return {name: float(weight) for name, weight in mix.items()}
    raise ValueError("give offline, llm, or names of `models` with weights above 0")


AuthorChoice = Annotated[AuthorName | dict[str, float], PlainValidator(_author_choice)]
Role = Literal[
    "domain_author",
    "tool_author",
    "agent_author",
    "task_author",
    "user",
    "agent",
    "tool_simulator",
    "judge",
    "rewriter",
    "translator",
]
ROLES: tuple[Role, ...] = get_args(Role)
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A recipe section: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListingSettings(Section):
    """Where real MCP tools come from."""

    servers: tuple[str, ...] = Field(
        (), description="names in tool_specs/mcp_servers.yaml, started and listed over stdio"
    )
    commands: dict[str, str] = Field(
        default_factory=dict, description="name → command line of a server of your own"
    )
    urls: dict[str, str] = Field(
        default_factory=dict, description="name → URL of a server over streamable HTTP"
    )
    headers: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="name of a URL → headers; $VARIABLE is taken from the environment",
    )
    catalogs: tuple[str, ...] = Field(
        (), description="JSONL of server listings, tools/list answers as JSON, folders (.gz too)"
    )
    date: str | None = Field(
        None, pattern=r"^\d{4}-\d\d-\d\d$", description="day of the harvest, kept with listings"
    )
    timeout_seconds: float = Field(60, gt=0, description="how long a server may take to list")


class WrittenDomains(Section):
    """Domains beside the authored ones, written by a model if `authors.domain_author` is one."""

    count: int = Field(4, ge=1, description="how many are asked for; the categories take turns")
    categories: tuple[str, ...] = Field(
        (), description="branches of life, in any words; empty: those of `domains`"
    )
    brief: str = Field("", max_length=2000, description="what is asked for in particular")


class DomainSettings(Section):
    """Which authored domains are bound to worlds."""

    specs: str = Field("builtin", description="folder of categories/ and archetypes/")
    categories: tuple[str, ...] = Field((), description="only these; empty means all")
    per_category: int | None = Field(
        None, ge=1, description="only the first so many domains of each category"
    )
    count: int | None = Field(
        None, ge=1, description="only so many domains in all, the first ones of each category"
    )
    written: WrittenDomains = WrittenDomains()


class DocumentSettings(Section):
    """What is rephrased: folders, globs, files, or the built-in `pydoc:topics`, `builtin:math`."""

    paths: tuple[str, ...] = ("pydoc:topics", "builtin:math")
    count: int | None = Field(None, ge=1, description="only the first so many of each path")
    near_duplicate: float = Field(
        0.8, ge=0.5, le=1, description="Jaccard index of the texts from which a document is dropped"
    )


class Recipe(Section):
    """The whole recipe. Fields named `count` are what `--scale` multiplies."""

    name: str = "recipe"
    seed: int = Field(0, ge=0)
    stages: tuple[StageName, ...] = DEFAULT_STAGES
    shard_inputs: dict[StageName | Literal["default"], Annotated[int, Field(ge=1)]] = Field(
        {"default": 64},
        description="inputs a shard takes, by stage; `default` for the others",
    )
    max_rejected_share: dict[StageName | Literal["default"], Share] = Field(
        {"default": 0.9},
        description="a stage that rejects more of its output than this fails the run",
    )
    in_flight: int = Field(256, ge=1, description="records in flight at once in a worker process")
    authors: dict[Role, AuthorChoice] = Field(
        default_factory=dict,
        description="by role: offline, llm (the first of `models`), or models with their weights",
    )
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    llm: LlmSettings = LlmSettings()
    listings: ListingSettings = ListingSettings()
    domains: DomainSettings = DomainSettings()
    tools: ToolSettings = Field(default_factory=ToolSettings)
    mcp_style: McpStyleSettings = Field(default_factory=McpStyleSettings)
    agents: AgentSettings = Field(default_factory=AgentSettings)
    tasks: TaskSettings = Field(default_factory=TaskSettings)
    trajectories: TrajectorySettings = Field(default_factory=TrajectorySettings)
    verdicts: VerdictSettings = Field(default_factory=VerdictSettings)
    selection: SelectionSettings = Field(default_factory=SelectionSettings)
    decontamination: DecontaminationSettings = Field(default_factory=DecontaminationSettings)
    documents: DocumentSettings = DocumentSettings()
    passages: PassageSettings = Field(default_factory=PassageSettings)
    rewrites: RewriteSettings = Field(default_factory=RewriteSettings)

    @model_validator(mode="before")
    @classmethod
    def _with_benchmarks(cls, data: Any) -> Any:
        """A folder of benchmarks adds the stage that reads it."""
        given = data.get("decontamination") if isinstance(data, Mapping) else None
        if not isinstance(given, Mapping) or not given.get("folder"):
            return data
        stages = data.get("stages", DEFAULT_STAGES)
        if not isinstance(stages, list | tuple) or "benchmarks" in stages:
            return data
        return {**data, "stages": ("benchmarks", *stages)}

    @field_validator("stages")
    @classmethod
    def _closed(cls, stages: tuple[StageName, ...]) -> tuple[StageName, ...]:
        for stage in stages:
            for needed in NEEDS.get(stage, ()):
                if needed not in stages:
                    raise ValueError(f"stage {stage} reads what {needed} makes: add {needed}")
        return tuple(stage for stage in STAGES if stage in stages)

    @model_validator(mode="after")
    def _benchmarks_there(self) -> Recipe:
        if "benchmarks" in self.stages and not self.decontamination.folder:
            raise ValueError("stage benchmarks needs decontamination.folder")
        return self

    @model_validator(mode="after")
    def _models_there(self) -> Recipe:
        for role, choice in self.authors.items():
            if choice == "offline":
                continue
            if not self.models:
                raise ValueError(f"authors.{role}: {choice} needs a model under `models`")
            unknown = [name for name in choice if name not in self.models]
            if isinstance(choice, dict) and (unknown or not choice):
                allowed = ", ".join(self.models)
                raise ValueError(f"authors.{role}: no model {unknown or ''}; there are {allowed}")
            if not self.mix_of(role):
                raise ValueError(f"authors.{role}: every model under `models` serves embeddings")
            for name in self.mix_of(role):
                if self.models[name].serves != "chat":
                    raise ValueError(f"authors.{role}: models.{name} serves embeddings, not chat")
                if self.llm.max_cost is not None and self.models[name].prices is None:
                    raise ValueError(f"llm.max_cost: models.{name} has no prices to reckon with")
        return self

    @model_validator(mode="after")
    def _checkers_there(self) -> Recipe:
        asked = (
            ("embeddings", self.rewrites.embeddings, "embeddings"),
            ("judge", self.rewrites.judge, "chat"),
        )
        for key, section, serves in asked:
            if section is None:
                continue
            if section.model not in self.models:
                allowed = ", ".join(self.models) or "none"
                raise ValueError(f"rewrites.{key}: no model {section.model!r}; there are {allowed}")
            model = self.models[section.model]
            if model.serves != serves:
                raise ValueError(
                    f"rewrites.{key}: models.{section.model} serves {model.serves}, not {serves}"
                )
            if self.llm.max_cost is not None and model.prices is None:
                raise ValueError(
                    f"llm.max_cost: models.{section.model} has no prices to reckon with"
                )
        return self

    def checker_of(self, role: str) -> str | None:
        """Name of the model that checks rewrites as `embedder` or `rewrite_judge`, if any does."""
        found = {"embedder": self.rewrites.embeddings, "rewrite_judge": self.rewrites.judge}
        section = found.get(role)
        return section.model if section is not None else None

    def mix_of(self, role: str) -> Mapping[str, float]:
        """Names of the models that write a role, with weights; empty if none does."""
        checker = self.checker_of(role)
        if checker is not None:
            return {checker: 1.0}
        choice = self.authors.get(cast(Role, role), "offline")
        if choice == "offline":
            return {}
        if not isinstance(choice, str):
            return choice
        speaking = [name for name, model in self.models.items() if model.serves == "chat"]
        return dict.fromkeys(speaking[:1], 1.0)

    def inputs_per_shard(self, stage: StageName) -> int:
        """How many inputs one shard of a stage takes."""
        return self.shard_inputs.get(stage, self.shard_inputs.get("default", 64))

    def rejected_share_limit(self, stage: StageName) -> float:
        """The share of rejects at which a stage fails the run."""
        return self.max_rejected_share.get(stage, self.max_rejected_share.get("default", 0.9))

    def content(self) -> dict[str, Any]:
        """The recipe without what changes no record: its name, limits, where models are served."""
        body = self.model_dump(
            mode="json", exclude={"name", "max_rejected_share", "in_flight", "llm", "models"}
        )
        if self.models:
            apart = {"endpoints", "prices", "answers_as", "batch"}
            body["models"] = {
                name: model.model_dump(mode="json", exclude=apart)
                for name, model in self.models.items()
            }
        return body

    @property
    def hash(self) -> str:
        """Content address of all that decides the records."""
        return digest("recipe", canonical_json(self.content()))


def load_recipe(path: str | Path, *, overrides: Sequence[str] = (), scale: float = 1.0) -> Recipe:
    """Read a recipe file, apply `key.path=value` overrides and the scale, validate.

    Raises ConfigError (every mistake, one a line) and FileNotFoundError.
    """
    return scaled(load_config(Recipe, path, overrides=overrides), scale)


def parse_recipe(data: Mapping[str, Any], *, name: str = "recipe") -> Recipe:
    """A recipe from a mapping; ConfigError lists every mistake with its key."""
    return parse_config(Recipe, data, name=name)


def scaled(recipe: Recipe, scale: float) -> Recipe:
    """The recipe with every `count` multiplied by `scale`, rounded up.

    A count left open means everything there is; it stays open at any scale ≥ 1 and has nothing to
    multiply below. Raises ConfigError unless 0 < scale < inf.
    """
    if not 0 < scale < math.inf:
        raise ConfigError(f"--scale {scale}: give a positive number, for example 0.1 or 10")
    if scale == 1:
        return recipe
    data = recipe.model_dump()
    written = data["domains"]["written"]
    for section in (*data.values(), written):
        if isinstance(section, dict) and isinstance(section.get("count"), int):
            section["count"] = max(1, math.ceil(section["count"] * scale))
    return Recipe.model_validate(data)
