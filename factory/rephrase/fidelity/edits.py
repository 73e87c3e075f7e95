"""Words taken out of a sentence, or put into it, that was left as it is otherwise.

A writer who says a sentence in other words loses some and brings others. One who only loses words
dropped something (a clause, a condition, a member of a list); one who only brings words invented
something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from factory.rephrase.fidelity.alignment import Alignment
from factory.rephrase.fidelity.claims import reworded
from factory.rephrase.fidelity.facts import Statement
from factory.rephrase.fidelity.stems import STOPWORDS, stem
from factory.rephrase.fidelity.synonyms import all_senses, known, root

SHORT = 3
"""Shorter roots ("it", "and") stand in no other word's place."""
END = "."
MAX_GAP = 14
"""Words that a clause or a member of a list may have."""
FREE_WORDS = 2
"""So many content words a sentence may lose or gain where it is said in other words."""


def edits(
    before: Sequence[Statement], after: Sequence[Statement], alignment: Alignment
) -> dict[str, float]:
    """`lost_words` and `invented_words`: the most content words of one statement."""
    dropped = (
        max(
            _bare(words, [before[i]], [after[j] for j in others]),
            _taken_out(before[i], [after[j] for j in others], _with_neighbours(after, others)),
            _closed_up(before[i], [after[j] for j in others], _with_neighbours(after, others)),
        )
        for i, (words, others) in enumerate(
            zip(_unmatched(before, after), alignment.outputs, strict=True)
        )
    )
    added = (
        _bare(words, [after[j]], [before[i] for i in others])
        for j, (words, others) in enumerate(
            zip(_unmatched(after, before), alignment.sources, strict=True)
        )
    )
    return {"lost_words": max(dropped, default=0), "invented_words": max(added, default=0)}


def _bare(words: Sequence[str], here: Sequence[Statement], there: Sequence[Statement]) -> int:
    """How many words of one side are more than the words that the other has in their place."""
    if not words or not there:
        return 0
    instead = sum(len(word) > SHORT for word in _roots(there) - _roots(here))
    free = FREE_WORDS if reworded(here, there) else 0
    return max(0, len(words) - instead - free)


def _taken_out(told: Statement, said: Sequence[Statement], near: Sequence[Statement]) -> int:
    """Content words missing from a sentence that has no new word at all, not even a pronoun, and
    from those beside it."""
    if told.heading or told.asks or not said or _same(told, said) or reworded([told], said):
        return 0
    if _roots(said) - _roots([told]):
        return 0
    present = _roots(near)
    return sum(root(word) not in present for word in told.stems)


def _closed_up(told: Statement, said: Sequence[Statement], near: Sequence[Statement]) -> int:
    """Content words between two words of a sentence that stand side by side in its rewrite, while
    the words themselves are gone from it."""
    if told.heading or told.asks or not said or _same(told, said) or reworded([told], said):
        return 0
    row = [*(word for word, _ in told.words), END]
    had, have = _times([told]), _times(said)
    beside = _times(near)
    there = {pair for s in said for pair in pairwise([*(word for word, _ in s.words), END])}
    worst = 0
    for left, right in there.difference(pairwise(row)):
        for at in (i for i, word in enumerate(row) if word == left):
            if right not in row[at + 2 : at + 2 + MAX_GAP]:
                continue
            gap = row[at + 1 : row.index(right, at + 2)]
            content = [root(stem(word)) for word in gap if _tells(word)]
            present = beside if right == END else have
            if content and all(present[word] < had[word] for word in content):
                worst = max(worst, len(content))
    return worst


def _same(told: Statement, said: Sequence[Statement]) -> bool:
    """Whether the words of a statement stayed as they are: the most frequent case by far."""
    row = [word for word, _ in told.words]
    return any([word for word, _ in s.words] == row for s in said)


def _times(statements: Sequence[Statement]) -> Counter[str]:
    return Counter(root(stem(word)) for s in statements for word, _ in s.words)


def _tells(word: str) -> bool:
    return len(word) > SHORT and word not in STOPWORDS


def _with_neighbours(there: Sequence[Statement], others: Sequence[int]) -> list[Statement]:
    near = {k for j in others for k in (j - 1, j, j + 1) if 0 <= k < len(there)}
    return [there[k] for k in sorted(near)]


def _roots(statements: Sequence[Statement]) -> set[str]:
    spoken = {root(word) for s in statements for word in s.stems}
    return spoken | {root(stem(word)) for s in statements for word, _ in s.words}


def _unmatched(here: Sequence[Statement], there: Sequence[Statement]) -> list[list[str]]:
    """The content words of each statement that the other text has nowhere, nor their like."""
    spoken = {stem(word) for s in there for word, _ in s.words}
    anywhere = all_senses(spoken.union(*(s.stems for s in there)))
    found = []
    for statement in here:
        silent = statement.heading or statement.asks
        found.append(
            [
                w
                for w in statement.stems
                if not silent and w not in statement.lead and not known(w, anywhere)
            ]
        )
    return found
