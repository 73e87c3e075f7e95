"""Files, local or in an object store, through one code path (fsspec).

A file is visible only when whole: local files are written under a temporary name and renamed;
object stores make an object visible when its upload is complete.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from functools import cache
from pathlib import Path
from typing import Any

import fsspec

TEMPORARY_SUFFIX = ".unfinished"


@cache
def _filesystem(protocol: str) -> Any:
    return fsspec.filesystem(protocol)


def _resolve(path: str) -> tuple[Any, str]:
    protocol, _, _ = path.partition("://") if "://" in path else ("file", "", "")
    return _filesystem(protocol), path


def is_local(path: str) -> bool:
    """Whether a path is on this machine's own disk."""
    return "://" not in path


def join(root: str, *parts: str) -> str:
    """A path below `root`."""
    return posixpath.join(root, *parts)


def exists(path: str) -> bool:
    """Whether a file or folder is there."""
    filesystem, name = _resolve(path)
    return bool(filesystem.exists(name))


def read_bytes(path: str) -> bytes:
    """A whole file; FileNotFoundError if it isn't there."""
    filesystem, name = _resolve(path)
    data: bytes = filesystem.cat_file(name)
    return data


def read_range(path: str, start: int, stop: int) -> bytes:
    """Bytes `start` to `stop` of a file."""
    filesystem, name = _resolve(path)
    data: bytes = filesystem.cat_file(name, start=start, end=stop)
    return data


def remove(path: str) -> None:
    """Delete a file; FileNotFoundError if it isn't there."""
    filesystem, name = _resolve(path)
    filesystem.rm_file(name)


def list_files(folder: str) -> list[str]:
    """Names (not paths) of the files in a folder, sorted; empty if there is no such folder."""
    filesystem, name = _resolve(folder)
    if not filesystem.isdir(name):
        return []
    filesystem.invalidate_cache()
    return sorted(
        posixpath.basename(item["name"])
        for item in filesystem.ls(name, detail=True)
        if item["type"] == "file"
    )


def find_files(folder: str, name: str) -> list[str]:
    """Paths of all files of that name at or below a folder, sorted."""
    filesystem, root = _resolve(folder)
    if is_local(folder):
        return sorted(str(path) for path in Path(folder).rglob(name))
    protocol = folder.partition("://")[0]
    found = filesystem.find(root)
    return sorted(f"{protocol}://{path}" for path in found if posixpath.basename(path) == name)


def is_folder(path: str) -> bool:
    """Whether a path is a folder (in an object store: a prefix)."""
    filesystem, name = _resolve(path)
    return bool(filesystem.isdir(name))


def is_file(path: str) -> bool:
    """Whether a path is a file."""
    filesystem, name = _resolve(path)
    return bool(filesystem.isfile(name))


def walk(folder: str) -> list[str]:
    """Paths of all files at or below a folder, sorted. Local links to folders are not followed."""
    if is_local(folder):
        return sorted(path.as_posix() for path in Path(folder).rglob("*") if path.is_file())
    filesystem, root = _resolve(folder)
    protocol = folder.partition("://")[0]
    return sorted(f"{protocol}://{path.lstrip('/')}" for path in filesystem.find(root))


def match(pattern: str) -> list[str]:
    """Paths of all files that match a glob (`**` for any depth), sorted."""
    filesystem, name = _resolve(pattern)
    if is_local(pattern):
        return sorted(str(path) for path in filesystem.glob(name) if filesystem.isfile(path))
    protocol = pattern.partition("://")[0]
    found = filesystem.glob(name, detail=True).items()
    files = (path for path, info in found if info["type"] == "file")
    return sorted(f"{protocol}://{path.lstrip('/')}" for path in files)


def open_file(path: str) -> Any:
    """A file opened for reading, seekable; FileNotFoundError if it isn't there."""
    filesystem, name = _resolve(path)
    return filesystem.open(name, "rb")


def publish(path: str, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    filesystem, name = _resolve(path)
    if not is_local(path):
        filesystem.pipe_file(name, data)
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(target)


def remove_unfinished(root: str) -> None:
    """Delete what a killed writer left under temporary names (local folders only)."""
    if is_local(root):
        for path in Path(root).rglob(f".*{TEMPORARY_SUFFIX}"):
            path.unlink(missing_ok=True)


def sha256(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()
