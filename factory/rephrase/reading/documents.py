"""Where documents come from: files, folders, globs, local or remote, and two built-in sources.

Not a stage: this module reads files. `enumerate_documents` lists references cheaply and in a fixed
order, so that a worker can take a slice of the list and read only its own documents.

A document is a dict `{id, uri, title, text, language, script, licence, subject}`. Its id hashes
its URI, which is relative to the path given, and its text: the same files give the same ids
anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, Literal

import yaml

from factory.records import digest
from factory.rephrase.reading import pydoc
from factory.rephrase.reading.files import (
    DocumentError,
    decoded,
    files_under,
    format_of,
    opened,
    read_file,
    sidecars,
)
from factory.rephrase.reading.html import read_page
from factory.rephrase.reading.inline_marks import plain_marks
from factory.rephrase.reading.language import detect_language, detect_script
from factory.rephrase.reading.plain_text import reflow
from factory.rephrase.reading.subject import SUBJECTS, detect_subject

__all__ = ["DocumentError", "DocumentRef", "enumerate_documents", "read_document"]

Document = dict[str, str]
Source = Literal["text", "markdown", "html", "jsonl", "parquet", "pydoc", "math", "failed"]
SUFFIXES: dict[str, Source] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
FORMATS = ".txt, .md, .html, .jsonl, .parquet, each also .gz or .zst"
PYDOC_TOPICS = "pydoc:topics"
BUILTIN_MATH = "builtin:math"
SAMPLES_LICENCE = "Apache-2.0"
COLUMNS = ["text", "id", "title", "licence", "license", "language", "subject", "source", "url"]


@dataclass(frozen=True)
class DocumentRef:
    """One document of a source: `name` is a file or a topic, `row` its row (0 in a text file).

    `failure` says why the file holds no document that could be listed, `reason` in a word.
    """

    source: Source
    uri: str
    name: str
    row: int = 0
    offset: int = 0
    failure: str = ""
    reason: str = ""


def enumerate_documents(paths: Sequence[str]) -> list[DocumentRef]:
    """References of all documents under `paths`, in the order given, files sorted by name.

    A path is a file, a folder (searched through) or a glob, on a disk or in an object store
    (`s3://...`), `pydoc:topics` (CPython's reference, PSF-2.0) or `builtin:math` (our own samples).
    Every file of a folder is listed: one that can't be used fails when it is read. Raises
    DocumentError if a path holds no file.
    """
    return [ref for path in paths for ref in _enumerate(path)]


def read_document(ref: DocumentRef) -> Document:
    """The document behind a reference. Raises DocumentError naming file and row."""
    if ref.source == "failed":
        raise DocumentError(ref.failure, ref.reason)
    if ref.source == "pydoc":
        title, text = pydoc.read(ref.name)
        return _document(ref, {"title": title, "licence": pydoc.LICENCE, "language": "en"}, text)
    if ref.source == "math":
        raw = (_samples() / ref.name).read_text(encoding="utf-8")
        front, text = _front_matter(raw, ref.uri)
        return _document(ref, {"licence": SAMPLES_LICENCE, "subject": "math", **front}, text)
    folder, own = map(_told, sidecars(ref.name))
    if ref.source in ("text", "markdown", "html"):
        meta, text = _whole_file(ref)
        title = _first_heading(text) or _stem(ref.name)
        return _document(ref, {"title": title, **folder, **_told(meta), **own}, text)
    return _row_document(ref, {**folder, **own})


def _row_document(ref: DocumentRef, beside: Mapping[str, Any]) -> Document:
    row: Mapping[str, Any] = _jsonl_row(ref) if ref.source == "jsonl" else _parquet_row(ref)
    body = row.get("text")
    if not isinstance(body, str):
        found = ", ".join(sorted(map(str, row))) or "none"
        raise DocumentError(
            f"{ref.name} row {ref.row + 1}: no string field `text` (fields: {found}); "
            "rename the field that holds the document to `text`"
        )
    text = plain_marks(decoded(body.encode("utf-8", "replace"), f"{ref.name} row {ref.row + 1}"))
    return _document(ref, {**beside, **_told(row)}, text)


def _whole_file(ref: DocumentRef) -> tuple[Mapping[str, Any], str]:
    """Metadata inside a file that is one document, and its text as Markdown."""
    html = ref.source == "html"
    raw = decoded(read_file(ref.name), ref.name, html=html)
    if html:
        page = read_page(raw)
        if not page.text.strip():
            raise DocumentError(f"{ref.name}: a page that shows no text", "empty")
        about = {"title": page.title, "licence": page.licence, "source": page.source}
        return about, page.text
    meta, text = _front_matter(raw, ref.uri)
    text = plain_marks(text)
    return meta, reflow(text) if ref.source == "text" else text


def _told(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What metadata says, without what it leaves open; `licence` in either spelling."""
    names = {"license": "licence", "url": "source"}
    return {names.get(k, k): value for k, value in meta.items() if value not in (None, "")}


def _first_heading(text: str) -> str:
    """The heading that a Markdown text opens with, if it does."""
    first = text.lstrip().partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""


def _stem(name: str) -> str:
    plain = PurePosixPath(name).name
    return plain[: plain.lower().rindex(format_of(name))]


def _enumerate(path: str) -> Iterator[DocumentRef]:
    if path == PYDOC_TOPICS:
        yield from (DocumentRef("pydoc", f"pydoc:{name}", name) for name in pydoc.names())
        return
    if path == BUILTIN_MATH:
        names = sorted(f.name for f in _samples().iterdir() if f.name.endswith(".md"))
        yield from (DocumentRef("math", f"builtin:math/{name}", name) for name in names)
        return
    found = files_under(path)
    if not found:
        raise DocumentError(
            f"{path}: no documents there; give a file, folder or glob of {FORMATS}, "
            f"or {PYDOC_TOPICS} or {BUILTIN_MATH}"
        )
    for file, name in found:
        try:
            yield from _file_refs(file, name)
        except DocumentError as error:
            yield _failed(file, name, str(error), error.reason)


def _failed(file: str, name: str, failure: str, reason: str) -> DocumentRef:
    return DocumentRef("failed", f"file:{name}", file, failure=failure, reason=reason)


def _file_refs(file: str, name: str) -> Iterator[DocumentRef]:
    source = SUFFIXES.get(format_of(name))
    if source is None:
        said = f"{file}: not one of {FORMATS}; convert it, or rename it if it is one"
        yield _failed(file, name, said, "unsupported_format")
    elif source == "jsonl":
        yield from _jsonl_refs(file, name)
    elif source == "parquet":
        for row in range(_parquet(file).metadata.num_rows):
            yield DocumentRef(source, f"file:{name}#{row + 1}", file, row)
    else:
        yield DocumentRef(source, f"file:{name}", file)


def _jsonl_refs(file: str, name: str) -> Iterator[DocumentRef]:
    offset = found = 0
    with opened(file) as lines:
        for row, line in enumerate(iter(lines.readline, b"")):
            if line.strip():
                found += 1
                yield DocumentRef("jsonl", f"file:{name}#{row + 1}", file, row, offset)
            offset += len(line)
    if not found:
        raise DocumentError(f"{file}: holds no row", "empty")


def _jsonl_row(ref: DocumentRef) -> Mapping[str, Any]:
    where = f"{ref.name} row {ref.row + 1}"
    with opened(ref.name) as lines:
        lines.seek(ref.offset)
        line = decoded(lines.readline(), where)
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"{where}: not JSON ({error.msg} at column {error.colno}); "
            'write one object {"text": ...} a line'
        ) from error
    if not isinstance(row, dict):
        raise DocumentError(
            f"{where}: a {type(row).__name__}, not an object; "
            'write one object {"text": ...} a line'
        )
    return row


