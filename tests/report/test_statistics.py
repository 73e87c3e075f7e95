"""Statistics against counts made by hand on rows small enough to count."""

from __future__ import annotations

import math
import random
import statistics as standard

import pyarrow as pa
import pytest

from factory.report import statistics as st
from factory.report.charts import line_chart, powers, stacked, ticks
from factory.report.choose import RewriteChooser, choose_trajectories
from factory.report.columns import MOST_DISTINCT, column_statistics
from factory.report.curves import smoothed
from factory.report.distribution import Distribution, round_step
from factory.report.rephrased import marked, spans_of


def test_distribution_agrees_with_the_standard_library():
    rng = random.Random(3)
    values = [rng.randint(0, 500) for _ in range(999)]
    found = Distribution.of(values)
    assert found.n == 999
    assert found.mean == pytest.approx(standard.fmean(values))
    assert found.quantile(0.5) == standard.median_low(values)
    assert (found.low, found.high) == (min(values), max(values))
    assert math.isnan(Distribution().mean)
    assert Distribution().bins() == []


@pytest.mark.parametrize(
    "values",
    [
        [3],
        [0, 0, 5, 7],
        list(range(400)),
        [0.1 * i for i in range(57)],
        [*range(300), 10**6],
        [-5.5, 0.25, 9],
        [0.7, 0.7000001],
    ],
)
def test_histogram_counts_every_value_in_the_bin_it_lies_in(values):
    bins = Distribution.of(values).bins()
    assert sum(cell.count for cell in bins) == len(values)
    assert len(bins) <= 26
    for cell, after in zip(bins, bins[1:], strict=False):
        assert cell.high == pytest.approx(after.low)
        inside = [v for v in values if cell.low - 1e-9 <= v < cell.high - 1e-9]
        assert cell.count == len(inside)


def test_long_tail_shares_the_last_bin_and_is_labelled():
    bins = Distribution.of([*range(300), 10**6]).bins()
    assert bins[-1].label.endswith("or more")
    assert bins[-1].high < 1000


def test_ticks_are_round_and_cover_the_data():
    assert ticks(0, 9) == [0, 2.5, 5, 7.5, 10]
    assert ticks(3, 3) == [3, 4]
    assert powers(0.2, 100) == [0.1, 1, 10, 100]
    assert round_step(0.7, whole=True) == 1
    assert round_step(230) == 250


def test_flat_and_empty_lines_are_drawn_or_left_out():
    from factory.report.charts import Line

    assert line_chart([], name="x", x_name="step") == ""
    assert "polyline" in line_chart([Line("a", [(1, 2.0)], "c1")], name="x", x_name="step")
    torn = [(1, math.nan), (2, 1.0), (3, 2.0)]
    assert "nan" not in line_chart([Line("a", torn, "c1")], name="x", x_name="step")


def test_stacked_bars_of_nothing_divide_by_nothing():
    assert "<svg" in stacked([("a", {})], [("x", "c1")], name="n")
    assert "<svg" in stacked([("a", {})], [("x", "c1")], name="n", share=True)


def test_smoothing_of_a_constant_is_the_constant():
    assert smoothed([4.0] * 9) == pytest.approx([4.0] * 9)


def test_tools_are_counted_by_hint_verb_and_proof():
    def tool(**more):
        return {"origin": "synthetic", "inputSchema": {"properties": {"a": {}}}, **more}

    proof = {"successes": 2, "output_valid": True}
    found = st.tool_statistics(
        [
            tool(verb="get", annotations={"readOnlyHint": True}, program={"x": 1}, proof=proof),
            tool(verb="get", annotations={"readOnlyHint": False}, program={"x": 1}),
            tool(category="c", annotations={}, inputSchema={}),
            tool(origin="real"),
        ]
    )
    assert found.access == {"read": 1, "write": 1, "unstated": 2}
    assert (found.executable, found.proven) == (2, 1)
    assert found.verb == {"get": 2, st.NONE: 2}
    assert found.category == {"c": 1, st.NONE: 3}
    assert found.parameters.counts == {1: 3, 0: 1}


