"""Which part of the source each piece of a rewrite was made from.

A piece is a sentence, heading, list item or block of the output. It is traced by its words and
numbers inside its own chunk, so it needs nothing of the author, rule or model. A piece of our own
words (a transition, a greeting) has no source.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from factory.rephrase.fidelity.stems import STOPWORDS, stem
from factory.rephrase.text.segments import segment
from factory.rephrase.text.tokens import words

Row = dict[str, int | None]
Span = tuple[int, int]
MIN_SHARE = 0.34
"""A source segment with a smaller share of a piece's words is not what it was made from."""
MIN_NEW = 0.25
"""A further segment belongs to a piece if it brings this share of its words, or a number."""


def pieces(source: str, text: str, chunks: Sequence[Mapping[str, int]]) -> list[Row]:
    """Rows {start, end, source_start, source_end}, in the order of the output, which they tile.

    A piece made from segments that do not touch has a row for each; one of our own words has one
    row whose `source_start` and `source_end` are None.
    """
    found: list[tuple[int, list[Span]]] = []
    for chunk in chunks:
        here = (chunk["source_start"], chunk["source_end"])
        found += _of_chunk(source, here, text, (chunk["start"], chunk["end"]))
    starts = [start for start, _ in found]
    rows: list[Row] = []
    for (start, origins), end in zip(found, [*starts[1:], len(text)], strict=True):
        if not origins:
            rows.append({"start": start, "end": end, "source_start": None, "source_end": None})
        for a, b in origins:
            rows.append({"start": start, "end": end, "source_start": a, "source_end": b})
    return rows


def _of_chunk(source: str, here: Span, text: str, there: Span) -> Iterator[tuple[int, list[Span]]]:
    """(start, source spans) of each piece of one chunk."""
    part = source[here[0] : here[1]]
    spans = [(here[0] + s.start, here[0] + s.end) for s in segment(part)]
    known = [_words(source[a:b]) for a, b in spans]
    times = Counter(word for said in known for word in said)
    weights = {word: math.log(1 + len(known) / count) for word, count in times.items()}
    said = text[there[0] : there[1]]
    for s in segment(said):
        wanted = _words(said[s.start : s.end])
        place = (s.start + s.end) / 2 / len(said) * len(spans)
        made = _made_from(wanted, known, weights, place)
        yield there[0] + s.start, _touching([spans[i] for i in made])


def _made_from(
    wanted: frozenset[str],
    known: Sequence[frozenset[str]],
    weights: Mapping[str, float],
    place: float,
) -> list[int]:
    """Indices of the segments that together hold a piece's words, the best first chosen.

    Sums are exact: a sum of floats in a set's order differs in its last digit from one process to
    the next, and of two segments that hold the same words now this one wins, now that.
    """
    total = math.fsum(weights.get(word, 1.0) for word in wanted)
    left = set(wanted)
    chosen: list[int] = []
    while left and len(chosen) < len(known):
        gains = [
            (math.fsum(weights[w] for w in left & said), -abs(i + 0.5 - place), i)
            for i, said in enumerate(known)
            if i not in chosen
        ]
        gain, _, best = max(gains)
        counted = any(w[0].isdigit() for w in left & known[best])
        if not gain or (gain < total * (MIN_NEW if chosen else MIN_SHARE) and not counted):
            break
        chosen.append(best)
        left -= known[best]
    return sorted(chosen)


def _touching(spans: Sequence[Span]) -> list[Span]:
    """Spans in order, neighbours joined."""
    joined: list[Span] = []
    for a, b in spans:
        if joined and joined[-1][1] == a:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined


def _words(text: str) -> frozenset[str]:
    """Stems of the content words and the numbers of a text; all its words if there are none."""
    said = [word.replace(",", "") for word in words(text)]
    content = frozenset(stem(word) for word in said if word not in STOPWORDS)
    return content or frozenset(said)
