"""Where documents come from: files, folders, globs, and two built-in sources.

Not a stage: this module reads files. `enumerate_documents` lists references cheaply and in a fixed
order, so that a worker can take a slice of the list and read only its own documents.

A document is a dict `{id, uri, title, text, language, licence, subject}`. Its id hashes its URI,
which is relative to the path given, and its text: the same files give the same ids anywhere.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import yaml

from factory.records import digest
from factory.rephrase import pydoc
from factory.rephrase.language import detect_language
from factory.rephrase.plain_text import reflow

Document = dict[str, str]
Source = Literal["text", "jsonl", "parquet", "pydoc", "math"]
SUFFIXES: dict[str, Source] = {
    ".txt": "text",
    ".md": "text",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
}
SUBJECTS = ("knowledge", "math")
PYDOC_TOPICS = "pydoc:topics"
BUILTIN_MATH = "builtin:math"
SAMPLES_LICENCE = "Apache-2.0"


class DocumentError(ValueError):
    """A document that can't be read; names file and row and says what to do."""


@dataclass(frozen=True)
class DocumentRef:
    """One document of a source: `name` is a file or a topic, `row` its row (0 in a text file)."""

    source: Source
    uri: str
    name: str
    row: int = 0
    offset: int = 0


def enumerate_documents(paths: Sequence[str]) -> list[DocumentRef]:
    """References of all documents under `paths`, in the order given, files sorted by name.

    A path is a file (.txt, .md, .jsonl, .parquet), a folder (searched through), a glob,
    `pydoc:topics` (CPython's reference, PSF-2.0) or `builtin:math` (our own samples).
    Raises DocumentError if a path holds no document.
    """
    return [ref for path in paths for ref in _enumerate(path)]


def read_document(ref: DocumentRef) -> Document:
    """The document behind a reference. Raises DocumentError naming file and row."""
    if ref.source == "pydoc":
        title, text = pydoc.read(ref.name)
        return _document(ref, {"title": title, "licence": pydoc.LICENCE, "language": "en"}, text)
    if ref.source == "math":
        raw = (_samples() / ref.name).read_text(encoding="utf-8")
        meta, text = _front_matter(raw, ref.uri)
        return _document(ref, {"licence": SAMPLES_LICENCE, "subject": "math", **meta}, text)
    if ref.source == "text":
        meta, text = _front_matter(_decoded(Path(ref.name).read_bytes(), ref.uri), ref.uri)
        if ref.name.endswith(".txt"):
            text = reflow(text)
        return _document(ref, {"title": Path(ref.name).stem, **meta}, text)
    row = _jsonl_row(ref) if ref.source == "jsonl" else _parquet_rows(ref.name)[ref.row]
    body = row.get("text")
    if not isinstance(body, str):
        found = ", ".join(sorted(map(str, row))) or "none"
        raise DocumentError(
            f"{ref.name} row {ref.row + 1}: no string field `text` (fields: {found}); "
            "rename the field that holds the document to `text`"
        )
    return _document(ref, row, body)


def _enumerate(path: str) -> Iterator[DocumentRef]:
    if path == PYDOC_TOPICS:
        yield from (DocumentRef("pydoc", f"pydoc:{name}", name) for name in pydoc.names())
        return
    if path == BUILTIN_MATH:
        names = sorted(f.name for f in _samples().iterdir() if f.name.endswith(".md"))
        yield from (DocumentRef("math", f"builtin:math/{name}", name) for name in names)
        return
    found = list(_files(path))
    if not found:
        raise DocumentError(
            f"{path}: no documents there; give a file, folder or glob of "
            f"{', '.join(SUFFIXES)}, or {PYDOC_TOPICS} or {BUILTIN_MATH}"
        )
    for file, name in found:
        yield from _file_refs(file, name)


