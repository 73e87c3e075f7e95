"""Each stage as a PTransform over a PCollection of records, for pipelines of your own.

    with beam.Pipeline(runner="FnApiRunner") as p:
        tools = p | beam.Create(domains) | SynthesiseTools(recipe)
        tools.records | ...
        tools.rejects | ...

`run` names the folder of a run whose finished datasets the stage may look records up in.
"""

from __future__ import annotations

from typing import Any, ClassVar

import apache_beam as beam

from factory.recipe import Recipe, StageName
from pipelines.line import Work
from pipelines.runner import REJECTS, RecordFn


class StageTransform(beam.PTransform[Any, Any]):
    """Records in; `.records` and `.rejects` out. Every input needs an `id`."""

    stage: ClassVar[StageName]
    branch: ClassVar[int] = 0

    def __init__(self, recipe: Recipe, run: str = "") -> None:
        if not isinstance(recipe, Recipe):
            raise TypeError(f"{type(self).__name__} takes a Recipe, not {type(recipe).__name__}")
        super().__init__()
        self.work_ = Work(recipe, run, self.stage)

    def expand(self, pcoll: Any) -> Any:
        """Apply the stage's function to each record on the sliding window."""
        records = beam.ParDo(RecordFn(self.work_, self.branch))
        return pcoll | records.with_outputs(REJECTS, main="records")


class BindDomains(StageTransform):
    """Domain specification → domain."""

    stage = "domains"


class SynthesiseTools(StageTransform):
    """Domain → executable tools with their proofs."""

    stage = "tools"


class AdoptTools(StageTransform):
    """Server listing → real tools."""

    stage = "tools"
    branch = 1


class ComposeAgents(StageTransform):
    """Seed → agent; looks up domains and tools."""

    stage = "agents"


class ComposeTasks(StageTransform):
    """Seed → proven task; looks up domains, tools and agents."""

    stage = "tasks"


class SimulateTrajectories(StageTransform):
    """Task → trajectories; looks up its agent, tools and domain."""

    stage = "trajectories"


class JudgeTrajectories(StageTransform):
    """Trajectory → verdict; looks up its task."""

    stage = "verdicts"


class SelectDiverse(StageTransform):
    """Verdict → selection, unless its plan or world has had its share; looks up all verdicts."""

    stage = "selection"


class FormatSft(StageTransform):
    """Verdict or selection → SFT row of a kept trajectory."""

    stage = "sft"


class PairPreferences(StageTransform):
    """Task → pairs of a kept and a failed run; looks up its trajectories and verdicts."""

    stage = "preferences"


class FingerprintDocuments(StageTransform):
    """Document → fingerprint, by which duplicates are known."""

    stage = "fingerprints"


class SplitDocuments(StageTransform):
    """Document → passages; looks up fingerprints."""

    stage = "passages"


class RewritePassages(StageTransform):
    """Passage → rewrites with their fidelity ledgers."""

    stage = "rewrites"


class FormatPretrain(StageTransform):
    """Rewrite → pretraining row of a kept rewrite."""

    stage = "pretrain"
