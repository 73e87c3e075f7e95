"""The line: which stages there are, what each reads, which function does the work.

The only table of stages. A stage's dataset lies in the run's folder under its record kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import import_module

from factory.decontamination.stages import clean
from factory.recipe import Recipe, Role, StageName
from factory.records import Record
from factory.stage import StageFunction
from pipelines.sources import (
    BenchmarkFiles,
    Briefs,
    Documents,
    Listings,
    McpServers,
    Rows,
    Seeds,
    Source,
    Specs,
    SpreadRows,
)

SourceMaker = Callable[[Recipe, str], Source]


@dataclass(frozen=True)
class Branch:
    """One kind of input of a stage and the function that takes it."""

    source: SourceMaker
    function: str
    """`module:function`, imported on the worker."""

    def resolve(self) -> StageFunction:
        """The stage function itself."""
        module, _, name = self.function.partition(":")
        function: StageFunction = getattr(import_module(module), name)
        return function


@dataclass(frozen=True)
class Stage:
    """One stage: records of `kind` made from the inputs of its branches, in their order."""

    name: StageName
    kind: str
    branches: tuple[Branch, ...]
    reads: tuple[StageName, ...] = ()
    """Stages whose datasets it takes as input or looks records up in; they go into its manifest."""
    in_turn: tuple[str, ...] = ()
    """Kinds of which each input looks up records of its own, in the order of the inputs: nothing
    is gained by keeping them."""


def _rows(kind: str) -> SourceMaker:
    return lambda recipe, root: Rows(root, kind)


def _optional_rows(stage: StageName, kind: str) -> SourceMaker:
    def make(recipe: Recipe, root: str) -> Source:
        return Rows(root, kind) if stage in recipe.stages else Seeds(stage, 0)

    return make


def _rows_unless(stage: StageName, kind: str) -> SourceMaker:
    def make(recipe: Recipe, root: str) -> Source:
        return Seeds(stage, 0) if stage in recipe.stages else Rows(root, kind)

    return make


STAGES: dict[StageName, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "benchmarks",
            "benchmark",
            (
                Branch(
                    lambda recipe, _: BenchmarkFiles(recipe),
                    "factory.decontamination.stages:sketch_file",
                ),
            ),
        ),
        Stage(
            "listings",
            "listing",
            (Branch(lambda recipe, _: Listings(recipe), "factory.mcp.listings:record_listing"),),
        ),
        Stage(
            "domains",
            "domain",
            (
                Branch(lambda recipe, _: Specs(recipe), "factory.worlds.domains:bind_domain"),
                Branch(
                    lambda recipe, _: Briefs(recipe), "factory.tools.domain_author:author_domain"
                ),
            ),
        ),
        Stage(
            "signatures",
            "signature",
            (
                Branch(_rows("domain"), "factory.tools.sketch:sketch_domain"),
                Branch(lambda recipe, _: McpServers(recipe), "factory.tools.sketch:sketch_server"),
                Branch(
                    _optional_rows("listings", "listing"), "factory.tools.sketch:sketch_listing"
                ),
            ),
            reads=("listings", "domains"),
        ),
        Stage(
            "tools",
            "tool",
            (
                Branch(_rows("domain"), "factory.tools.tool_author:tools_of_domain"),
                Branch(lambda recipe, _: McpServers(recipe), "factory.tools.mcp_style:mcp_server"),
                Branch(_optional_rows("listings", "listing"), "factory.tools.adopt:adopt"),
            ),
            reads=("listings", "domains", "signatures", "benchmarks"),
        ),
        Stage(
            "agents",
            "agent",
            (
                Branch(
                    lambda recipe, _: Seeds("agents", recipe.agents.count),
                    "factory.agents.compose:compose",
                ),
            ),
            reads=("domains", "tools", "benchmarks"),
        ),
        Stage(
            "tasks",
            "task",
            (
                Branch(
                    lambda recipe, _: Seeds("tasks", recipe.tasks.count),
                    "factory.tasks.compose:compose",
                ),
            ),
            reads=("domains", "tools", "agents", "benchmarks"),
        ),
        Stage(
            "trajectories",
            "trajectory",
            (Branch(_rows("task"), "factory.trajectories.simulate:simulate"),),
            reads=("domains", "tools", "agents", "tasks"),
        ),
        Stage(
            "verdicts",
            "verdict",
            (Branch(_rows("trajectory"), "factory.trajectories.judge:judge"),),
            reads=("domains", "tools", "agents", "tasks", "trajectories"),
            in_turn=("task",),
        ),
        Stage(
            "selection",
            "selection",
            (Branch(_rows("verdict"), "factory.trajectories.selection:select"),),
            reads=("verdicts",),
        ),
        Stage(
            "sft",
            "sft",
            (
                Branch(_rows_unless("selection", "verdict"), "factory.trajectories.sft:to_sft"),
                Branch(_optional_rows("selection", "selection"), "factory.trajectories.sft:to_sft"),
            ),
            reads=("tasks", "trajectories", "verdicts", "selection"),
            in_turn=("trajectory",),
        ),
        Stage(
            "preferences",
            "preference",
            (Branch(_rows("task"), "factory.trajectories.preferences:pair"),),
            reads=("tasks", "trajectories", "verdicts"),
            in_turn=("verdict", "trajectory"),
        ),
        Stage(
            "fingerprints",
            "fingerprint",
            (
                Branch(
                    lambda recipe, _: Documents(recipe),
                    "factory.rephrase.reading.duplicates:fingerprint",
                ),
            ),
        ),
        Stage(
            "passages",
            "passage",
            (Branch(lambda recipe, _: Documents(recipe), "factory.rephrase.passages:split"),),
            reads=("fingerprints",),
        ),
        Stage(
            "rewrites",
            "rewrite",
            (Branch(_rows("passage"), "factory.rephrase.knowledge:rewrite"),),
            reads=("passages",),
        ),
        Stage(
            "pretrain",
            "pretrain",
            (
                Branch(
                    lambda recipe, root: SpreadRows(
                        root, "rewrite", "source_id", recipe.seed, recipe.rewrites.rows_apart
                    ),
                    "factory.rephrase.pretrain:to_pretrain",
                ),
            ),
            reads=("rewrites",),
        ),
    )
}

STAGE_OF_ROLE: dict[Role, StageName] = {
    "domain_author": "domains",
    "tool_author": "tools",
    "agent_author": "agents",
    "task_author": "tasks",
    "user": "trajectories",
    "agent": "trajectories",
    "tool_simulator": "trajectories",
    "judge": "verdicts",
    "rewriter": "rewrites",
    "translator": "rewrites",
}
"""Which stage asks the author of a role."""


CHECKED: tuple[StageName, ...] = ("tools", "agents", "tasks")
"""Stages whose records are compared with the benchmarks, in a recipe with that stage."""


@dataclass(frozen=True)
class Work:
    """One stage of one run: what a worker needs to do any shard of it. Picklable and cheap."""

    recipe: Recipe
    root: str
    name: StageName

    @property
    def stage(self) -> Stage:
        """The stage's entry in the table."""
        return STAGES[self.name]

    @property
    def folder(self) -> str:
        """Where the stage's dataset goes."""
        return f"{self.root}/{self.stage.kind}"

    @property
    def reject_folder(self) -> str:
        """Where the stage's rejects go."""
        return f"{self.root}/reject/{self.name}"

    def function(self, branch: Branch) -> StageFunction:
        """The function that takes the inputs of a branch."""
        function = branch.resolve()
        if self.name in CHECKED and "benchmarks" in self.recipe.stages:
            return clean(function)
        return function


class Inputs:
    """The inputs of a stage's branches as one numbered list."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.branches = [
            (branch.source(work.recipe, work.root), branch) for branch in work.stage.branches
        ]

    @cached_property
    def lengths(self) -> list[int]:
        """How many inputs each branch has."""
        return [len(source) for source, _ in self.branches]

    def __len__(self) -> int:
        return sum(self.lengths)

    def read(self, start: int, stop: int) -> list[tuple[Record, StageFunction]]:
        """Inputs `start` to `stop`, each with the function that takes it."""
        found: list[tuple[Record, StageFunction]] = []
        offset = 0
        for (source, branch), length in zip(self.branches, self.lengths, strict=True):
            low, high = max(start - offset, 0), min(stop - offset, length)
            if low < high:
                function = self.work.function(branch)
                found += [(record, function) for record in source.read(low, high)]
            offset += length
        return found


@lru_cache(maxsize=4)
def inputs_of(root: str, name: StageName, recipe_json: str) -> Inputs:
    """A stage's inputs, opened once per worker process."""
    return Inputs(Work(Recipe.model_validate_json(recipe_json), root, name))
