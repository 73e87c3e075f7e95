"""Everything the page says, read from a run's folder; a dataset that is absent stays None."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from factory.records import Record
from factory.report import statistics as st
from factory.report.catalogue import Catalogue, ToolChooser
from factory.report.choose import RewriteChooser, choose_trajectories, passing
from factory.report.corpus import CorpusStatistics
from factory.report.language import LanguageSamples
from factory.shards import Dataset, ShardError, find_datasets, storage
from factory.shards.verify import RUN_FILE
from factory.train.metrics import read_metrics

FIGURES_FILE = "figures.json"
TRAININGS = ("pretrain", "sft")


@dataclass
class Conversation:
    """A trajectory with what belongs to it, for reading."""

    trajectory: Record
    task: Record | None = None
    verdict: Record | None = None
    agent: Record | None = None


@dataclass
class Example:
    """A rewrite and the passage it was made from."""

    rewrite: Record
    passage: Record | None = None


@dataclass
class Findings:
    """What was found in a run's folder."""

    root: str
    run: dict[str, Any] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=list)
    datasets: list[Dataset] = field(default_factory=list)
    rejects: dict[str, Counter[str]] = field(default_factory=dict)
    tools: st.ToolStatistics | None = None
    catalogue: Catalogue | None = None
    agents: st.AgentStatistics | None = None
    tasks: st.TaskStatistics | None = None
    trajectories: st.TrajectoryStatistics | None = None
    verdicts: st.VerdictStatistics | None = None
    passages: st.PassageStatistics | None = None
    rewrites: st.RewriteStatistics | None = None
    corpus: CorpusStatistics | None = None
    sources: dict[str, str] = field(default_factory=dict)
    language: LanguageSamples = field(default_factory=LanguageSamples)
    pretrain: st.TextStatistics | None = None
    sft: st.TextStatistics | None = None
    conversations: list[Conversation] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    notes: list[Example] = field(default_factory=list)
    training: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def dataset(self, kind: str) -> Dataset | None:
        """The run's main dataset of a kind."""
        return next((d for d in self.datasets if d.kind == kind), None)

    def count(self, kind: str) -> int | None:
        """Rows of a kind, None if the run has no such dataset."""
        dataset = self.dataset(kind)
        return dataset.num_rows if dataset else None


def collect(root: str) -> Findings:
    """Read a finished or partly finished run. Raises ShardError when there is nothing of a run."""
    found = Findings(root, datasets=find_datasets(root) if storage.exists(root) else [])
    found.run = _json(storage.join(root, RUN_FILE))
    found.stages = _json(storage.join(root, FIGURES_FILE)).get("stages", [])
    found.training = _training(root)
    if not (found.datasets or found.run or found.training):
        raise ShardError(f"{root}: nothing of a run here; give the --out of a `factory run`")
    found.rejects = _reject_reasons(found)
    _agentic(found)
    _rephrased(found)
    return found


def _json(path: str) -> dict[str, Any]:
    """A JSON file, {} if it isn't there. Raises ShardError naming a file that is no JSON."""
    if not storage.exists(path):
        return {}
    try:
        body: dict[str, Any] = json.loads(storage.read_bytes(path))
    except ValueError as error:
        raise ShardError(f"{path}: not JSON ({error}); delete it and run again") from None
    return body


def _training(root: str) -> dict[str, list[dict[str, Any]]]:
    if not storage.is_local(root):
        return {}
    lines = {name: read_metrics(Path(root) / "train" / name) for name in TRAININGS}
    return {name: found for name, found in lines.items() if found}


def _reject_reasons(found: Findings) -> dict[str, Counter[str]]:
    """Stage → reason → rows, from the figures of the run, else from the datasets' manifests."""
    reasons = {row["stage"]: Counter(row["rejected"]) for row in found.stages}
    for dataset in found.datasets:
        manifest = dataset.manifest
        if manifest.counts and manifest.stage not in reasons:
            reasons[manifest.stage] = Counter(manifest.counts.get("rejected", {}))
    return {stage: counts for stage, counts in reasons.items() if counts}


def _rows(found: Findings, kind: str, columns: list[str] | None = None) -> Iterable[Record]:
    dataset = found.dataset(kind)
    return dataset.rows(columns) if dataset else ()


def _agentic(found: Findings) -> None:
    keep = {
        r["trajectory_id"]: r["keep"] for r in _rows(found, "verdict", ["trajectory_id", "keep"])
    }
    kinds = {r["id"]: r["kind"] for r in _rows(found, "task", ["id", "kind"])}
    light = ["id", "task_id", "skill", "outcome", "num_tool_calls", "num_faults"]
    chosen = choose_trajectories(_rows(found, "trajectory", light), keep, kinds)
    shown: dict[str, Conversation] = {}

    def pick(row: Record) -> None:
        if row["id"] in chosen:
            shown[row["id"]] = Conversation(row)

    if dataset := found.dataset("trajectory"):
        rows = passing(passing(dataset.rows(), pick), found.language.see_trajectory)
        found.trajectories = st.trajectory_statistics(rows, keep, kinds)
    found.conversations = [shown[name] for name in chosen]

    def attach_verdict(row: Record) -> None:
        if row["trajectory_id"] in shown:
            shown[row["trajectory_id"]].verdict = row

    def attach_task(row: Record) -> None:
        for conversation in found.conversations:
            if conversation.trajectory["task_id"] == row["id"]:
                conversation.task = row

    def attach_agent(row: Record) -> None:
        for conversation in found.conversations:
            if conversation.trajectory["agent_id"] == row["id"]:
                conversation.agent = row

    if dataset := found.dataset("verdict"):
        found.verdicts = st.verdict_statistics(passing(dataset.rows(), attach_verdict))
    if dataset := found.dataset("task"):
        found.tasks = st.task_statistics(
            passing(passing(dataset.rows(), attach_task), found.language.see_task)
        )
    if dataset := found.dataset("agent"):
        found.agents = st.agent_statistics(
            passing(passing(dataset.rows(), attach_agent), found.language.see_agent)
        )
    if dataset := found.dataset("tool"):
        tools = ToolChooser(dataset)
        found.tools = st.tool_statistics(passing(dataset.rows(), tools.see))
        found.catalogue = tools.catalogue(found.dataset("domain"))
    if dataset := found.dataset("sft"):
        found.sft = st.text_statistics(dataset.rows())


def _rephrased(found: Findings) -> None:
    chooser = RewriteChooser()
    if dataset := found.dataset("rewrite"):
        found.corpus = CorpusStatistics()
        rows = passing(passing(dataset.rows(), chooser.see), found.corpus.see)
        found.rewrites = st.rewrite_statistics(rows)
    found.examples = [Example(row) for row in chooser.examples()]
    found.notes = [Example(row) for row in chooser.notes()]
    waiting = [*found.examples, *found.notes]
    sampled = found.corpus.sources() if found.corpus else set()

    def attach_passage(row: Record) -> None:
        for example in waiting:
            if example.rewrite["source_id"] == row["id"]:
                example.passage = row
        if row["id"] in sampled:
            found.sources[row["id"]] = row["text"]

    if dataset := found.dataset("passage"):
        found.passages = st.passage_statistics(passing(dataset.rows(), attach_passage))
    if dataset := found.dataset("pretrain"):
        found.pretrain = st.text_statistics(dataset.rows())
