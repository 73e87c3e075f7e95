"""Byte-level BPE with Kimi K2's special tokens, trained on our text, loadable by transformers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from factory.train.data.chat_template import CHAT_TEMPLATE, RESPONSE_TEMPLATE

BOS, EOS, PAD = "[BOS]", "[EOS]", "[PAD]"
SPECIAL_TOKENS = (
    BOS,
    EOS,
    PAD,
    "<|im_end|>",
    "<|im_user|>",
    "<|im_assistant|>",
    "<|im_system|>",
    "<|im_middle|>",
    "<|tool_calls_section_begin|>",
    "<|tool_calls_section_end|>",
    "<|tool_call_begin|>",
    "<|tool_call_argument_begin|>",
    "<|tool_call_end|>",
)
# Words with their leading space, numbers in threes, runs of punctuation, line ends, other space.
WORD_PATTERN = (
    r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class ChatTokenizer:
    """A trained tokenizer that never reads a special token out of text.

    Text that happens to say "<|im_end|>" is encoded as ordinary characters; special tokens come
    only from the caller, by `special(name)`.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        ids = {name: tokenizer.token_to_id(name) for name in SPECIAL_TOKENS}
        self._special = {name: number for name, number in ids.items() if number is not None}
        if missing := sorted(set(ids) - set(self._special)):
            raise ValueError(f"the tokenizer lacks the special tokens {missing}")
        self._tokenizer = tokenizer
        self._tokenizer.encode_special_tokens = True

    @property
    def vocab_size(self) -> int:
        """Number of tokens, special ones included."""
        return int(self._tokenizer.get_vocab_size())

    def special(self, name: str) -> int:
        """Id of a special token; `KeyError` if it is none."""
        return self._special[name]

    def encode(self, text: str) -> list[int]:
        """Ids of a text, without any special token."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode_document(self, text: str) -> list[int]:
        """[BOS], the text, [EOS]: a document as pretraining sees it."""
        return [self._special[BOS], *self.encode(text), self._special[EOS]]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of some ids, special tokens spelled out."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=False))

    def save(self, folder: Path) -> None:
        """Writes tokenizer.json and tokenizer_config.json (with chat template) into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        config = json.dumps(_transformers_config(), ensure_ascii=False, indent=2)
        for name, text in (
            ("tokenizer_config.json", config),
            ("tokenizer.json", self._tokenizer.to_str(pretty=False)),
        ):
            draft = folder / f"{name}.unfinished"
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(folder / name)


def train_bpe(texts: Iterable[str], vocab_size: int) -> ChatTokenizer:
    """Trains on texts; the same texts give the same tokenizer, at most `vocab_size` tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORD_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=[
            AddedToken(name, special=True, normalized=False) for name in SPECIAL_TOKENS
        ],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return ChatTokenizer(tokenizer)


def load_tokenizer(folder: Path) -> ChatTokenizer:
    """A tokenizer saved by `ChatTokenizer.save`; `ValueError` if the folder holds none."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ValueError(f"{folder} has no tokenizer.json; train one first")
    try:
        found = Tokenizer.from_file(str(path))
    except Exception as error:  # of tokenizers, which raises nothing narrower
        raise ValueError(f"{path} is no tokenizer ({error}); train one anew") from None
    try:
        return ChatTokenizer(found)
    except ValueError as error:
        raise ValueError(
            f"{path}: {error}; `factory train tokenizer` makes one that fits"
        ) from None


def tokenizer_fingerprint(folder: Path) -> str:
    """sha256 of tokenizer.json: a checkpoint trained with one tokenizer refuses another."""
    return hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest()


def _transformers_config() -> dict[str, Any]:
    named = {BOS, EOS, PAD}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BOS,
        "eos_token": EOS,
        "pad_token": PAD,
        "additional_special_tokens": [name for name in SPECIAL_TOKENS if name not in named],
        "clean_up_tokenization_spaces": False,
        "model_max_length": 131_072,
        "chat_template": CHAT_TEMPLATE,
        "response_template": RESPONSE_TEMPLATE,
    }
