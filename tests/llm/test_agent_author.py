"""Agents that a model words: all policies in it, nothing invented, or sent back, or rejected."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from factory.agents.authoring import AgentBrief, OfflineAgentAuthor
from factory.agents.brief import Brief
from factory.agents.compose import compose
from factory.agents.llm import LlmAgentAuthor
from factory.agents.prompts import LAYOUTS
from factory.agents.wording import states, wording_failure
from factory.authors import lone_context
from factory.llm.asker import Asker
from factory.recipe import parse_recipe
from factory.stage import Reject
from tests.agents.agentic_line import worlds
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer, completion

POLICIES = [
    {"code": "a", "text": "A booking is cancelled at most 2 days before its date."},
    {"code": "b", "text": "Ask the user before you call cancel_trip and plan_trip."},
    {"code": "c", "text": "Never use drop_member; that is for the back office."},
]
BRIEF = AgentBrief(
    Brief(
        "Wren",
        "a clerk of a rowing club",
        "Pontoon",
        "A club.",
        "plain",
        ("iso_dates", "short"),
        POLICIES,
        ["x"],
    ),
    "paragraph",
    [(name, "A tool.") for name in ("plan_trip", "cancel_trip", "drop_member", "findBoats")],
    random.Random(1),
    1,
)
GOOD = (
    "You are Wren and keep the boat book of the Pontoon club. A booking may be cancelled 2 days "
    "before its date at most, later ones stand. Before you call plan_trip or cancel_trip, ask the "
    "user whether to go ahead. The tool drop_member is for the back office: never use it. Look "
    "things up with findBoats rather than guess. Write all dates as YYYY-MM-DD, and keep a reply "
    "as short as the facts allow."
)


def failure(text: str, role: str = "a clerk of the club") -> str:
    """The reason for which a prompt is refused, or nothing."""
    found = wording_failure({"role": role, "system_prompt": text}, BRIEF)
    return found.reason if found else ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD, ""),
        (GOOD.replace("2 days", "3 days"), "author_policy_missing"),
        (GOOD.replace("2 days", "some days"), "author_policy_missing"),
        (GOOD.replace("plan_trip or ", ""), "author_policy_missing"),
        (GOOD.replace(": never use it", ", use it freely"), "author_policy_missing"),
        (GOOD.replace("as YYYY-MM-DD", "in words"), "author_style_missing"),
        (GOOD.replace("findBoats", "searchBoats"), "author_tool_invented"),
        (GOOD + " Use `refund` for refunds.", "author_tool_invented"),
        (GOOD + " Call get_weather first.", "author_tool_invented"),
        (GOOD + " The office opens at 9.", "author_number_invented"),
        (GOOD + " Greet people as {name}.", "author_placeholder"),
        (GOOD + " You work for [Company name].", "author_placeholder"),
        (GOOD * 14, "author_bad_length"),
        ("You are Wren.", "author_bad_length"),
        ("1. You are Wren.\n2. " + GOOD.replace(". ", ".\n- "), ""),
    ],
)
def test_a_prompt_says_all_policies_and_invents_nothing(text: str, reason: str) -> None:
    assert failure(text) == reason


def test_our_own_prompts_would_pass_their_check() -> None:
    """The check is no harder on a model than on our grammar, in any layout."""
    for layout in LAYOUTS:
        for seed in range(6):
            brief = AgentBrief(BRIEF.brief, layout, BRIEF.tools, random.Random(seed), 1)
            answer = asyncio.run(OfflineAgentAuthor().write(brief, lambda answer: None))
            found = wording_failure(answer, brief)
            assert found is None or found.reason == "author_bad_length", (layout, found)


def test_a_policy_is_not_stated_by_its_opposite() -> None:
    policy = "Nobody borrows more than 4 books at a time."
    assert states("No reader may borrow more than 4 books at one time.", policy)
    assert not states("Readers may borrow 4 books and more at a time.", policy)
    assert not states("Nobody borrows more than 5 books at a time.", policy)


def composed(client_for: Any, script: Any) -> tuple[Any, list[Any]]:
    """(what the agents stage made of one seed, the requests)."""
    recipe = parse_recipe(
        {
            "authors": {"agent_author": "llm"},
            "models": {"default": {"name": "scripted", "endpoints": [{"url": "http://none"}]}},
        }
    )

    home = worlds()

    async def go() -> Any:
        async with ScriptedServer(script) as server:
            client = client_for(server.url)
            author = LlmAgentAuthor(Asker(client, "m", errand()))
            ctx = lone_context(
                recipe=recipe,
                store=home,
                record_id="seed",
                stage="agents",
                authors={"agent_author": author},
            )
            (made,) = await compose({"id": "seed", "index": 0}, ctx)
            await client.close()
            return made, server.requests

    return asyncio.run(go())


def faithful(body: dict[str, Any]) -> str:
    """A prompt made of the policies that the request lists."""
    asked = body["messages"][1]["content"]
    block = asked.partition('name="policies">\n')[2].partition("\n</data")[0]
    style = asked.partition("How its answers should be: ")[2].partition("\n")[0]
    return f"You look after the house's books, with care. {GREET} {style}\n{block}"


GREET = "Ask for what is missing, look up what you do not know, and report failures as they are."


def test_a_good_agent_is_kept_with_its_author(client_for: Any) -> None:
    made, requests = composed(
        client_for,
        lambda b, n: completion({"role": "a careful clerk", "system_prompt": faithful(b)}),
    )
    assert made["lineage"]["author"] == "llm:scripted+agent_author@1"
    assert made["role"] == "a careful clerk"
    assert GREET in made["system_prompt"]
    for policy in made["policies"]:
        assert policy["text"] in made["system_prompt"]
    assert len(requests) == 1


def test_an_agent_is_repaired_then_kept(client_for: Any) -> None:
    def script(body: dict[str, Any], n: int) -> Any:
        if n == 1:
            return completion({"system_prompt": "x"})
        more = " Use `summon_umpire` at will." if n == 2 else ""
        return completion({"role": "a careful clerk", "system_prompt": faithful(body) + more})

    made, requests = composed(client_for, script)
    assert not isinstance(made, Reject)
    assert len(requests) == 3
    assert "'role' is a required property" in requests[1]["messages"][-1]["content"]
    assert "the agent has no summon_umpire" in requests[2]["messages"][-1]["content"]


def test_a_hopeless_agent_is_rejected_never_replaced(client_for: Any) -> None:
    made, requests = composed(
        client_for,
        lambda b, n: completion(
            {"role": "a careful clerk", "system_prompt": faithful(b) + " Refunds take 90 days."}
        ),
    )
    assert isinstance(made, Reject)
    assert made.reason == "author_number_invented"
    assert len(requests) == 3
