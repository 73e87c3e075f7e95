"""The recipe with a model in every role runs to its end, whatever the model is and does."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factory.recipe import ROLES
from tests.llm.able_model import play
from tests.llm.scripted_server import Reply
from tests.llm.test_real_server import serve
from tests.llm.test_runs import ROOT, Threaded

RECIPE = "pipelines/recipes/llm.yaml"
ALL_MAY_FAIL = [
    f"max_rejected_share.{stage}=1.0"
    for stage in ("default", "tools", "agents", "trajectories", "verdicts", "rewrites")
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """llama.cpp with room for tools and rules; whole domains are too long for it."""
    server = serve(tmp_path_factory.mktemp("gguf"), 65_536)
    yield f"{server.listening_address}/v1"


def whole_run(
    out: Path, endpoint: str, *settings: str, model: str = "scripted", seconds: float = 300
) -> tuple[dict[str, Any], Counter[str], str]:
    """(stages, what was sent by role, what was printed) of a run that must end well."""
    command = [sys.executable, "-m", "factory.cli", "run", RECIPE, "--out", str(out)]
    command += ["--endpoint", endpoint, "--model", model]
    for setting in settings:
        command += ["--set", setting]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=seconds)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < seconds
    stages = {row["stage"]: row for row in json.loads((out / "figures.json").read_text())["stages"]}
    sent: Counter[str] = Counter()
    for row in stages.values():
        for name, counts in row["usage"].items():
            sent[name.partition("|")[0]] += counts.get("sent", 0)
    for name, row in stages.items():
        assert name in done.stdout
        if name in ("domains", "agents", "tasks", "verdicts"):
            assert row["kept"] + sum(row["rejected"].values()) == row["inputs"]
    return stages, sent, done.stdout


@pytest.mark.slow
def test_all_ten_roles_on_a_server_that_now_and_then_fails(tmp_path: Path) -> None:
    rng = random.Random(5)

    def now_and_then(body: dict[str, Any], number: int) -> Any:
        if len(body["messages"]) < 2 or rng.random() > 0.04:
            return play(body, number)
        busy, broken = Reply({}, 429), Reply({"error": {"message": "oops"}}, 500)
        return rng.choice([busy, broken, Reply(b"<html>"), Reply(reset=True), Reply(b"")])

    server = Threaded(now_and_then)
    stages, sent, told = whole_run(tmp_path / "out", server.server.url)
    assert set(sent) == set(ROLES) and min(sent.values()) >= 1
    assert sum(sent.values()) == len([b for b in server.server.requests if len(b["messages"]) > 1])
    usage = [counts for row in stages.values() for counts in row["usage"].values()]
    assert sum(counts.get("failed", 0) for counts in usage) >= 5
    for stage in ("domains", "tools", "agents", "tasks", "trajectories", "verdicts", "rewrites"):
        assert stages[stage]["kept"] > 0, stage
    assert "tool_simulator" in told
    assert not [
        reason
        for row in stages.values()
        for reason in row["rejected"]
        if reason in ("stage_exception", "invalid_record")
    ]


@pytest.mark.slow
def test_random_weights_in_every_role_of_a_server_of_another_maker(
    url: str,
    tmp_path: Path,
) -> None:
    limits = ("llm.request_seconds=15", "llm.record_seconds=40", "llm.attempts=2")
    stages, sent, _ = whole_run(tmp_path / "out", url, *ALL_MAY_FAIL, *limits)
    assert sent["domain_author"] >= 1 and sent["agent_author"] >= 1 and sent["rewriter"] >= 1
    reasons = {reason for row in stages.values() for reason in row["rejected"]}
    assert not reasons & {"stage_exception", "invalid_record"}
    assert stages["agents"]["kept"] + sum(stages["agents"]["rejected"].values()) == 16
    rewrites = stages["rewrites"]
    assert sum(rewrites["rejected"].values()) + rewrites["kept"] == 24
    assert rewrites["rejected"].get("llm_unavailable", 0) < 24, "the next role gets its own time"


@pytest.mark.slow
def test_random_weights_as_agent_user_judge_and_simulator(
    url: str,
    tmp_path: Path,
) -> None:
    """The worlds are ours, so that there are conversations to hold."""
    ours = ("domain_author", "tool_author", "agent_author", "task_author")
    settings = [f"authors.{role}=offline" for role in ours]
    settings += ["tasks.count=10", "models.default.max_tokens=64"]
    settings += ["llm.request_seconds=30", "llm.record_seconds=60", "llm.attempts=2"]
    stages, sent, _ = whole_run(tmp_path / "out", url, *ALL_MAY_FAIL, *settings, seconds=400)
    talks = stages["trajectories"]
    assert talks["kept"] + sum(talks["rejected"].values()) >= talks["inputs"] > 5
    assert sent["agent"] >= talks["inputs"]
    reasons = {reason for row in stages.values() for reason in row["rejected"]}
    assert not reasons & {"stage_exception", "invalid_record"}
