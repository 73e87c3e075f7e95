"""Token counters of the rephrasing stages, and words.

K2's 256 and 4096 are tokens of an unpublished tokenizer. The default here is a byte-level BPE of
8,192 pieces that ships with the package (`python -m benchmarks.tokenizer` trained it); a recipe may
name the tokenizer of the model that will read the text. `count_tokens`, words and marks by one
regex, needs nothing and is what the reports use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from factory.records import digest

Counter = Callable[[str], int]
COUNTER = "regex-wp"
BUILTIN = Path(__file__).parent / "tokenizer.json"
_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\ud7af]+|[^\w\s]")
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
CACHED_PIECES = 1 << 15


class TokenizerError(ValueError):
    """A tokenizer that can't be loaded; says what to give instead."""


def count_tokens(text: str) -> int:
    """Number of words and punctuation marks in `text`; every East Asian sign is one."""
    return len(_PIECE.findall(text))


@lru_cache(maxsize=4)
def token_counter(tokenizer: str) -> tuple[Counter, str]:
    """A counter and its label. `tokenizer`: `builtin`, `regex-wp`, or a tokenizer.json or a folder
    that holds one, on a disk or in an object store. Raises TokenizerError."""
    if tokenizer == COUNTER:
        return count_tokens, COUNTER
    loaded, key = _load(tokenizer)

    @lru_cache(maxsize=CACHED_PIECES)
    def count(text: str) -> int:
        return len(loaded.encode(text, add_special_tokens=False).ids)

    return count, f"{'builtin-bpe' if tokenizer == 'builtin' else 'tokenizer'}-{key[:8]}"


def _load(tokenizer: str) -> tuple[Any, str]:
    """The tokenizer, and a hash of its file."""
    from tokenizers import Tokenizer

    from factory.shards import storage

    path = str(BUILTIN) if tokenizer == "builtin" else tokenizer
    if storage.is_folder(path):
        path = storage.join(path, "tokenizer.json")
    try:
        text = storage.read_bytes(path).decode("utf-8")
        return Tokenizer.from_str(text), digest("tokenizer", text)
    except Exception as error:  # tokenizers raises bare Exception
        raise TokenizerError(
            f"passages.tokenizer: {path}: no tokenizer there ({error}); give a tokenizer.json, a "
            f"folder with one, builtin or {COUNTER}"
        ) from error


def words(text: str) -> list[str]:
    """Lower-cased words, hyphenated words and contractions kept whole."""
    return [word.lower() for word in _WORD.findall(text)]


def word_set(listed: str) -> frozenset[str]:
    """The set of the space-separated words of a table."""
    return frozenset(listed.split())
