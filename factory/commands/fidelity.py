"""`factory fidelity bench`: how good the fidelity checks are, on text of your choice."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factory.recipe import Recipe
    from factory.records import Record

HELP = "measure the fidelity checks on text of your choice"
DESCRIPTION = """\
Falsify faithful rewrites in named ways and count what the checks catch; say the same in other
forms and count the false alarms. Use text that the checks were not tuned on.

  factory fidelity bench --documents ~/texts
  factory fidelity bench --documents ~/texts --json > bench.json
  factory fidelity bench --documents ~/texts --recipe mine.yaml    its thresholds and embeddings
"""
NAMES = {
    "facts": "facts (symbolic)",
    "words": "words in common",
    "facts_and_words": "facts and words",
    "meaning": "embeddings",
    "words_and_meaning": "words and embeddings",
    "all": "all",
}


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "fidelity",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    jobs = verb.add_subparsers(dest="job", required=True, metavar="JOB")
    bench = jobs.add_parser("bench", parents=[shared], help="recall and false alarms by kind")
    bench.add_argument(
        "--documents",
        action="append",
        default=[],
        metavar="PATH",
        help="folder, glob or file (default: pydoc:topics and builtin:math)",
    )
    bench.add_argument("--count", type=int, metavar="N", help="only the first N passages")
    bench.add_argument(
        "--recipe", metavar="FILE", help="thresholds of this recipe, and its rewrites.embeddings"
    )
    bench.add_argument("--seed", type=int, default=0)
    bench.add_argument("--json", action="store_true", help="figures as JSON")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    import asyncio

    from factory.commands.errors import CommandError
    from factory.llm.desk import client_of
    from factory.recipe import Recipe, load_recipe
    from factory.rephrase.bench.measure import Bench, measure
    from factory.rephrase.offline import OfflineRewriter

    passages = asyncio.run(_passages(arguments.documents or ["pydoc:topics", "builtin:math"]))
    passages = passages[: arguments.count]
    if not passages:
        raise CommandError("no passage of 40 tokens or more in these documents")
    recipe = load_recipe(arguments.recipe) if arguments.recipe else Recipe()

    async def measured() -> Bench:
        options = {"seed": arguments.seed, **_options(recipe)}
        try:
            return await measure(passages, OfflineRewriter(), **options)
        finally:
            if "meant" in options:
                await client_of(recipe, "").close()

    bench = asyncio.run(measured())
    figures = {"passages": len(passages), **bench.as_json()}
    if arguments.json:
        print(json.dumps(figures, indent=1))
    else:
        _print_tables(figures)
    return 0


def _options(recipe: Recipe) -> dict[str, Any]:
    """The recipe's bounds on facts, and its embeddings."""
    from factory.authors import authors_for
    from factory.rephrase.bench.measure import ABOUT_FACTS, Meaning

    limits = recipe.rewrites.thresholds.model_copy(update=ABOUT_FACTS)
    if recipe.rewrites.embeddings is None:
        return {"limits": limits}
    authors = authors_for(recipe)
    embedder = lambda record: authors.of_record("bench", record)["embedder"]  # noqa: E731
    return {"limits": limits, "meant": Meaning(embedder, recipe.rewrites.embeddings)}


async def _passages(paths: list[str]) -> list[Record]:
    """English passages of one chunk from the documents; one that can't be read is named and left
    out."""
    import sys

    from factory.recipe import Recipe
    from factory.rephrase.passages import split
    from factory.rephrase.reading.documents import (
        DocumentError,
        enumerate_documents,
        read_document,
    )
    from factory.stage import Context, EmptyStore, Reject

    recipe = Recipe.model_validate({"passages": {"excerpt_tokens": 256, "chunk_tokens": 256}})
    found: list[Record] = []
    for ref in enumerate_documents(paths):
        try:
            document = read_document(ref)
        except DocumentError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        ctx = Context.of(recipe, "passages", document["id"], EmptyStore(), {})
        for passage in await split(document, ctx):
            if not isinstance(passage, Reject) and passage["language"] == "en":
                found.append(passage)
    return found


def _print_tables(figures: dict[str, Any]) -> None:
    head = f"{'':<22}{'n':>6}{'rate':>8}{'95 %':>15}{'words':>8}{'facts':>8}  first reason"
    print(f"{figures['passages']} passages\n\nfalsified: share caught\n{head}")
    for name, row in figures["errors"].items():
        print(_line(name, row))
    print(f"\nfaithful: share rejected (false alarms {figures['false_alarms']:.1%})\n{head}")
    for name, row in figures["faithful"].items():
        print(_line(name, row))
    speed = figures["milliseconds_per_256_tokens"]
    print(f"\n{'these checks alone':<28}{'mean recall':>12}{'false alarms':>14}")
    for name, row in figures["ablations"].items():
        if "meaning" not in name or figures["ablations"]["meaning"]["recall"]:
            print(f"{NAMES[name]:<28}{row['recall']:>12.1%}{row['false_alarms']:>14.1%}")
    print(f"\n{'caught by':<22}falsified so (one rewrite may fail several checks)")
    for check, kinds in _caught(figures["errors"]).items():
        print(f"{check:<22}" + ", ".join(f"{kind} {n}" for kind, n in kinds[:6]))
    print(f"\n{speed:.1f} ms of CPU per 256-token chunk")


def _caught(errors: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """By check, the kinds of error that it caught, the most frequent first."""
    found: dict[str, list[tuple[str, int]]] = {}
    for kind, row in errors.items():
        for check, count in row["caught_by"].items():
            found.setdefault(check, []).append((kind, count))
    return {check: sorted(kinds, key=lambda k: -k[1]) for check, kinds in sorted(found.items())}


def _line(name: str, row: dict[str, Any]) -> str:
    interval = f"{row['low']:.1%}-{row['high']:.1%}"
    reasons = ", ".join(f"{reason} {count}" for reason, count in list(row["by_reason"].items())[:3])
    return (
        f"{name:<22}{row['trials']:>6}{row['rate']:>8.1%}{interval:>15}"
        f"{row['alone']['words']:>8.0%}{row['alone']['facts']:>8.0%}  {reasons}"
    )
