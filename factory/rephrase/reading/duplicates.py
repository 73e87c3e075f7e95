"""Stage `fingerprints`, and which documents of a run say what an earlier one says.

A fingerprint holds hashes only, so every worker can compare all documents of a run. The decision
is a function of the fingerprints in dataset order: the same whatever the number of workers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

from factory.held import Held
from factory.records import Record, digest
from factory.stage import Context, Reject, Store
from factory.tools.dedup import Sketch, decide
from factory.tools.settings import DuplicateSettings
from factory.tools.sketch import band_keys

STAGE = "fingerprints"
KIND = "fingerprint"
SHINGLE = 5
SAMPLE = 128
"""Of a document's shingles the 128 lowest hashes are kept: the Jaccard index of two such samples
estimates that of the texts with a standard error of 0.04 (bottom-k sketch, Thorup 2013)."""
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]|[^\W_]+")


async def fingerprint(document: Mapping[str, str], ctx: Context) -> list[Record | Reject]:
    """The fingerprint of a document; nothing of one that can't be read (see `passages.split`)."""
    if "failure" in document:
        return []
    tokens = [token.lower() for token in _TOKEN.findall(document["text"])]
    shingles = bottom_hashes(tokens)
    body = {
        "document_id": document["id"],
        "source": document["uri"],
        "content": digest("content", *tokens),
        "shingles": "".join(f"{value:08x}" for value in shingles),
        "bands": band_keys(shingles),
    }
    return [ctx.record(KIND, body, parents=[document["id"]])]


def bottom_hashes(tokens: list[str]) -> list[int]:
    """The lowest 32-bit hashes of the runs of five tokens, sorted; of all if there are fewer."""
    runs = {"\x1f".join(tokens[i : i + SHINGLE]) for i in range(max(1, len(tokens) - SHINGLE + 1))}
    hashes = {int.from_bytes(blake2b(r.encode(), digest_size=4).digest(), "big") for r in runs}
    return sorted(hashes)[:SAMPLE]


def left_out(ctx: Context) -> Mapping[str, tuple[str, str]]:
    """Document id → (reason code, detail) of what is dropped: `duplicate_document` of the same
    words, `near_duplicate` from the recipe's `documents.near_duplicate` on. Nothing in a recipe
    without the stage `fingerprints`."""
    if STAGE not in ctx.recipe.stages:
        return {}
    return _decision(Held(ctx.store), ctx.recipe.documents.near_duplicate)


@lru_cache(maxsize=2)
def _decision(held: Held[Store], threshold: float) -> dict[str, tuple[str, str]]:
    names = ("document_id", "source", "content", "shingles", "bands")
    rows = list(zip(*(held.it.column(KIND, name) for name in names), strict=True))
    return decide_documents(rows, threshold)


def decide_documents(
    rows: list[tuple[str, str, str, str, str]], threshold: float
) -> dict[str, tuple[str, str]]:
    """What goes, of rows (document id, source, content key, shingles, bands); the first stays."""
    dropped: dict[str, tuple[str, str]] = {}
    first: dict[str, str] = {}
    sources: dict[str, str] = {}
    sketches: list[Sketch] = []
    for document, source, content, shingles, bands in rows:
        if content in first:
            dropped[document] = ("duplicate_document", f"the same words as {first[content]}")
            continue
        first[content] = source
        sources[document] = source
        sketches.append(Sketch(document, "synthetic", "bind", (), shingles, bands, None, ""))
    settings = DuplicateSettings(near_duplicate=threshold, same_structure=None)
    for document, (_, detail) in decide(sketches, settings).dropped.items():
        said, _, twin = detail.rpartition(" to ")
        dropped[document] = ("near_duplicate", f"{said} to {sources.get(twin, twin)}")
    return dropped
