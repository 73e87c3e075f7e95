"""The files of a journal: append-only segments of JSON lines, one per worker process.

A line is an answer (`{"key":"<32 hex>","cost":...}`) or a long text that answers refer to
(`{"text":"<32 hex>","body":"..."}`). Whoever reads takes the union of all segments; nobody locks
and nothing is shared. A line counts once its line break is there.

On a disk a segment is one file and a line is durable against the process's death as soon as
`write` returns (`kill -9` loses nothing; the disk is synced about once a second). In an object
store a segment is a row of objects; lines that come up while one is uploading share the next.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from factory.llm.errors import JournalFailed
from factory.shards import storage

SUFFIX = ".jsonl"
KEY_AT = slice(8, 40)
ANSWER_HEAD = b'{"key":"'
COST_AT = 49
"""Where the number after `"cost":` starts."""
SYNC_SECONDS = 1.0


def segment_name(run: str) -> str:
    """A name no other process takes; `run` comes first, so that a run's segments are known."""
    return f"{run or 'run'}-{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


def writer_of(path: str) -> str:
    """Who wrote a segment: its name without the number of a part."""
    name = path.rpartition("/")[2].removesuffix(SUFFIX)
    head, _, part = name.rpartition("-")
    return head if len(part) == 6 and part.isdigit() else name


def lines_of(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of each whole line, the line break left out."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield start, end
        start = end + 1


def is_answer(data: bytes, start: int, end: int) -> bool:
    """Whether a line has an answer's shape (its JSON is parsed when it is used)."""
    return data.startswith(ANSWER_HEAD, start) and end - start > COST_AT and data[end - 1] == 125


def cost_of(data: bytes, start: int) -> float | None:
    """The cost an answer's line states; None if it is unknown."""
    comma = data.find(b",", start + COST_AT)
    text = data[start + COST_AT : comma]
    return None if text == b"null" else float(text)


class LocalSegment:
    """A segment on this machine's disk."""

    def __init__(self, folder: str, name: str) -> None:
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        self.path = path / f"{name}{SUFFIX}"
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._size = 0
        self._synced = time.monotonic()

    async def append(self, lines: bytes) -> tuple[str, int]:
        """(file, offset) of the lines, once they are durable; JournalFailed leaves none of them."""
        start = self._size
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._file, lines[written:] if written else lines)
        except OSError as error:
            os.ftruncate(self._file, self._size)
            raise JournalFailed(f"journal {self.path}: {error.strerror}") from error
        self._size += written
        now = time.monotonic()
        if now - self._synced > SYNC_SECONDS:
            self._synced = now
            asyncio.get_running_loop().run_in_executor(None, os.fdatasync, self._file)
        return str(self.path), start


class RemoteSegment:
    """A segment in an object store."""

    def __init__(self, folder: str, name: str) -> None:
        self.folder = folder
        self.name = name
        self._parts = 0
        self._next: list[bytes] = []
        self._upload: asyncio.Task[str] | None = None
        self._following: asyncio.Task[str] | None = None

    async def append(self, lines: bytes) -> tuple[str, int]:
        """(object, offset) of the lines, once they are durable. Raises JournalFailed."""
        start = sum(map(len, self._next))
        self._next.append(lines)
        if self._following is None:
            self._following = asyncio.create_task(self._send(self._upload))
        return await asyncio.shield(self._following), start

    async def _send(self, before: asyncio.Task[str] | None) -> str:
        """Upload what gathers while the upload before this one goes on."""
        if before is not None and not before.done():
            await asyncio.wait({before})
        self._upload, self._following = self._following, None
        lines, self._next = b"".join(self._next), []
        path = storage.join(self.folder, f"{self.name}-{self._parts:06d}{SUFFIX}")
        self._parts += 1
        try:
            await asyncio.to_thread(storage.publish, path, lines)
        except Exception as error:
            raise JournalFailed(f"journal {path}: {error}") from error
        return path
