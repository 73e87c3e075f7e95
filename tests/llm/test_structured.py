"""Answers are read where nothing is lost, never guessed; bad ones go back, a bounded number of
times, then the record is rejected with a reason."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from factory.llm.asker import Asker
from factory.llm.errors import ModelFailed
from factory.llm.prompt import Asked, load_prompt, parse_prompt, roles
from factory.llm.structured import AnswerProblem, Checker, closed, parse_json, problems, tagged
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer, completion

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
PROMPT = parse_prompt(
    "test",
    f"---\nrole: judge\nversion: 1\nanswer: json\nschema: {json.dumps(SCHEMA)}\n---\n"
    "## system\nBe exact.\n## user\n{{data x}}\n",
)
TEXT_PROMPT = parse_prompt(
    "test",
    "---\nrole: rewriter\nversion: 1\nanswer: text\ntag: rewrite\n"
    "schema: {type: object, properties: {text: {type: string, minLength: 1}}}\n---\n"
    "## system\nRewrite.\n",
)
GOOD = {"name": "Ada", "age": 36}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Ada", "age": 36}',
        '\ufeff  {"name": "Ada", "age": 36}\n\n',
        '```json\n{"name": "Ada", "age": 36}\n```',
        '```\n{"name": "Ada", "age": 36}\n```',
        'Here it is:\n{"name": "Ada", "age": 36}\nIs that all right?',
        '<think>A {"name": "Bob"}? No.</think>\n{"name": "Ada", "age": 36}',
    ],
)
def test_a_whole_object_is_found_in_its_wrapping(text: str) -> None:
    assert parse_json(text) == GOOD


def test_raw_line_breaks_in_strings_are_read_as_they_stand() -> None:
    assert parse_json('{"name": "A\nda", "age": 1}') == {"name": "A\nda", "age": 1}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("<think>hm</think>", "empty"),
        ("no idea", "no JSON object"),
        ('{"name": "Ada", "ag', "not whole JSON"),
        ('{"name": "Ada", "age": 36,}', "not whole JSON"),
        ("{'name': 'Ada'}", "not whole JSON"),
        ('{"name": "Ada", "age": NaN}', "NaN"),
        ('{"name": "Ada", "age": 36} {"name": "Bob", "age": 1}', "more than one"),
        ('{"name": "Ada", "name": "Bob", "age": 36}', "twice"),
        ("{" * 100_000, "JSON"),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_would_be_a_guess_is_a_problem(text: str, wrong: str) -> None:
    with pytest.raises(AnswerProblem, match=wrong):
        parse_json(text)


def test_a_tagged_answer() -> None:
    assert tagged("<rewrite>\nHello.\n</rewrite>", "rewrite") == "Hello."
    assert tagged("Sure.\n<rewrite>Hello.</rewrite> Done.", "rewrite") == "Hello."
    assert tagged("Hello.", "rewrite") == "Hello."
    for bad in (
        "<rewrite>cut of",
        "<rewrite></rewrite>",
        "<rewrite>a</rewrite><rewrite>b</rewrite>",
    ):
        with pytest.raises(AnswerProblem):
            tagged(bad, "rewrite")


def test_problems_name_the_place() -> None:
    checker = Checker(SCHEMA)
    assert problems(checker, GOOD) == []
    found = problems(checker, {"name": 3, "age": -1, "job": "x"})
    assert any(line.startswith("name:") for line in found)
    assert any(line.startswith("age:") for line in found)
    assert any("job" in line for line in found)


def converse(
    client_for: Any, script: Any, prompt: Any = PROMPT, **llm: Any
) -> tuple[Any, Any, Any]:
    async def go() -> tuple[Any, Any, Any]:
        async with ScriptedServer(script) as server:
            client = client_for(server.url, **llm)
            who = errand()
            asker = Asker(client, "m", who)
            messages = prompt.render({}, {"x": "data"})
            try:
                outcome: Any = await asker.ask(Asked(prompt, messages))
            except ModelFailed as error:
                outcome = error
            await client.close()
            return outcome, server.requests, who.tally.as_json()

    return asyncio.run(go())


def test_a_bad_answer_is_sent_back_with_what_is_wrong(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        return completion({"name": "Ada"} if n == 1 else GOOD)

    outcome, requests, counts = converse(client_for, script)
    assert outcome == GOOD
    again = requests[1]["messages"]
    assert again[:2] == requests[0]["messages"]
    assert again[2] == {"role": "assistant", "content": '{"name": "Ada"}'}
    assert "'age' is a required property" in again[3]["content"]
    assert counts["judge|m"]["repaired"] == 1


def test_repairs_are_bounded_and_end_in_a_reason(client_for: Any) -> None:
    outcome, requests, _ = converse(client_for, lambda b, n: completion("never"), repairs=2)
    assert (outcome.reason, len(requests)) == ("llm_invalid_answer", 3)
    assert "no JSON object" in outcome.detail
    outcome, requests, _ = converse(
        client_for, lambda b, n: completion("nope"), repairs=0, folder="memory://none"
    )
    assert (outcome.reason, len(requests)) == ("llm_invalid_answer", 1)


def test_an_answer_cut_at_its_limit_gets_twice_the_room_once(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        whole = completion("<rewrite>All of it.</rewrite>")
        return completion("<rewrite>All of", finish="length") if n == 1 else whole

    outcome, requests, _ = converse(client_for, script, TEXT_PROMPT)
    assert outcome == {"text": "All of it."}
    assert requests[1]["max_tokens"] == 2 * requests[0]["max_tokens"]


def test_a_withheld_answer_has_its_own_reason(client_for: Any) -> None:
    outcome, requests, _ = converse(
        client_for, lambda b, n: completion("", finish="content_filter")
    )
    assert (outcome.reason, len(requests)) == ("llm_filtered", 1)


def test_repairs_too_come_from_the_journal(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        return completion(GOOD if len(body["messages"]) > 2 else "bad")

    first, requests, _ = converse(client_for, script)
    second, more, counts = converse(client_for, script)
    assert first == second == GOOD
    assert (len(requests), len(more)) == (2, 0)
    assert counts["judge|m"]["journal"] == 2


def test_only_closed_schemas_are_asked_for_strictly() -> None:
    """OpenAI refuses a strict request whose objects leave anything open."""
    asked = {role: load_prompt(role).response_format["json_schema"]["strict"] for role in roles()}
    assert asked["judge"]
    assert not asked["user"], "say_planned may be left out"
    assert not asked["domain_author"], "tables are named by the answer"
    inner = {
        "type": "object",
        "properties": {"b": {}},
        "required": [],
        "additionalProperties": False,
    }
    outer = {"properties": {"a": inner}, "required": ["a"], "additionalProperties": False}
    assert not closed({"type": "object", **outer})
    inner["required"] = ["b"]
    assert closed({"type": "object", **outer})
