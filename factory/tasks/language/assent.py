"""How an answer to a question for a go-ahead is read: a yes, a no, or a word to put right."""

from __future__ import annotations

import re

_YES = re.compile(
    r"(?<!\bnot )(?<!n't )\b(yes|yep|yeah|yup|sure|ok|okay|go ahead|do it|please do|"
    r"confirm|confirmed|correct|right|agreed|fine|absolutely|of course|proceed|go for it|"
    r"sounds good|that's it|"
    r"exactly|approved)\b",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:(?:oh|um+|er+|hm+|ah|sorry|actually|wait|please|well|ok|okay)\W+)*"
    r"(?:no\b(?! (?:problem|worries|objections?|doubt|issues?|changes?|need to ask))|nope\b|nah\b|"
    r"not (?:now|yet|today|quite|like that|this|that)\b|stop\b|hold on\b|hang on\b|cancel\b|"
    r"do(?:n't| not)\b(?! (?:wait|worry))|never ?mind\b|forget (?:it|about)\b|"
    r"leave (?:it|everything|that)\b|negative\b|"
    r"i(?:'d| would) (?:rather|prefer) (?:not|you (?:didn't|did not|don't))\b|"
    r"i(?:'ve| have)? changed my mind\b|let's not\b|better not\b|wait\b|"
    r"(?:absolutely|certainly|definitely|of course|surely|please|rather) not\b|"
    r"(?:that|this|it)(?:'s| is)(?: not|n't)\b|"
    r"i (?:do(?:n't| not)|did(?:n't| not)) (?:want|agree|ask|approve|confirm)\b)",
    re.I,
)
_PUT_RIGHT = re.compile(
    r"\b(?:wrong|mistake|mistaken|should (?:be|have|read)|instead|rather have you|mixed|mixing|"
    r"rectify|correction|can(?:'t|not) be (?:it|right)|slip of mine|(?<!what )i meant|"
    r"make (?:it|that) (?!so\b)|change (?:it|that) to)\b|"
    r", (?:and )?not \w",
    re.I,
)


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")


def assents(text: str) -> bool:
    """Whether a user's message agrees to what was asked, and to nothing else in its place."""
    plain = _plain(text)
    return _YES.search(plain) is not None and not _NO.search(plain) and not puts_right(plain)


def denies(text: str) -> bool:
    """Whether an answer to a question for a go-ahead is a no."""
    return _NO.search(_plain(text)) is not None


def puts_right(text: str) -> bool:
    """Whether a message puts another value in the place of one that was named."""
    return _PUT_RIGHT.search(_plain(text)) is not None
