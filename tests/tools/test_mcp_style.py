"""MCP-style tools follow the measured shape of published servers, defects at a chosen share."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter

import jsonschema
import pytest

from factory.authors import lone_context
from factory.recipe import parse_recipe
from factory.records import problems
from factory.stage import Reject
from factory.tools.mcp_style import mcp_server, server_sizes
from factory.worlds.interpreter import execute
from factory.worlds.sampler import sample_state
from pipelines.sources import McpServers


class Domains:
    """A store that holds some domains."""

    def __init__(self, domains):
        self.domains = {domain["id"]: domain for domain in domains}

    def get(self, kind, record_id):
        return self.domains[record_id]

    def ids(self, kind):
        return tuple(self.domains) if kind == "domain" else ()

    def column(self, kind, name):
        return ()


def make(repository, **settings):
    recipe = parse_recipe({"stages": ["domains", "tools"], "mcp_style": settings})
    source = McpServers(recipe)
    store = Domains([domain for domain, _, _ in repository])
    found = []
    for seed in source.read(0, len(source)):
        ctx = lone_context(recipe=recipe, store=store, record_id=seed["id"], stage="tools")
        found.extend(asyncio.run(mcp_server(seed, ctx)))
    return found


@pytest.fixture(scope="module")
def tools(repository):
    out = make(repository, count=900, bound_share=0.3)
    assert sum(isinstance(item, Reject) for item in out) < 0.05 * len(out)
    return [item for item in out if not isinstance(item, Reject)]


def properties(tools):
    return [p for t in tools for p in t["inputSchema"].get("properties", {}).values()]


def share(found):
    found = list(found)
    return sum(map(bool, found)) / len(found)


def test_they_are_valid_records_with_legal_names_unique_in_their_server(tools):
    seen = set()
    for tool in tools:
        assert problems("tool", tool) == []
        jsonschema.Draft7Validator.check_schema(tool["inputSchema"])
        jsonschema.Draft202012Validator.check_schema(tool["inputSchema"])
        assert (tool["server"], tool["name"]) not in seen
        seen.add((tool["server"], tool["name"]))
        assert re.fullmatch(r"[A-Za-z0-9_]{1,64}", tool["name"])


def test_sizes_have_the_measured_quantiles_and_sum_to_the_count():
    sizes = sorted(server_sizes(7, 20_000))
    assert sum(sizes) == 20_000
    assert [sizes[int(len(sizes) * q)] for q in (0.25, 0.5)] == [2, 4]
    assert 15 <= sizes[int(len(sizes) * 0.9)] <= 24
    assert sizes[-1] <= 68


def test_texts_names_and_schemas_follow_the_measured_shape(tools):
    lengths = sorted(len(tool["description"]) for tool in tools)
    assert 30 <= lengths[len(lengths) // 2] <= 110  # measured 57
    assert 100 <= lengths[int(len(lengths) * 0.9)] <= 700  # measured 359
    assert 0.02 <= share(not tool["description"] for tool in tools) <= 0.09
    assert 0.05 <= share("-" in tool["original_name"] for tool in tools) <= 0.25  # measured 0.12
    assert 0.2 <= share(not p.get("description") for p in properties(tools)) <= 0.55
    assert 1.5 <= len(properties(tools)) / len(tools) <= 3.6  # measured 2.5
    types = Counter(str(p.get("type", "anyOf")) for p in properties(tools))
    assert 0.45 <= types["string"] / types.total() <= 0.75  # measured 0.61
    assert {"string", "number", "integer", "boolean", "array", "anyOf"} <= set(types)
    assert 0.2 <= share("$schema" in tool["inputSchema"] for tool in tools) <= 0.6
    reads = share(tool["verb"] in ("get", "list", "search", "aggregate") for tool in tools)
    assert 0.35 <= reads <= 0.75


def test_tools_over_a_domain_run_and_the_others_have_no_program(tools, repository):
    worlds = {domain["id"]: domain["world"] for domain, _, _ in repository}
    bound = [tool for tool in tools if tool.get("program")]
    assert 0.15 <= len(bound) / len(tools) <= 0.5
    for tool in bound:
        assert tool["proof"]["successes"] > 0
        state = sample_state(worlds[tool["domain_id"]], random.Random(1))
        outcome = execute(tool["program"], state, {"no_such_param": 1})
        assert outcome.error.code == "invalid_arguments"
    for tool in tools:
        if not tool.get("program"):
            assert "proof" not in tool or tool["proof"] is None
            assert not tool.get("domain_id")


def test_without_defects_every_text_is_there(repository):
    clean = make(repository, count=250, bound_share=0.0, defects=0.0)
    assert all(len(tool["description"]) >= 15 for tool in clean)
    assert all(p.get("description") for p in properties(clean))
    assert all(tool["description"].isascii() for tool in clean)


def test_the_same_recipe_gives_the_same_servers(repository):
    first, again = (make(repository, count=60) for _ in range(2))
    assert [getattr(t, "detail", None) or t["id"] for t in first] == [
        getattr(t, "detail", None) or t["id"] for t in again
    ]
