"""Evolution: recorded steps that give really different programs which keep their promises."""

from __future__ import annotations

import asyncio
import copy
import random
from collections import Counter

import jsonschema
import pytest

from factory.authors import lone_context
from factory.recipe import parse_recipe
from factory.records import problems
from factory.stage import Reject
from factory.tools.draw import draw_arguments
from factory.tools.evolve import STEPS, evolve
from factory.tools.settings import EVOLUTION_STEPS
from factory.tools.signature import program_signature
from factory.tools.synthesise import synthesise
from factory.worlds.interpreter import execute
from factory.worlds.sampler import sample_state

VARIANTS = 45
WEIGHTS = dict.fromkeys(EVOLUTION_STEPS, 1.0)
RECIPE = parse_recipe({"stages": ["domains", "tools"], "tools": {"variants_per_domain": VARIANTS}})


def make(domain):
    ctx = lone_context(recipe=RECIPE, record_id=domain["id"], stage="tools")
    return asyncio.run(synthesise(domain, ctx))


@pytest.fixture(scope="module")
def evolved(repository):
    """[(domain, evolved tools, rejects)] of some domains."""
    found = []
    for domain, _, _ in repository[:5]:
        out = make(domain)
        tools = [t for t in out if not isinstance(t, Reject) and t["evolution"]["step"] != "bind"]
        found.append((domain, tools, [t for t in out if isinstance(t, Reject)]))
    return found


def test_every_step_gives_proven_tools_and_few_fail(evolved):
    assert set(STEPS) == set(EVOLUTION_STEPS)
    steps = Counter(t["evolution"]["step"] for _, tools, _ in evolved for t in tools)
    rejects = [reject for _, _, rejects in evolved for reject in rejects]
    assert set(steps) == set(EVOLUTION_STEPS)
    assert len(rejects) <= 0.12 * sum(steps.values()), [r.detail for r in rejects]
    for _, tools, _ in evolved:
        for tool in tools:
            assert problems("tool", tool) == []
            proof = tool["proof"]
            assert proof["successes"] > 0
            assert sorted(proof["errors_declared"]) == proof["errors_reached"]


def test_parents_are_tools_of_the_domain_and_joining_steps_have_two_or_more(evolved):
    for domain, tools, rejects in evolved:
        known = {o["name"] for o in domain["operations"]} | {t["original_name"] for t in tools}
        known |= {reject.record["original_name"] for reject in rejects}
        for tool in tools:
            assert tool["evolution"]["parents"]
            assert set(tool["evolution"]["parents"]) <= known
            if tool["evolution"]["step"] == "merge":
                assert len(tool["evolution"]["parents"]) >= 2


def test_no_evolved_tool_is_a_renamed_copy(evolved):
    for domain, tools, _ in evolved:
        authored = {program_signature(o["program"]) for o in domain["operations"]}
        own = [program_signature(tool["program"]) for tool in tools]
        assert not authored & set(own)
        described = {o["description"] for o in domain["operations"]}
        for tool in tools:
            assert tool["description"] not in described
            assert "{" not in tool["description"]
            assert tool["name"] not in {o["name"] for o in domain["operations"]}


def test_evolved_tools_hold_on_states_and_arguments_the_proof_never_saw(evolved):
    rng = random.Random(31)
    formats = jsonschema.FormatChecker(("date",))
    seen = Counter()
    for domain, tools, _ in evolved:
        state = sample_state(domain["world"], random.Random(77))
        for tool in tools:
            schema = jsonschema.Draft202012Validator(tool["inputSchema"], format_checker=formats)
            output = jsonschema.Draft202012Validator(tool["outputSchema"])
            for _ in range(6):
                arguments = draw_arguments(tool["program"], state, domain["world"], rng)
                assert schema.is_valid(arguments), (tool["name"], arguments)
                mark, before = state.mark(), state.hash()
                outcome = execute(tool["program"], state, arguments)
                if outcome.ok:
                    assert output.is_valid(outcome.value), (tool["name"], outcome.value)
                    assert not tool["annotations"]["readOnlyHint"] or state.hash() == before
                else:
                    assert outcome.error.code in tool["proof"]["errors_declared"]
                    assert state.hash() == before
                    assert "None" not in outcome.error.message, (tool["name"], outcome.error)
                state.rollback(mark)
                seen[tool["evolution"]["step"], outcome.ok] += 1
    assert all(seen[step, True] for step in EVOLUTION_STEPS), seen


def test_a_batch_is_all_or_nothing(evolved):
    tried = 0
    for domain, tools, _ in evolved:
        state = sample_state(domain["world"], random.Random(5))
        for tool in tools:
            param = next((p for p in tool["program"]["params"] if p["type"] == "array"), None)
            if param is None or tool["annotations"]["readOnlyHint"]:
                continue
            rng = random.Random(6)
            for _ in range(40):
                arguments = draw_arguments(tool["program"], state, domain["world"], rng)
                arguments[param["name"]] = arguments[param["name"]][:3]
                mark, before = state.mark(), state.hash()
                works = execute(tool["program"], state, arguments).ok
                state.rollback(mark)
                if not works:
                    continue
                arguments[param["name"]].append("XX-00000")
                outcome = execute(tool["program"], state, arguments)
                assert not outcome.ok
                assert state.hash() == before
                tried += 1
                break
    assert tried >= 3


def test_evolution_depends_on_the_generator_alone_and_leaves_the_domain_as_it_was(repository):
    domain = repository[0][0]
    before = copy.deepcopy(domain)
    first = evolve(domain, 15, WEIGHTS, random.Random(9))
    assert evolve(domain, 15, WEIGHTS, random.Random(9)) == first
    assert evolve(domain, 15, WEIGHTS, random.Random(10)) != first
    assert domain == before
    only = evolve(domain, 5, {"batch": 1.0}, random.Random(1))
    assert {operation["evolution"]["step"] for operation in only} == {"batch"}


def test_without_variants_nothing_evolves(repository):
    domain, tools, _ = repository[0]
    assert {tool["evolution"]["step"] for tool in tools} == {"bind"}
    assert len(make(domain)) == len(domain["operations"]) + VARIANTS
