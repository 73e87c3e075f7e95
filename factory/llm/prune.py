"""Packs a journal anew without the answers nobody wants any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from factory.llm.journal import Journal, encode_entry
from factory.llm.segments import SUFFIX, segment_name
from factory.shards import storage


def prune(journal: Journal, keep: Callable[[dict[str, Any]], bool]) -> tuple[int, int]:
    """(kept, deleted). New segments, one for each run, are whole before the old ones go."""
    packed: dict[str, list[bytes]] = {}
    texts: dict[str, set[str]] = {}
    kept = dropped = 0
    for entry in journal.entries():
        run = entry.pop("segment").rpartition("/")[2].partition("-")[0]
        if not keep(entry):
            dropped += 1
            continue
        kept += 1
        known = texts.setdefault(run, set())
        lines, new = encode_entry(entry, known)
        known |= new
        packed.setdefault(run, []).append(lines)
    before = [name for name in storage.list_files(journal.folder) if name.endswith(SUFFIX)]
    for run, lines_of_run in packed.items():
        path = storage.join(journal.folder, f"{segment_name(run)}{SUFFIX}")
        storage.publish(path, b"".join(lines_of_run))
    for name in before:
        storage.remove(storage.join(journal.folder, name))
    return kept, dropped
