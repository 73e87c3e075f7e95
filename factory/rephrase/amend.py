"""Which chunks of a rejected draft to write again, and in what form.

One finding rejects a whole passage, and the longer a passage is, the likelier there is one. So an
author that has simpler forms (`Rewriter.fallbacks`) writes the chunks that failed again in the
first of these, then in the next; the others keep the style. A rewrite of which more than half
would fall back is not of its style any more, and stays rejected.
"""

from __future__ import annotations

from collections.abc import Iterator

from factory.rephrase.drafts import Draft
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.opinion import Opinion
from factory.rephrase.fidelity.scores import check
from factory.rephrase.settings import Thresholds

WHOLE = frozenset({"too_similar", "copied", "no_novelty", "length_ratio", "empty"})
"""Reasons that no single chunk gives."""


def failed_chunks(
    source: str, title: str, draft: Draft, found: Opinion, limits: Thresholds, language: str
) -> frozenset[int]:
    """The chunks in which the findings lie; none if they can't be told, or are over half."""
    if found.reason is None or found.reason in WHOLE:
        return frozenset()
    at = frozenset(_places(draft, found)) or frozenset(
        _by_themselves(source, title, draft, limits, language)
    )
    return at if 0 < len(at) * 2 <= len(draft.chunks) else frozenset()


def _places(draft: Draft, found: Opinion) -> Iterator[int]:
    """Chunks that hold a fact which was not kept, or open with a seam that failed."""
    if draft.seam_at is not None:
        yield draft.seam_at
    for entry in found.report.entries:
        if entry.status == "kept":
            continue
        for i, chunk in enumerate(draft.chunks):
            here, there = entry.source, entry.output
            if (here is not None and chunk["source_start"] <= here.start < chunk["source_end"]) or (
                there is not None and chunk["start"] <= there.start < chunk["end"]
            ):
                yield i


def _by_themselves(
    source: str, title: str, draft: Draft, limits: Thresholds, language: str
) -> Iterator[int]:
    """Chunks that fail beside their own part of the source."""
    for i, chunk in enumerate(draft.chunks):
        part = source[chunk["source_start"] : chunk["source_end"]]
        said = draft.text[chunk["start"] : chunk["end"]]
        if not WHOLE.issuperset(reasons(said, check(part, said, title), limits, language)):
            yield i
