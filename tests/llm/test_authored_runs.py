"""Whole runs in which models write domains, tools, agents and tasks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from factory.shards import open_dataset
from tests.llm.scripted_server import completion
from tests.llm.test_runs import ROOT, Threaded, execute
from tests.llm.test_task_author import messages_of
from tests.llm.written_answers import DOMAIN, TOOL

RECIPE = """
name: test
stages: [domains, signatures, tools, agents, tasks]
authors:
  domain_author: llm
  tool_author: llm
  agent_author: {{default: 1, other: 1}}
  task_author: llm
max_rejected_share: {{default: 0.9}}
models:
  default:
    name: scripted
    endpoints: [{{url: "{url}"}}]
    prices: {{input: 1, output: 1}}
  other:
    name: second
    endpoints: [{{url: "{url}"}}]
    prices: {{input: 1, output: 1}}
domains:
  categories: [sport_leisure]
  count: 1
  written: {{count: 2, brief: Something on the water.}}
tools: {{written_per_domain: 2}}
agents: {{count: 10}}
tasks: {{count: 16}}
"""


def script(body: dict[str, Any], n: int) -> Any:
    """A model that does its best: a domain and a tool that hold, agents and tasks as drafted."""
    form = (body.get("response_format") or {}).get("json_schema", {}).get("name")
    asked = body["messages"][1]["content"] if len(body["messages"]) > 1 else ""
    if form == "domain_author":
        return completion(DOMAIN if "harbour" in asked or n % 2 else {**DOMAIN, "tables": {}})
    if form == "tool_author":
        return completion(TOOL)
    if form == "agent_author":
        rules = asked.partition('name="policies">\n')[2].partition("\n</data")[0]
        told = f"You keep the books of this house and answer its visitors, plainly.\n{rules}"
        told += "\nAsk for what is missing, and look up what you do not know before you say it. "
        told += asked.partition("How its answers should be: ")[2].partition("\n")[0]
        return completion({"role": "a clerk of the house", "system_prompt": told})
    if form == "task_author":
        answer = messages_of(body)
        return completion({**answer, "opening": "Hello there. " + answer["opening"]})
    if "tools" in body:
        call = {"id": "1", "type": "function", "function": {"name": "ping", "arguments": "{}"}}
        return completion("", message={"tool_calls": [call]})
    return completion({"probe": "k2-data-factory"})


def asked_of(requests: list[dict[str, Any]]) -> Counter[str]:
    """Requests by role."""
    forms = [(r.get("response_format") or {}).get("json_schema", {}).get("name") for r in requests]
    return Counter(form for form in forms if str(form).endswith("_author"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(folder, server, command)."""
    folder = tmp_path_factory.mktemp("authored")
    server = Threaded(script)
    (folder / "recipe.yaml").write_text(RECIPE.format(url=server.server.url))
    command = [sys.executable, "-m", "factory.cli", "run", str(folder / "recipe.yaml"), "--out"]
    command.append(str(folder / "out"))
    done = execute(command)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "out", server.server, command


def rows(folder: Path, kind: str) -> list[Any]:
    return list(open_dataset(str(folder / kind)).rows())


def test_all_four_roles_give_valid_datasets(run: Any) -> None:
    folder, server, _ = run
    authors = {
        kind: Counter(row["lineage"]["author"] for row in rows(folder, kind))
        for kind in ("domain", "tool", "agent", "task")
    }
    assert authors["domain"]["llm:scripted+domain_author@1"] >= 1
    assert authors["domain"]["offline"] == 1
    assert authors["tool"]["llm:scripted+tool_author@1"] >= 1
    assert set(authors["agent"]) == {"llm:scripted+agent_author@1", "llm:second+agent_author@1"}
    assert set(authors["task"]) == {"llm:scripted+task_author@1"}
    written = {d["id"] for d in rows(folder, "domain") if d["archetypes"] == ["written"]}
    assert written & {task["domain_id"] for task in rows(folder, "task")}, "tasks in its world"
    check = [sys.executable, "-m", "factory.cli", "validate", str(folder)]
    done = subprocess.run(check, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((folder / "figures.json").read_text())["stages"]
    sent: Counter[str] = Counter()
    for row in figures:
        for name, counts in row["usage"].items():
            sent[name.partition("|")[0]] += counts.get("sent", 0)
    assert sent == asked_of(server.requests)


def test_every_answer_was_paid_for_once_also_after_a_restart(run: Any) -> None:
    folder, server, command = run
    forms = [json.dumps(r, sort_keys=True) for r in server.requests if len(r["messages"]) > 1]
    assert len(forms) == len(set(forms)), "tools are looked at in two stages and paid for in one"
    before = len(server.requests)
    assert "nothing to do" in execute(command).stdout
    tasks = {path.name: path.read_bytes() for path in folder.rglob("task/part-*.parquet")}
    for path in [*folder.rglob("tool/*"), *folder.rglob("agent/*"), *folder.rglob("task/*")]:
        path.unlink()
    done = execute(command)
    assert done.returncode == 0, done.stderr
    assert asked_of(server.requests[before:]) == Counter()
    assert {p.name: p.read_bytes() for p in folder.rglob("task/part-*.parquet")} == tasks


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("domain_author", ""),
        ("tool_author", "domain"),
        ("agent_author", ""),
        ("task_author", "task"),
    ],
)
def test_prompt_show_prints_what_was_sent(run: Any, role: str, kind: str) -> None:
    folder, server, _ = run
    record = rows(folder, kind)[0]["id"][:12] if kind else "1"
    show = [sys.executable, "-m", "factory.cli", "prompt", "show", role, "--json"]
    done = execute([*show, "--run", str(folder), "--record", record])
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    body.pop("model")  # of a mix, the first is shown
    sent = [{k: v for k, v in r.items() if k != "model"} for r in server.requests]
    assert body in sent


def test_prompt_show_prints_the_language_with_the_prompts_that_use_it() -> None:
    show = [sys.executable, "-m", "factory.cli", "prompt", "show", "tool_author"]
    printed = execute(show).stdout
    assert "You design tools for a working system" in printed
    assert "An operation is one tool: a short program over the tables" in printed


def test_a_dry_run_counts_all_four_and_sends_nothing(run: Any) -> None:
    _, server, command = run
    before = len(server.requests)
    done = execute([*command, "--dry-run"])
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == before
    cells = {
        (c[0], c[1]): int(c[5])
        for c in ([x.strip() for x in line.split("│")[1:]] for line in done.stdout.splitlines())
        if len(c) > 6 and c[1].endswith("_author")
    }
    assert cells["domains", "domain_author"] == 2
    assert cells["signatures", "tool_author"] == 6, "two tools for each of three domains"
    assert cells["tools", "tool_author"] == 0, "in the journal by then"
    assert cells["agents", "agent_author"] <= 10
    assert 8 <= cells["tasks", "task_author"] <= 16


def test_the_recipe_with_every_role_on_an_endpoint_names_all_of_them() -> None:
    from factory.recipe import ROLES, load_recipe

    recipe = load_recipe(ROOT / "pipelines" / "recipes" / "llm.yaml")
    assert {role for role in ROLES if recipe.mix_of(role)} >= set(ROLES) - {"tool_simulator"}
