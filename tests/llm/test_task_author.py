"""Tasks that a model words: the same things said, nothing else, or sent back, or rejected."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

import pytest

from factory.agents.compose import compose as compose_agent
from factory.authors import lone_context
from factory.llm.asker import Asker
from factory.recipe import parse_recipe
from factory.stage import Reject
from factory.tasks import authoring
from factory.tasks.compose import compose
from factory.tasks.llm import LlmTaskAuthor
from factory.tasks.values import forms, mentions
from tests.agents.agentic_line import MemoryStore, context, worlds
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer, completion

SEEDS = 70


@cache
def store() -> MemoryStore:
    """Some agents on the worlds of the agentic tests."""
    made = MemoryStore(dict(worlds().kinds))
    for index in range(8):
        ctx = context(made, "agents", f"a{index}")
        made.add("agent", asyncio.run(compose_agent({"id": f"a{index}", "index": index}, ctx)))
    return made


class Captured:
    """An author that keeps what it is asked, and leaves the words as they are."""

    label = "test"

    def __init__(self) -> None:
        self.asked: list[tuple[Any, Any]] = []

    async def write(self, brief: Any, check: Any) -> Any:
        self.asked.append((brief, check))
        return as_drafted(brief)


def as_drafted(brief: Any) -> dict[str, Any]:
    """The answer that changes nothing."""
    opening, *later = brief.messages
    return {"opening": opening, "later": later}


@cache
def tasks() -> list[tuple[Any, Any, Any]]:
    """(task, brief, check) of all seeds that gave a task."""
    author, made = Captured(), []
    for seed in range(SEEDS):
        ctx = lone_context(
            store=store(), stage="tasks", record_id=f"t{seed}", authors={"task_author": author}
        )
        made += asyncio.run(compose({"id": f"t{seed}", "index": seed}, ctx))
    kept = [task for task in made if not isinstance(task, Reject)]
    assert len(kept) == len(author.asked)
    return [(task, *asked) for task, asked in zip(kept, author.asked, strict=True)]


def answers(reword: Any) -> list[str]:
    """What the check says to each task that `reword` has words for."""
    rewords = [(reword(as_drafted(brief), brief), check) for _, brief, check in tasks()]
    return [check(answer) or "accepted" for answer, check in rewords if answer is not None]


def test_other_words_for_the_same_things_are_taken_whatever_the_kind() -> None:
    def politer(answer: Any, brief: Any) -> Any:
        return {
            "opening": f"Good day. {answer['opening']} Cheers.",
            "later": [f"Right. {text}" for text in answer["later"]],
        }

    kinds = set()
    for task, brief, check in tasks():
        assert check(politer(as_drafted(brief), brief)) is None, task["opening"]
        made = check.made
        kinds.add(made["kind"])
        assert made["opening"].startswith("Good day.")
        assert made["lineage"]["author"] == "test"
        assert made["proof"]["oracle_replays"]
        assert made["plan"] == task["plan"]
        for item in made["agenda"]["later"]:
            assert item["text"].startswith("Right.") or item["tools"]
    assert len(kinds) >= 12


def dropped_value(answer: Any, brief: Any) -> Any:
    told = brief.told(answer["opening"])
    if not told:
        return None
    text = answer["opening"]
    for form in sorted(forms(told[0][1]), key=len, reverse=True):
        at = text.lower().find(form.lower())
        if at >= 0:
            text = text[:at] + "that one" + text[at + len(form) :]
    return None if mentions(text, told[0][1]) else {**answer, "opening": text}


def withheld_value(answer: Any, brief: Any) -> Any:
    slots = [s for s in brief.agenda["slots"] if s["reveal"] == "ask"]
    if not slots or mentions(answer["opening"], slots[0]["value"]):
        return None
    return {**answer, "opening": f"{answer['opening']} It is {slots[0]['said']}."}


def later_value(answer: Any, brief: Any) -> Any:
    slots = [s for s in brief.agenda["slots"] if s["reveal"] == "later"]
    slots = [s for s in slots if not mentions(answer["opening"], s["value"])]
    if not slots or isinstance(slots[0]["value"], bool):
        return None
    return {**answer, "opening": f"{answer['opening']} Also {slots[0]['said']}."}


@pytest.mark.parametrize(
    ("reword", "reasons", "least"),
    [
        (dropped_value, {"author_untold"}, 30),
        (withheld_value, {"author_told_early"}, 3),
        (later_value, {"author_told_early"}, 4),
        (lambda a, b: {**a, "opening": a["opening"] + " My number is BK-99999."},
         {"author_invented_value"}, 40),
        (lambda a, b: {**a, "opening": a["opening"] + " It must be done by 2031-05-06."},
         {"author_invented_value"}, 40),
        (lambda a, b: {**a, "opening": "Hello! Could you help me with something, please?"},
         {"author_untold", "author_lost_wish"}, 40),
        (lambda a, b: {**a, "opening": "User: " + a["opening"]}, {"author_bad_form"}, 40),
        (lambda a, b: {**a, "opening": a["opening"] * 40}, {"author_bad_length"}, 20),
        (lambda a, b: {**a, "later": [*a["later"], "And one more thing, thanks."]},
         {"author_wrong_turns"}, 40),
    ],
)  # fmt: skip
def test_words_that_say_too_much_or_too_little_are_refused(
    reword: Any, reasons: set[str], least: int
) -> None:
    found = answers(reword)
    assert len(found) >= least, len(found)
    refused = {said.partition(":")[0] for said in found}
    assert refused <= reasons, sorted(refused - reasons)


def test_an_id_that_has_to_be_looked_up_is_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of facts the proof itself still sees it."""
    monkeypatch.setattr(authoring, "_fact_failure", lambda text, allowed: None)
    seen = []
    for task, brief, check in tasks():
        looked_up = [
            str(step["values"][name])
            for step in task["plan"]
            for name, source in step["arguments"].items()
            if "step" in source
        ]
        if looked_up:
            answer = as_drafted(brief)
            answer["opening"] += f" ({' '.join(looked_up)})"
            seen.append((check(answer) or "accepted").partition(":")[0])
    assert len(seen) >= 10
    assert set(seen) <= {"leak", "author_told_early"}
    assert seen.count("leak") > 0.8 * len(seen)


