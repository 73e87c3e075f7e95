"""`factory journal`: what was asked of models, what it cost, and what to keep of it."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from factory.commands.errors import CommandError

HELP = "the paid answers of models: totals, single ones, pruning, export"
DESCRIPTION = """\
A journal is the folder of every answer a run has paid for (RUN/journal unless the recipe names
another), beside its request. It is what a restarted run reads instead of paying again.

  factory journal stats out/demo/journal
  factory journal show out/demo/journal --record 4f2a --last 3
  factory journal prune out/demo/journal --role judge --older-than 30
  factory journal export out/demo/journal --role rewriter > answers.jsonl

`prune` deletes the answers that meet all its conditions and packs the rest into one segment. No
run may be writing to the journal meanwhile.
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "journal",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("action", choices=["stats", "show", "prune", "export"])
    verb.add_argument("dir", metavar="DIR", help="folder of the journal, or of a run")
    for name, what in (
        ("key", "keys that begin so"),
        ("record", "record ids that begin so"),
        ("role", "this role"),
        ("stage", "this stage"),
        ("model", "this model"),
    ):
        verb.add_argument(f"--{name}", metavar=name.upper(), help=f"only {what}")
    verb.add_argument("--older-than", type=float, metavar="DAYS", help="only answers older")
    verb.add_argument("--last", type=int, metavar="N", help="show: only the newest N")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    from factory.llm.journal import Journal
    from factory.shards import storage

    folder = arguments.dir.rstrip("/")
    if not storage.exists(folder):
        raise FileNotFoundError(f"no folder {folder}")
    if storage.exists(storage.join(folder, "journal")):
        folder = storage.join(folder, "journal")
    journal = Journal(folder)
    code: int = {"stats": _stats, "show": _show, "prune": _prune, "export": _export}[
        arguments.action
    ](journal, arguments)
    return code


def _wanted(entry: dict[str, Any], arguments: argparse.Namespace) -> bool:
    import time

    exact = ("role", "stage", "model")
    if any(getattr(arguments, n) not in (None, entry[n]) for n in exact):
        return False
    if any(not entry[n].startswith(getattr(arguments, n) or "") for n in ("key", "record")):
        return False
    days = arguments.older_than
    return days is None or entry["at"] < time.time() - 86400 * days


def _stats(journal: Any, arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    rows: dict[tuple[str, str, str], Counter[str]] = {}
    costs: dict[tuple[str, str, str], float | None] = {}
    for entry in filter(lambda e: _wanted(e, arguments), journal.entries()):
        key = (entry["stage"], entry["role"], entry["model"])
        rows.setdefault(key, Counter()).update({"answers": 1, **entry["answer"]["usage"]})
        before = costs.get(key, 0.0)
        known = before is not None and entry["cost"] is not None
        costs[key] = before + entry["cost"] if known else None
    table = Table(title=journal.folder, title_justify="left", header_style="bold")
    for heading in ("stage", "role", "model"):
        table.add_column(heading)
    for heading in ("answers", "tokens in", "cached", "tokens out", "cost"):
        table.add_column(heading, justify="right")
    for key, counts in sorted(rows.items()):
        cost = costs[key]
        names = ("answers", "prompt_tokens", "cached_tokens", "completion_tokens")
        figures = [f"{counts[name]:,}" for name in names]
        table.add_row(*key, *figures, "unknown" if cost is None else f"{cost:,.4f}")
    Console(width=120).print(table)
    for path, start, why in journal.unreadable:
        print(f"{path} at byte {start}: {why}")
    return 0


def _show(journal: Any, arguments: argparse.Namespace) -> int:
    entries = [entry for entry in journal.entries() if _wanted(entry, arguments)]
    if not entries:
        raise CommandError("no such answer")
    if arguments.last:
        entries = sorted(entries, key=lambda entry: float(entry["at"]))[-arguments.last :]
    for entry in entries:
        cost = "cost unknown" if entry["cost"] is None else f"cost {entry['cost']:.6f}"
        print(f"=== {entry['key']} {entry['prompt']} for {entry['stage']} {entry['record']}")
        print(f"    {entry['model']} sample {entry['sample']}, {cost}, in {entry['segment']}")
        print_messages(entry["request"]["messages"])
        print("--- answer")
        message = entry["answer"]["message"]
        print(message.get("content") or "")
        for call in message.get("tool_calls", ()):
            print(f"{call['function']['name']}({call['function']['arguments']})")
    return 0


def print_messages(messages: list[dict[str, Any]]) -> None:
    """Messages as they are sent, each under a line with its role."""
    for message in messages:
        print(f"--- {message['role']}")
        print(message.get("content") or "")
        for call in message.get("tool_calls") or ():
            print(f"{call['function']['name']}({call['function']['arguments']})")


def _prune(journal: Any, arguments: argparse.Namespace) -> int:
    from factory.llm.prune import prune

    conditions = ("key", "record", "role", "stage", "model", "older_than")
    if all(getattr(arguments, name) is None for name in conditions):
        raise CommandError("say what to delete: --role, --record, --older-than, ...")
    kept, dropped = prune(journal, lambda entry: not _wanted(entry, arguments))
    print(f"{journal.folder}: {kept} answers kept, {dropped} deleted")
    return 0


def _export(journal: Any, arguments: argparse.Namespace) -> int:
    import json

    for entry in journal.entries():
        if _wanted(entry, arguments):
            del entry["segment"]
            print(json.dumps(entry, ensure_ascii=False))
    return 0
