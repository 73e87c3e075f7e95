"""Plain text as it is meant: wrapped prose becomes paragraphs, the rest keeps its lines."""

from __future__ import annotations

import random
from pathlib import Path

from factory.rephrase.reading.documents import enumerate_documents, read_document
from factory.rephrase.reading.inline_marks import plain_marks
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


def test_a_manual_page_tells_headings_and_definitions_by_indentation() -> None:
    page = (
        "NAME\n       sift - sort a Security\n       Health file\n\n"
        "OPTIONS\n       -k KEY\n              Sort by the key of each line, and keep equal\n"
        "              lines in their order.\n\n"
        "       width : int\n              Columns that a line may take before it is cut.\n\n"
        "EXAMPLES\n       To sort a file:\n\n           $ sift -k 2 \\\n               names.txt\n"
    )
    assert reflow(page).split("\n\n") == [
        "## NAME",
        "sift - sort a Security\nHealth file",
        "## OPTIONS",
        "- `-k KEY`: Sort by the key of each line, and keep equal lines in their order.",
        "- `width : int`: Columns that a line may take before it is cut.",
        "## EXAMPLES",
        "To sort a file:",
        "    $ sift -k 2 \\\n        names.txt\n",
    ]


def test_an_interpreters_session_ends_the_prose_before_it() -> None:
    text = "Return the last key of the mapping that was given.\n>>> last({1: 2})\n1\n"
    assert reflow(text) == (
        "Return the last key of the mapping that was given.\n\n    >>> last({1: 2})\n    1\n"
    )


def test_marks_of_restructured_text_become_markdown_outside_fences() -> None:
    text = (
        "See `the guide <https://a.org/x>`_ and :func:`~os.walk`, or ``run``. <!-- no -->\n\n"
        "```\n``as it is`` :func:`x`\n```\n"
    )
    assert plain_marks(text) == (
        "See [the guide](https://a.org/x) and `os.walk`, or `run`. \n\n"
        "```\n``as it is`` :func:`x`\n```\n"
    )


def test_a_term_keeps_apart_from_what_is_said_of_it_in_small_letters() -> None:
    page = (
        "       update\n           update is used to fetch the index of packages from every\n"
        "           source that is listed there.\n"
    )
    assert reflow(page) == (
        "- update: update is used to fetch the index of packages from every source that is listed "
        "there.\n"
    )
    hanging = (
        "A paragraph whose first line stands out a little to the left\n"
        "  is a paragraph all the same, and its lines are joined as\n  they are in any other.\n"
    )
    assert len(reflow(hanging).splitlines()) == 1 and not reflow(hanging).startswith("-")


def test_lines_that_keep_entries_apart_are_no_text() -> None:
    assert reflow("The first entry ends.\n%%%%\nSecond\n") == "The first entry ends.\n\nSecond\n"


def test_entries_among_paragraphs_and_within_entries_are_told_by_indentation() -> None:
    page = (
        "Other options, if any is specified, have the following meanings here.\n"
        "-o order\n"
        "        Controls several aspects of the behaviour beyond the plain\n"
        "        generation, and is one of these:\n"
        "        plain\n"
        "                Perform the rest of the default actions if there is\n"
        "                no match.\n"
        "The arguments are quoted to protect them from expansion before that.\n"
    )
    assert reflow(page).split("\n\n") == [
        "Other options, if any is specified, have the following meanings here.",
        "- `-o order`: Controls several aspects of the behaviour beyond the plain generation, and "
        "is one of these:",
        "- plain: Perform the rest of the default actions if there is no match.",
        "The arguments are quoted to protect them from expansion before that.\n",
    ]


def test_directives_of_restructured_text_say_what_they_mean() -> None:
    text = (
        ".. _`A place`:\n\n.. versionadded:: 3.24\n\n.. deprecated:: 4.0 Use the other.\n\n"
        ".. genex:: $<PATH:a,b>\n\n.. note:: Mind this.\n\n.. code-block:: cmake\n\n  x()\n"
    )
    assert plain_marks(text).split("\n\n") == [
        "\nNew in version 3.24.",
        "Deprecated since version 4.0: Use the other.",
        "`$<PATH:a,b>`",
        "Note: Mind this.",
        "\n  x()\n",
    ]


def test_a_line_of_white_space_that_opens_a_block_is_no_term() -> None:
    assert "is calculated." in reflow("Noon\n\n \n            is calculated.\n")


def test_random_lines_of_any_white_space_are_read() -> None:
    rng = random.Random(5)
    lines = (
        "",
        "   ",
        "\x0c",
        "\t",
        "term",
        "A term:",
        "    ",
        "        Some prose that goes on here",
    )
    for _ in range(3000):
        text = "\n".join(rng.choice(lines) * rng.randint(1, 2) for _ in range(rng.randint(1, 8)))
        assert reflow(text).endswith("\n")
