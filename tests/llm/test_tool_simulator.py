"""A model that stands in for a server: checked, remembered, recorded, replayed as recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from factory.llm.asker import Asker
from factory.stage import AuthorFailed
from factory.tasks.environment import Environment, Toolbox
from factory.tasks.transcript import Transcript
from factory.trajectories.llm_tools import LlmToolSimulator
from factory.trajectories.replay import reenact
from factory.trajectories.simulator import NoSimulator, ServerMemory, extends, stand_in
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer, completion

Script = Callable[[dict[str, Any], int], Any]
NOTE = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
TOOLS = {
    "add_note": {
        "name": "add_note",
        "description": "Stores a note and returns its id.",
        "server": "notes",
        "inputSchema": {**NOTE, "additionalProperties": False},
        "outputSchema": {
            "type": "object",
            "properties": {"id": {"type": "integer"}},
            "required": ["id"],
        },
        "annotations": {},
    },
    "read_note": {
        "name": "read_note",
        "description": "Returns a note's text.",
        "server": "notes",
        "inputSchema": {
            "type": "object",
            "properties": {"id": {"type": "integer"}},
            "required": ["id"],
        },
        "outputSchema": NOTE,
        "annotations": {"readOnlyHint": True},
    },
}
KNOWN = {"notes": [{"id": 1, "text": "milk"}]}
ADD = ("add_note", {"text": "milk"})
READ = ("read_note", {"id": 1})


def said(result: Any, state: Any, is_error: bool = False) -> dict[str, Any]:
    return completion(
        {"thinking": "As asked.", "is_error": is_error, "result": result, "state": state}
    )


def converse(client_for: Any, script: Script, *turns: Any) -> tuple[Transcript, list[Any]]:
    """A transcript in which an agent makes these turns' calls, and what the server was sent."""

    async def go() -> tuple[Transcript, list[Any]]:
        async with ScriptedServer(script) as server:
            client = client_for(server.url)
            simulator = LlmToolSimulator(Asker(client, "m", errand()))
            transcript = Transcript(Environment(Toolbox(TOOLS, {}), "seed"))
            memories: dict[str, ServerMemory] = {}
            for calls in turns:
                await stand_in(simulator, transcript.environment, calls, memories, 7)
                transcript.assistant("", calls)
            await client.close()
            return transcript, server.requests

    return asyncio.run(go())


def results(transcript: Transcript) -> list[Any]:
    return [json.loads(m["content"]) for m in transcript.messages if m["role"] == "tool"]


def test_the_state_is_carried_from_call_to_call(client_for: Any) -> None:
    def script(body: dict[str, Any], n: int) -> Any:
        return said({"id": 1}, KNOWN) if n == 1 else said({"text": "milk"}, KNOWN)

    transcript, sent = converse(client_for, script, [ADD], [READ])
    assert results(transcript) == [{"id": 1}, {"text": "milk"}]
    first, second = (body["messages"][-1]["content"] for body in sent)
    assert '"notes"' not in first and '"text": "milk"' in second and '"notes"' in second
    assert all(event["outside"] == "simulator" for event in transcript.events)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (said({"number": 1}, KNOWN), "output schema"),
        (said({"id": "one"}, KNOWN), "output schema"),
        (said({"why": "no"}, KNOWN, is_error=True), "an error is"),
        (said({"id": 1}, {"log": "x" * 9000}), "more than 8000"),
    ],
    ids=["field", "type", "error", "state"],
)
def test_an_answer_that_breaks_its_promise_is_sent_back(
    client_for: Any, bad: Any, why: str
) -> None:
    transcript, sent = converse(
        client_for, lambda body, n: bad if n == 1 else said({"id": 1}, KNOWN), [ADD]
    )
    assert results(transcript) == [{"id": 1}]
    assert why in sent[1]["messages"][-1]["content"]


def test_a_reading_tool_may_not_forget(client_for: Any) -> None:
    answers = [
        said({"id": 1}, KNOWN),
        said({"text": "milk"}, {"notes": []}),
        said({"text": "milk"}, {"notes": [*KNOWN["notes"], {"id": 2, "text": "tea"}]}),
    ]
    transcript, sent = converse(client_for, lambda body, n: answers[n - 1], [ADD], [READ])
    assert len(sent) == 3 and "only reads" in sent[2]["messages"][-1]["content"]
    assert results(transcript)[-1] == {"text": "milk"}


def test_invalid_arguments_are_refused_without_asking(client_for: Any) -> None:
    transcript, sent = converse(client_for, lambda *_: said({}, {}), [("add_note", {"txt": "a"})])
    assert results(transcript)[0]["error"]["code"] == "invalid_arguments"
    assert not sent


def test_a_hopeless_stand_in_fails_the_conversation_with_a_reason(client_for: Any) -> None:
    with pytest.raises(AuthorFailed) as caught:
        converse(client_for, lambda *_: said({"id": "x"}, KNOWN), [ADD])
    assert caught.value.reason == "llm_invalid_answer"


def test_replay_takes_simulated_results_as_recorded_and_flags_them(client_for: Any) -> None:
    transcript, _ = converse(client_for, lambda *_: said({"id": 4}, KNOWN), [ADD])
    start = {
        "type": "start",
        "state_seed": "seed",
        "fault_seed": 0,
        "fault_rate": 0.0,
        "fault_key": "",
        "planted": [],
        "withheld": [],
    }
    trajectory = {"messages": transcript.messages, "events": [start, *transcript.events]}
    anew = reenact(trajectory, Toolbox(TOOLS, {}))
    assert [json.loads(content) for content in anew.contents] == [{"id": 4}]
    for event in trajectory["events"]:
        event.pop("outside", None)
    assert "server_unavailable" in reenact(trajectory, Toolbox(TOOLS, {})).contents[0]


def test_without_a_simulator_the_server_is_not_connected() -> None:
    transcript = Transcript(Environment(Toolbox(TOOLS, {}), "seed"))
    asyncio.run(stand_in(NoSimulator(), transcript.environment, [ADD], {}, 0))
    (result,) = transcript.assistant("", [ADD])
    assert result.error == "server_unavailable"


def test_knowledge_may_grow_but_not_change() -> None:
    assert extends({"a": [1], "b": {"c": 2}}, {"a": [0, 1], "b": {"c": 2, "d": 3}, "e": 4})
    assert not extends({"a": [1]}, {"a": [2]})
    assert not extends({"b": {"c": 2}}, {"b": {"c": 3}})
    assert not extends({"b": 1}, {})
