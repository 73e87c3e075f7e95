"""What a running stage has done so far, as small files that any process can write and read.

Beam reports nothing while a local pipeline runs, so each worker process keeps a counter file per
stage below `RUN/.work/`; the sum over processes is the progress. Figures that differ from run to
run (seconds) live there too, apart from the datasets, whose bytes depend on the recipe alone.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory.shards import storage

WORK_FOLDER = ".work"
FLUSH_SECONDS = 0.2


class Counter:
    """Counts inputs done by this process, flushed to its file a few times a second."""

    def __init__(self, root: str, stage: str) -> None:
        self.done = 0
        self.flushed = 0.0
        self.file: int | None = None
        if storage.is_local(root):
            path = Path(root) / WORK_FOLDER / f"{stage}.{os.getpid()}.count"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)

    def advance(self, inputs: int) -> None:
        """Add inputs done."""
        self.done += inputs
        now = time.monotonic()
        if self.file is not None and now - self.flushed > FLUSH_SECONDS:
            os.pwrite(self.file, b"%12d" % self.done, 0)  # whole at once: readers look any time
            self.flushed = now


def counted(root: str, stage: str) -> int:
    """Inputs done so far by all processes (local folders only)."""
    total = 0
    for path in (Path(root) / WORK_FOLDER).glob(f"{stage}.*.count"):
        text = path.read_text().strip()
        total += int(text) if text.isdigit() else 0
    return total


def clear_counts(root: str) -> None:
    """Forget the counts of an earlier attempt."""
    if storage.is_local(root):
        for path in (Path(root) / WORK_FOLDER).glob("*.count"):
            path.unlink(missing_ok=True)


def write_note(root: str, name: str, body: Mapping[str, Any]) -> None:
    """Leave a small JSON file for the process that watches the run."""
    storage.publish(storage.join(root, WORK_FOLDER, name), json.dumps(dict(body)).encode())


def read_note(root: str, name: str) -> dict[str, Any] | None:
    """Such a file's content; None if it isn't there."""
    path = storage.join(root, WORK_FOLDER, name)
    if not storage.exists(path):
        return None
    body: dict[str, Any] = json.loads(storage.read_bytes(path))
    return body
