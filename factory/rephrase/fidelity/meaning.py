"""Coverage both ways by sentence embeddings: an extra beside the words in common.

`source_min` is how near the least covered source sentence comes to its best match in the output
(nothing lost), `output_min` the same from the output's side (nothing invented). Embeddings don't
see a wrong number, name, negation or role; the ledger does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from factory.llm.asker import Asker
from factory.llm.client import Errand
from factory.llm.request import Tag
from factory.rephrase.fidelity.facts import content_stems, strip_marks
from factory.rephrase.fidelity.scores import MIN_STEMS
from factory.rephrase.text.segments import VERBATIM, segment
from factory.rephrase.text.tokens import count_tokens, words

ROLE = "embedder"
MAX_PIECES = 180
"""Words and marks of one embedded text: about 200 word pieces, where common models read 256 and
drop the rest without a word."""
MIN_WORDS = 4


class Embedder:
    """An embeddings model at work for one record."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self.label = asker.label

    def count(self, source: str, text: str) -> None:
        """Count what a dry run would ask."""
        for side in (source, text):
            self._asker.count_unsent_texts(ROLE, joined(sentences(side)))

    async def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of the texts, one a row, float64. Raises ModelFailed and RunStopped."""
        tag = self._asker.errand.tag
        errand = Errand(
            Tag(tag.stage, ROLE, tag.record, self.label),
            self._asker.errand.deadline,
            self._asker.errand.tally,
        )
        client = self._asker.client
        found = np.asarray(await client.embed(self._asker.model, texts, errand), dtype=np.float64)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        unit: np.ndarray = np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)
        return unit


async def meaning(source: str, text: str, embedder: Embedder) -> dict[str, float]:
    """`source_min` and `output_min`; a side that says nothing in sentences is covered."""
    told, said = sentences(source), sentences(text)
    facts = [i for i, sentence in enumerate(told) if _says_much(sentence)]
    claims = [j for j, sentence in enumerate(said) if _says_much(sentence) and not _asks(sentence)]
    if not facts or not claims:
        return {"source_min": 1.0, "output_min": 1.0}
    near = await embedder.vectors(joined(told)), await embedder.vectors(joined(said))
    alike = near[0] @ near[1].T
    return {
        "source_min": _worst(alike[facts].max(axis=1)),
        "output_min": _worst(alike[:, claims].max(axis=0)),
    }


def _says_much(sentence: str) -> bool:
    """Whether a sentence has content to be lost or invented: a greeting has not."""
    return len(content_stems(sentence)) >= MIN_STEMS


def _asks(sentence: str) -> bool:
    return sentence.rstrip(' *_"”').endswith("?")


def _worst(best: np.ndarray) -> float:
    return round(float(min(1.0, max(0.0, best.min()))), 4)


def sentences(text: str) -> list[str]:
    """What is embedded: sentences and list items without marks, long ones in pieces; neither
    headings nor code, tables and formulas."""
    found: list[str] = []
    for s in segment(text):
        plain = " ".join(strip_marks(text[s.start : s.end]).split())
        if s.kind not in VERBATIM and s.kind != "heading" and len(words(plain)) >= MIN_WORDS:
            found += _pieces(plain)
    return found


def joined(found: Sequence[str]) -> list[str]:
    """The sentences, then each two neighbours together: one sentence may be said in two."""
    pairs = (f"{a} {b}" for a, b in zip(found, found[1:], strict=False))
    return [*found, *(pair for pair in pairs if count_tokens(pair) <= MAX_PIECES)]


def _pieces(plain: str) -> list[str]:
    pieces: list[str] = [""]
    for word in plain.split(" "):
        longer = f"{pieces[-1]} {word}".strip()
        if pieces[-1] and count_tokens(longer) > MAX_PIECES:
            pieces.append(word)
        else:
            pieces[-1] = longer
    return pieces
