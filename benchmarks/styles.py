"""`python -m benchmarks.styles [--documents PATH] [--json]`: what each offline style does to text.

Per style over English passages it fits: how often it fits, the share the gate keeps, the share of
new 4-grams, how long the result is, how near the nearest rewrite of the same passage lies, and
fluency limits: words a sentence, sentences without a verb, questions a hundred sentences.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import time
from collections import Counter, defaultdict
from typing import Any

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.applicability import fitting
from factory.rephrase.drafts import write
from factory.rephrase.english.verbs import FINITE, PAST_TOO, VERBS
from factory.rephrase.fidelity.gate import reason
from factory.rephrase.fidelity.scores import check
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.passages import split
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.reading.files import DocumentError
from factory.rephrase.settings import Thresholds
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.rephrase.text.distance import distance, grams
from factory.rephrase.text.segments import segment
from factory.rephrase.text.tokens import words
from factory.stage import Reject

_VERBS = FINITE | PAST_TOO | frozenset(VERBS.values())


def passages(paths: list[str], most: int) -> list[dict[str, Any]]:
    """English knowledge passages of up to 1,024 tokens."""
    recipe = Recipe(stages=("passages",), passages={"excerpt_tokens": 1024})
    found = []
    for ref in enumerate_documents(paths):
        try:
            document = read_document(ref)
        except DocumentError:
            continue
        ctx = lone_context(recipe=recipe, record_id=document["id"], stage="passages")
        for made in asyncio.run(split(document, ctx)):
            if not isinstance(made, Reject) and made["language"] == "en":
                found.append(made)
    random.Random(0).shuffle(found)
    return [p for p in found if p["subject"] == "knowledge"][:most]


def fluency(text: str) -> dict[str, float]:
    """Words a sentence, share of sentences without a known verb, questions a hundred sentences."""
    told = [text[s.start : s.end] for s in segment(text) if s.kind in ("sentence", "item")]
    sizes = [len(words(t)) for t in told] or [0]
    bare = sum(not _has_verb(t) for t in told if len(words(t)) > 3)
    asked = sum(t.rstrip(" *\n").endswith("?") for t in told)
    return {
        "words": statistics.fmean(sizes),
        "verbless": bare / max(1, len(told)),
        "questions": 100 * asked / max(1, len(told)),
    }


def _has_verb(text: str) -> bool:
    return any(
        w in _VERBS or w.endswith(("ed", "n't", "ing")) for w in words(re.sub("`", "", text))
    )


def measure(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures by style, and characters written a second of CPU."""
    author, limits = OfflineRewriter(), Thresholds()
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    why: dict[str, Counter[str]] = defaultdict(Counter)
    fits: Counter[str] = Counter()
    written = 0
    started = time.process_time()
    for i, passage in enumerate(found):
        made = {}
        for style in sorted(fitting(passage["text"])):
            fits[style] += 1
            person = list(PERSPECTIVES.values())[(i + len(made)) % len(PERSPECTIVES)]
            rng = random.Random(f"{i}{style}")
            draft = asyncio.run(write(passage, Reading(STYLES[style], person), author, rng))
            report = check(passage["text"], draft.text, passage.get("title") or "")
            failed = draft.seam or reason(draft.text, report, limits, "en")
            why[style][failed or "kept"] += 1
            made[style] = grams(draft.text)
            rows[style].append({**report.scores, **fluency(draft.text)})
            written += len(draft.text)
        for style, said in made.items():
            others = [distance(said, other) for name, other in made.items() if name != style]
            rows[style][-1]["nearest"] = min(others, default=1.0)
    seconds = time.process_time() - started
    return {
        "passages": len(found),
        "megabytes_per_second": written / seconds / 1e6,
        "styles": {
            style: {
                "fits": fits[style] / len(found),
                "kept": why[style]["kept"] / max(1, fits[style]),
                **{
                    name: statistics.median(row[name] for row in rows[style])
                    for name in ("novelty", "length_ratio", "nearest", *("words", "verbless"))
                },
                "questions": statistics.fmean(row["questions"] for row in rows[style]),
                "reasons": dict(why[style].most_common()),
            }
            for style in STYLES
            if fits[style]
        },
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", action="append", default=[])
    parser.add_argument("--count", type=int, default=120, help="passages, drawn at random")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(passages(arguments.documents or ["pydoc:topics"], arguments.count))
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{figures['passages']} passages; {figures['megabytes_per_second']:.2f} MB/s written\n")
    head = ("fits", "kept", "novelty", "length_ratio", "nearest", "words", "verbless", "questions")
    print("| style | " + " | ".join(head) + " | why not kept |\n" + "|---" * (len(head) + 2) + "|")
    for style, row in figures["styles"].items():
        lost = {name: n for name, n in row["reasons"].items() if name != "kept"}
        told = ", ".join(f"{name} {n}" for name, n in list(lost.items())[:3])
        print(f"| {style} | " + " | ".join(f"{row[name]:.2f}" for name in head) + f" | {told} |")


if __name__ == "__main__":
    main()
