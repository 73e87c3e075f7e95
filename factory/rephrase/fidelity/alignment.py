"""Which source statements each output statement speaks of, and the reverse.

Words in common, weighted by rarity (idf over both texts), with a small pull towards the same
relative place. Sparse: only pairs that share a word are ever scored.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from factory.rephrase.fidelity.facts import Statement
from factory.rephrase.fidelity.synonyms import known, root

PULL = 0.04
"""Score lost per statement of distance from where the neighbours' partners lie, up to `REACH`."""
REACH = 6
Weights = Mapping[str, float]
Scores = list[dict[int, float]]
"""By source statement, the score of each output statement that shares a word with it."""


@dataclass(frozen=True)
class Alignment:
    """`outputs[i]` are the output statements of source statement i, `sources[j]` the reverse.

    `groups` are the connected components as (source indices, output indices).
    """

    outputs: tuple[tuple[int, ...], ...]
    sources: tuple[tuple[int, ...], ...]
    groups: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    weights: Weights
    claimed: frozenset[int]
    """Source statements that are the best partner of some output statement."""


def tokens(statement: Statement) -> frozenset[str]:
    """What a statement is matched by: the roots of its content words and the values of facts."""
    facts = (f"#{f.value}" for f in statement.facts if f.kind in ("number", "date", "block"))
    return frozenset(map(root, statement.stems)).union(facts)


def align(source: Sequence[Statement], output: Sequence[Statement]) -> Alignment:
    """Best partners both ways; statements that share no word with any are paired in order."""
    a, b = [tokens(s) for s in source], [tokens(s) for s in output]
    weights = _idf([*a, *b])
    scores = _pulled(_scores(a, b, weights), len(b))
    best_output, best_source = _best_outputs(scores), _best_sources(scores)
    wordless = _wordless(
        {i: source[i] for i in range(len(a)) if i not in best_output},
        {j: output[j] for j in range(len(b)) if j not in best_source},
    )
    outputs: list[set[int]] = [set() for _ in a]
    sources: list[set[int]] = [set() for _ in b]
    reverse = ((i, j) for j, i in best_source.items())
    for i, j in [*best_output.items(), *reverse, *wordless]:
        outputs[i].add(j)
        sources[j].add(i)
        if j and output[j - 1].asks:  # a question shares the sources of its answer
            outputs[i].add(j - 1)
            sources[j - 1].add(i)
    return Alignment(
        tuple(tuple(sorted(s)) for s in outputs),
        tuple(tuple(sorted(s)) for s in sources),
        tuple(_groups(outputs, sources)),
        weights,
        frozenset(best_source.values()),
    )


def _wordless(
    source: Mapping[int, Statement], output: Mapping[int, Statement]
) -> Iterator[tuple[int, int]]:
    """Statements without a word to match them by ("Do not.") in pairs: those that say the same,
    the others in order."""
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for j, statement in output.items():
        places[_said(statement)].append(j)
    same = {
        i: places[_said(statement)].popleft()
        for i, statement in source.items()
        if _said(statement) and places[_said(statement)]
    }
    yield from same.items()
    taken = frozenset(same.values())
    yield from zip(
        (i for i in source if i not in same), (j for j in output if j not in taken), strict=False
    )


def _said(statement: Statement) -> tuple[str, ...]:
    return tuple(word for word, _ in statement.words)


def share(wanted: Sequence[str], present: frozenset[str], weights: Weights) -> float:
    """Weighted share of `wanted` stems that have their like in `present` (senses of a text); 1.0
    if nothing is wanted."""
    total = sum(weights.get(root(word), 1.0) for word in wanted)
    if not total:
        return 1.0
    return sum(weights.get(root(word), 1.0) for word in wanted if known(word, present)) / total


def _idf(sets: Sequence[frozenset[str]]) -> dict[str, float]:
    counts = Counter(word for words in sets for word in words)
    return {word: math.log(1 + len(sets) / count) for word, count in counts.items()}


def _scores(a: Sequence[frozenset[str]], b: Sequence[frozenset[str]], weights: Weights) -> Scores:
    places: dict[str, list[int]] = defaultdict(list)
    for j, words in enumerate(b):
        for word in words:
            places[word].append(j)
    norm_a = [math.sqrt(math.fsum(weights[w] for w in words)) or 1.0 for words in a]
    norm_b = [math.sqrt(math.fsum(weights[w] for w in words)) or 1.0 for words in b]
    found: Scores = []
    for i, words in enumerate(a):
        shared: dict[int, float] = defaultdict(float)
        for word in sorted(words):
            weight = weights[word]
            for j in places.get(word, ()):
                shared[j] += weight
        norm, place = norm_a[i], i / len(a)
        found.append(
            {j: v / (norm * norm_b[j]) - abs(place - j / len(b)) / 5 for j, v in shared.items()}
        )
    return found


def _pulled(scores: Scores, count_b: int) -> Scores:
    """Scores less a penalty for lying apart from the partners of the statements around."""
    first = _best_outputs(scores)
    scale = max(1.0, count_b / max(1, len(scores)))
    found: Scores = []
    for i, row in enumerate(scores):
        expected = _median([first[k] for k in range(i - 3, i + 4) if k in first]) or 0
        found.append(
            {j: value - PULL * min(REACH, abs(j - expected) / scale) for j, value in row.items()}
        )
    return found


def _median(places: Sequence[int]) -> int | None:
    return sorted(places)[len(places) // 2] if places else None


def _best_outputs(scores: Scores) -> dict[int, int]:
    """Source statement → the output statement of the highest score, of equal ones the first."""
    return {i: max(row, key=lambda j: (row[j], -j)) for i, row in enumerate(scores) if row}


def _best_sources(scores: Scores) -> dict[int, int]:
    """Output statement → the source statement of the highest score, of equal ones the first."""
    best: dict[int, tuple[float, int]] = {}
    for i, row in enumerate(scores):
        for j, value in row.items():
            if j not in best or value > best[j][0]:
                best[j] = value, i
    return {j: best[j][1] for j in sorted(best)}


def _groups(
    outputs: Sequence[set[int]], sources: Sequence[set[int]]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    seen: set[int] = set()
    groups = []
    for first in range(len(outputs)):
        if first in seen:
            continue
        left, queue = {first}, [first]
        right: set[int] = set()
        while queue:
            for j in outputs[queue.pop()] - right:
                right.add(j)
                fresh = sources[j] - left
                left |= fresh
                queue += fresh
        seen |= left
        groups.append((tuple(sorted(left)), tuple(sorted(right))))
    groups += [((), (j,)) for j, found in enumerate(sources) if not found]
    return groups
