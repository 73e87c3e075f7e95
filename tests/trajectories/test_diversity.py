"""Figures of language: each is right on a case that can be counted by hand."""

from __future__ import annotations

import random

import pytest

from factory.trajectories.diversity import (
    bleu,
    distinct,
    language_figures,
    masked_words,
    most_common_share,
    self_bleu,
    separability,
    type_token,
)


def split(*texts):
    return [text.split() for text in texts]


def test_values_do_not_count_as_language():
    one = masked_words('Please cancel booking BK-123 of Ana Ruiz on 3 May, "Court 4".')
    other = masked_words('Please cancel booking XX-9 of Bo Lee on 14 May, "Hall".')
    assert one == other


def test_distinct_counts_ngrams():
    texts = split("a b a b", "a b")
    assert distinct(texts, 1) == pytest.approx(2 / 6)
    assert distinct(texts, 2) == pytest.approx(2 / 4)
    assert distinct([], 2) == 0.0


def test_bleu_of_a_copy_is_one_and_of_a_stranger_nothing():
    text = ["we", "need", "the", "record", "of", "the", "booking"]
    assert bleu(text, [text]) == pytest.approx(1.0)
    assert bleu(text, split("nothing like it at all here")) == 0.0
    half = bleu(text, split("we need the record and nothing else"))
    assert 0.2 < half < 0.9


def test_self_bleu_tells_a_template_from_free_language():
    rng = random.Random(0)
    same = split(*["could you please cancel the booking"] * 20)
    words = [chr(97 + i) * 3 for i in range(26)]
    free = [rng.sample(words, 8) for _ in range(20)]
    assert self_bleu(same, rng) == pytest.approx(1.0)
    assert self_bleu(free, rng) < 0.5


def test_self_bleu_is_the_mean_of_bleu_against_all_others():
    rng = random.Random(3)
    texts = [rng.choices("abcdefg", k=rng.randint(1, 14)) for _ in range(40)]
    one_by_one = [bleu(text, texts[:i] + texts[i + 1 :]) for i, text in enumerate(texts)]
    assert self_bleu(texts, rng) == pytest.approx(sum(one_by_one) / len(texts))


def test_most_common_opening_and_closing():
    texts = split("hi there you", "hi there me", "good day you")
    assert most_common_share(texts, 2) == ("hi there", pytest.approx(2 / 3))
    assert most_common_share(texts, 1, end=True) == ("you", pytest.approx(2 / 3))


def test_type_token_is_a_mean_over_windows():
    assert type_token(split("a b", "a c"), window=2) == 1.0
    assert type_token(split("a a a b"), window=100) == pytest.approx(0.5)


ENGLISH = ("we", "need", "to", "book", "the", "hall", "for", "you", "now")
GERMAN = ("wir", "wollen", "den", "saal", "für", "dich", "jetzt")


def test_two_sets_of_one_language_can_not_be_told_apart_and_two_languages_can():
    rng = random.Random(1)
    english, same = ([rng.choices(ENGLISH, k=12) for _ in range(200)] for _ in "ab")
    other = [rng.choices(GERMAN, k=12) for _ in range(200)]
    assert abs(separability(english, same, rng) - 0.5) < 0.12
    assert separability(english, other, rng) > 0.95


def test_the_figures_of_no_texts_are_zero():
    assert language_figures([], random.Random(0))["distinct_1"] == 0.0
