"""The offline author: an honest rule-based rewriter, labelled `offline-rules`.

It restructures and rewords; it neither abstracts nor adds knowledge, and works for English only.
The forms lie in `forms/`. Novelty per style, measured on real prose, is in docs/rephrasing.md
(`python -m benchmarks.styles`) and stays far below a model's.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from factory.rephrase.author import RewriteRequest
from factory.rephrase.drafts import AS_IT_STANDS
from factory.rephrase.forms import asked, lists, ordered, prose
from factory.rephrase.forms.desk import Desk, Form, parts_of
from factory.rephrase.forms.topics import topic_of
from factory.rephrase.text.segments import segment

LABEL = "offline-rules"
LANGUAGES = frozenset({"en"})
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w-]*")
_HEADING = re.compile(r"(?m)^#+ .*$")
FORMS: dict[str, Form] = {**lists.FORMS, **ordered.FORMS, **asked.FORMS, **prose.FORMS}


class OfflineRewriter:
    """Author of role `rewriter` by rules. Deterministic given the request's generator."""

    label = LABEL
    languages = LANGUAGES
    readings_per_style = 1
    """Its rules hear little of the perspective: a style told twice would be nearly the same."""
    fallbacks = ("restated", AS_IT_STANDS)
    """What a chunk that fails its checks is cast into instead; each such chunk says so."""

    async def rewrite(self, request: RewriteRequest) -> str:
        """The chunk in the reading's style; see `factory.rephrase.author.Rewriter`."""
        desk = Desk(
            request.reading.perspective,
            _common_words(request.excerpt),
            _names(request.excerpt),
            request.rng,
            request.written,
            _topic(request),
            first=request.start == 0,
            last=request.end >= len(request.excerpt),
        )
        lines = FORMS[request.reading.style.name](parts_of(request.chunk), desk)
        return "\n\n".join(lines).strip("\n").rstrip()


@lru_cache(maxsize=64)
def _common_words(text: str) -> frozenset[str]:
    """Words that stand in lower case, but for those that are names inside sentences as often."""
    ordinary = Counter(re.findall(r"(?<![\w`./-])[a-z]+(?![\w`(/-]|\.\w)", text))
    names = Counter(name.lower() for name in re.findall(_NAME, _HEADING.sub("", text)))
    return frozenset(word for word, times in ordinary.items() if times > names[word])


@lru_cache(maxsize=64)
def _names(text: str) -> frozenset[str]:
    """Words that stand capitalised inside a sentence."""
    return frozenset(re.findall(_NAME, _HEADING.sub("", text)))


def _topic(request: RewriteRequest) -> str:
    """The last heading before the chunk, or the title, as a noun phrase."""
    before = [
        s for s in segment(request.excerpt) if s.start < request.start and s.kind == "heading"
    ]
    if before:
        last = before[-1]
        heading = request.excerpt[last.start : last.end]
        return topic_of(heading, _common_words(request.excerpt))
    spoken_of = request.title in request.excerpt
    return topic_of(request.title, _common_words(request.excerpt)) if spoken_of else ""
