"""Every answer that was paid for, durable before it is used, found again by what was asked.

The journal is also the audit log: each answer stands beside its request, who asked, and the
tokens it took. Texts longer than a few lines are stored once per segment and referred to, so a
conversation of n turns takes room in proportion to n.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from factory.llm.request import Answer, Request, Tag
from factory.llm.segments import (
    KEY_AT,
    SUFFIX,
    LocalSegment,
    RemoteSegment,
    cost_of,
    is_answer,
    lines_of,
    segment_name,
    writer_of,
)
from factory.records import digest
from factory.shards import storage

LONG = 256
"""A string of a request that is longer is stored apart."""
REFRESH_SECONDS = 1.0
FORMATS_REMEMBERED = 100
log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where an answer lies; packed into one integer in the index, for there may be millions."""

    segment: int
    start: int
    end: int

    def packed(self) -> int:
        """The three numbers in one."""
        return (self.segment << 48 | self.start) << 32 | (self.end - self.start)

    @classmethod
    def unpacked(cls, number: int) -> Place:
        """The inverse of `packed`."""
        start = number >> 32 & 0xFFFF_FFFF_FFFF
        return cls(number >> 80, start, start + (number & 0xFFFF_FFFF))


@dataclass
class _Segment:
    path: str
    number: int
    read: int = 0
    """Bytes taken into the index, up to a line break."""


