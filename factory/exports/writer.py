"""Writes a form's files, each visible only when whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from factory.exports import Left
from factory.records import Record
from factory.shards.storage import TEMPORARY_SUFFIX

Lines = Callable[[Record], Mapping[str, Any] | Left]


def write(
    rows: Iterable[Record], lines: Lines, files: Collection[str], folder: str
) -> tuple[Counter[str], Counter[str]]:
    """(lines by file, rows left out by reason). Local folders only; an older export goes."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    left: Counter[str] = Counter()
    temporary = {name: target / f".{name}{TEMPORARY_SUFFIX}" for name in files}
    with ExitStack() as stack:
        open_files = {
            name: stack.enter_context(path.open("w", encoding="utf-8"))
            for name, path in temporary.items()
        }
        for row in rows:
            made = lines(row)
            if isinstance(made, Left):
                left[made.reason] += 1
                continue
            for name, body in made.items():
                open_files[name].write(json.dumps(body, ensure_ascii=False) + "\n")
                written[name] += 1
    for name, path in temporary.items():
        path.replace(target / name)
    return written, left
