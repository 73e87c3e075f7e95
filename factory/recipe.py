"""A run's whole configuration: typed, validated, loaded from YAML.

Every mistake is one line that names the key, what is allowed, and the line of the file. Sections
belong to their stage's package (`factory.tasks.settings`, ...); this module joins them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from factory.agents.settings import AgentSettings
from factory.records import canonical_json, digest
from factory.rephrase.settings import PassageSettings, RewriteSettings
from factory.tasks.settings import TaskSettings
from factory.trajectories.settings import TrajectorySettings, VerdictSettings

StageName = Literal[
    "listings",
    "domains",
    "tools",
    "agents",
    "tasks",
    "trajectories",
    "verdicts",
    "sft",
    "passages",
    "rewrites",
    "pretrain",
]
STAGES: tuple[StageName, ...] = get_args(StageName)
NEEDS: dict[StageName, tuple[StageName, ...]] = {
    "tools": ("domains",),
    "agents": ("tools",),
    "tasks": ("agents",),
    "trajectories": ("tasks",),
    "verdicts": ("trajectories",),
    "sft": ("verdicts",),
    "rewrites": ("passages",),
    "pretrain": ("rewrites",),
}
"""Which stage's output each stage reads."""

AuthorName = Literal["offline"]
Role = Literal["user", "agent", "judge", "rewriter", "translator"]
ROLES: tuple[Role, ...] = get_args(Role)
Share = Annotated[float, Field(ge=0, le=1)]


class RecipeError(ValueError):
    """A recipe that can't be used; one line per mistake, each with key, line and remedy."""


class Section(BaseModel):
    """A recipe section: an unknown key is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListingSettings(Section):
    """Where real MCP tools come from."""

    servers: tuple[str, ...] = Field(
        (), description="names in tool_specs/mcp_servers.yaml, started and listed over stdio"
    )
    catalogs: tuple[str, ...] = Field(
        (), description="JSONL files (.gz too) of server listings, one server a line"
    )
    timeout_seconds: float = Field(60, gt=0, description="how long a server may take to list")


class DomainSettings(Section):
    """Which authored domains are bound to worlds."""

    specs: str = Field("builtin", description="folder of categories/ and archetypes/")
    categories: tuple[str, ...] = Field((), description="only these; empty means all")
    count: int | None = Field(None, ge=1, description="only the first so many domains")


class DocumentSettings(Section):
    """What is rephrased: folders, globs, files, or the built-in `pydoc:topics`, `builtin:math`."""

    paths: tuple[str, ...] = ("pydoc:topics", "builtin:math")
    count: int | None = Field(None, ge=1, description="only the first so many of each path")


class Recipe(Section):
    """The whole recipe. Fields named `count` are what `--scale` multiplies."""

    name: str = "recipe"
    seed: int = Field(0, ge=0)
    stages: tuple[StageName, ...] = STAGES
    shard_inputs: dict[StageName | Literal["default"], Annotated[int, Field(ge=1)]] = Field(
        default_factory=lambda: {"default": 64},
        description="inputs a shard takes, by stage; `default` for the others",
    )
    max_rejected_share: dict[StageName | Literal["default"], Share] = Field(
        default_factory=lambda: {"default": 0.9},
        description="a stage that rejects more of its output than this fails the run",
    )
    in_flight: int = Field(256, ge=1, description="records in flight at once in a worker process")
    authors: dict[Role, AuthorName] = Field(default_factory=dict)
    listings: ListingSettings = ListingSettings()
    domains: DomainSettings = DomainSettings()
    agents: AgentSettings = Field(default_factory=AgentSettings)
    tasks: TaskSettings = Field(default_factory=TaskSettings)
    trajectories: TrajectorySettings = Field(default_factory=TrajectorySettings)
    verdicts: VerdictSettings = Field(default_factory=VerdictSettings)
    documents: DocumentSettings = DocumentSettings()
    passages: PassageSettings = Field(default_factory=PassageSettings)
    rewrites: RewriteSettings = Field(default_factory=RewriteSettings)

    @field_validator("stages")
    @classmethod
    def _closed(cls, stages: tuple[StageName, ...]) -> tuple[StageName, ...]:
        for stage in stages:
            for needed in NEEDS.get(stage, ()):
                if needed not in stages:
                    raise ValueError(f"stage {stage} reads what {needed} makes: add {needed}")
        return tuple(stage for stage in STAGES if stage in stages)

    def inputs_per_shard(self, stage: StageName) -> int:
        """How many inputs one shard of a stage takes."""
        return self.shard_inputs.get(stage, self.shard_inputs.get("default", 64))

    def rejected_share_limit(self, stage: StageName) -> float:
        """The share of rejects at which a stage fails the run."""
        return self.max_rejected_share.get(stage, self.max_rejected_share.get("default", 0.9))

    @property
    def hash(self) -> str:
        """Content address of all that the recipe says."""
        return digest("recipe", canonical_json(self.model_dump(mode="json")))


# --- loading ---------------------------------------------------------------------------------

Path_ = tuple[str | int, ...]


def load_recipe(
    path: str | Path, *, overrides: Sequence[str] = (), scale: float = 1.0
) -> Recipe:
    """Read a recipe file, apply `key.path=value` overrides and the scale, validate.

    Raises RecipeError (every mistake, one a line) and FileNotFoundError.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"no recipe {file}: give the path of a YAML file")
    text = file.read_text(encoding="utf-8")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise RecipeError(f"{file}: a recipe is a mapping of keys, not {type(data).__name__}")
    lines = _key_lines(node)
    for override in overrides:
        lines[_apply_override(data, override)] = f"--set {override}"
    recipe = parse_recipe(data, name=str(file), lines=lines)
    return scaled(recipe, scale)


