"""Segments and chunks: nothing lost, nothing cut through, sizes near the target."""

from __future__ import annotations

import random

import pytest

from factory.rephrase.reading import pydoc
from factory.rephrase.reading.language import detect_language
from factory.rephrase.text.chunking import chunks, excerpts
from factory.rephrase.text.segments import segment
from factory.rephrase.text.tokens import count_tokens

MIXED = """# Title

A sentence with `code. Here.` and $x = 3. 5$ in it, e.g. this one. Another one follows!

- item one. With two sentences.
  continued here
- item two

```
code. here.

More = 1
```

$$
a = 1. b = 2.
$$

| a | b |
| 1 | 2 |

The end.
"""


def tiles(text: str, spans: list[tuple[int, int]]) -> bool:
    return "".join(text[a:b] for a, b in spans) == text and all(a < b for a, b in spans)


@pytest.mark.parametrize("name", ["types", "compound", "string-methods", "in"])
def test_segments_chunks_and_excerpts_tile_real_text(name: str) -> None:
    text = pydoc.read(name)[1]
    assert tiles(text, [(s.start, s.end) for s in segment(text)])
    for size in (16, 64, 256):
        assert tiles(text, chunks(text, size))
        assert tiles(text, excerpts(text, size))


def test_tiling_survives_random_text() -> None:
    rng = random.Random(5)
    pieces = [
        "word ",
        "`a. b` ",
        "$x = 1. 2$ ",
        "End. ",
        "\n",
        "\n\n",
        "- ",
        "```\n",
        "# H\n",
        "| a |\n",
    ]
    for _ in range(300):
        text = "x" + "".join(rng.choice(pieces) for _ in range(rng.randint(1, 40)))
        assert tiles(text, [(s.start, s.end) for s in segment(text)])
        assert tiles(text, chunks(text, 8))


def test_code_math_tables_and_inline_spans_are_never_cut() -> None:
    for size in (8, 12, 20, 40):
        pieces = [MIXED[a:b] for a, b in chunks(MIXED, size)]
        for whole in (
            "code. here.\n\nMore = 1",
            "a = 1. b = 2.",
            "| a | b |\n| 1 | 2 |",
            "`code. Here.`",
            "$x = 3. 5$",
            "item one. With two sentences.\n  continued",
        ):
            assert any(whole in piece for piece in pieces), (size, whole)


def test_patterns_and_captions_hold_no_end_of_a_sentence() -> None:
    told = 'The list "*.a.example.com:*.b.example.com" names hosts. They may match.'
    assert [told[s.start : s.end] for s in segment(told)] == [
        'The list "*.a.example.com:*.b.example.com" names hosts. ',
        "They may match.",
    ]
    cited = 'It "keeps touching them." (cited from Steele, 2018, p. 143). This list is none.'
    assert cited[segment(cited)[-1].start :] == "This list is none."
    assert len(segment("And finally; I would thank them. They know why.")) == 2
    assert len(segment("Figure 16.2. The colours are set to eight.")) == 1
    assert len(segment("The colours are those of Figure 3. The eight are set.")) == 2


def test_chunks_are_near_the_target_and_a_heading_opens_its_chunk() -> None:
    text = pydoc.read("types")[1]
    pieces = [text[a:b] for a, b in chunks(text, 256)]
    sizes = [count_tokens(piece) for piece in pieces]
    assert 200 < sum(sizes) / len(sizes) < 320
    assert all(segment(piece)[-1].kind != "heading" for piece in pieces)


def test_excerpts_stay_under_the_limit_and_break_at_blocks() -> None:
    text = pydoc.read("compound")[1]
    spans = excerpts(text, 1024)
    assert all(count_tokens(text[a:b]) <= 1024 for a, b in spans)
    assert all(text[:b].endswith("\n") for _, b in spans)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat sat on the mat and it was happy with the view of the garden.", "en"),
        ("Die Katze sitzt auf der Matte und ist mit dem Blick in den Garten zufrieden.", "de"),
        ("El gato se sienta en la alfombra y está contento con la vista del jardín.", "es"),
        ("Let x be 3.", "und"),
        ("$$\\int_0^1 x^2 dx = \\frac{1}{3}$$ $a^2 + b^2 = c^2$", "und"),
    ],
)
def test_language_by_function_words_never_guesses_from_math(text: str, language: str) -> None:
    assert detect_language(text) == language
