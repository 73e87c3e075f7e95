"""The loop closed: what the trainer made is served and plays the agent in the factory's worlds.

The model is a toy and fails nearly everything; each of its failures must be handled and counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from factory.shards import open_dataset
from tests.llm.test_whole_recipe import ALL_MAY_FAIL, whole_run

from .test_serving import folder, url  # noqa: F401  (fixtures)

ROOT = Path(__file__).parents[2]
RECIPE = """
name: closed_loop
seed: 3
stages: [domains, tools, agents, tasks, trajectories, verdicts, sft]
max_rejected_share: {{default: 1.0}}
shard_inputs: {{default: 4}}
authors: {{agent: llm}}
models:
  toy:
    name: {name}
    max_tokens: 48
    endpoints: [{{url: "{url}", key: NO_KEY, in_flight: 2}}]
llm: {{request_seconds: 60, record_seconds: 180, attempts: 3, repairs: 1}}
domains: {{categories: [commerce], count: 1}}
agents: {{count: 2}}
tasks: {{count: 8}}
trajectories: {{rollouts_per_task: 1}}
"""


@pytest.mark.slow
def test_a_trained_checkpoint_plays_the_agent_and_every_failure_is_counted(
    folder: Path,  # noqa: F811
    url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(name=folder, url=url))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "factory.cli", "run", str(recipe), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert done.returncode == 0, done.stderr
    stages = {s["stage"]: s for s in json.loads((out / "figures.json").read_text())["stages"]}
    tasks = open_dataset(out / "task").num_rows
    talks = stages["trajectories"]
    assert talks["kept"] + sum(talks["rejected"].values()) == tasks > 4
    (usage,) = talks["usage"].values()
    assert usage["sent"] >= tasks and usage["completion_tokens"] > 0
    assert stages["verdicts"]["kept"] == talks["kept"]
    judged = stages["sft"]
    assert judged["kept"] + sum(judged["rejected"].values()) == talks["kept"]
    replay = subprocess.run(
        [sys.executable, "-m", "factory.cli", "replay", str(out)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert replay.returncode == 0, replay.stdout


@pytest.mark.slow
def test_a_toy_in_every_role_fails_at_each_and_the_run_ends_with_its_table(
    folder: Path,  # noqa: F811
    url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    limits = ("llm.request_seconds=20", "llm.record_seconds=60", "llm.attempts=2", "llm.repairs=1")
    small = ("models.default.max_tokens=32", "in_flight=4")
    few = ("agents.count=4", "tasks.count=6", "documents.count=2", "rewrites.per_source=1")
    stages, sent, _ = whole_run(
        tmp_path / "out", url, *ALL_MAY_FAIL, *limits, *small, *few, model=str(folder), seconds=590
    )
    assert sent["domain_author"] >= 1 and sent["agent_author"] >= 4 and sent["rewriter"] >= 1
    reasons = {reason for row in stages.values() for reason in row["rejected"]}
    assert not reasons & {"stage_exception", "invalid_record"}
