"""Plain text as it is meant: wrapped prose becomes paragraphs, the rest keeps its lines."""

from __future__ import annotations

from pathlib import Path

from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.reading.plain_text import reflow

WRAPPED = """\
    The project was founded in August 1993, and its founder led it until March
    1996. The voting period was then fixed, after a long debate, at two
    weeks.
"""


def test_indented_and_wrapped_prose_becomes_one_line() -> None:
    assert reflow(WRAPPED) == (
        "The project was founded in August 1993, and its founder led it until March 1996. "
        "The voting period was then fixed, after a long debate, at two weeks.\n"
    )


def test_items_of_a_list_stay_apart_and_take_their_continuation_lines() -> None:
    text = "  1. The first thing to do is to read the\n     whole contract.\n  2. Sign it.\n"
    assert reflow(text) == (
        "1. The first thing to do is to read the whole contract.\n2. Sign it.\n"
    )
    contents = "1.1. Scope\n1.2. Terms\n1.2.1. Seller\n"
    assert reflow(contents) == contents


def test_code_tables_and_verse_keep_their_lines() -> None:
    code = "    $ make install\n    $ make check\n"
    assert reflow(code) == code
    table = "name      price\napple     1.20\npear      0.95\n"
    assert [line.strip() for line in reflow(table).splitlines()] == table.splitlines()
    verse = "So much depends\nupon\na red wheel\nbarrow\n"
    assert reflow(verse) == verse


def test_a_text_file_is_read_reflowed_and_markdown_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WRAPPED)
    (tmp_path / "b.md").write_text(WRAPPED)
    plain, marked = (read_document(ref) for ref in enumerate_documents([str(tmp_path)]))
    assert "March 1996" in plain["text"] and "March 1996" not in marked["text"]
