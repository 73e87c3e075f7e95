"""Tools of any domain called with arguments that another generator makes from their inputSchema
alone."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from factory.authors import lone_context
from factory.recipe import parse_recipe
from factory.stage import Reject
from factory.tools.derive import hints, output_schema
from factory.tools.mcp_style import mcp_server
from factory.tools.prove import prove
from factory.tools.synthesise import bodies
from factory.worlds.domains import bind_domain
from factory.worlds.interpreter import MAX_STEPS, execute
from factory.worlds.programs import leaf_params
from factory.worlds.sampler import sample_state
from factory.worlds.specs import domain_names, load_specs

SPECS = Path(__file__).parents[2] / "tool_specs"
RECIPE = parse_recipe(
    {"stages": ["domains", "tools"], "tools": {"variants_per_domain": 30},
     "mcp_style": {"count": 100, "bound_share": 1.0}}
)  # fmt: skip


class Domains:
    """A store of domains only."""

    def __init__(self, domains):
        self.domains = {domain["id"]: domain for domain in domains}

    def ids(self, kind):
        return list(self.domains)

    def get(self, kind, record_id):
        return self.domains[record_id]


def bound(names):
    """The domain records of these names."""
    known = domain_names(SPECS)
    specs = load_specs(SPECS, sorted({known[name] for name in names})).domains
    found = []
    for spec in specs:
        if spec["domain"]["name"] in names:
            ctx = lone_context(record_id=spec["key"], stage="domains")
            (domain,) = asyncio.run(bind_domain(spec, ctx))
            assert not isinstance(domain, Reject), domain
            found.append(domain)
    return found


def synthetic(domain, count, rng):
    """Tools of a domain drawn among all it may give, authored and evolved; of those, the proven."""
    ctx = lone_context(recipe=RECIPE, record_id=domain["id"], stage="tools")
    made = [body for _, body in bodies(domain, ctx)]
    states = [sample_state(domain["world"], random.Random(n)) for n in range(3)]
    for body in rng.sample(made, min(count, len(made))):
        proof = prove(body, domain["world"], states, random.Random(1), patience=300)
        assert proof.failure is None or proof.failure[0] in ("no_success", "unreachable_error")
        if proof.failure is None:
            yield domain["world"], body


def in_style_of_a_server(domains, servers, rng):
    """The tools of servers over these domains, with the outputs and hints that the server leaves
    out."""
    ctx = lone_context(recipe=RECIPE, store=Domains(domains), stage="tools")
    worlds = {domain["id"]: domain["world"] for domain in domains}
    for number in rng.sample(range(10_000), servers):
        for tool in asyncio.run(mcp_server({"id": f"s{number}", "index": number, "size": 5}, ctx)):
            if isinstance(tool, Reject):
                continue
            world = worlds[tool["domain_id"]]
            yield (
                world,
                {
                    **tool,
                    "outputSchema": output_schema(tool["program"], world),
                    "annotations": hints(tool["program"], world, tool["name"]),
                },
            )


def drawn(count, domains, seed):
    """[(world, tool)]: so many tools of so many domains, all drawn at random."""
    rng = random.Random(seed)
    chosen = bound(set(rng.sample(sorted(domain_names(SPECS)), domains)))
    styled = list(in_style_of_a_server(chosen, -(-count // 20), rng))
    each = -(-count // len(chosen)) + 1
    own = [pair for domain in chosen for pair in synthetic(domain, each, rng)]
    kept = min(len(styled), count // 5)
    return rng.sample(styled, kept) + rng.sample(own, min(len(own), count - kept))


def with_ids(arguments, params, state, rng):
    """The arguments with some ids that exist: a schema cannot say which do."""
    made = dict(arguments)
    for param in params:
        value = made.get(param["name"])
        table, _, field = str(param["semantic"]).partition(".")
        ids = state.ids(table) if table in state.tables() else []
        if not ids:
            continue
        if isinstance(value, str) and field == "id":
            made[param["name"]] = rng.choice(ids)
        elif isinstance(value, list) and field == "ids":
            made[param["name"]] = rng.sample(ids, min(len(ids), len(value)))
    return made


def exercise(world, tool, calls, seen):
    """Calls a tool with arguments generated from its inputSchema; every second call with ids that
    exist in the world."""
    program = tool["program"]
    state = sample_state(world, random.Random(3))
    declared = {error["code"] for error in program["errors"]}
    returned = jsonschema.Draft202012Validator(
        tool["outputSchema"], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )

    @seed(5)
    @settings(
        max_examples=calls,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(from_schema(tool["inputSchema"]), st.integers(0, 999))
    def call(arguments, number):
        rng = random.Random(number)
        if number % 2:
            arguments = with_ids(arguments, program["params"], state, rng)
        mark, before = state.mark(), state.hash()
        outcome = execute(program, state, arguments)
        seen["ok" if outcome.ok else "refused"] += 1
        assert outcome.steps <= MAX_STEPS
        if outcome.ok:
            returned.validate(outcome.value)
            assert not tool["annotations"]["readOnlyHint"] or state.hash() == before
            if tool["annotations"]["idempotentHint"]:
                once = state.hash()
                execute(program, state, arguments)
                assert state.hash() == once, (tool["name"], arguments)
        else:
            assert outcome.error.code in declared, (tool["name"], arguments, outcome.error)
            assert state.hash() == before
        state.rollback(mark)

    call()
    seen["tools"] += 1
    seen[tool["origin"]] += 1
    seen[tool["evolution"]["step"]] += 1


def test_arguments_of_an_independent_generator_meet_only_declared_errors():
    seen = Counter()
    for world, tool in drawn(60, domains=8, seed=41):
        exercise(world, tool, 8, seen)
    assert seen["tools"] == 60, seen
    assert min(seen["ok"], seen["refused"]) > 50, seen
    assert min(seen["mcp_style"], seen["bind"]) > 5, seen


@pytest.mark.slow
def test_five_hundred_tools_of_all_domains_twenty_calls_each():
    seen = Counter()
    for world, tool in drawn(500, domains=120, seed=int(os.environ.get("DRAW", "7"))):
        exercise(world, tool, 20, seen)
    print(dict(seen))
    assert seen["tools"] == 500, seen
    assert min(seen["ok"], seen["refused"]) > 1000, seen
    assert len([step for step in RECIPE.tools.steps if seen[step]]) >= 8, seen


def test_the_sample_has_nested_and_list_params():
    tools = [tool for _, tool in drawn(80, domains=8, seed=4)]
    kinds = {p["type"] for tool in tools for p in tool["program"]["params"]}
    assert {"string", "array", "object"} <= kinds
    assert any(len(list(leaf_params(tool["program"]["params"]))) >= 5 for tool in tools)
