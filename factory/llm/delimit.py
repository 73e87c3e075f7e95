"""Text from outside as data: it can neither end its own block nor speak in another role.

A block is `<data-XXXXXXXX name="...">…</data-XXXXXXXX>`, where the eight digits are the first of a
fixed row that occur in none of the prompt's texts. So the same texts always give the same prompt
(the journal finds it), and no text can hold a closing tag: not because the digits are secret, but
because they were looked for.

Control tokens of chat templates (`<|im_end|>`, `[INST]`, …), which some servers would read as a
change of role wherever they stand, are written with look-alike brackets; characters that nobody
sees (Unicode tags, bidirectional overrides, zero-width) are written as their code points.
`restore` undoes both in what a model answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from factory.records import digest

_CONTROL = re.compile(
    r"<(\|[^|<>\n]{1,40}\|)>"  # <|im_start|>, <|eot_id|>, <|system|>
    r"|<(｜[^｜<>\n]{1,40}｜)>"  # DeepSeek's full-width bars
    r"|<(/?(?:s|bos|eos|unk|pad|start_of_turn|end_of_turn|tool_call|tool_response|think))>"
    r"|<(</?SYS>)>"
    r"|\[(/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS))\]",
    re.IGNORECASE,
)
_RESTORED = re.compile(r"‹([^‹›\n]{1,42})›|⟦([^⟦⟧\n]{1,42})⟧")
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


def escape(text: str) -> str:
    """The text without control tokens or unseen characters; otherwise as it is."""
    if "<" in text or "[" in text:  # each control token has one of them; most texts have none
        text = _CONTROL.sub(_look_alike, text)
    return _UNSEEN.sub(lambda m: f"\\u{{{ord(m[0]):04x}}}", text)


def _look_alike(match: re.Match[str]) -> str:
    if match[5] is not None:
        return f"⟦{match[5]}⟧"
    return f"‹{next(filter(None, match.groups()))}›"


def restore(text: str) -> str:
    """Control tokens back in their own brackets, where a model copied them from its data."""
    return _RESTORED.sub(_original, text) if "›" in text or "⟧" in text else text


def _original(match: re.Match[str]) -> str:
    token = f"<{match[1]}>" if match[1] is not None else f"[{match[2]}]"
    return token if _CONTROL.fullmatch(token) else match[0]


@cache
def _digits(attempt: int) -> str:
    return digest("delimiter", str(attempt))[:8]


def mark(*texts: str) -> str:
    """Eight hex digits that no text holds: the first such of a fixed row, so that prompts which
    begin alike stay alike (a server's prefix cache, the journal)."""
    attempt = 0
    while True:
        found = _digits(attempt)
        if not any(found in text for text in texts):
            return found
        attempt += 1


def blocks(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts from outside by name, each delimited, all with one mark that none of them holds."""
    safe = {name: escape(text) for name, text in texts.items()}
    tag = f"data-{mark(*safe.values())}"
    return {name: f'<{tag} name="{name}">\n{text}\n</{tag}>' for name, text in safe.items()}


def block(name: str, text: str) -> str:
    """One text from outside, delimited."""
    return blocks({name: text})[name]
