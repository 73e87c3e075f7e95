"""A model as rewriter: each thing that an endpoint may do gets the verdict it deserves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from factory.authors import lone_context
from factory.llm.asker import Asker
from factory.llm.client import Client
from factory.recipe import Recipe
from factory.rephrase.knowledge import rewrite
from factory.rephrase.llm import LlmRewriter
from factory.rephrase.passages import split
from factory.stage import Reject
from tests.llm.asking import errand
from tests.llm.scripted_server import ScriptedServer, completion

TEXT = """\
The lighthouse of Skarvoy was lit on 3 October 1887. Its tower is 31 metres high and stands on a \
skerry west of the harbour. The keeper, Halvard Moe, carried the oil up 148 steps every evening. \
He never let the lamp go out before sunrise.

In 1923 the lamp was converted to gas, and the keeper's family moved to the mainland. The gas came \
by boat in steel bottles of 50 kg. A bottle lasted nine days in summer, but only five in December. \
The harbour master paid for the freight.

Electric light reached the skerry through a cable from Hamnes in 1956. The cable broke twice, in \
1961 and in 1978, and was repaired by divers from Bergen. Since the second repair a small diesel \
engine has stood ready in the oil store, and the pilots test it on the first Monday of a month.

The station has been unmanned since 1984. Visitors may climb the tower from May to August if the \
sea is calm. Nobody is allowed to stay overnight, because the landing floods in a westerly gale. \
Those who come by kayak leave it on the eastern ledge and walk across.
"""
GERMAN = (
    "Der Turm ist nicht mehr besetzt, und das Licht wird von der Stadt aus gesteuert, wenn es auf "
    "der See dunkel ist. Im Sommer kann man den Turm auch mit einem Boot besuchen."
)
RECIPE = Recipe.model_validate(
    {
        "passages": {"chunk_tokens": 56, "tokenizer": "regex-wp"},
        "rewrites": {"per_source": 1, "thresholds": {"min_novelty": 0, "max_copy_rate": 1}},
    }
)
Reply = Callable[[str, int, dict[str, Any]], dict[str, Any]]


def passage() -> dict[str, Any]:
    document = {
        "id": "f" * 32,
        "uri": "memory:skarvoy",
        "title": "Skarvoy",
        "text": TEXT,
        "licence": "CC0-1.0",
        "language": "en",
        "subject": "knowledge",
    }
    ctx = lone_context(recipe=RECIPE, record_id=document["id"], stage="passages")
    (found,) = asyncio.run(split(document, ctx))
    assert not isinstance(found, Reject) and len(found["chunks"]) == 4
    return found


PASSAGE = passage()


def block_of(body: dict[str, Any], name: str) -> str:
    """What a request's data block holds."""
    prompt = body["messages"][1]["content"]
    found = re.search(rf'<(data-\w+) name="{name}">\n(.*?)\n</\1>', prompt, re.DOTALL)
    assert found
    return found[2]


def written(client_for: Callable[..., Client], reply: Reply) -> tuple[Any, list[dict[str, Any]]]:
    """The stage's record or reject, and the requests, where an endpoint answers as `reply`."""

    async def go() -> tuple[Any, list[dict[str, Any]]]:
        def script(body: dict[str, Any], n: int) -> dict[str, Any]:
            return reply(block_of(body, "part").strip(), n, body)

        async with ScriptedServer(script) as server:
            client = client_for(server.url, repairs=1)
            author = LlmRewriter(Asker(client, "m", errand()))
            ctx = lone_context(
                recipe=RECIPE,
                record_id=PASSAGE["id"],
                stage="rewrites",
                authors={"rewriter": author},
            )
            (found,) = await rewrite(PASSAGE, ctx)
            await client.close()
            return found, server.requests

    return asyncio.run(go())


def answer(text: str, **more: Any) -> dict[str, Any]:
    return completion(f"<rewrite>{text}</rewrite>", **more)


def faithful(part: str, n: int, _: dict[str, Any]) -> dict[str, Any]:
    return answer(part)


def at_second(change: Callable[[str], str]) -> Reply:
    """An endpoint that is faithful but for its second answer."""
    return lambda part, n, _: answer(change(part) if n == 2 else part)


