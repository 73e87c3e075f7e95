"""Rephrasing: offline speed with its checks, the share of an endpoint's ideal rate, prefix reuse.

    python -m benchmarks.rephrase [--tests offline,endpoint,prefix] [--documents DIR]
                                  [--count 8] [--in-flight 64,512] [--chunks 8]

`offline`: text written a second of CPU, split into writing and checking. `endpoint`: excerpts
rewritten chunk after chunk through the client and its journal against a mock server of 50 ms; the
ideal is `in flight / 50 ms`. `prefix`: share of the prompts' tokens that begin an earlier prompt of
the same passage. Rates are wall time; CPU a chunk is given beside them, as it alone is fair on a
busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import verdict
from benchmarks.llm_overhead import Server
from benchmarks.prefix import prompts_of, reused
from factory.authors import authors_for, lone_context
from factory.llm.desk import client_of
from factory.recipe import Recipe
from factory.rephrase.drafts import write
from factory.rephrase.fidelity.scores import check
from factory.rephrase.offline import OfflineRewriter
from factory.rephrase.passages import split
from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.styles import PERSPECTIVES, STYLES, Reading
from factory.stage import Reject

LATENCY = 0.05
GOALS = {
    "offline": 40.0,
    "checks": 10.0,
    "64": 2.0,
    "512": 8.0,
    "prefix": 0.15,
}
"""CPU s a MB written and checked; ms a 256-token chunk; ideal rate / rate; share of new tokens."""


def excerpts(paths: list[str], count: int, recipe: Recipe) -> list[dict[str, Any]]:
    """The first English excerpts of at least four chunks."""
    found: list[dict[str, Any]] = []
    for ref in enumerate_documents(paths):
        document = read_document(ref)
        ctx = lone_context(recipe=recipe, record_id=document["id"])
        for passage in asyncio.run(split(document, ctx)):
            if isinstance(passage, Reject) or passage["language"] != "en":
                continue
            if len(passage["chunks"]) >= 4:
                found.append(passage)
        if len(found) >= count:
            break
    if not found:
        sys.exit("no English excerpt of four chunks or more in these documents")
    return found[:count]


def reading_of(number: int) -> Reading:
    """Styles and perspectives in turn."""
    styles, perspectives = list(STYLES.values()), list(PERSPECTIVES.values())
    return Reading(styles[number % len(styles)], perspectives[number % len(perspectives)])


def offline(found: list[dict[str, Any]]) -> Iterator[str]:
    """One rewrite of each excerpt, whole and checked, on one core."""
    author = OfflineRewriter()
    written = chunks = 0
    writing = checking = 0.0
    for number, passage in enumerate(found):
        started = time.process_time()
        draft = asyncio.run(write(passage, reading_of(number), author, random.Random(number)))
        between = time.process_time()
        check(passage["text"], draft.text, passage.get("title") or "")
        writing += between - started
        checking += time.process_time() - between
        written += len(draft.text.encode())
        chunks += len(passage["chunks"])
    megabytes = written / 1e6
    speed = megabytes / (writing + checking)
    print(f"\noffline, {len(found)} excerpts, {chunks} chunks, {megabytes:.2f} MB written")
    print(f"{'':<10}{'CPU s':>8}{'MB/s':>8}{'ms a chunk':>12}")
    for name, seconds in (("writing", writing), ("checking", checking)):
        print(
            f"{name:<10}{seconds:>8.2f}{megabytes / seconds:>8.2f}{1000 * seconds / chunks:>12.1f}"
        )
    print(f"{'both':<10}{writing + checking:>8.2f}{speed:>8.3f}")
    yield verdict("rephrase_offline", 1 / speed, "CPU s/MB written", 0.0, GOALS["offline"])
    each = 1000 * checking / chunks
    yield verdict("rephrase_checks", each, "ms CPU a chunk", 0.0, GOALS["checks"])


async def through(
    recipe: Recipe, folder: str, found: list[dict[str, Any]], in_flight: int, checked: bool
) -> tuple[int, float, float]:
    """(chunks, wall seconds, CPU seconds) of `in_flight` excerpts at once, each chunk by chunk."""
    authors = authors_for(recipe, folder)
    chunks = 0

    async def one(number: int) -> None:
        nonlocal chunks
        passage = found[number % len(found)]
        author = authors.of_record("rewrites", f"{number}")["rewriter"]
        rng = random.Random(f"{number}{checked}")
        draft = await write(passage, reading_of(number), author, rng)
        if checked:
            check(passage["text"], draft.text, passage.get("title") or "")
        chunks += len(passage["chunks"])

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(one, range(in_flight)))
    taken = chunks, time.perf_counter() - wall, time.process_time() - cpu
    await client_of(recipe, folder).close()
    return taken


def endpoint(found: list[dict[str, Any]], sizes: list[int]) -> Iterator[str]:
    """The share of the ideal rate, without and with the checks."""
    server = Server(str(Path(__file__).with_name("mock_server.py")), sys.executable)
    print(f"\nendpoint of {1000 * LATENCY:.0f} ms, one process, load {os.getloadavg()[0]:.1f}")
    head = (
        "excerpts in flight",
        "chunks/s",
        "ideal",
        "share",
        "CPU ms a chunk",
        "share, core free",
    )
    print(f"{head[0]:<28}" + "".join(f"{name:>18}" for name in head[1:]))
    try:
        for size in sizes:
            for checked in (False, True):
                server.reset(latency_ms=1000 * LATENCY)
                address = {"url": f"{server.url}/v1", "in_flight": size}
                models = {"mock": {"name": "mock", "endpoints": [address]}}
                recipe = Recipe.model_validate({"models": models, "authors": {"rewriter": "llm"}})
                with tempfile.TemporaryDirectory() as folder:
                    told = asyncio.run(through(recipe, folder, found, size, checked))
                chunks, wall, cpu = told
                rate, ideal, each = chunks / wall, size / LATENCY, cpu / chunks
                free = min(1.0, 1 / each / ideal)
                name = f"{size}{', checked' if checked else ''}"
                print(
                    f"{name:<28}{rate:>18.0f}{ideal:>18.0f}{rate / ideal:>18.1%}"
                    f"{1000 * each:>18.2f}{free:>18.1%}"
                )
                if not checked:
                    goal = GOALS.get(str(size), 2.0)
                    unit = f"x ideal time, {size} excerpts in flight"
                    yield verdict(f"rephrase_endpoint_{size}", ideal / rate, unit, 1.0, goal)
    finally:
        server.process.terminate()


def prefix(found: list[dict[str, Any]]) -> Iterator[str]:
    """Tokens sent before, by passage, for one style and for four."""
    print(
        f"\nprompt tokens that begin an earlier prompt of the passage\n{'styles':<10}{'share':>8}"
    )
    shares = {}
    for styles in (1, 4):
        counts = [reused(prompts_of(p, [reading_of(n) for n in range(styles)])) for p in found]
        known, total = map(sum, zip(*counts, strict=True))
        shares[styles] = known / total
        print(f"{styles:<10}{shares[styles]:>8.1%}")
    yield verdict("rephrase_prefix", 1 - shares[1], "share of new tokens", 0.0, GOALS["prefix"])


def main() -> None:
    """Measure, print the tables, then a verdict a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", default="offline,endpoint,prefix")
    parser.add_argument("--documents", action="append", default=[])
    parser.add_argument("--count", type=int, default=8, help="excerpts")
    parser.add_argument("--in-flight", default="64,512")
    parser.add_argument("--chunks", type=int, default=8, help="of an excerpt, for the endpoint")
    arguments = parser.parse_args()
    paths = arguments.documents or ["pydoc:topics"]
    tests = arguments.tests.split(",")
    lines: list[str] = []
    if "offline" in tests:
        lines += offline(excerpts(paths, arguments.count, Recipe()))
    if "endpoint" in tests:
        tokens = {"excerpt_tokens": 256 * arguments.chunks}
        short = excerpts(paths, arguments.count, Recipe.model_validate({"passages": tokens}))
        lines += endpoint(short, [int(size) for size in arguments.in_flight.split(",")])
    if "prefix" in tests:
        whole = excerpts(paths, 10 * arguments.count, Recipe())
        lines += prefix(
            [p for p in whole if len(p["chunks"]) >= 14][: max(1, arguments.count // 2)]
        )
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