def _files(path: str) -> Iterator[tuple[Path, str]]:
    """Files of a path with their names relative to it."""
    root = Path(path)
    if root.is_dir():
        inside = sorted(f for f in root.rglob("*") if f.is_file() and f.suffix in SUFFIXES)
        yield from ((f, f.relative_to(root).as_posix()) for f in inside)
    elif root.is_file():
        if root.suffix not in SUFFIXES:
            raise DocumentError(f"{path}: not one of {', '.join(SUFFIXES)}; convert it first")
        yield root, root.name
    else:
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (absolute patterns too)
        yield from ((Path(m), Path(m).name) for m in matches if Path(m).suffix in SUFFIXES)


def _file_refs(file: Path, name: str) -> Iterator[DocumentRef]:
    source = SUFFIXES[file.suffix]
    if source == "text":
        yield DocumentRef(source, f"file:{name}", str(file))
    elif source == "jsonl":
        offset = 0
        with file.open("rb") as lines:
            for row, line in enumerate(lines):
                if line.strip():
                    yield DocumentRef(source, f"file:{name}#{row + 1}", str(file), row, offset)
                offset += len(line)
    else:
        for row in range(_parquet_count(file)):
            yield DocumentRef(source, f"file:{name}#{row + 1}", str(file), row)


def _jsonl_row(ref: DocumentRef) -> Mapping[str, Any]:
    with Path(ref.name).open("rb") as lines:
        lines.seek(ref.offset)
        line = _decoded(lines.readline(), f"{ref.name} row {ref.row + 1}")
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"{ref.name} row {ref.row + 1}: not JSON ({error.msg} at column {error.colno}); "
            'write one object {"text": ...} a line'
        ) from error
    if not isinstance(row, dict):
        raise DocumentError(
            f"{ref.name} row {ref.row + 1}: a {type(row).__name__}, not an object; "
            'write one object {"text": ...} a line'
        )
    return row


def _parquet_count(file: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.ParquetFile(file).metadata.num_rows)
    except (pa.ArrowInvalid, OSError) as error:
        raise DocumentError(f"{file}: not a whole Parquet file ({error}); rewrite it") from error


@lru_cache(maxsize=2)
def _parquet_rows(name: str) -> list[Mapping[str, Any]]:
    """The document columns of a Parquet file; a worker reads a slice, so one file stays cached."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(name)
    wanted = ("text", "id", "title", "licence", "license", "language", "subject")
    columns = [column for column in wanted if column in file.schema_arrow.names]
    if "text" not in columns:
        found = ", ".join(file.schema_arrow.names)
        raise DocumentError(f"{name}: no column `text` (columns: {found}); rename yours to `text`")
    rows: list[Mapping[str, Any]] = file.read(columns=columns).to_pylist()
    return rows


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{where}: byte {error.start} is not UTF-8; re-encode it") from error


def _front_matter(text: str, where: str) -> tuple[dict[str, Any], str]:
    """YAML between leading `---` lines, and the text after it."""
    if not text.startswith("---\n"):
        return {}, text
    head, closing, body = text[4:].partition("\n---\n")
    if not closing:
        return {}, text
    try:
        meta = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise DocumentError(f"{where}: front matter is not YAML ({error}); quote it") from error
    return (meta, body.lstrip("\n")) if isinstance(meta, dict) else ({}, text)


def _document(ref: DocumentRef, row: Mapping[str, Any], text: str) -> Document:
    subject = str(row.get("subject") or "knowledge")
    if subject not in SUBJECTS:
        raise DocumentError(
            f"{ref.name} row {ref.row + 1}: subject {subject!r}; allowed: {', '.join(SUBJECTS)}"
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return {
        "id": digest("document", ref.uri, text),
        "uri": str(row.get("id") or ref.uri) if ref.source in ("jsonl", "parquet") else ref.uri,
        "title": str(row.get("title") or ""),
        "text": text,
        "language": str(row.get("language") or detect_language(text)),
        "licence": str(row.get("licence") or row.get("license") or "unknown"),
        "subject": subject,
    }


def _samples() -> Any:
    return files("factory.rephrase") / "samples" / "math"
