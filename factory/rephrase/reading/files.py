"""Files of documents: which lie under a path, what they hold when unpacked, and as text.

Local disks and object stores go through `factory.shards.storage`. A file that can't be used raises
`DocumentError`, whose `reason` becomes the reject row's.
"""

from __future__ import annotations

import codecs
import gzip
import posixpath
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import BinaryIO

import yaml

from factory.shards import storage

PACKED = (".gz", ".zst")
SIDECARS = (".meta.yaml", ".meta.json")
"""`a.html.meta.yaml` speaks of `a.html`, `folder.meta.yaml` of all files of its folder."""
FOLDER = "folder"
_MOJIBAKE = re.compile(
    "Ã[\u0080-\u00bf]|â€[\u2122\u0153\u201c\u201d\u0080-\u00bf]|Â[\u00a0-\u00bf]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HTML_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


class DocumentError(ValueError):
    """A document that can't be used; names file and row and says what to do.

    `reason`: `unreadable` (damaged, or not what its name says), `binary`, `empty`,
    `wrong_encoding` or `unsupported_format`.
    """

    def __init__(self, message: str, reason: str = "unreadable") -> None:
        super().__init__(message)
        self.reason = reason


def files_under(path: str) -> list[tuple[str, str]]:
    """(path, name relative to `path`) of every file of a folder, glob or file, sorted by name.

    Hidden files, hidden folders and sidecars are not documents and are left out.
    """
    if storage.is_folder(path):
        named = [(found, _below(path, found)) for found in storage.walk(path)]
    elif storage.is_file(path):
        named = [(path, posixpath.basename(path))]
    else:
        named = [(found, posixpath.basename(found)) for found in storage.match(path)]
    return sorted((f, n) for f, n in named if not _hidden(n) and not n.endswith(SIDECARS))


def _below(folder: str, path: str) -> str:
    """The name of a file relative to its folder."""
    if storage.is_local(folder):
        return posixpath.relpath(path, folder)
    return path.removeprefix(folder.rstrip("/") + "/")


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def format_of(name: str) -> str:
    """The suffix that says what an unpacked file is, in lower case: `.txt` of `a.txt.gz`."""
    plain = name.lower()
    for packed in PACKED:
        plain = plain.removesuffix(packed)
    return posixpath.splitext(plain)[1]


def sidecars(path: str) -> tuple[dict[str, object], dict[str, object]]:
    """What speaks for a file's folder (`folder.meta.yaml`), and what for it (`NAME.meta.yaml`).

    JSON as well (`NAME.meta.json`). Raises DocumentError if one isn't a mapping.
    """
    folder = posixpath.join(posixpath.dirname(path), FOLDER)
    return _told_beside(folder), _told_beside(path)


def _told_beside(stem: str) -> dict[str, object]:
    return {key: value for suffix in SIDECARS for key, value in _metadata(stem + suffix).items()}


@lru_cache(maxsize=4096)
def _metadata(path: str) -> dict[str, object]:
    if not storage.exists(path):
        return {}
    try:
        read = yaml.safe_load(storage.read_bytes(path).decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: neither YAML nor JSON ({error}); mend it") from error
    if not isinstance(read, dict):
        raise DocumentError(f"{path}: write a mapping such as `licence: CC-BY-4.0`")
    return {str(key): value for key, value in read.items()}


def read_file(path: str) -> bytes:
    """The whole file, unpacked. Raises DocumentError."""
    with opened(path) as file:
        return file.read()


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """The file, unpacked and seekable. Raises DocumentError."""
    if path.lower().endswith(PACKED):
        file = _unpacked(path)
        file.seek(0)
        yield file
        return
    try:
        with storage.open_file(path) as plain:
            yield plain
    except OSError as error:
        raise DocumentError(f"{path}: can't be read ({error}); check it and its rights") from error


@lru_cache(maxsize=2)
def _unpacked(path: str) -> BinaryIO:
    """A packed file's content in a temporary file that vanishes when no longer cached."""
    import zstandard

    target = tempfile.SpooledTemporaryFile(max_size=32 * 2**20)  # noqa: SIM115 (outlives the call)
    try:
        with storage.open_file(path) as packed:
            if path.lower().endswith(".gz"):
                with gzip.open(packed) as stream:
                    shutil.copyfileobj(stream, target)
            else:
                zstandard.ZstdDecompressor().copy_stream(packed, target)
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise DocumentError(f"{path}: damaged ({error}); pack it again") from error
    return target  # type: ignore[return-value]


def decoded(data: bytes, where: str, *, html: bool = False) -> str:
    """The text of a document. UTF-8, or UTF-16/32 with a byte-order mark, or what HTML declares.

    Raises DocumentError: `empty`, `binary`, `wrong_encoding`.
    """
    if not data.strip():
        raise DocumentError(f"{where}: holds nothing", "empty")
    marked = _marked(data)
    if marked is None and b"\0" in data[:65536]:
        raise DocumentError(f"{where}: binary data, not text; convert it first", "binary")
    encoding = marked or (_declared(data) if html else None) or "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(*_undecodable(data, where, encoding, error)) from error
    text = text.removeprefix("\ufeff")
    if len(_CONTROLS.findall(text[:65536])) * 100 > len(text[:65536]):
        raise DocumentError(f"{where}: mostly control characters, not text", "binary")
    wrong = len(_MOJIBAKE.findall(text)) + text.count("\ufffd")
    if wrong >= 3 and wrong * 400 > len(text):
        raise DocumentError(
            f"{where}: {wrong} garbled characters: decoded once in a wrong encoding; "
            "take it from its source again",
            "wrong_encoding",
        )
    if not text.strip():
        raise DocumentError(f"{where}: white space only", "empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _undecodable(
    data: bytes, where: str, encoding: str, error: UnicodeDecodeError
) -> tuple[str, str]:
    """Message and reason: bytes that no text of any encoding has much of are binary."""
    sample = data[:65536]
    odd = sum(byte < 9 or 13 < byte < 27 or byte == 127 for byte in sample)
    if odd * 50 > len(sample):
        return f"{where}: binary data, not text; convert it first", "binary"
    name = "UTF-8" if encoding == "utf-8" else encoding
    return f"{where}: byte {error.start} is not {name}; re-encode it as UTF-8", "wrong_encoding"


def _marked(data: bytes) -> str | None:
    marks = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    return next((name for mark, name in marks if data.startswith(mark)), None)


def _declared(data: bytes) -> str | None:
    """The encoding a web page declares, as browsers read the label."""
    found = _HTML_CHARSET.search(data[:4096])
    if not found:
        return None
    label = found[1].decode("ascii").lower()
    label = "windows-1252" if label in ("iso-8859-1", "latin1", "us-ascii", "ascii") else label
    try:
        return codecs.lookup(label).name
    except LookupError:
        return None
