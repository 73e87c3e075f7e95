"""How varied a set of texts is: figures of the field, each a pure function of the texts.

distinct-n (Li et al. 2016, arXiv 1510.03055) is the share of n-grams that are distinct; self-BLEU
(Zhu et al. 2018, arXiv 1802.01886) the mean BLEU of a text against others of the set: lower is
more varied. Values that a text was filled with (names, dates, numbers) are masked first, so that
the figures speak of the language and not of the data.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[a-z']+|<value>")
_VALUE = re.compile(
    r'"[^"]*"|\S+@\S+|\b[\w-]*\d[\w.,:-]*|(?<=[a-z,] )[A-Z][\w\'-]+(?: [A-Z][\w\'-]+)*'
)


def masked_words(text: str) -> list[str]:
    """Lower-case words, every value (quoted, numeric, capitalised in mid-sentence) as <value>."""
    return _WORD.findall(_VALUE.sub(" <value> ", text).lower())


def ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All n-grams of a text."""
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def distinct(texts: Sequence[Sequence[str]], n: int) -> float:
    """Share of the n-grams of all texts that are distinct, in [0, 1]."""
    grams = [gram for words in texts for gram in ngrams(words, n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def bleu(words: Sequence[str], others: Sequence[Sequence[str]], most: int = 4) -> float:
    """BLEU up to `most`-grams of one text against references, add-one smoothed (Lin and Och
    2004) beyond unigrams, with the brevity penalty."""
    if not words or not others:
        return 0.0
    logs = 0.0
    for n in range(1, most + 1):
        mine = Counter(ngrams(words, n))
        best: Counter[tuple[str, ...]] = Counter()
        for other in others:
            best |= Counter(ngrams(other, n)) & mine
        logs += _log_precision(best.total(), mine.total(), n)
    return math.exp(logs / most + _log_penalty(len(words), [len(other) for other in others]))


def _log_precision(hit: int, total: int, n: int) -> float:
    smooth = int(n > 1)
    return math.log((hit + smooth) / (total + smooth)) if hit + smooth else -math.inf


def _log_penalty(length: int, others: Sequence[int]) -> float:
    """Of brevity, against the closest length (the shorter one if two are as close)."""
    closest = min((abs(other - length), other) for other in others)[1]
    return min(0.0, 1 - closest / length)


def self_bleu(
    texts: Sequence[Sequence[str]], rng: random.Random, sample: int = 200, most: int = 4
) -> float:
    """Mean BLEU of each of `sample` texts against the others of the sample: what `bleu` gives for
    each, in one pass over the n-grams of all."""
    chosen = rng.sample(list(texts), min(sample, len(texts)))
    if len(chosen) < 2:
        return 0.0
    if not all(chosen):
        return 0.0
    lengths = [len(words) for words in chosen]
    logs = [0.0] * len(chosen)
    for n in range(1, most + 1):
        counts = [Counter(ngrams(words, n)) for words in chosen]
        highest = _two_highest(counts)
        for i, own in enumerate(counts):
            hit = sum(min(c, highest[g][c == highest[g][0]]) for g, c in own.items())
            logs[i] += _log_precision(hit, own.total(), n)
    scores = [
        math.exp(total / most + _log_penalty(lengths[i], lengths[:i] + lengths[i + 1 :]))
        for i, total in enumerate(logs)
    ]
    return sum(scores) / len(scores)


def _two_highest(counts: Sequence[Counter[tuple[str, ...]]]) -> dict[tuple[str, ...], list[int]]:
    """n-gram → its highest and second highest count in a text: what any text's others have."""
    found: dict[tuple[str, ...], list[int]] = {}
    for own in counts:
        for gram, count in own.items():
            pair = found.setdefault(gram, [0, 0])
            pair[:] = sorted((*pair, count), reverse=True)[:2]
    return found


def most_common_share(
    texts: Sequence[Sequence[str]], words: int, end: bool = False
) -> tuple[str, float]:
    """The most common first (or last) few words, and the share of texts that have them."""
    parts = [" ".join(text[-words:] if end else text[:words]) for text in texts]
    if not parts:
        return "", 0.0
    part, count = Counter(parts).most_common(1)[0]
    return part, count / len(parts)


def type_token(texts: Sequence[Sequence[str]], window: int = 1000) -> float:
    """Moving-average type/token ratio over windows of so many words (Covington and McFall 2010);
    the plain ratio when there are fewer."""
    words = [word for text in texts for word in text]
    if len(words) <= window:
        return len(set(words)) / len(words) if words else 0.0
    steps = range(0, len(words) - window + 1, window)
    ratios = [len(set(words[i : i + window])) / window for i in steps]
    return sum(ratios) / len(ratios)


def separability(
    one: Sequence[Sequence[str]], other: Sequence[Sequence[str]], rng: random.Random
) -> float:
    """Accuracy in [0, 1] with which a naive Bayes classifier on uni- and bigrams tells two sets
    apart on held-out texts (a two-sample test, Lopez-Paz and Oquab 2017): 0.5 means that nothing
    tells them apart. Both sets are cut to the same size."""
    size = min(len(one), len(other))
    sides = [rng.sample(list(side), size) for side in (one, other)]
    half = size // 2
    counts = [Counter(g for text in side[:half] for g in _features(text)) for side in sides]
    known = set(counts[0]) | set(counts[1])
    totals = [sum(count.values()) + len(known) for count in counts]
    right = tried = 0
    for label, side in enumerate(sides):
        for text in side[half:]:
            scores = [
                sum(math.log((count[g] + 1) / total) for g in _features(text) if g in known)
                for count, total in zip(counts, totals, strict=True)
            ]
            right += (scores[1] > scores[0]) == bool(label)
            tried += 1
    return right / tried if tried else 0.5


def _features(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [*ngrams(words, 1), *ngrams(words, 2)]


def language_figures(texts: Sequence[str], rng: random.Random) -> dict[str, float | str | int]:
    """All figures of one kind of text, by name."""
    words = [masked_words(text) for text in texts]
    words = [text for text in words if text]
    opening, opening_share = most_common_share(words, 4)
    closing, closing_share = most_common_share(words, 4, end=True)
    return {
        "texts": len(words),
        "words_mean": round(sum(map(len, words)) / max(1, len(words)), 1),
        "distinct_texts": round(len({" ".join(text) for text in words}) / max(1, len(words)), 4),
        "distinct_1": round(distinct(words, 1), 4),
        "distinct_2": round(distinct(words, 2), 4),
        "distinct_3": round(distinct(words, 3), 4),
        "self_bleu": round(self_bleu(words, rng), 4),
        "type_token": round(type_token(words), 4),
        "opening": opening,
        "opening_share": round(opening_share, 4),
        "closing": closing,
        "closing_share": round(closing_share, 4),
    }
