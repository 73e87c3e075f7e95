"""Documents: fixed order, ids that do not depend on the machine, errors that name file and row."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factory.authors import lone_context
from factory.recipe import Recipe
from factory.rephrase.passages import split
from factory.rephrase.reading.documents import DocumentError, enumerate_documents, read_document
from factory.stage import Reject

PROSE = "The river rises in the hills and flows to the sea. " * 8


def folder(root: Path) -> Path:
    root.mkdir()
    (root / "b.txt").write_text(PROSE)
    (root / "sub").mkdir()
    (root / "sub" / "a.md").write_text("---\ntitle: Rivers\nlicence: CC0-1.0\n---\n\n" + PROSE)
    rows = [{"text": PROSE + str(i), "id": f"row-{i}", "license": "MIT"} for i in range(3)]
    (root / "c.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    pq.write_table(pa.table({"text": ["p0 " + PROSE, "p1 " + PROSE]}), root / "d.parquet")
    (root / "skipped.bin").write_bytes(b"\xff")
    return root


def test_a_folder_lists_all_its_documents_in_one_order(tmp_path: Path) -> None:
    refs = enumerate_documents([str(folder(tmp_path / "docs"))])
    uris = [ref.uri for ref in refs]
    assert uris == [
        "file:b.txt",
        "file:c.jsonl#1",
        "file:c.jsonl#2",
        "file:c.jsonl#3",
        "file:d.parquet#1",
        "file:d.parquet#2",
        "file:skipped.bin",
        "file:sub/a.md",
    ]
    documents = [read_document(ref) for ref in refs if ref.source != "failed"]
    assert documents[2]["uri"] == "row-1" and documents[2]["licence"] == "MIT"
    assert documents[2]["text"].endswith("1")
    assert documents[5]["text"].startswith("p1 ")
    assert (documents[6]["title"], documents[6]["licence"]) == ("Rivers", "CC0-1.0")
    assert all(d["language"] == "en" and d["subject"] == "knowledge" for d in documents)


def test_ids_do_not_depend_on_where_the_folder_lies(tmp_path: Path) -> None:
    one, two = (
        [
            read_document(r)["id"]
            for r in enumerate_documents([str(folder(tmp_path / name))])
            if r.source != "failed"
        ]
        for name in ("here", "there")
    )
    assert one == two and len(set(one)) == 7


def test_globs_and_slices_read_what_they_name(tmp_path: Path) -> None:
    root = folder(tmp_path / "docs")
    refs = enumerate_documents([str(root / "**" / "*.md"), str(root / "b.txt")])
    assert [r.uri for r in refs] == ["file:a.md", "file:b.txt"]
    jsonl = enumerate_documents([str(root / "c.jsonl")])
    assert read_document(jsonl[2])["uri"] == "row-2"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "row 2: not JSON"),
        ("[1]", "row 2: a list"),
        ('{"body": "x"}', "row 2: no string field `text` (fields: body); rename"),
        ('{"text": "x", "subject": "art"}', "row 2: subject 'art'; allowed: knowledge, math"),
    ],
)
def test_a_bad_row_is_named_with_file_row_and_remedy(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "fine"}\n' + line + "\n")
    refs = enumerate_documents([str(file)])
    assert read_document(refs[0])["text"] == "fine"
    with pytest.raises(DocumentError) as caught:
        read_document(refs[1])
    assert said in str(caught.value) and "bad.jsonl" in str(caught.value)


def test_paths_without_documents_and_broken_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"no documents there; give a file"):
        enumerate_documents([str(tmp_path / "nowhere")])
    (tmp_path / "x.parquet").write_bytes(b"PAR1 not really")
    (tmp_path / "y.txt").write_bytes(b"\xff\xfa\xfd caf\xe9 and more words")
    for name, said in (("x.parquet", "not a whole Parquet file"), ("y.txt", "not UTF-8")):
        (ref,) = enumerate_documents([str(tmp_path / name)])
        with pytest.raises(DocumentError, match=said):
            read_document(ref)


def test_built_in_sources_hold_prose_and_two_languages_of_math() -> None:
    topics = [read_document(r) for r in enumerate_documents(["pydoc:topics"])]
    assert len(topics) >= 70 and {d["licence"] for d in topics} == {"PSF-2.0"}
    for document in topics:
        outside = "".join(document["text"].split("```")[::2])
        assert "::=" not in outside and "****" not in outside and ">>>" not in outside
    math = [read_document(r) for r in enumerate_documents(["builtin:math"])]
    assert len(math) >= 24 and sum(d["language"] == "de" for d in math) >= 8
    assert all(d["subject"] == "math" for d in math)


def passages(document: dict[str, str], **settings: int) -> list[object]:
    ctx = lone_context(recipe=Recipe(passages=settings), record_id=document["id"])
    return asyncio.run(split(document, ctx))


def test_passages_tile_their_chunks_and_short_or_empty_documents_are_rejected(
    tmp_path: Path,
) -> None:
    document = read_document(enumerate_documents([str(folder(tmp_path / "d") / "b.txt")])[0])
    found = passages(document, excerpt_tokens=50, chunk_tokens=16, min_tokens=8)
    kept = [p for p in found if not isinstance(p, Reject)]
    assert len(kept) >= 2 and [p["position"] for p in kept] == list(range(len(kept)))
    for p in kept:
        assert p["tokens"] <= 50
        assert "".join(p["text"][c["start"] : c["end"]] for c in p["chunks"]) == p["text"]
    assert passages({**document, "text": "Too short."})[0].reason == "too_short"
    assert passages({**document, "text": " \n"})[0].reason == "empty"
    code = "```\n" + "x = 1\n" * 60 + "```\n"
    assert passages({**document, "text": code})[0].reason == "no_prose"
