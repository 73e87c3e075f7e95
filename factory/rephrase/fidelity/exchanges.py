"""What was changed in place in a sentence that was left as it is otherwise.

Seen word by word, so it does not matter that the word which is gone stands elsewhere in the text,
or that the new one does: a word of the text in another's place, a word in the place of one that it
denies (`unavailable` for `available`), words taken out between two that stayed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate

from factory.rephrase.fidelity.alignment import Alignment
from factory.rephrase.fidelity.entries import Entry
from factory.rephrase.fidelity.facts import Fact, Statement, content_stem
from factory.rephrase.fidelity.stems import stem
from factory.rephrase.fidelity.synonyms import all_senses, known, root, senses
from factory.rephrase.fidelity.values import PRONOUNS
from factory.rephrase.text.tokens import word_set

MAX_STATEMENTS = 3
"""A sentence may be told in so many, or so many in one."""
MAX_WORDS = 160
MAX_EXCHANGED = 3
"""Words in a row that may stand in the place of others; more are another wording."""
MIN_KEPT = 0.75
"""Share of the words of both sides that stand in the same order."""
_DENIES = re.compile(r"un|in|im|ir|il|dis|non-?|mis")
_JOINING = frozenset(
    map(
        stem,
        word_set("""
    moreover furthermore besides addition likewise similarly conversely additionally finally words
    nonetheless meanwhile accordingly consequently please"""),
    )
)
"""Words that lead over from one sentence to the next, and one of mere politeness."""
_OPPOSED = tuple(
    map(
        frozenset,
        (
            ("from", "to"), ("into", "from"), ("in", "out"), ("on", "off"), ("inside", "outside"),
            ("within", "outside"), ("over", "under"), ("up", "down"), ("during", "before"),
            ("during", "after"), ("above", "below"), ("with", "without"),
        ),
    )
)  # fmt: skip
"""Small words of which one denies the other where all around them stays."""
_PLAIN = re.compile(r"[a-z'’]+")
Word = tuple[str, Fact | None]
Row = Sequence[Word]


def exchanges(
    before: Sequence[Statement], after: Sequence[Statement], alignment: Alignment
) -> Iterator[Entry]:
    """Content words in whose place others stand, as `changed`, words taken out as `dropped`, words
    put in as `invented`; of kind `word`, or `opposite` for a word and its denial."""
    spoken = frozenset(root(word) for s in before for word in s.stems)
    yield from _headings([s for s in before if s.heading], [s for s in after if s.heading], spoken)
    for left, right in alignment.groups:
        told = [before[i] for i in left if not before[i].asks]
        said = [after[j] for j in right if not after[j].asks]
        if not 1 <= len(told) <= MAX_STATEMENTS or not 1 <= len(said) <= MAX_STATEMENTS:
            continue
        a, b = ([pair for s in side for pair in s.words] for side in (told, said))
        if [w for w, _ in a] == [w for w, _ in b] or len(a) + len(b) > MAX_WORDS:
            continue
        lengths = accumulate((len(s.words) for s in said), initial=0)
        lead = _JOINING.union(*(s.lead for s in said))
        yield from _differences(a, b, frozenset(lengths), lead, spoken)


def _headings(
    told: Sequence[Statement], said: Sequence[Statement], spoken: frozenset[str]
) -> Iterator[Entry]:
    """A word of the text in the place of another of a heading: too short for the rest to tell."""
    if len(told) != len(said):
        return
    for old, new in zip(told, said, strict=True):
        gone, come = (
            _more(a, b, frozenset()) for a, b in ((old.words, new.words), (new.words, old.words))
        )
        if len(gone) == len(come) == 1 and len(old.words) == len(new.words) > 1:
            (instead,) = come
            if _root(instead) in spoken:
                yield from _instead(list(gone), [instead])


def _differences(
    a: Row, b: Row, starts: frozenset[int], lead: frozenset[str], spoken: frozenset[str]
) -> Iterator[Entry]:
    """`starts` are the places in `b` where a sentence begins: what is put in there leads over to
    it. `lead` are stems that say nothing of the text, `spoken` the roots of all that the source
    says: one of them may come in for a pronoun."""
    matcher = SequenceMatcher(None, [w for w, _ in a], [w for w, _ in b], autojunk=False)
    if matcher.quick_ratio() < MIN_KEPT or matcher.ratio() < MIN_KEPT:
        return
    gone, come = _more(a, b, lead), _more(b, a, lead)
    resolved = _pronouns(a) > _pronouns(b)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal" or kind == "replace" and max(i_end - i, j_end - j) > MAX_EXCHANGED:
            continue
        old = [pair for pair in a[i:i_end] if pair in gone]
        new = [pair for pair in b[j:j_end] if pair in come]
        if kind == "delete":
            yield from (Entry("dropped", "word", fact) for _, fact in old)
        elif kind == "insert" and j not in starts:
            named = resolved or not PRONOUNS.isdisjoint(word for word, _ in b[j - 1 : j_end])
            new = [pair for pair in new if not (named and _root(pair) in spoken)]
            yield from (Entry("invented", "word", None, fact) for _, fact in new)
        elif len(old) == len(new) > 0:
            yield from _instead(old, new)
        elif kind == "replace" and not old:
            yield from _small(a[i:], b[j:], (i_end - i, j_end - j), new)


def _pronouns(row: Row) -> int:
    return sum(word in PRONOUNS for word, _ in row)


def _more(here: Row, there: Row, lead: frozenset[str]) -> frozenset[Word]:
    """The content words that one side has more often than the other has them or their like."""
    had, have = Counter(map(_root, here)), Counter(map(_root, there))
    more = [pair for pair in here if _tells(pair, lead) and had[_root(pair)] > have[_root(pair)]]
    like = all_senses(stem(w) for w, _ in there if have[root(stem(w))] > had[root(stem(w))])
    return frozenset(pair for pair in more if not known(stem(pair[0]), like))


def _instead(old: Row, new: Row) -> Iterator[Entry]:
    for (word, fact), (other, there) in zip(old, new, strict=True):
        if senses(stem(word)).isdisjoint(senses(stem(other))):
            kind = "opposite" if _denied(word, other) else "word"
            yield Entry("changed", kind, fact, there)


def _small(a: Row, b: Row, sizes: tuple[int, int], content: Row) -> Iterator[Entry]:
    """A content word in the place of a small one that is not like it and no pronoun; or a small
    word in the place of its opposite, which is told by the word that it stands before."""
    if sizes != (1, 1):
        return
    said = frozenset({a[0][0]})
    if said | {b[0][0]} in _OPPOSED:
        told, instead = (next((fact for _, fact in row if fact), None) for row in (a, b))
        if told and instead:
            yield Entry("changed", "opposite", told, instead)
    if said.isdisjoint(PRONOUNS):
        like = all_senses(map(stem, said))
        yield from (
            Entry("invented", "word", None, fact) for w, fact in content if not known(stem(w), like)
        )


def _root(pair: Word) -> str:
    return root(stem(pair[0]))


def _tells(pair: Word, lead: frozenset[str]) -> bool:
    """Whether it is a content word or a name; numbers are told by their value."""
    word, fact = pair
    if fact is None or fact.kind == "number" or stem(word) in lead:
        return False
    return bool(content_stem(word)) or not _PLAIN.fullmatch(word)


def _denied(word: str, other: str) -> bool:
    """Whether one is the other with a prefix that denies it."""
    short, long = sorted((word, other), key=len)
    return long.endswith(short) and bool(_DENIES.fullmatch(long.removesuffix(short)))
