"""Faults: deterministic, recoverable, only kinds that fit the tool."""

from __future__ import annotations

import itertools

import pytest

from factory.worlds.faults import FaultModel, fitting_kinds

LIST = {"properties": {"found": {"type": "array"}}}
READ = {"name": "find", "annotations": {"readOnlyHint": True}, "outputSchema": LIST}
WRITE = {"name": "book", "annotations": {"readOnlyHint": False}, "outputSchema": {}}


def test_a_fault_is_a_function_of_seed_key_and_index():
    first, again, other = FaultModel(5, 0.3), FaultModel(5, 0.3), FaultModel(6, 0.3)
    draws = [first.draw("task", i, READ) for i in range(200)]
    assert draws == [again.draw("task", i, READ) for i in reversed(range(200))][::-1]
    assert draws != [other.draw("task", i, READ) for i in range(200)]
    assert draws != [first.draw("other task", i, READ) for i in range(200)]


@pytest.mark.parametrize("rate", [0.5, 0.9, 1.0])
def test_never_more_faults_in_a_row_than_allowed(rate):
    model = FaultModel(1, rate, max_run=2)
    for key in range(20):
        hit = [model.draw(str(key), i, WRITE) is not None for i in range(60)]
        longest = max((len(list(g)) for on, g in itertools.groupby(hit) if on), default=0)
        assert longest <= 2


def test_the_rate_is_met_and_zero_means_none():
    model = FaultModel(3, 0.2)
    hits = sum(model.draw(str(k), i, READ) is not None for k in range(400) for i in range(5))
    assert 0.15 < hits / 2000 < 0.22
    assert all(FaultModel(3, 0.0).draw("t", i, READ) is None for i in range(50))


def test_conflicts_hit_writes_only_and_truncated_pages_lists_only():
    assert "conflict" in fitting_kinds(WRITE)
    assert "truncated_page" not in fitting_kinds(WRITE)
    assert "conflict" not in fitting_kinds(READ)
    kinds = {f.kind for i in range(600) if (f := FaultModel(2, 0.6).draw("k", i, READ))}
    assert kinds == {"timeout", "rate_limited", "unavailable", "truncated_page"}


def test_a_truncated_page_loses_the_tail_and_the_others_never_ran():
    model = FaultModel(2, 0.6)
    faults = [f for i in range(600) if (f := model.draw("k", i, READ))]
    for fault in faults:
        shown = fault.as_result({"found": [1, 2, 3, 4], "total": 4})
        assert shown["error"]["code"] == fault.code
        assert fault.executed == (fault.kind == "truncated_page")
        if fault.executed:
            assert shown["partial"] == {"found": [1, 2], "total": 4}
        else:
            assert "partial" not in shown
        if fault.kind == "rate_limited":
            assert shown["error"]["retry_after_seconds"] == fault.retry_after >= 1


def test_a_rate_out_of_range_and_an_unknown_kind_are_refused():
    with pytest.raises(ValueError, match="rate"):
        FaultModel(1, 1.5)
    with pytest.raises(ValueError, match="earthquake"):
        FaultModel(1, 0.5, {"earthquake": 1.0})