def _trajectory(name, skill, outcome, **more):
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    messages = [
        {"role": "user", "content": "hello", "train": False},
        {"role": "assistant", "content": "", "tool_calls": [call], "train": False},
        {"role": "assistant", "content": "done", "train": True},
    ]
    row = {
        "id": name,
        "task_id": f"task-{name}",
        "skill": skill,
        "outcome": outcome,
        "messages": messages,
        "events": [],
        "num_turns": 2,
        "num_tool_calls": 1,
        "num_faults": 0,
        "error_recovered": False,
    }
    return row | more


def test_trajectories_are_counted_by_skill_verdict_fault_and_mask():
    call = {"type": "call", "fault": "timeout", "message": 2}
    said = {"type": "assistant", "provenance": [{"a": {"from": "user"}, "b": {"from": "invented"}}]}
    rows = [
        _trajectory("a", "expert", "success"),
        _trajectory("b", "expert", "failure", num_faults=1, events=[call, said]),
        _trajectory("c", "sloppy", "success", num_faults=1, error_recovered=True, events=[call]),
    ]
    keep = {"a": True, "b": False}
    found = st.trajectory_statistics(rows, keep, {"task-a": "read", "task-b": "read"})
    assert found.outcome == {"expert": {"success": 1, "failure": 1}, "sloppy": {"success": 1}}
    assert found.keep["expert"].rate == 0.5
    assert "sloppy" not in found.keep
    assert (found.kept_kind["read"].hits, found.kept_kind["read"].total) == (1, 2)
    assert found.faults == {"timeout": 2}
    assert (found.faulted, found.recovered) == (2, 1)
    assert (found.assistant_messages, found.masked) == (6, 3)
    assert found.characters.counts == {len("hello") + len('{"a": 1}') + len("done"): 3}
    assert found.origins == {"user": 1, "invented": 1}


def test_rewrites_are_counted_by_style_status_and_truth():
    def rewrite(style, keep, statuses, reason=None):
        return {
            "style": style,
            "keep": keep,
            "reason": reason,
            "subject": "knowledge",
            "language": "en",
            "text": "one, two",
            "scores": {"novelty": 0.5},
            "ledger": [{"fact": "number:4:5", "status": status} for status in statuses],
            "equations": [{"status": "true", "new": keep}, {"status": "unknown", "new": False}],
        }

    found = st.rewrite_statistics(
        [
            rewrite("notes", True, ["kept", "kept"]),
            rewrite("notes", False, ["kept", "changed"], "numbers_lost"),
            rewrite("rules", True, ["kept"]),
        ]
    )
    assert (found.n, found.kept, found.tokens) == (3, 2, 6)
    assert found.style["notes"].keep.rate == 0.5
    assert found.ledger_kept == {"number": {"kept": 3}}
    assert found.ledger_rejected == {"number": {"kept": 1, "changed": 1}}
    assert found.equations == {"true": 3, "unknown": 3}
    assert found.new_equations == {"true": 2, "unknown": 0}
    assert found.reason == {"numbers_lost": 1}
    assert found.style["rules"].scores["novelty"].counts == {0.5: 1}
    assert found.style["rules"].scores["coverage"].n == 0


def test_task_proofs_are_rates():
    def task(kind, unique):
        return {
            "kind": kind,
            "difficulty": {"calls": 3},
            "rubric": {"success_criteria": [{}, {}]},
            "proof": {
                "oracle_replays": True,
                "idle_fails": True,
                "unique_referents": unique,
                "no_collateral": True,
                "shortened": ["a", "b"],
                "goal_changes": 1,
            },
        }

    found = st.task_statistics([task("read", True), task("write", False)])
    assert found.proof["unique_referents"].rate == 0.5
    assert found.proof["idle_fails"].rate == 1
    assert found.shortened.total == 4
    assert found.difficulty["calls"].counts == {3: 2}
    assert found.rubric["success_criteria"].mean == 2