def test_a_faithful_endpoint_is_kept_and_each_sentence_stands_once(
    client_for: Callable[..., Client],
) -> None:
    record, requests = written(client_for, faithful)
    assert record["keep"], record.get("reason")
    assert record["lineage"]["author"] == "llm:scripted+rewriter@1"
    assert record["text"].split() == TEXT.split()
    assert len(requests) == 4
    said = [block_of(body, "written") for body in requests]
    parts = [block_of(body, "part").strip() for body in requests]
    assert said[1:] == ["\n\n".join(parts[:i]) for i in (1, 2, 3)]
    assert {block_of(body, "excerpt").strip() for body in requests} == {
        f"Skarvoy\n\n{TEXT.strip()}"
    }


LAST_BEFORE = "He never let the lamp go out before sunrise."
FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "drops a number": (lambda part: part.replace(" of 50 kg", ""), "numbers_lost"),
    "another number": (lambda part: part.replace("only five", "only eight"), "numbers_lost"),
    "invents": (lambda part: part + " A marble fountain was built here.", "sentence_invented"),
    "repeats the chunk before": (lambda part: TEXT.partition("\n\n")[0], "seam_repeated"),
    "repeats a sentence at the seam": (lambda part: f"{LAST_BEFORE} {part}", "seam_repeated"),
    "drops the last sentence": (lambda part: part.rpartition(" The ")[0], "sentence_lost"),
    "answers in German": (lambda part: GERMAN, "wrong_language"),
}


@pytest.mark.parametrize(("change", "reason"), FAULTS.values(), ids=FAULTS)
def test_an_unfaithful_chunk_is_not_kept_for_its_own_reason(
    client_for: Callable[..., Client], change: Callable[[str], str], reason: str
) -> None:
    record, _ = written(client_for, at_second(change))
    assert (record["keep"], record["reason"]) == (False, reason)


@pytest.mark.parametrize("nothing", ["", "   ", "<rewrite></rewrite>"])
def test_an_empty_answer_is_asked_for_again_and_then_rejected(
    client_for: Callable[..., Client], nothing: str
) -> None:
    found, requests = written(client_for, lambda part, n, _: completion(nothing))
    assert isinstance(found, Reject) and found.reason == "llm_invalid_answer"
    assert len(requests) == 2


def test_one_empty_answer_does_no_harm(client_for: Callable[..., Client]) -> None:
    record, requests = written(
        client_for, lambda part, n, _: completion("") if n == 2 else answer(part)
    )
    assert record["keep"] and len(requests) == 5


def test_an_answer_cut_at_its_length_limit_splits_the_chunk_at_a_sentence(
    client_for: Callable[..., Client],
) -> None:
    def limited(part: str, n: int, body: dict[str, Any]) -> dict[str, Any]:
        if len(part) > 200:  # what fits into this endpoint's answer
            return completion(f"<rewrite>{part[:200]}", finish="length")
        return answer(part)

    record, requests = written(client_for, limited)
    assert record["keep"], record.get("reason")
    assert record["text"].split() == TEXT.split()
    assert len(record["chunks"]) == 4
    assert (
        "".join(TEXT[c["source_start"] : c["source_end"]] for c in record["chunks"])
        == PASSAGE["text"]
    )
    for chunk in record["chunks"]:
        source = TEXT[chunk["source_start"] : chunk["source_end"]]
        assert record["text"][chunk["start"] : chunk["end"]].split() == source.split()
    parts = [block_of(body, "part").strip() for body in requests]
    assert all(part[-1] == "." for part in parts), "no sentence is cut through"
    assert {body["max_tokens"] for body in requests} == {2048}, "less is asked, no more room given"
    whole = [(p, block_of(b, "written")) for p, b in zip(parts, requests, strict=True)]
    before = ""
    for part, seen in (pair for pair in whole if len(pair[0]) <= 200):
        assert seen == (before or "(nothing yet: this is the first part)")
        before = f"{before}\n\n{part}" if before else part


def test_one_sentence_that_does_not_fit_gets_more_room_then_a_reason(
    client_for: Callable[..., Client],
) -> None:
    found, requests = written(
        client_for, lambda part, n, _: completion("<rewrite>The light", finish="length")
    )
    assert isinstance(found, Reject) and found.reason == "llm_invalid_answer"
    assert requests[-1]["max_tokens"] == 2 * requests[0]["max_tokens"]
