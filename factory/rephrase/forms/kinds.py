"""What kind of statement a sentence makes: a definition, a duty, a limit, advice, ..."""

from __future__ import annotations

import re

from factory.rephrase.english import sentences as grammar
from factory.rephrase.forms.relations import IMPERATIVES

CARD_KINDS = (
    ("Change", re.compile(r"(?:New|Changed|Deprecated|Added) (?:in|since) version")),
    ("Example", re.compile(r"For (?:example|instance)\b|.*\be\.g\.")),
    ("Condition", re.compile(r"(?:If|When|Unless|Once|Until)\b")),
    ("Requirement", re.compile(r"[^,;]*?\b(?:must|need to|needs to|(?:is|are) required)\b")),
    ("Limit", re.compile(r"[^,;]*?(?:(?<![\w-])(?:not|cannot|never)\b|n[’']t\b)")),
    ("Advice", re.compile(r"[^,;]*?\b(?:should|recommended)\b")),
    ("Possibility", re.compile(r"[^,;]*?\b(?:can|may|might|could)\b")),
    ("Use", re.compile(r"[^,;]*?\b(?:used to|used for|serves to)\b")),
)
_INNER = re.compile(
    r"\b(?:because|if|when|that|which|who|whose|where|so|but|while|although|unless)\b"
)


DEFINES = re.compile(r"(?:an?|one of)\b|the (?:[\w-]+ ){1,4}?(?:of|that|which|who|whose|where)\b")

LIMITS = re.compile(
    r"\b(?:no|not|only|all|every|each|any|some|most|many|few|several|more|none|nothing|"
    r"nobody|anyone|everyone|neither)\b|n[’']t\b",
    re.IGNORECASE,
)
"""Words that make a subject no thing of which something could be told."""


_SET_BEFORE = re.compile(r"(?:While|Although|Though|Because|Since|Whereas) [^,]{3,160}, (?=\w)")
"""A clause before the main one that says nothing of its kind."""


def card_kind(body: str) -> str:
    """The label of a statement's card, by its main clause."""
    body = _SET_BEFORE.sub("", body)
    inner = _INNER.search(body)
    main = body[: inner.start()] if inner and inner.start() > 0 else body
    for label, pattern in CARD_KINDS:
        if pattern.match(main):
            return label
    found = grammar.clause(body)
    defined = found and found.verb in ("is", "are") and DEFINES.match(found.rest)
    if found and defined and not re.match(r"\w+ing\b", found.subject):
        return "Definition"
    return "Instruction" if IMPERATIVES.match(body) else "Fact"
