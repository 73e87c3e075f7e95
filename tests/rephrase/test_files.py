"""Files of every form: packed, encoded, damaged, remote; each read or refused with its reason."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from factory.recipe import Recipe
from factory.rephrase.reading.documents import DocumentError, enumerate_documents, read_document
from factory.rephrase.reading.html import read_page
from factory.shards import open_dataset
from pipelines.run import run

PROSE = (
    "The river rises in the hills and flows to the sea. Its water drives three mills on the way. "
    "In spring the meadows along the banks are flooded, and nobody can walk there for weeks. "
)
GERMAN = "Der Fluß fließt über die Brücke. " * 9
PAGE = f"<html><head><title>Rivers</title></head><body><nav>Home</nav><p>{PROSE}</p></body></html>"


def jsonl() -> bytes:
    return b"".join(json.dumps({"text": f"{PROSE}{i}"}).encode() + b"\n" for i in range(3))


def parquet(path: Path) -> bytes:
    pq.write_table(pa.table({"text": [f"{PROSE}{i}" for i in range(3)]}), path, row_group_size=2)
    return path.read_bytes()


def plain_files(tmp_path: Path) -> dict[str, bytes]:
    return {
        "a.txt": PROSE.encode(),
        "b.md": b"# Rivers\n\n" + PROSE.encode(),
        "c.html": PAGE.encode(),
        "d.jsonl": jsonl(),
        "e.parquet": parquet(tmp_path / "made.parquet"),
    }


def texts(path: str) -> dict[str, str]:
    return {ref.uri: read_document(ref)["text"] for ref in enumerate_documents([path])}


@pytest.mark.parametrize("pack", ["", ".gz", ".zst"])
def test_every_format_reads_the_same_plain_and_packed(tmp_path: Path, pack: str) -> None:
    packers = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, data in plain_files(tmp_path).items():
        (folder / f"{name}{pack}").write_bytes(packers[pack](data))
    found = texts(str(folder))
    assert len(found) == 9
    assert found[f"file:a.txt{pack}"].strip() == PROSE.strip()
    assert found[f"file:c.html{pack}"].strip() == PROSE.strip()
    for name in ("d.jsonl", "e.parquet"):
        rows = [found[f"file:{name}{pack}#{i}"] for i in (1, 2, 3)]
        assert rows == [f"{PROSE}{i}" for i in range(3)]


def test_an_object_store_lists_and_reads_as_a_disk_does(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    folder = tmp_path / "docs"
    for name, data in plain_files(tmp_path).items():
        (folder / "sub").mkdir(parents=True, exist_ok=True)
        (folder / "sub" / name).write_bytes(data)
        memory.pipe_file(f"/store/sub/{name}", data)
    memory.pipe_file("/store/sub/a.txt.meta.yaml", b"licence: CC0-1.0\n")
    here, there = (
        {ref.uri: read_document(ref) for ref in enumerate_documents([path])}
        for path in (str(folder), "memory://store")
    )
    assert {uri: d["text"] for uri, d in here.items()} == {u: d["text"] for u, d in there.items()}
    assert {d["id"] for d in here.values()} == {d["id"] for d in there.values()}
    assert there["file:sub/a.txt"]["licence"] == "CC0-1.0"
    globbed = enumerate_documents(["memory://store/**/*.jsonl"])
    assert [ref.uri for ref in globbed] == [f"file:d.jsonl#{i}" for i in (1, 2, 3)]
    assert read_document(globbed[1])["text"] == f"{PROSE}1"


def test_what_can_not_be_used_is_refused_with_its_reason(tmp_path: Path) -> None:
    cases: dict[str, tuple[bytes, str]] = {
        "empty.txt": (b"", "empty"),
        "blank.md": (b" \n\t\n", "empty"),
        "bare.html": (b"<html><body><script>x</script></body></html>", "empty"),
        "rows.jsonl": (b"\n\n", "empty"),
        "binary.txt": (bytes(range(256)) * 8, "binary"),
        "picture.md": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, "binary"),
        "latin.txt": (
            ("Der Fluß fließt über die Brücke. " * 9).encode("latin-1"),
            "wrong_encoding",
        ),
        "twice.txt": (
            ("Der Fluß fließt über die Brücke. " * 9).encode().decode("latin-1").encode(),
            "wrong_encoding",
        ),
        "cut.txt.gz": (gzip.compress(PROSE.encode() * 99)[:-20], "unreadable"),
        "not.txt.gz": (PROSE.encode(), "unreadable"),
        "not.md.zst": (PROSE.encode(), "unreadable"),
        "not.parquet": (PROSE.encode(), "unreadable"),
        "row.jsonl": (b'{"text": 5}\n', "unreadable"),
        "scan.pdf": (b"%PDF-1.4", "unsupported_format"),
        "README": (PROSE.encode(), "unsupported_format"),
    }
    for name, (data, _) in cases.items():
        (tmp_path / name).write_bytes(data)
    found = {}
    for ref in enumerate_documents([str(tmp_path)]):
        with pytest.raises(DocumentError) as caught:
            read_document(ref)
        found[ref.uri.removeprefix("file:").partition("#")[0]] = caught.value.reason
        assert ref.uri.removeprefix("file:").partition("#")[0] in str(caught.value)
    assert found == {name: reason for name, (_, reason) in cases.items()}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_tell_the_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(("Größe und Höhe. " + PROSE).encode(encoding))
    assert texts(str(tmp_path))["file:a.txt"].startswith("Größe und Höhe.")


def test_a_page_is_read_in_the_encoding_it_declares(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-1"><p>Größe — '.replace("—", "-") + PROSE
    (tmp_path / "a.html").write_bytes(page.encode("latin-1"))
    assert texts(str(tmp_path))["file:a.html"].startswith("Größe")


def test_licence_and_source_come_from_columns_front_matter_sidecars_and_pages(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.md").write_text(f"---\nlicence: MIT\nsource: https://a.example/\n---\n{PROSE}")
    (tmp_path / "b.txt").write_text(PROSE)
    (tmp_path / "b.txt.meta.json").write_text('{"license": "CC-BY-4.0", "url": "https://b/"}')
    row = {"text": PROSE, "license": "PSF-2.0", "source": "https://c/"}
    (tmp_path / "c.jsonl").write_text(json.dumps(row))
    (tmp_path / "d.html").write_text(
        '<link rel="license" href="https://licence/"><link rel="canonical" href="https://d/">'
        f"<p>{PROSE}</p>"
    )
    (tmp_path / "e.txt").write_text(PROSE)
    (tmp_path / "folder.meta.yaml").write_text("licence: CC0-1.0\n")
    told = [read_document(ref) for ref in enumerate_documents([str(tmp_path)])]
    assert [(d["licence"], d["uri"]) for d in told] == [
        ("MIT", "https://a.example/"),
        ("CC-BY-4.0", "https://b/"),
        ("PSF-2.0", "https://c/"),
        ("https://licence/", "https://d/"),
        ("CC0-1.0", "file:e.txt"),
    ]


def test_a_page_keeps_what_is_said_and_loses_its_frame() -> None:
    page = read_page(
        "<title>T</title><body><nav>Home</nav><div class='sidebar'>Links</div><main>"
        "<h2>Flow <a class='headerlink'>¶</a></h2><p>Water <b>flows</b><br>down<sup>2</sup>.</p>"
        "<ul><li>one<ul><li>inner</li></ul></li><li><p>two</p></li></ul>"
        "<pre><code>x = 1\n  y = 2</code><button>copy</button></pre>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2 | 3</td></tr></table>"
        "<p>So <span class='katex'><math><annotation encoding='application/x-tex'>a^2</annotation>"
        "</math><span aria-hidden='true'>a2</span></span> and <code>f(x)</code>.</p>"
        "<script type='math/tex; mode=display'>\\int x</script>"
        "<dl><dt>term</dt><dd>what it is</dd></dl></main><footer>(c)</footer></body>"
    )
    assert page.title == "T"
    assert page.text == (
        "## Flow\n\nWater flows\ndown^2.\n\n- one\n  - inner\n- two\n\n```\nx = 1\n  y = 2\n```\n\n"
        "| a | b |\n| --- | --- |\n| 1 | 2 \\| 3 |\n\nSo $a^2$ and `f(x)`.\n\n$$\n\\int x\n$$\n\n"
        "- term: what it is\n"
    )


def variant(words: int) -> str:
    """`PROSE` told at length, its last `words` words changed."""
    told = " ".join(f"Stone {i} lies by bend {i * 7} of the river." for i in range(40)).split()
    return " ".join([*told[: len(told) - words], *(f"other{i}" for i in range(words))])


def test_a_link_that_skips_the_frame_is_part_of_it() -> None:
    page = read_page('<body><a href="#m" class="skip-to-content">Skip to content</a><p>Read.</p>')
    assert page.text == "Read.\n"


def test_a_table_of_one_row_lays_out_a_page() -> None:
    head = "<table><tr><td></td><td></td><td>The Manual</td></tr></table>"
    page = read_page(f"<body>{head}<p>Read on.</p></body>")
    assert page.text == "The Manual\n\nRead on.\n"


def test_a_list_of_the_pages_around_is_no_text_and_a_list_of_links_is() -> None:
    link = '<li><a href="#">{}</a></li>'
    turns = "".join(map(link.format, ("Prev", "The Handbook", "Next")))
    books = "".join(map(link.format, ("The Handbook", "The Next Step", "A Reference")))
    page = read_page(f"<body><ul>{turns}</ul><p>Read on.</p><ul>{books}</ul></body>")
    assert page.text == "Read on.\n\n- The Handbook\n- The Next Step\n- A Reference\n"


@pytest.mark.parametrize("per_shard", [1, 7])
def test_duplicates_go_whatever_the_shards_and_the_first_stays(
    tmp_path: Path, per_shard: int
) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "1.txt").write_text(variant(0))
    (folder / "2.md").write_text(variant(0).upper() + "\n")
    (folder / "3.txt").write_text(variant(6))
    (folder / "4.txt").write_text(variant(150))
    (folder / "5.txt").write_text("")
    recipe = Recipe(
        stages=("fingerprints", "passages"),
        documents={"paths": (str(folder),)},
        shard_inputs={"default": per_shard},
        max_rejected_share={"default": 1.0},
    )
    out = str(tmp_path / "out")
    run(recipe, out)
    kept = [row["source"] for row in open_dataset(f"{out}/passage").rows()]
    assert kept == ["file:1.txt", "file:4.txt"]
    rejects = {
        row["reason"]: row["detail"] for row in open_dataset(f"{out}/reject/passages").rows()
    }
    assert set(rejects) == {"duplicate_document", "near_duplicate", "empty"}
    assert rejects["duplicate_document"].endswith("file:1.txt")
    assert rejects["near_duplicate"].endswith("file:1.txt")
