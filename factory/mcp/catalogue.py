"""Catalogue files: JSONL (`.gz` too), one server listing a line, as `{server, source, tools}`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVER_FIELDS = ("name", "title", "version", "repository", "category", "license")


class CatalogueError(ValueError):
    """A catalogue that can't be read; the message names file, line and what a line must hold."""


def read_catalogue(path: str | Path) -> Iterator[dict[str, Any]]:
    """Yield the body of a `listing` record for each line of a catalogue file.

    Raises CatalogueError naming the line, and FileNotFoundError.
    """
    file = Path(path)
    opener = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _listing(f"{file}, line {number}", line)
    except (EOFError, gzip.BadGzipFile, UnicodeDecodeError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f"no catalogue {file}") from None
        raise CatalogueError(f"{file}: can't be read to its end: {error}") from None


def _listing(where: str, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        server, source, tools = entry["server"], entry["source"], entry["tools"]
        if not (isinstance(tools, list) and isinstance(server["name"], str)):
            raise TypeError("tools must be a list and server.name a string")
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogueError(
            f"{where}: {error}; "
            "a line is {server: {name, ...}, source: {catalogue, ...}, tools: [...]}"
        ) from None
    return {
        "server": {key: server[key] for key in SERVER_FIELDS if server.get(key)},
        "source": {key: source[key] for key in ("catalogue", "license") if source.get(key)},
        "tools": tools,
    }