def test_ranked_sums_what_it_leaves_out():
    counts = {"a": 5, "b": 4, "c": 3, "d": 2}
    assert st.ranked(counts, 3) == [("a", 5), ("b", 4), ("2 others", 5)]
    assert st.ranked(counts, 4) == st.ranked(counts)


def test_choice_of_trajectories_ignores_their_order_and_fills_up():
    rng = random.Random(1)
    rows = [
        _trajectory(f"{i:03}", rng.choice("ABC"), "success", num_tool_calls=i % 5)
        for i in range(200)
    ]
    keep = {row["id"]: i % 9 != 0 for i, row in enumerate(rows)}
    kinds = {row["task_id"]: "only" for row in rows}
    chosen = choose_trajectories(rows, keep, kinds)
    assert len(set(chosen)) == 10
    assert [keep[name] for name in chosen] == [True, True, False] * 3 + [True]
    shuffled = rng.sample(rows, len(rows))
    assert choose_trajectories(shuffled, keep, kinds) == chosen
    assert choose_trajectories(rows[:1], {}, {}) == ["000"]
    assert len(choose_trajectories(rows, dict.fromkeys(keep, True), kinds)) == 10


def test_examples_differ_in_source_and_style_and_every_third_is_a_rejected_one():
    chooser = RewriteChooser()
    for i in range(30):
        chooser.see(
            {
                "id": f"{i:02}",
                "subject": "knowledge",
                "style": "abc"[i % 3],
                "keep": i % 5 != 0,
                "source_id": f"s{i % 4}",
                "text": "x" * 900,
                "ledger": [],
                "equations": [],
                "scores": {"novelty": i / 30},
            }
        )
    assert len(chooser.examples()) == 20
    found = chooser.examples(6)
    assert [row["keep"] for row in found] == [True, True, False, True, True, False]
    assert found[0]["source_id"] != found[1]["source_id"]
    assert found[0]["style"] != found[1]["style"]


def test_overlapping_spans_show_the_fact_that_is_wrong():
    text = "at 18 metres <b>"
    ledger = [
        {"fact": "block:x", "status": "kept", "start": 0, "end": 12},
        {"fact": "number:18", "status": "changed", "start": 3, "end": 5},
        {"fact": "number:99", "status": "kept", "start": 90, "end": 95},
        {"fact": "name:none", "status": "dropped", "source_start": 1, "source_end": 2},
    ]
    spans = spans_of(ledger, "start", "end", len(text))
    assert [(a, b) for a, b, _ in spans] == [(3, 5)]
    shown = marked(text, spans)
    assert shown == ('at <mark class="fair" title="number: changed">18</mark> metres &lt;b&gt;')


def test_columns_are_measured_over_all_batches():
    tables = [
        pa.table({"s": ["a", None, "ccc"], "n": [1, 2, 3], "o": [{"k": True}, {"k": None}, None]}),
        pa.table({"s": ["a", "a", ""], "n": [10, None, 3], "o": [{"k": False}] * 3}),
    ]
    s, n, k = column_statistics(tables)
    assert (s.name, s.rows, s.nulls, s.low, s.high) == ("s", 6, 1, 0, 3)
    assert s.mean == pytest.approx(6 / 5)
    assert s.values == {"a": 3, "ccc": 1, "": 1}
    assert (n.low, n.high, n.nulls) == (1, 10, 1)
    assert n.mean == pytest.approx(19 / 5)
    assert (k.name, k.nulls, k.values) == ("o.k", 2, {True: 1, False: 3})


def test_distinct_values_are_bounded_and_lists_measured_by_items():
    table = pa.table(
        {"many": list(range(MOST_DISTINCT + 1)), "list": [[1, 2]] * (MOST_DISTINCT + 1)}
    )
    many, items = column_statistics([table])
    assert many.values is None
    assert items.values is None
    assert (items.measures, items.mean) == ("items", 2)
