"""A validator of another maker (npm ajv) compiles the schemas of the tools.

K2_RUN=out/k2 python -m pytest -s tests/tools/test_ajv.py     # all tools of a finished run
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from factory.shards import open_dataset
from tests.tools.test_evolution import make

SCHEMAS = ("inputSchema", "outputSchema")
CHECK = """
const formats = require("ajv-formats"), lines = require("readline").createInterface(process.stdin);
const makers = {"2020-12": require("ajv/dist/2020"), "2019-09": require("ajv/dist/2019"),
                "draft-07": require("ajv"), "draft-04": require("ajv-draft-04")};
const fresh = () => Object.fromEntries(Object.entries(makers).map(([draft, Maker]) => {
  const ajv = new (Maker.default || Maker)({strict: false, logger: false});
  formats(ajv);
  return [draft, ajv];
}));
let good = 0, bad = 0, known = fresh();
lines.on("line", (line) => {
  const [tool, schema] = JSON.parse(line);
  const draft = Object.keys(makers).find((d) => (schema.$schema || "").includes(d)) || "2020-12";
  try { known[draft].compile(schema); good++; }
  catch (error) { bad++; console.log(`${tool}: ${error.message}`); }
  known[draft].removeSchema(schema);
  if ((good + bad) % 1000 === 0) known = fresh();
});
lines.on("close", () => console.log(JSON.stringify({good, bad})));
"""


@pytest.fixture(scope="module")
def ajv(tmp_path_factory):
    """Rows (tool, schema) -> (counts, what was said about the bad ones)."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm is not installed")
    home = tmp_path_factory.mktemp("ajv")
    packages = ["ajv@8", "ajv-formats@3", "ajv-draft-04@1"]
    install = [npm, "install", "--silent", "--ignore-scripts", "--no-audit", *packages]
    if subprocess.run(install, cwd=home, timeout=180, check=False).returncode:
        pytest.skip("npm cannot install ajv here")
    (home / "check.js").write_text(CHECK)

    def check(rows):
        with (home / "rows.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        with (home / "rows.jsonl").open(encoding="utf-8") as file:
            done = subprocess.run(
                [node, "check.js"], cwd=home, stdin=file, capture_output=True, text=True, check=True
            )
        *said, counts = done.stdout.splitlines()
        return json.loads(counts), said

    return check


def schemas_of(tools):
    return [
        (f"{tool['origin']} {tool['name']} {which}", tool[which])
        for tool in tools
        for which in SCHEMAS
        if tool.get(which) is not None
    ]


@pytest.mark.slow
def test_ajv_compiles_every_schema(repository, ajv):
    tools = [tool for domain, _, _ in repository for tool in make(domain) if isinstance(tool, dict)]
    rows = schemas_of(tools)
    assert len(rows) > 800
    assert ajv(rows) == ({"good": len(rows), "bad": 0}, [])


@pytest.mark.slow
def test_ajv_knows_a_schema_that_is_none(ajv):
    counts, said = ajv([("lie", {"type": "object", "properties": {"a": {"type": "text"}}})])
    assert counts == {"good": 0, "bad": 1}
    assert said[0].startswith("lie: schema is invalid")


@pytest.mark.slow
@pytest.mark.skipif("K2_RUN" not in os.environ, reason="K2_RUN names no finished run")
def test_ajv_compiles_every_schema_of_a_run(ajv):
    rows = schemas_of(
        open_dataset(f"{os.environ['K2_RUN']}/tool").rows(["name", "origin", *SCHEMAS])
    )
    counts, said = ajv(rows)
    print(counts, *said[:40], sep="\n")
    assert [line for line in said if not line.startswith("real ")] == []
    assert counts["good"] + counts["bad"] == len(rows)
