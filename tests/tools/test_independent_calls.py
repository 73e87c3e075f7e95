"""Tools called with arguments that another generator makes from their inputSchema alone; schemas
read by another validator (npm ajv)."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis_jsonschema import from_schema

from factory.worlds.interpreter import execute
from factory.worlds.programs import leaf_params
from factory.worlds.sampler import sample_state
from tests.tools.test_evolution import make

CALLS = 8


@pytest.fixture(scope="module")
def sample(repository):
    """[(world, tool)]: sixty tools drawn at random, authored and evolved."""
    rng = random.Random(41)
    found = []
    for domain, _, _ in rng.sample(repository, 5):
        tools = [tool for tool in make(domain) if isinstance(tool, dict)]
        found += [(domain["world"], tool) for tool in rng.sample(tools, 12)]
    return found


def exercise(world, tool, seen):
    """Calls a tool with arguments generated from its inputSchema."""
    state = sample_state(world, random.Random(3))
    declared = set(tool["proof"]["errors_declared"])

    @seed(5)
    @settings(
        max_examples=CALLS,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(from_schema(tool["inputSchema"]))
    def call(arguments):
        mark, before = state.mark(), state.hash()
        outcome = execute(tool["program"], state, arguments)
        seen[outcome.ok] += 1
        if outcome.ok:
            assert not tool["annotations"]["readOnlyHint"] or state.hash() == before
        else:
            assert outcome.error.code in declared, (tool["name"], arguments, outcome.error)
            assert state.hash() == before
        state.rollback(mark)

    call()


def test_arguments_of_an_independent_generator_meet_only_declared_errors(sample):
    seen = Counter()
    for world, tool in sample:
        exercise(world, tool, seen)
    assert min(seen[True], seen[False]) > 50, seen


def test_the_sample_has_nested_and_list_params(sample):
    kinds = {p["type"] for _, tool in sample for p in tool["program"]["params"]}
    assert {"string", "array", "object"} <= kinds
    assert any(len(list(leaf_params(t["program"]["params"]))) >= 5 for _, t in sample)


AJV = """
const Ajv = require("ajv/dist/2020"), formats = require("ajv-formats");
const tools = JSON.parse(require("fs").readFileSync(0));
let bad = 0;
for (const tool of tools) for (const key of ["inputSchema", "outputSchema"]) {
  const ajv = new Ajv({strict: false, allErrors: true}); formats(ajv);
  try { ajv.compile(tool[key]); } catch (e) { bad++; console.log(tool.name, key, e.message); }
}
console.log("bad " + bad);
"""


@pytest.mark.slow
def test_ajv_accepts_every_schema(repository, tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    install = [npm, "install", "--silent", "--ignore-scripts", "--no-audit", "ajv@8",
               "ajv-formats@3"]  # fmt: skip
    if subprocess.run(install, cwd=tmp_path, timeout=180, check=False).returncode:
        pytest.skip("npm cannot install ajv here")
    tools = [tool for domain, _, _ in repository for tool in make(domain) if isinstance(tool, dict)]
    assert len(tools) > 400
    (tmp_path / "check.js").write_text(AJV)
    done = subprocess.run(
        ["node", "check.js"], cwd=tmp_path, input=json.dumps(tools), capture_output=True, text=True
    )
    assert done.stdout.strip() == "bad 0", done.stdout + done.stderr