# ---- on a model


def on_a_model(client_for: Any, script: Any, seed: int = 3) -> tuple[Any, list[Any]]:
    recipe = parse_recipe(
        {
            "authors": {"task_author": "llm"},
            "models": {"default": {"name": "scripted", "endpoints": [{"url": "http://none"}]}},
        }
    )

    home = store()

    async def go() -> Any:
        async with ScriptedServer(script) as server:
            client = client_for(server.url)
            author = LlmTaskAuthor(Asker(client, "m", errand()))
            ctx = lone_context(
                recipe=recipe,
                store=home,
                stage="tasks",
                record_id=f"t{seed}",
                authors={"task_author": author},
            )
            (made,) = await compose({"id": f"t{seed}", "index": seed}, ctx)
            await client.close()
            return made, server.requests

    return asyncio.run(go())


def messages_of(body: dict[str, Any]) -> Any:
    """The messages that a request shows, as an answer would give them."""
    asked = body["messages"][1]["content"]
    block = asked.partition('name="messages">\n')[2].partition("\n</data")[0]
    opening, *later = [message["text"] for message in json.loads(block)]
    return {"opening": opening, "later": later}


def test_a_good_wording_is_kept_with_its_author(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        answer = messages_of(body)
        return completion({**answer, "opening": "Morning! " + answer["opening"]})

    made, requests = on_a_model(client_for, script)
    assert made["opening"].startswith("Morning! ")
    assert made["lineage"]["author"] == "llm:scripted+task_author@1"
    assert len(requests) == 1
    shown = json.dumps(requests[0]["messages"])
    for step in made["plan"]:
        for name, source in step["arguments"].items():
            if "step" in source:
                assert str(step["values"][name]) not in shown, "what is looked up is not shown"


def test_a_wording_is_repaired_then_kept(client_for: Any) -> None:
    def script(body: Any, n: int) -> Any:
        answer = messages_of(body)
        if n == 1:
            return completion({"opening": answer["opening"]})
        more = " My booking is BK-99999." if n == 2 else ""
        return completion({**answer, "opening": answer["opening"] + more})

    made, requests = on_a_model(client_for, script)
    assert not isinstance(made, Reject)
    assert len(requests) == 3
    assert "'later' is a required property" in requests[1]["messages"][-1]["content"]
    assert "the user does not know BK-99999" in requests[2]["messages"][-1]["content"]


def test_a_hopeless_wording_is_rejected_never_replaced(client_for: Any) -> None:
    made, requests = on_a_model(
        client_for, lambda b, n: completion({"opening": "Do it. Now, please.", "later": []})
    )
    assert isinstance(made, Reject)
    assert made.reason in ("author_untold", "author_lost_wish")
    assert len(requests) == 3