@lru_cache(maxsize=4)
def _parquet(file: str) -> Any:
    """A Parquet file open for reading, with the columns of documents."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with opened(file) as data:
            parquet = pq.ParquetFile(pa.BufferReader(data.read()))
    except (pa.ArrowInvalid, OSError) as error:
        raise DocumentError(f"{file}: not a whole Parquet file ({error}); rewrite it") from error
    if not parquet.metadata.num_rows:
        raise DocumentError(f"{file}: holds no row", "empty")
    if "text" not in parquet.schema_arrow.names:
        found = ", ".join(parquet.schema_arrow.names)
        raise DocumentError(f"{file}: no column `text` (columns: {found}); rename yours to `text`")
    return parquet


def _parquet_row(ref: DocumentRef) -> Mapping[str, Any]:
    first = 0
    parquet = _parquet(ref.name)
    for group in range(parquet.num_row_groups):
        rows = parquet.metadata.row_group(group).num_rows
        if ref.row < first + rows:
            return _row_group(ref.name, group)[ref.row - first]
        first += rows
    raise DocumentError(f"{ref.name} row {ref.row + 1}: the file has become shorter; run again")


@lru_cache(maxsize=2)
def _row_group(file: str, group: int) -> list[Mapping[str, Any]]:
    """The document columns of a row group; a worker reads a slice, so one stays cached."""
    import pyarrow as pa

    parquet = _parquet(file)
    columns = [column for column in COLUMNS if column in parquet.schema_arrow.names]
    try:
        rows: list[Mapping[str, Any]] = parquet.read_row_group(group, columns=columns).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise DocumentError(f"{file}: row group {group} is damaged ({error})") from error
    return rows


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
    subject = str(row.get("subject") or detect_subject(text))
    if subject not in SUBJECTS:
        raise DocumentError(
            f"{ref.name} row {ref.row + 1}: subject {subject!r}; allowed: {', '.join(SUBJECTS)}"
        )
    named = row.get("source")
    if ref.source in ("jsonl", "parquet"):
        named = named or row.get("id")
    return {
        "id": digest("document", ref.uri, text),
        "uri": str(named or ref.uri),
        "title": str(row.get("title") or ""),
        "text": text,
        "language": str(row.get("language") or detect_language(text)),
        "script": detect_script(text),
        "licence": str(row.get("licence") or "unknown"),
        "subject": subject,
    }


def _samples() -> Any:
    return files("factory.rephrase") / "samples" / "math"