def parse_recipe(
    data: Mapping[str, Any], *, name: str = "recipe", lines: Mapping[Path_, str] | None = None
) -> Recipe:
    """A recipe from a mapping; RecipeError lists every mistake with its key and line."""
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        found = [_explain(name, dict(item), lines or {}) for item in error.errors()]
        raise RecipeError("\n".join(dict.fromkeys(found))) from None


def scaled(recipe: Recipe, scale: float) -> Recipe:
    """The recipe with every `count` multiplied by `scale`, rounded up.

    A count left open means everything there is; it stays open at any scale ≥ 1 and has nothing to
    multiply below. Raises RecipeError unless 0 < scale < inf.
    """
    if not 0 < scale < math.inf:
        raise RecipeError(f"--scale {scale}: give a positive number, for example 0.1 or 10")
    if scale == 1:
        return recipe
    data = recipe.model_dump()
    for section in data.values():
        if isinstance(section, dict) and isinstance(section.get("count"), int):
            section["count"] = max(1, math.ceil(section["count"] * scale))
    return Recipe.model_validate(data)


def _key_lines(node: yaml.Node | None, prefix: Path_ = ()) -> dict[Path_, str]:
    """Path of each key (and list item) → "line N"."""
    found: dict[Path_, str] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = (*prefix, key.value)
            found[path] = f"line {key.start_mark.line + 1}"
            found |= _key_lines(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found[(*prefix, index)] = f"line {value.start_mark.line + 1}"
            found |= _key_lines(value, (*prefix, index))
    return found


def _apply_override(data: dict[str, Any], override: str) -> Path_:
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise RecipeError(f"--set {override}: write it as key.path=value, e.g. tasks.count=50")
    path = tuple(key.strip().split("."))
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise RecipeError(f"--set {override}: the value is not YAML") from None
    target = data
    for part in path[:-1]:
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise RecipeError(f"--set {override}: {part} holds a value, not keys")
    target[path[-1]] = value
    return path


def _explain(name: str, error: Mapping[str, Any], lines: Mapping[Path_, str]) -> str:
    """One line for one pydantic error: file, line, key, what is wrong, what is allowed."""
    location: Path_ = tuple(part for part in error["loc"] if part != "[key]")
    known = location
    while known and known not in lines:
        known = known[:-1]
    where = f"{name}, {lines[known]}" if known in lines else name
    key = ".".join(map(str, location)) or "recipe"
    if error["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(_fields_at(location[:-1])))
        return f"{where}: unknown key {key}; allowed here: {allowed}"
    message = str(error["msg"]).removeprefix("Value error, ")
    got = "" if isinstance(error["input"], dict | list | tuple) else f" (got {error['input']!r})"
    return f"{where}: {key}: {message}{got}"


def _fields_at(location: Path_) -> set[str]:
    """Names of the fields a section takes, by its path."""
    model: type[BaseModel] = Recipe
    for part in location:
        field = model.model_fields.get(str(part))
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return set()
        model = annotation
    return set(model.model_fields)
