"""How what was said is said again: a row named at length is "that booking" when it comes up once
more, and what is mine in a request is yours in the reply to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache


def named_before(text: str, again: Mapping[str, str], earlier: str = "") -> str:
    """`text` with the second and later mentions of each row short; all of them, if `earlier`
    names the row. `again`: long name → short one."""
    for long, short in sorted(again.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        met = bool(_mention(long).search(earlier))
        pieces = []
        at = 0
        for found in _mention(long).finditer(text):
            pieces.append(text[at : found.start()])
            brief = short[0].upper() + short[1:] if found.group()[0].isupper() else short
            pieces.append(brief if met else found.group())
            met, at = True, found.end()
        text = "".join(pieces) + text[at:]
    return text


def in_reply(request: str) -> str:
    """A request as the one who was asked repeats it: "my sister" → "your sister"."""
    return _MINE.sub(lambda found: _YOURS[found.group()], request)


_YOURS = {
    "I'm": "you're",
    "I am": "you are",
    "my": "your",
    "me": "you",
    "our": "your",
    "us": "you",
    "I": "you",
    "mine": "yours",
}
_MINE = re.compile(rf"\b(?:{'|'.join(_YOURS)})\b")


@lru_cache(maxsize=256)
def _mention(long: str) -> re.Pattern[str]:
    """A long name, with a capital or without, as whole words."""
    first = re.escape(long[0].lower()) + re.escape(long[0].upper())
    return re.compile(rf"(?<!\w)[{first}]{re.escape(long[1:])}(?!\w)")
