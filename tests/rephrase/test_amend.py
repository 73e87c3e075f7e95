"""A chunk that fails its checks takes another form; the rest of the passage keeps its style."""

from __future__ import annotations

import asyncio
from typing import Any

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.author import RewriteRequest
from factory.rephrase.knowledge import rewrite
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.passages import split
from factory.stage import Reject

TOLD = {
    "Lindau": "The harbour of Lindau was built in 1812 by the lake. A lion of marble guards the "
    "entrance. If a storm rises, the ferries must wait behind the wall.",
    "Bremen": "The market of Bremen was paved in 1836 with grey slate. Four animals of bronze "
    "stand beside the hall. Visitors can touch the legs of the donkey.",
    "Kassel": "The park of Kassel was laid out in 1801 on a steep hill. Its water runs down "
    "through channels of stone. If the basin is full, the fountain can reach the trees.",
    "Passau": "The bridge of Passau was opened in 1869 above three rivers. Their colours stay "
    "apart for a mile. The cathedral holds an organ with many pipes.",
    "Weimar": "The theatre of Weimar was renewed in 1825 after a fire. The stage is made of "
    "pine. Actors must leave the dressing rooms before midnight.",
    "Speyer": "The vault of Speyer was raised in 1854 by local masons. Emperors lie in its "
    "crypt. A guide can open the iron gate for small groups.",
}
TOWNS = tuple(TOLD)
TEXT = "\n\n".join(TOLD.values())
RECIPE = Recipe.model_validate(
    {"passages": {"chunk_tokens": 48}, "rewrites": {"per_source": 1, "styles": {"dialogue": 1.0}}}
)


class Careless(OfflineRewriter):
    """Writes by the rules, but gets a year wrong wherever it tells of one of the towns."""

    def __init__(self, *towns: str, forms: tuple[str, ...] = ("dialogue",)) -> None:
        self.towns, self.forms = towns, forms

    async def rewrite(self, request: RewriteRequest) -> str:
        text = await super().rewrite(request)
        wrong = request.reading.style.name in self.forms and any(t in text for t in self.towns)
        return text.replace("18", "19") if wrong else text


def rewritten(author: Any) -> dict[str, Any]:
    document = {
        "id": "0" * 32, "uri": "file:mills.md", "title": "Mills", "text": TEXT, "language": "en",
        "script": "Latn", "licence": "CC0-1.0", "subject": "knowledge",
    }  # fmt: skip
    ctx = lone_context(recipe=RECIPE, record_id="0" * 32, stage="passages")
    (passage,) = asyncio.run(split(document, ctx))
    assert not isinstance(passage, Reject) and len(passage["chunks"]) == len(TOWNS)
    ctx = lone_context(
        recipe=RECIPE, record_id=passage["id"], stage="rewrites", authors={"rewriter": author}
    )
    (record,) = asyncio.run(rewrite(passage, ctx))
    assert not isinstance(record, Reject)
    return record


def forms(record: dict[str, Any]) -> list[str | None]:
    return [chunk.get("form") for chunk in record["chunks"]]


def test_only_the_chunk_that_failed_is_restated_and_says_so() -> None:
    plain, mended = rewritten(OfflineRewriter()), rewritten(Careless("Kassel"))
    assert plain["keep"] and forms(plain) == [None] * 6
    assert mended["keep"] and forms(mended) == [None, None, "restated", None, None, None]
    first = mended["chunks"][2]["start"]
    assert mended["text"][:first] == plain["text"][:first]
    assert "1801" in mended["text"] and "1901" not in mended["text"]


def test_a_chunk_that_fails_again_stands_as_it_is() -> None:
    mended = rewritten(Careless("Kassel", forms=("dialogue", "restated")))
    assert mended["keep"] and forms(mended)[2] == "verbatim"
    at = mended["chunks"][2]
    source = TEXT[at["source_start"] : at["source_end"]].strip()
    assert mended["text"][at["start"] : at["end"]] == source


def test_a_rewrite_that_fails_in_most_chunks_is_rejected_in_its_style() -> None:
    spoilt = rewritten(Careless(*TOWNS[2:]))
    assert not spoilt["keep"] and spoilt["reason"] == "numbers_lost"
    assert forms(spoilt) == [None] * 6


def test_an_author_without_simpler_forms_is_not_asked_again() -> None:
    author = Careless("Kassel")
    author.fallbacks = ()
    spoilt = rewritten(author)
    assert not spoilt["keep"] and forms(spoilt) == [None] * 6
