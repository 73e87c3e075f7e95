"""The roles that a model fills: what it is shown, and what is made of what it says."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from factory.llm.asker import Asker
from factory.llm.errors import ModelFailed
from factory.llm.profile import Profile
from factory.rephrase.author import RewriteRequest
from factory.rephrase.llm import LlmRewriter, LlmTranslator
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.tasks.proof.checks import Evidence
from factory.trajectories.authors import AgentView, Script, UserView
from factory.trajectories.llm import LlmAgent, LlmJudge, LlmUser
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer, completion

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find",
            "description": "Finds a boat.",
            "parameters": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
    }
]
TALK = [
    {"role": "system", "content": "You are a clerk.", "train": False},
    {"role": "user", "content": "Where is the Gannet?", "train": False},
    {
        "role": "assistant",
        "content": "",
        "train": True,
        "tool_calls": [
            {
                "id": "functions.find:0",
                "type": "function",
                "function": {"name": "find", "arguments": {"name": "Gannet"}},
            }
        ],
    },
    {
        "role": "tool",
        "content": '{"berth": 7}',
        "tool_call_id": "functions.find:0",
        "name": "find",
        "train": False,
    },
]
AGENDA = {
    "slots": [
        {"name": "s1", "label": "boat", "value": "Gannet", "said": "Gannet", "reveal": "opening"},
        {"name": "s2", "label": "day", "value": "2026-05-04", "said": "May 4", "reveal": "ask"},
    ],
    "goals": [{"act": "move the Gannet", "ask": ""}],
    "agrees": True,
    "thanks": True,
}


def play(client_for: Any, script: Any, use: Any, profile: Profile | None = None) -> tuple[Any, Any]:
    """(what `use(asker)` returned or raised, the requests)."""

    async def go() -> tuple[Any, Any]:
        async with ScriptedServer(script) as server:
            client = client_for(server.url, repairs=1)
            if profile:
                client.endpoints["m"].all[0].profile = profile
            try:
                outcome = await use(Asker(client, "m", errand()))
            except ModelFailed as error:
                outcome = error
            await client.close()
            return outcome, server.requests

    return asyncio.run(go())


def view_of_agent() -> AgentView:
    agent = {"system_prompt": "You are a clerk."}
    script = Script([], [], {}, "", "")
    return AgentView(agent, TALK, TOOLS, "expert", script, {}, {}, random.Random(1))


def view_of_user() -> UserView:
    persona = {"register": "terse", "background": "at sea", "patience": 3}
    messages = [*TALK[:2], {"role": "assistant", "content": "On which day?"}]
    return UserView(AGENDA, persona, messages, {}, {}, random.Random(1))


CALL = completion(
    None,
    finish="tool_calls",
    message={
        "tool_calls": [
            {
                "id": "x",
                "type": "function",
                "function": {"name": "find", "arguments": '{"name": "Gannet"}'},
            }
        ]
    },
)


def test_the_agent_sees_the_chat_as_its_server_would_and_its_calls_come_back(
    client_for: Any,
) -> None:
    turn, (body,) = play(client_for, lambda b, n: CALL, lambda a: LlmAgent(a).act(view_of_agent()))
    assert turn.calls == [("find", {"name": "Gannet"})]
    assert body["tools"] == TOOLS
    assert [m["role"] for m in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][0]["content"].startswith("You are a clerk.")
    assert body["messages"][2]["tool_calls"][0]["function"]["arguments"] == '{"name": "Gannet"}'
    assert "train" not in body["messages"][1]


def test_an_endpoint_without_tools_gets_them_in_words(client_for: Any) -> None:
    said = completion({"text": "", "calls": [{"name": "find", "arguments": {"name": "Tern"}}]})
    turn, (body,) = play(
        client_for,
        lambda b, n: said,
        lambda a: LlmAgent(a).act(view_of_agent()),
        Profile(tools=False),
    )
    assert turn.calls == [("find", {"name": "Tern"})]
    assert "tools" not in body
    roles = [m["role"] for m in body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert '"Finds a boat."' in body["messages"][0]["content"]
    turn, _ = play(
        client_for,
        lambda b, n: completion("It lies at berth 7."),
        lambda a: LlmAgent(a).act(AgentView(**{**vars(view_of_agent()), "rng": random.Random(2)})),
        Profile(tools=False),
    )
    assert (turn.text, list(turn.calls)) == ("It lies at berth 7.", [])


@pytest.mark.parametrize("arguments", ["{not json", "[1]", '"text"', '{"a": 1, "a": 2}'])
def test_calls_that_cannot_be_read_are_sent_back_then_rejected(
    client_for: Any, arguments: str
) -> None:
    bad = json.loads(json.dumps(CALL))
    bad["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = arguments
    outcome, requests = play(
        client_for, lambda b, n: bad, lambda a: LlmAgent(a).act(view_of_agent())
    )
    assert outcome.reason == "llm_invalid_answer"
    assert len(requests) == 2


def test_the_user_reveals_what_it_says_whatever_it_claims(client_for: Any) -> None:
    answer = {"thinking": "It asks for the day.", "text": "may 4", "leave": False}
    reply, (body,) = play(
        client_for, lambda b, n: completion(answer), lambda a: LlmUser(a).reply(view_of_user())
    )
    assert (reply.text, reply.slots) == ("may 4", ["s2"])
    assert body["response_format"]["json_schema"]["name"] == "user"
    assert "berth" not in json.dumps(body["messages"]), "tool results are not the user's to see"


def test_a_planned_message_goes_out_as_it_is_written_and_once(client_for: Any) -> None:
    later = [{"kind": "follow_up", "on": "report", "text": "And the Tern?", "slots": ["s2"]}]
    view = UserView(**{**vars(view_of_user()), "agenda": {**AGENDA, "later": later}})
    said = {"thinking": "It reports.", "text": "", "say_planned": True, "leave": False}

    async def use(asker: Asker) -> Any:
        return [await LlmUser(asker).reply(view), await LlmUser(asker).reply(view)]

    def script(body: Any, n: int) -> Any:
        return completion(said if n == 1 else {**said, "leave": True})

    (first, second), _ = play(client_for, script, use)
    assert (first.text, first.kind, first.slots) == ("And the Tern?", "follow_up", ["s2"])
    assert second.text is None


def test_a_user_may_leave_but_not_say_nothing(client_for: Any) -> None:
    leave = {"thinking": "Done.", "text": "", "leave": True}
    reply, _ = play(
        client_for, lambda b, n: completion(leave), lambda a: LlmUser(a).reply(view_of_user())
    )
    assert reply.text is None
    empty = {"thinking": "?", "text": " ", "leave": False}
    outcome, _ = play(
        client_for,
        lambda b, n: completion(empty),
        lambda a: LlmUser(a).reply(UserView(**{**vars(view_of_user()), "rng": random.Random(9)})),
    )
    assert outcome.reason == "llm_invalid_answer"


def test_the_judge_scores_what_no_program_can_and_cites_messages_that_exist(
    client_for: Any,
) -> None:
    def verdict(message: int) -> Any:
        finding = {"reason": "as said", "message": message, "score": 0.5}
        return completion(dict.fromkeys(("honest", "complete", "economical", "readable"), finding))

    task = {"opening": "Where is the Gannet?", "agenda": AGENDA}
    evidence = Evidence(TALK, [])

    async def use(asker: Asker) -> Any:
        return await LlmJudge(asker).review(TOOLS, evidence, task)

    rows, _ = play(client_for, lambda b, n: verdict(99 if n == 1 else 3), use)
    assert [item["id"] for item, _ in rows] == ["honest", "complete", "economical", "readable"]
    assert {(score.score, score.evidence) for _, score in rows} == {(0.5, 3)}


def test_the_rewriter_gets_invariant_parts_first(client_for: Any) -> None:
    excerpt = "The tide turns at six. " * 20 + "Boats leave at seven."
    reading = Reading(STYLES["notes"], PERSPECTIVES["teacher"])

    def request(start: int, written: str) -> RewriteRequest:
        return RewriteRequest(
            reading, "Tides", excerpt, start, start + 22, written, random.Random(start)
        )

    async def use(asker: Asker) -> Any:
        author = LlmRewriter(asker)
        first = await author.rewrite(request(0, ""))
        return author.label, first, await author.rewrite(request(23, first))

    outcome, (one, two) = play(
        client_for, lambda b, n: completion(f"<rewrite>\nPiece {n}.\n</rewrite>"), use
    )
    assert outcome == ("llm:scripted+rewriter@1", "Piece 1.", "Piece 2.")
    assert one["messages"][0] == two["messages"][0]
    first, second = one["messages"][1]["content"], two["messages"][1]["content"]
    shared = next(i for i, (x, y) in enumerate(zip(first, second, strict=False)) if x != y)
    assert shared > first.index("Written so far")
    assert first.index("Boats leave") < first.index("Study notes")


def test_the_translator_is_not_asked_for_english(client_for: Any) -> None:
    async def use(asker: Asker) -> Any:
        author = LlmTranslator(asker)
        return [
            await author.translate("Hello.", "en"),
            await author.translate("Guten Tag.", "de"),
        ]

    texts, requests = play(
        client_for, lambda b, n: completion("<translation>Good day.</translation>"), use
    )
    assert [t.text for t in texts] == ["Hello.", "Good day."]
    assert len(requests) == 1
    assert "Guten Tag." in requests[0]["messages"][1]["content"]