class Journal:
    """The union of a folder's segments, and this process's own segment, opened when needed.

    `spent` sums the known costs of this run's answers, by whichever process; `unreadable` names
    what was left out: (segment, bytes at its end or line start, why).
    """

    def __init__(self, folder: str, run: str = "") -> None:
        self.folder = folder.rstrip("/")
        self.run = run
        self.spent = 0.0
        self.unreadable: list[tuple[str, int, str]] = []
        self._local = storage.is_local(folder)
        self._segments: dict[str, _Segment] = {}
        self._order: list[_Segment] = []
        self._index: dict[bytes, int] = {}
        self._own: LocalSegment | RemoteSegment | None = None
        self._own_texts: set[str] = set()
        self._short: dict[int, Any] = {}
        """Answer formats without long texts, by identity: a prompt's is the same object always."""
        self._refreshed = float("-inf")
        self._name = segment_name(run)
        self._writing: dict[str, float] = {}
        """Writers of this run's segments, and when they were last seen to have written."""
        self.refresh()
        self._writing.clear()  # they wrote before this process began
        for segment in self._order:
            self._note_torn(segment)

    def __len__(self) -> int:
        return len(self._index)

    # --- reading --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Take in what other processes have written since."""
        self._refreshed = time.monotonic()
        for name in storage.list_files(self.folder):
            if name.endswith(SUFFIX):
                self._take_in(name, self._segment(name))

    def refresh_after(self, seconds: float) -> bool:
        """Refresh if the last time is longer ago; whether it did."""
        due = time.monotonic() - self._refreshed > seconds
        if due:
            self.refresh()
        return due

    def other_writers(self, seconds: float) -> int:
        """How many other processes of this run have written within so many seconds."""
        since = time.monotonic() - seconds
        return sum(seen > since for writer, seen in self._writing.items() if writer != self._name)

    def _segment(self, name: str) -> _Segment:
        segment = self._segments.get(name)
        if segment is None:
            segment = _Segment(storage.join(self.folder, name), len(self._order))
            self._segments[name] = segment
            self._order.append(segment)
        return segment

    def _take_in(self, name: str, segment: _Segment) -> None:
        if self._local:
            size = _size(segment.path)
            if size <= segment.read:
                return
            data = _pread(segment.path, segment.read, size)
        elif segment.read:
            return  # an object never changes
        else:
            data = storage.read_bytes(segment.path)
        ours = name.startswith(f"{self.run or 'run'}-")
        done = 0
        for start, end in lines_of(data):
            done = end + 1
            if is_answer(data, start, end):
                place = Place(segment.number, segment.read + start, segment.read + end)
                self._index_line(data, start, place, ours)
            elif not data.startswith(b'{"text":"', start):
                self._leave_out(segment, segment.read + start, "not a line of a journal")
        if ours and done:
            self._writing[writer_of(segment.path)] = time.monotonic()
        segment.read += done

    def _index_line(self, data: bytes, start: int, place: Place, ours: bool) -> None:
        """Take in one answer's line; its JSON is parsed when somebody asks for it."""
        try:
            key = bytes.fromhex(data[start + KEY_AT.start : start + KEY_AT.stop].decode())
            cost = cost_of(data, start)
        except ValueError:
            self._leave_out(self._order[place.segment], place.start, "damaged")
            return
        if key not in self._index:
            self._index[key] = place.packed()
            self.spent += (cost or 0.0) if ours else 0.0

    def _note_torn(self, segment: _Segment) -> None:
        size = _size(segment.path) if self._local else len(storage.read_bytes(segment.path))
        if size > segment.read:
            self._leave_out(
                segment, segment.read, f"last record torn after {size - segment.read} B"
            )

    def _leave_out(self, segment: _Segment, start: int, why: str) -> None:
        self.unreadable.append((segment.path, start, why))
        log.warning("journal %s at byte %d: %s; left out", segment.path, start, why)

    def get(self, request: Request) -> Answer | None:
        """The answer to a request if anybody has it."""
        place = self._place(request.key)
        if place is None:
            return None
        try:
            found = json.loads(self._read(place))["answer"]
            return Answer(**found)
        except (ValueError, KeyError, TypeError):
            del self._index[bytes.fromhex(request.key)]
            self._leave_out(self._order[place.segment], place.start, "not a whole answer")
            return None

    def _place(self, key: str) -> Place | None:
        raw = bytes.fromhex(key)
        found = self._index.get(raw)
        if found is None and self.refresh_after(REFRESH_SECONDS):
            found = self._index.get(raw)
        return None if found is None else Place.unpacked(found)

    def _read(self, place: Place) -> bytes:
        segment = self._order[place.segment]
        if self._local:
            return _pread(segment.path, place.start, place.end)
        return storage.read_range(segment.path, place.start, place.end)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every answer with its request whole, in the order of segments; duplicates once."""
        writer, texts, indexed = "", dict[str, str](), set(self._index.values())
        for segment in sorted(self._order, key=lambda one: one.path):
            if writer_of(segment.path) != writer:
                writer, texts = writer_of(segment.path), {}
            data = storage.read_bytes(segment.path)
            for start, end in lines_of(data):
                line = data[start:end]
                if line.startswith(b'{"text":"'):
                    body = json.loads(line)
                    texts[body["text"]] = body["body"]
                elif is_answer(data, start, end):
                    place = Place(segment.number, start, end).packed()
                    if place not in indexed:
                        continue
                    entry = json.loads(line)
                    entry["request"] = _whole(entry["request"], texts)
                    entry["segment"] = segment.path
                    yield entry

    # --- writing --------------------------------------------------------------------------------

    async def append(self, request: Request, answer: Answer, tag: Tag, cost: float | None) -> None:
        """Returns when the answer is durable. Raises JournalFailed."""
        entry = {
            "key": request.key,
            "cost": cost,
            "at": round(time.time(), 3),
            "stage": tag.stage,
            "role": tag.role,
            "record": tag.record,
            "prompt": tag.prompt,
            "model": request.model,
            "revision": request.revision,
            "sample": request.sample,
            "request": request.payload,
            "answer": answer.as_json(),
        }
        lines, texts = encode_entry(entry, self._own_texts, self._short)
        path, offset = await self._open().append(lines)
        self._own_texts |= texts
        self.spent += cost or 0.0
        segment = self._segment(path.rpartition("/")[2])
        start = offset + lines.rfind(b"\n", 0, -1) + 1
        end = offset + len(lines)
        segment.read = max(segment.read, end)
        place = Place(segment.number, start, end - 1)
        self._index[bytes.fromhex(request.key)] = place.packed()

    def _open(self) -> LocalSegment | RemoteSegment:
        if self._own is None:
            kind = LocalSegment if self._local else RemoteSegment
            self._own = kind(self.folder, self._name)
        return self._own


def _size(path: str) -> int:
    return Path(path).stat().st_size


def _pread(path: str, start: int, end: int) -> bytes:
    """Part of a local file. Nothing is kept open: a journal may have thousands of segments."""
    file = os.open(path, os.O_RDONLY)
    try:
        return os.pread(file, end - start, start)
    finally:
        os.close(file)


def encode_entry(
    entry: Mapping[str, Any], known: set[str], short: dict[int, Any] | None = None
) -> tuple[bytes, set[str]]:
    """An entry's line, after a line for each long text not in `known`; the digests of those.

    `short` remembers formats that hold no long text, so that they are not looked through again.
    """
    texts: dict[str, str] = {}
    request = dict(entry["request"])
    wanted = request.pop("response_format", None)
    request = _shorten(request, known, texts)
    if wanted is not None:
        if short is None or short.get(id(wanted)) is not wanted:
            found = _shorten(wanted, known, texts)
            if short is not None and found == wanted and len(short) < FORMATS_REMEMBERED:
                short[id(wanted)] = wanted
            wanted = found
        request["response_format"] = wanted
    last = _line({**entry, "request": request})
    lines = [_line({"text": name, "body": body}) for name, body in texts.items()]
    return b"".join([*lines, last]), set(texts)


def _shorten(value: Any, known: set[str], texts: dict[str, str]) -> Any:
    """The value with each long string replaced by {"text": its digest}; unknown ones collected."""
    if isinstance(value, str):
        if len(value) <= LONG:
            return value
        name = digest("text", value)
        if name not in known:
            texts[name] = value
        return {"text": name}
    if isinstance(value, Mapping):
        return {key: _shorten(item, known, texts) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shorten(item, known, texts) for item in value]
    return value


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _whole(value: Any, texts: Mapping[str, str]) -> Any:
    """A shortened request with its texts put back."""
    if isinstance(value, dict):
        if value.keys() == {"text"} and value["text"] in texts:
            return texts[value["text"]]
        return {key: _whole(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item, texts) for item in value]
    return value
