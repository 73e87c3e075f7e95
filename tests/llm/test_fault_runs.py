"""A run in which every kind of fault meets a record of its own: each ends as it should, counted."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from factory.llm import admission
from factory.recipe import load_recipe
from factory.shards import open_dataset
from pipelines.run import run
from pipelines.watch import print_figures
from tests.llm.scripted_server import Reply, completion
from tests.llm.test_runs import Threaded, execute, good, run_of

RECIPE = """
name: faults
stages: [passages, rewrites]
authors: {{rewriter: llm}}
max_rejected_share: {{default: 1.0}}
models:
  default:
    name: scripted
    endpoints: [{{url: "{url}"}}]
llm: {{request_seconds: 1, record_seconds: 5, attempts: 2, repairs: 1, max_answer_bytes: 1000000}}
documents: {{paths: ["{documents}"]}}
rewrites: {{per_source: 1}}
"""
HEALTHY = 40
FILLER = (
    "The gauge at the lock stands {n} cm above the mark of last spring. The keeper reads it at "
    "noon and writes the figure into the book. When the river falls below the sill the boats wait."
)
OUTCOMES: dict[str, tuple[Any, str]] = {
    "ThrottledForMinutes": (Reply({}, 429), "llm_deadline"),
    "ThrottledByTheHour": (Reply({}, 429, {"Retry-After": "3600"}), "llm_deadline"),
    "Overloaded": (Reply({}, 529), "llm_deadline"),
    "Broken": (Reply({"error": {"message": "oops"}}, 500), "llm_server_error"),
    "Reset": (Reply(reset=True), "llm_deadline"),
    "Dripping": (Reply(completion("slow"), drip=0.4), "llm_timeout"),
    "Hanging": (Reply(completion("never"), delay=60), "llm_timeout"),
    "Truncated": (Reply(b'{"choices": [{"message": {"role": "assis'), "llm_malformed"),
    "CutOff": (Reply(completion("a whole answer"), cut=40), "llm_deadline"),
    "Markup": (Reply(b"<html><body>Sign in</body></html>"), "llm_malformed"),
    "Nothing": (Reply(b""), "llm_malformed"),
    "TooMuch": (Reply(completion("x" * 10_000_000)), "llm_malformed"),
    "OtherShape": (Reply({"choices": [{"message": {"content": ["a", "b"]}}]}), "llm_malformed"),
    "Speechless": (Reply(completion("")), "llm_invalid_answer"),
    "Refused": (Reply({"error": {"message": "no"}}, 400), "llm_refused"),
    "TooLong": (Reply({"error": {"message": "context length"}}, 400), "llm_context_too_long"),
    "Withheld": (Reply(completion("", finish="content_filter")), "llm_filtered"),
}
"""What the server does, for ever, to requests about a document → why its rewrite is rejected."""
FROM_SOMEBODY_ELSE = "OtherName"


def script(body: dict[str, Any], number: int) -> Any:
    """A server that treats each document in its own way."""
    found = re.search(r"Chronicle of (\w+)", json.dumps(body))
    if len(body["messages"]) < 2 or not found:
        return good(body, number)
    name = found[1]
    if name in OUTCOMES:
        return OUTCOMES[name][0]
    more: dict[str, Any] = {"id": "the same id for all"}
    if name == FROM_SOMEBODY_ELSE:
        more["model"] = "somebody else"
    text = re.search(r"stands (\d+) cm", json.dumps(body))
    assert text
    return completion(f"<rewrite>{FILLER.format(n=text[1])}</rewrite>", **more)


def test_every_fault_ends_as_the_recipe_says_and_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        admission, "BREAK_AFTER", 10**6
    )  # each fault by itself; it has its own tests
    documents = tmp_path / "documents"
    documents.mkdir()
    names = [*OUTCOMES, FROM_SOMEBODY_ELSE, *(f"Healthy{n}" for n in range(HEALTHY))]
    for number, name in enumerate(names):
        text = f"Chronicle of {name}. {FILLER.format(n=number + 11)}"
        (documents / f"{name}.txt").write_text(text)
    server = Threaded(script)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(url=server.server.url, documents=documents))
    started = time.monotonic()
    run(load_recipe(str(recipe)), str(tmp_path / "out"))
    assert time.monotonic() - started < 30

    about = {
        passage["id"]: re.findall(r"Chronicle of (\w+)", passage["text"])[0]
        for passage in open_dataset(str(tmp_path / "out" / "passage")).rows()
    }
    rejects = open_dataset(str(tmp_path / "out" / "reject" / "rewrites")).rows()
    reasons = {about[row["input_id"]]: row["reason"] for row in rejects}
    wanted = {name: reason for name, (_, reason) in OUTCOMES.items()}
    assert {name: reasons.get(name) for name in wanted} == wanted
    others = [reason for name, reason in reasons.items() if name not in OUTCOMES]
    assert not [reason for reason in others if reason.startswith("llm_")]

    figures = json.loads((tmp_path / "out" / "figures.json").read_text())["stages"]
    (rewrites,) = (row for row in figures if row["stage"] == "rewrites")
    assert rewrites["rejected"]["llm_malformed"] == 5
    counts = rewrites["usage"]["rewriter|default"]
    assert counts["sent"] == len(server.rewrites)
    assert counts["throttled"] >= 3 and counts["failed"] >= 10 and counts["repaired"] >= 1
    assert counts["other_model"] == 1 and counts["repeated_id"] >= HEALTHY
    print_figures(str(tmp_path / "out"))
    table = capsys.readouterr().out
    for told in ("429s", "failed", "repairs", "other model", "repeated id", "llm_malformed 5"):
        assert told in table


def test_a_key_that_is_withdrawn_stops_the_run_which_goes_on_with_another(tmp_path: Path) -> None:
    withdrawn = {"yes": True}

    def until_withdrawn(body: dict[str, Any], number: int) -> Any:
        asked = len(body["messages"]) > 1
        if asked and withdrawn["yes"] and number > 9:
            return Reply({"error": {"message": "key withdrawn"}}, 401)
        return good(body, number)

    with run_of(tmp_path, until_withdrawn) as (server, command):
        started = time.monotonic()
        done = execute(command)
        assert done.returncode == 1
        assert time.monotonic() - started < 20
        assert "key withdrawn" in done.stderr and "$OPENAI_API_KEY" in done.stderr
        withdrawn["yes"] = False
        answered = server.rewrites[:2]
        done = execute(command)
        assert done.returncode == 0, done.stderr
        assert all(server.rewrites.count(request) == 1 for request in answered)
