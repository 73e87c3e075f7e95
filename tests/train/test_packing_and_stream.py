"""Packing keeps documents whole in meaning and sources apart; the stream is an exact shuffle."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from factory.shards import open_dataset
from factory.train.data.loader import collate, encode_each, pretrain_loader, sft_loader
from factory.train.data.packing import (
    IGNORED,
    PADDING_DOCUMENT,
    ConversationPacker,
    DocumentPacker,
    Sample,
)
from factory.train.data.stream import MixedStream, RowStream, spread_order
from factory.train.run import shared_out

PAD = 999


def samples(count, *, sources=None, longest=40, seed=0):
    """Samples whose tokens say whose they are: 1000·sample + place."""
    rng = random.Random(seed)
    for i in range(count):
        size = rng.randint(2, longest)
        tokens = [1000 * (i + 1) + place for place in range(size)]
        trained = [rng.random() < 0.7 for _ in tokens]
        yield Sample(str(i % sources if sources else i), tokens, trained)


def pushed(packer, stream):
    return [row for sample in stream for row in packer.push(sample)]


def sources_in(row, sources):
    """The source of each document of a row, read off its tokens."""
    found = {}
    for token, document in zip(row.tokens, row.document_ids, strict=True):
        if document != PADDING_DOCUMENT:
            found[document] = str((token // 1000 - 1) % sources)
    return list(found.values())


@pytest.mark.parametrize("packer_type", [DocumentPacker, ConversationPacker])
def test_each_label_is_the_next_token_of_the_same_document(packer_type):
    given = {s.tokens[0] // 1000: s for s in samples(60)}
    packer = packer_type(40, PAD)
    rows = pushed(packer, given.values()) + packer.flush()
    assert len(rows) > 20
    for row in rows:
        assert {len(column) for column in row} == {40}
        for token, label, document in zip(row.tokens, row.labels, row.document_ids, strict=True):
            if document == PADDING_DOCUMENT:
                assert (token, label) == (PAD, IGNORED)
                continue
            sample, place = given[token // 1000], token % 1000
            wanted = sample.tokens[place + 1] if sample.trained[place + 1] else IGNORED
            assert label == wanted


@pytest.mark.parametrize("packer_type", [DocumentPacker, ConversationPacker])
def test_positions_restart_with_each_document(packer_type):
    for row in pushed(packer_type(40, PAD), samples(60)):
        count = Counter()
        for document, position in zip(row.document_ids, row.positions, strict=True):
            if document != PADDING_DOCUMENT:
                assert position == count[document]
                count[document] += 1


def test_document_packing_loses_no_token_and_pads_nothing():
    given = list(samples(100))
    packer = DocumentPacker(32, PAD)
    rows = pushed(packer, given)
    inputs = [token for row in rows for token in row.tokens]
    expected = [token for sample in given for token in sample.tokens[:-1]]
    assert inputs == expected[: len(inputs)]
    assert len(expected) - len(inputs) < 32


def test_conversations_are_never_split_and_share_rows():
    given = {s.tokens[0] // 1000: s for s in samples(80, longest=20)}
    rows = pushed(ConversationPacker(40, PAD), given.values())
    documents = 0
    for row in rows:
        whole = Counter(token // 1000 for token in row.tokens if token != PAD)
        assert all(len(given[i].tokens) - 1 == count for i, count in whole.items())
        documents += len(whole)
    assert documents > 1.5 * len(rows)
    with pytest.raises(ValueError, match="do not fit"):
        ConversationPacker(8, PAD).push(Sample("x", list(range(20)), [True] * 20))


@pytest.mark.parametrize("packer_type", [DocumentPacker, ConversationPacker])
@pytest.mark.parametrize("sources", [1, 2, 30])
def test_rewrites_of_one_source_never_share_a_row(packer_type, sources):
    packer = packer_type(64, PAD)
    rows = pushed(packer, samples(300, sources=sources, longest=12)) + packer.flush()
    assert len(rows) > 20
    for row in rows:
        names = sources_in(row, sources)
        assert len(names) == len(set(names)), names


@pytest.mark.parametrize("packer_type", [DocumentPacker, ConversationPacker])
def test_packer_goes_on_from_its_state_within_a_half_filled_row(packer_type):
    given = list(samples(90, sources=2))
    straight = packer_type(40, PAD)
    expected = pushed(straight, given)
    first, second = packer_type(40, PAD), packer_type(40, PAD)
    rows = pushed(first, given[:31])
    second.load_state_dict(first.state_dict())
    assert rows + pushed(second, given[31:]) == expected


def test_spread_order_is_a_permutation_with_even_spacing():
    sources = [f"s{i // 5}" for i in range(100)]
    order = spread_order(sources, random.Random(0))
    assert sorted(order) == list(range(100))
    places = {}
    for place, index in enumerate(order):
        places.setdefault(sources[index], []).append(place)
    gaps = [b - a for p in places.values() for a, b in zip(p, p[1:], strict=False)]
    assert min(gaps) >= 15  # 100 rows over 5 rewrites: a fifth of the way, give or take
    assert order != spread_order(sources, random.Random(1))


def test_stream_gives_each_row_once_an_epoch_in_a_new_order(corpus):
    stream = RowStream([open_dataset(str(corpus / "pretrain"))], seed=5)
    first = [next(stream)["id"] for _ in range(120)]
    second = [next(stream)["id"] for _ in range(120)]
    assert len(set(first)) == 120
    assert set(first) == set(second)
    assert first != second
    again = RowStream([open_dataset(str(corpus / "pretrain"))], seed=5)
    assert [next(again)["id"] for _ in range(120)] == first
    other = RowStream([open_dataset(str(corpus / "pretrain"))], seed=6)
    assert [next(other)["id"] for _ in range(120)] != first


@pytest.mark.parametrize("taken", [0, 7, 120, 133])
def test_stream_resumes_at_any_row(corpus, taken):
    datasets = [open_dataset(str(corpus / "pretrain"))]
    straight = RowStream(datasets, seed=5)
    for _ in range(taken):
        next(straight)
    resumed = RowStream(datasets, seed=5)
    resumed.load_state_dict(straight.state_dict())
    expected = [next(straight)["id"] for _ in range(40)]
    assert [next(resumed)["id"] for _ in range(40)] == expected


def test_loader_resumes_with_the_same_batches(corpus, tokenizer):
    datasets = [open_dataset(str(corpus / "sft"))]

    def make():
        return sft_loader(RowStream(datasets, seed=1), tokenizer, 384, 3)

    straight = make()
    for _ in range(4):
        next(straight)
    resumed = make()
    resumed.load_state_dict(straight.state_dict())
    for _ in range(5):
        for expected, found in zip(next(straight), next(resumed), strict=True):
            assert expected.equal(found)
    assert straight.counts == resumed.counts


@pytest.mark.parametrize("ranks", [2, 3])
def test_sharing_out_the_encoding_changes_no_batch_and_no_state(corpus, tokenizer, ranks):
    class Rank:
        """One of several processes whose shares are worked out here, one after another."""

        size = ranks

        def __init__(self, rank):
            self.rank = rank

        def gather(self, mine):
            assert mine == self.shares[self.rank]
            return self.shares

    datasets = [open_dataset(str(corpus / "sft"))]
    plain = sft_loader(RowStream(datasets, seed=1), tokenizer, 384, 3)
    shared = sft_loader(RowStream(datasets, seed=1), tokenizer, 384, 3)

    def share_out(rows, encode):
        shares = [encode_each(rows[r::ranks], encode) for r in range(ranks)]
        found = []
        for rank in map(Rank, range(ranks)):
            rank.shares = shares
            found.append(shared_out(rank)(rows, encode))
        assert all(one == found[0] for one in found)
        return found[0]

    shared.share_out, shared.ahead = share_out, 5 * ranks
    for _ in range(12):
        assert shared.take(3) == plain.take(3)
        assert shared.state_dict() == plain.state_dict()
    again = sft_loader(RowStream(datasets, seed=1), tokenizer, 384, 3)
    again.load_state_dict(shared.state_dict())
    assert again.take(3) == plain.take(3)


def test_end_of_a_mixture_is_met_after_its_last_row_however_far_ahead_is_read(corpus, tokenizer):
    def loader(ahead):
        rows = RowStream([open_dataset(str(corpus / "pretrain"))], seed=1)
        made = pretrain_loader(MixedStream([rows], [1.0], [1]), tokenizer, 64, 1)
        made.ahead = ahead
        return made

    def all_of(made):
        rows = []
        with pytest.raises(ValueError, match="max_epochs"):
            while True:
                rows += made.take(1)
        return rows

    assert all_of(loader(50)) == all_of(loader(1))


def test_columns_of_nothing_but_padding_are_cut_off_a_batch():
    rows = [
        row for row in pushed(ConversationPacker(64, PAD), samples(40)) if row.tokens[-1] == PAD
    ]
    for pair in zip(rows, rows[1:], strict=False):
        batch = collate(pair)
        real = batch.document_ids != PADDING_DOCUMENT
        assert real[:, -1].any()
        assert int(real.sum()) == sum(64 - row.document_ids.count(PADDING_DOCUMENT) for row in pair)


def test_dropped_and_shortened_conversations_are_counted(corpus, tokenizer):
    datasets = [open_dataset(str(corpus / "sft"))]
    lengths = {}
    for limit in (245, 320, 2000):
        loader = sft_loader(RowStream(datasets, seed=1), tokenizer, limit, 2)
        next(loader)
        lengths[limit] = loader.counts
        counts = loader.counts
        dropped = sum(loader.dropped().values())
        assert counts["read"] == counts["kept"] + counts["shortened"] + dropped
    assert lengths[245]["shortened"] > lengths[320]["shortened"] > lengths[2000]["shortened"] == 0


def test_data_of_which_nothing_fits_is_an_error_not_an_endless_loop(corpus, tokenizer):
    stream = RowStream([open_dataset(str(corpus / "sft"))], seed=1)
    with pytest.raises(ValueError, match="tools_too_long"):
        next(sft_loader(stream, tokenizer, 16, 2))


def test_pretraining_batches_of_a_corpus_keep_sources_apart(corpus, tokenizer):
    """From the shards to the batch: each [BOS] opens a document, none of a source met before."""
    dataset = open_dataset(str(corpus / "pretrain"))
    source = {row["text"]: row["source_id"] for row in dataset.rows()}
    loader = pretrain_loader(RowStream([dataset], seed=0), tokenizer, 512, 4)
    batch = next(loader)
    bos, met = tokenizer.special("[BOS]"), 0
    for tokens, ids in zip(batch.tokens, batch.document_ids, strict=True):
        names = []
        for document in ids.unique().tolist():
            piece = tokens[ids == document].tolist()
            if piece[0] == bos and tokenizer.decode(piece[1:]) in source:
                names.append(source[tokenizer.decode(piece[1:])])
        assert len(names) == len(set(names))
        met += len(names)
    assert met > 4
