"""Look-ups of records by id, in little memory."""

from __future__ import annotations

from factory.shards.store import RowIndex


def test_an_index_finds_every_id_and_no_other() -> None:
    ids = [f"{n * 7919 % 1009:032x}" for n in range(1000)]
    index = RowIndex([ids[:300], [], ids[300:]])
    assert [index.row(record_id) for record_id in ids] == list(range(1000))
    assert [index.row(other) for other in ("", "0", f"{5000:032x}", ids[3] + "0")] == [None] * 4
    assert RowIndex([]).row(ids[0]) is RowIndex([[]]).row(ids[0]) is None
