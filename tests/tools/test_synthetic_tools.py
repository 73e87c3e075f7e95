"""The synthetic repository: counts, names, derived schemas against behaviour, honest hints."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter

import jsonschema
import pytest

from factory.authors import lone_context
from factory.records import problems
from factory.tools.draw import draw_arguments
from factory.tools.graph import needs, producers, yields
from factory.tools.naming import sanitised_name
from factory.tools.synthesise import synthesise
from factory.worlds.interpreter import execute
from factory.worlds.sampler import sample_state

VALIDATOR = jsonschema.Draft202012Validator


def each_tool(repository):
    for domain, tools, _ in repository:
        for tool in tools:
            yield domain, tool


def test_there_are_enough_proven_tools_and_few_fail(repository):
    tools = sum(len(tools) for _, tools, _ in repository)
    rejects = [reject.detail for _, _, rejects in repository for reject in rejects]
    assert tools >= 220
    assert len(rejects) <= tools * 0.02, rejects


def test_names_are_legal_unique_and_keep_the_original(repository):
    for _, tools, _ in repository:
        names = [tool["name"] for tool in tools]
        assert len(set(names)) == len(names)
        for tool in tools:
            assert re.fullmatch(r"[A-Za-z0-9_]{1,64}", tool["name"])
            assert re.sub(r"[-.]", "_", tool["original_name"]) == tool["name"]
    styles = Counter(
        "-" if "-" in t["original_name"] else "." if "." in t["original_name"] else "plain"
        for _, t in each_tool(repository)
    )
    assert min(styles.values()) > 10


def test_a_name_that_clashes_or_is_too_long_is_made_unique():
    first = sanitised_name("a-b")
    second = sanitised_name("a.b", {first})
    long = sanitised_name("x" * 90)
    assert first == "a_b"
    assert second != first
    assert sanitised_name("a.b", {first, second}) not in {first, second}
    assert len(long) == 64
    assert long != sanitised_name("x" * 91)
    assert re.fullmatch(r"[A-Za-z0-9_]{1,64}", sanitised_name("查询"))


def test_every_tool_is_a_valid_record_with_a_full_proof(repository):
    for _, tool in each_tool(repository):
        assert problems("tool", tool) == []
        VALIDATOR.check_schema(tool["inputSchema"])
        VALIDATOR.check_schema(tool["outputSchema"])
        assert tool["proof"]["successes"] > 0
        assert sorted(tool["proof"]["errors_declared"]) == tool["proof"]["errors_reached"]
        assert tool["proof"]["output_valid"]
        for param in tool["inputSchema"].get("properties", {}).values():
            assert param["description"]
        assert len(tool["description"]) >= 10
        assert "{" not in tool["description"]


def mutated(arguments, properties, rng):
    """The arguments with one thing changed, for better or worse."""
    changed = dict(arguments)
    name = rng.choice([*properties, "extra_param"])
    if rng.random() < 0.3:
        changed.pop(name, None)
    else:
        changed[name] = rng.choice(
            ["", "text", 0, 3, 3.0, 2.5, -1, 10**7, True, None, [], {}, "2026-04-31", "2026-04-30"]
        )
    return changed


def test_the_input_schema_accepts_exactly_what_the_interpreter_accepts(repository):
    rng = random.Random(23)
    formats = jsonschema.FormatChecker(("date",))
    accepted = refused = 0
    for domain, tools, _ in repository:
        state = sample_state(domain["world"], random.Random(1))
        for tool in tools:
            schema = VALIDATOR(tool["inputSchema"], format_checker=formats)
            properties = list(tool["inputSchema"].get("properties", {}))
            for _ in range(12):
                arguments = draw_arguments(tool["program"], state, domain["world"], rng)
                assert schema.is_valid(arguments), (tool["name"], arguments)
                arguments = mutated(arguments, properties, rng)
                mark = state.mark()
                outcome = execute(tool["program"], state, arguments)
                state.rollback(mark)
                ours = outcome.ok or outcome.error.code != "invalid_arguments"
                assert ours == schema.is_valid(arguments), (tool["name"], arguments, outcome)
                accepted, refused = accepted + ours, refused + (not ours)
    assert min(accepted, refused) > 500


def test_results_and_hints_hold_on_states_the_proof_never_saw(repository):
    rng = random.Random(29)
    seen = Counter()
    for domain, tools, _ in repository:
        world = domain["world"]
        for tool in tools:
            state = sample_state(world, random.Random(1000 + seen["tools"] % 7))
            seen["tools"] += 1
            hints, output = tool["annotations"], VALIDATOR(tool["outputSchema"])
            declared = set(tool["proof"]["errors_declared"])
            for attempt in range(8):
                arguments = draw_arguments(tool["program"], state, world, rng)
                before, rows = state.hash(), row_count(state)
                outcome = execute(tool["program"], state, arguments)
                if not outcome.ok:
                    assert outcome.error.code in declared
                    assert state.hash() == before
                    continue
                seen["ok"] += 1
                if attempt < 2:
                    assert output.is_valid(outcome.value), tool["name"]
                if hints["readOnlyHint"]:
                    assert state.hash() == before
                if row_count(state) < rows:
                    assert hints["destructiveHint"]
                if hints["idempotentHint"]:
                    once = state.hash()
                    execute(tool["program"], state, arguments)
                    assert state.hash() == once, tool["name"]
    assert seen["ok"] > 1000


def row_count(state):
    return sum(len(state.ids(table)) for table in state.tables())


def test_reads_and_writes_are_both_common_and_verbs_are_many(repository):
    reads = Counter(tool["annotations"]["readOnlyHint"] for _, tool in each_tool(repository))
    share = reads[True] / sum(reads.values())
    assert 0.3 < share < 0.6
    assert len({tool["verb"] for _, tool in each_tool(repository)}) >= 10


def test_every_id_that_a_tool_needs_can_be_looked_up(repository):
    for domain, tools, _ in repository:
        for tool in tools:
            for semantic in needs(tool):
                sources = producers(semantic, tools, domain["world"])
                assert sources, (domain["name"], tool["name"], semantic)
                assert all(source["annotations"]["readOnlyHint"] for source in sources)
                assert not needs(sources[0]), (domain["name"], tool["name"], semantic)
                assert semantic in yields(sources[0], domain["world"])


def test_the_same_domain_gives_the_same_tools(repository):
    domain, tools, _ = repository[0]
    ctx = lone_context(record_id=domain["id"], stage="tools")
    again = asyncio.run(synthesise(domain, ctx))
    assert [tool["id"] for tool in again] == [tool["id"] for tool in tools]


@pytest.mark.parametrize("mechanic", ["booking", "ledger", "lending", "casework"])
def test_two_domains_of_one_archetype_read_differently(repository, mechanic):
    described = [
        {tool["description"] for tool in tools}
        for domain, tools, _ in repository
        if mechanic in domain["archetypes"]
    ]
    for first, second in zip(described, described[1:], strict=False):
        assert len(first & second) / min(len(first), len(second)) < 0.2
