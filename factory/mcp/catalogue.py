"""Catalogue files (`.gz` too): JSONL, one server listing a line, as `{server, source, tools}`;
JSON, one `tools/list` answer or one tool a file; and folders of those.
"""

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
    """Yield the body of a `listing` record for each server of a catalogue: the lines of a JSONL
    file, the `tools/list` answer in a JSON file (its server is called like the file), or all such
    files of a folder, in order of their names; files of a single tool make up one server, called
    like their folder.

    Raises CatalogueError naming file and line, and FileNotFoundError.
    """
    file = Path(path)
    if file.is_dir():
        yield from _folder(file)
    elif _kind(file) == ".json":
        found = _snapshot(file)
        yield _single_tools(file, [found]) if "inputSchema" in found else found
    else:
        yield from _lines(file)


def _kind(file: Path) -> str:
    """The ending of a file's name without `.gz`."""
    return Path(file.stem).suffix if file.suffix == ".gz" else file.suffix


def _folder(folder: Path) -> Iterator[dict[str, Any]]:
    alone: list[dict[str, Any]] = []
    for file in sorted(folder.iterdir()):
        if _kind(file) == ".jsonl":
            yield from _lines(file)
        elif _kind(file) == ".json":
            found = _snapshot(file)
            if "inputSchema" in found:
                alone.append(found)
            else:
                yield found
    if alone:
        yield _single_tools(folder, alone)


def _single_tools(place: Path, tools: list[dict[str, Any]]) -> dict[str, Any]:
    name = place.name.partition(".")[0]
    return {"server": {"name": name}, "source": {"catalogue": f"snapshot:{name}"}, "tools": tools}


def _snapshot(file: Path) -> dict[str, Any]:
    """A listing, or the one tool that a file holds (it then has an `inputSchema`)."""
    try:
        data = json.loads(_read(file))
    except (ValueError, EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise FileNotFoundError(f"no catalogue {file}") from None
        raise CatalogueError(f"{file}: not JSON: {error}") from None
    if isinstance(data, dict) and "server" in data:
        return _listing(str(file), json.dumps(data))
    if isinstance(data, dict) and isinstance(data.get("result"), dict):
        data = data["result"]
    if isinstance(data, dict) and "inputSchema" in data and isinstance(data.get("name"), str):
        return data
    tools = data.get("tools") if isinstance(data, dict) else data
    if not isinstance(tools, list):
        raise CatalogueError(f"{file}: neither a tools/list answer nor a tool")
    return _single_tools(file, tools)


def _read(file: Path) -> str:
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
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
        "source": {key: source[key] for key in ("catalogue", "license", "date") if source.get(key)},
        "tools": tools,
    }
