"""Which words carry content, and their stems."""

from __future__ import annotations

from functools import lru_cache

from factory.rephrase.text.tokens import word_set

STOPWORDS = word_set("""
    a an the this that these those it its itself they them their theirs he she his her him we
    us our you your i my me one ones and or but nor so yet if then else than as while when
    where which who whom whose what why how because since until unless though although whereas
    whether of in on at to for from by with into onto about over under between through during
    per via against within upon along across among amongst whilst
    is are was were be been being am do does did done
    has have had having will would shall should can could may might must cannot need not no
    none never neither without there here also too very just even still only such same other
    another any some all each every both either most more less many much few several own out
    up down off again further once now thus hence therefore however instead rather e.g i.e etc
    example instance following like case cases way ways thing things holds hold true happens
    happen mean means meant said say says know known use used uses using point note notice
    worth put brief ok well okay let yes get gets gives give given comes come order make makes
    made required possible allowed advisable necessary whenever wherever permitted recommended
    question answer named called before after above below mostly usually normally typically
    generally commonly often permissible able obligatory advised occurs occur it's that's
    there's what's let's you're we're they're i'm he's she's you'll we'll it'll i'll you've
    we've i've they've i'd you'd always rarely seldom sometimes occasionally almost nearly
    rule nothing solely nevertheless numerous next course half twice times""")
_ENDS_IN_LY = word_set("""
    apply supply reply imply comply multiply misapply reapply rely family assembly ally rally tally
    bully anomaly monopoly subassembly""")
"""No adverbs: their plurals and third persons end in `-lies`."""
KNOWN_WORDS = 1 << 16
"""So many words are remembered, of whatever is asked of each."""


@lru_cache(maxsize=KNOWN_WORDS)
def stem(word: str) -> str:
    """A crude English stem: case, possessive, plural and regular endings removed."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(word) <= 3 or not word.isalpha() or word in _ENDS_IN_LY:
        return word
    for ending, rest in (("ies", "y"), ("sses", "ss"), ("ied", "y")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + rest
    for ending in ("ing", "ed", "ly", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
