"""What an agent record promises: a distinct prompt, a usable toolset, rules that it states."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from factory.agents.authoring import SHAPES
from factory.agents.compose import compose, visible_names
from factory.agents.grammar import GrammarError, Speaker, parse, plain, protect, tidy
from factory.agents.notes import tool_notes, words
from factory.agents.phrases import FORMATS, TONES
from factory.agents.prompts import LAYOUTS
from factory.agents.settings import AgentSettings
from factory.recipe import Recipe
from factory.records import canonical_json
from factory.trajectories.diversity import masked_words, self_bleu
from tests.agents.agentic_line import context, line, real_tool, worlds


def make(index: int, seed: int = 0):
    ctx = context(worlds(), "agents", f"a{index}", Recipe(seed=seed))
    return asyncio.run(compose({"id": f"a{index}", "index": index}, ctx))[0]


def test_prompts_are_of_clearly_different_kinds():
    agents = line().rows("agent")
    assert len({a["behaviour"]["layout"] for a in agents}) >= 5
    assert len({a["behaviour"]["tone"] for a in agents}) >= 4
    lengths = sorted(len(a["system_prompt"]) for a in agents)
    assert lengths[-1] > 3 * lengths[0]
    assert len({a["system_prompt"] for a in agents}) == len(agents)


def test_every_policy_is_stated_and_every_rule_names_a_tool_the_agent_has():
    stated = 0
    for agent in line().rows("agent"):
        names = {entry["name"] for entry in agent["behaviour"]["visible_names"]}
        for policy in agent["policies"]:
            assert policy["text"] in agent["system_prompt"]
        rules = agent["behaviour"]["rules"]
        for name in [*rules["confirm"], *rules["forbid"]]:
            assert name in names
            assert name in agent["system_prompt"]
            stated += 1
        assert not set(rules["confirm"]) & set(rules["forbid"])
    assert stated


def test_no_two_tools_of_an_agent_share_a_name():
    for agent in line().rows("agent"):
        names = [entry["name"].lower() for entry in agent["behaviour"]["visible_names"]]
        assert len(set(names)) == len(names) == len(agent["tools"])
    same = [real_tool("search", "exa"), real_tool("search", "brave"), real_tool("find", "exa")]
    prefixes = dict(zip((t["id"] for t in same), ("exa", "brave", "exa"), strict=True))
    assert sorted(visible_names(same, prefixes).values()) == [
        "brave__search",
        "exa__search",
        "find",
    ]


def test_long_clashing_names_stay_legal_and_distinct():
    tools = [real_tool("x" * 64, "a"), real_tool("X" * 64, "b")]
    names = visible_names(tools, {tool["id"]: "server" for tool in tools})
    assert len({name.lower() for name in names.values()}) == 2
    assert all(len(name) <= 64 for name in names.values())


def test_distractors_are_of_no_use_to_the_agents_work():
    store = line().store
    carried = 0
    for agent in line().rows("agent"):
        settings = AgentSettings()
        assert settings.tools_min <= len(agent["tools"]) <= settings.tools_max
        for tool_id in agent["distractors"]:
            assert store.get("tool", tool_id).get("domain_id") not in agent["domains"]
            carried += 1
    assert carried


def test_same_seed_same_agent_other_seed_another():
    assert canonical_json(make(3)) == canonical_json(make(3))
    assert make(3)["id"] != make(3, seed=1)["id"]


def test_an_unknown_strategy_names_the_key_and_the_allowed_ones():
    with pytest.raises(ValueError, match=r"strategies\.magic: unknown; allowed: one_domain"):
        AgentSettings(strategies={"magic": 1.0})
    with pytest.raises(ValueError, match="tools_min"):
        AgentSettings(tools_min=9, tools_max=4)


def test_no_composition_step_alters_a_bound_value():
    value = "a  odd.. value , with( marks) A apple"
    speaker = Speaker({"x": ("(so|well), it is a {v} .. and {v}",)}, random.Random(1))
    assert plain(speaker.say("x", v=protect(value))).count(value) == 2


def test_articles_and_capitals_are_put_right_around_values():
    assert plain(tidy(f"a {protect('open')} case. then a unit.")) == "An open case. Then a unit."


@pytest.mark.parametrize("template", ["(a|b", "{name", "a)b"])
def test_a_broken_template_is_an_error_not_a_sentence(template):
    with pytest.raises(GrammarError):
        parse(template)


def test_every_layout_says_all_of_the_brief_and_no_prompt_recommends_a_forbidden_tool():
    seen = set()
    for index in range(150):
        agent = make(index)
        behaviour, text = agent["behaviour"], agent["system_prompt"]
        seen.add(behaviour["layout"])
        assert all(policy["text"] in text for policy in agent["policies"])
        assert any(phrase in text for phrase in TONES[behaviour["tone"]])
        for rule in behaviour["format_rules"]:
            assert any(phrase in text for phrase in FORMATS[rule])
        for name in behaviour["rules"]["forbid"]:
            said = "".join(p["text"] for p in agent["policies"]).count(name)
            assert len(re.findall(rf"\b{name}\b", text)) <= said
    assert seen == set(LAYOUTS) == set(SHAPES)


def test_prompts_about_the_same_few_houses_share_little_wording():
    words = [masked_words(make(index)["system_prompt"]) for index in range(150)]
    assert self_bleu(words, random.Random(0), 60) < 0.66


def test_a_prompt_names_a_finder_only_for_an_id_that_it_shows():
    store, checked = worlds(), 0
    for domain_id in store.ids("domain"):
        tools = [t for t in store.kinds["tool"].values() if t.get("domain_id") == domain_id]
        by_name = {tool["name"]: tool for tool in tools}
        for note in tool_notes(tools, {tool["id"]: tool["name"] for tool in tools}):
            for label, finder in note.found_by:
                params = by_name[note.name]["program"]["params"]
                table = next(p["semantic"] for p in params if words(p["name"]) == label)
                returns = by_name[finder]["program"]["returns"].values()
                assert table.removesuffix(".id") in {r.get("table") for r in returns}
                checked += 1
    assert checked > 30


def test_an_article_is_put_right_and_a_code_is_left_alone():
    assert tidy("a hour, a user, an book. A apple") == "An hour, a user, a book. An apple"
    assert tidy("the code WR-9904-A and stair A or B") == "The code WR-9904-A and stair A or B"
