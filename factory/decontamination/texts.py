"""The texts of a folder of benchmarks, each with its file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

SUFFIXES = (".txt", ".md", ".jsonl", ".json", ".parquet")
Located = tuple[int, str]
"""(line from 1, text); of Parquet the row."""


class BenchmarkUnreadable(ValueError):
    """A benchmark file that can't be read; the message names it and what is wrong."""


def benchmark_files(folder: str) -> list[str]:
    """Paths below a folder, relative to it, in a fixed order. FileNotFoundError without any."""
    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"decontamination.folder: there is no folder {folder}")
    found = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not found:
        raise FileNotFoundError(f"{folder}: no {', '.join(SUFFIXES)} in it")
    return [path.relative_to(root).as_posix() for path in found]


def read_texts(path: Path) -> list[Located]:
    """Every text of a file: lines of plain text; of JSON each string, and each name together
    with its description. Raises BenchmarkUnreadable."""
    try:
        return list(_READERS[path.suffix.lower()](path))
    except (ValueError, OSError) as error:
        raise BenchmarkUnreadable(f"{path}: {error}") from error


def _lines(path: Path) -> Iterator[Located]:
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line.strip()


def _json_lines(path: Path) -> Iterator[Located]:
    for number, line in _lines(path):
        for text in texts_of(json.loads(line)):
            yield number, text


def _json(path: Path) -> Iterator[Located]:
    """The line of a text is where its string stands in the file, looked for from the last on."""
    raw = path.read_text(encoding="utf-8")
    at = 0
    for text in texts_of(json.loads(raw)):
        last = text.split("\n")[-1]
        for form in (json.dumps(last), json.dumps(last, ensure_ascii=False)):
            found = raw.find(form[1:-1], at)
            if found >= 0:
                at = found
                break
        yield raw.count("\n", 0, at) + 1, text


def _parquet(path: Path) -> Iterator[Located]:
    for number, row in enumerate(pq.read_table(path).to_pylist(), 1):
        for text in texts_of(row):
            yield number, text


_READERS = {
    ".txt": _lines,
    ".md": _lines,
    ".jsonl": _json_lines,
    ".json": _json,
    ".parquet": _parquet,
}


def texts_of(value: Any) -> Iterator[str]:
    """The strings inside a JSON value, and `name` with `description` where an object has both. A
    string that is JSON itself is looked into."""
    if isinstance(value, str):
        inner = _decoded(value)
        if inner is None:
            yield value
        else:
            yield from texts_of(inner)
    elif isinstance(value, Mapping):
        name, about = value.get("name"), value.get("description")
        if isinstance(name, str) and isinstance(about, str):
            yield f"{name}\n{about}"
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_of(item)


def _decoded(text: str) -> Any | None:
    if text[:1] not in "[{" or not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
