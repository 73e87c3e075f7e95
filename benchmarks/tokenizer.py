"""`python -m benchmarks.tokenizer [--write]`: how the built-in token counter was made, and what it
counts: characters a token on this project's prose and on text of your choice (`--documents`).

The counter is a byte-level BPE trained on this project's own pages, specifications, samples and
sources and on the reference that comes with CPython (PSF-2.0).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from factory.rephrase.reading import pydoc
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.reading.files import DocumentError
from factory.rephrase.text.tokens import BUILTIN, COUNTER, token_counter

ROOT = Path(__file__).parent.parent
VOCABULARY = 8192


def texts() -> Iterator[str]:
    """The training text, in a fixed order."""
    for pattern in ("README.md", "docs/*.md", "tool_specs/**/*.yaml", "factory/**/*.py"):
        for path in sorted(ROOT.glob(pattern)):
            yield path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "factory/rephrase/samples").rglob("*.md")):
        yield path.read_text(encoding="utf-8")
    for name in pydoc.names():
        yield pydoc.read(name)[1]


def train() -> Tokenizer:
    """A byte-level BPE of 8,192 pieces."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


def main() -> None:
    """Train and write, or measure what is shipped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="train anew and replace the file")
    parser.add_argument("--documents", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.write:
        made = json.loads(train().to_str())
        BUILTIN.write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")))
    print(f"{BUILTIN.name}: {BUILTIN.stat().st_size:,} bytes")
    for path in arguments.documents or ["pydoc:topics"]:
        told = []
        for ref in enumerate_documents([path]):
            try:
                told.append(read_document(ref)["text"])
            except DocumentError:
                continue
        text = "\n".join(told)
        for name in ("builtin", COUNTER):
            count, label = token_counter(name)
            started = time.process_time()
            tokens = sum(count(piece) for piece in told)
            seconds = max(1e-9, time.process_time() - started)
            print(
                f"{path}: {label}: {len(text) / max(1, tokens):.2f} characters a token, "
                f"{len(text) / seconds / 1e6:.1f} Mchar/s"
            )


if __name__ == "__main__":
    main()
