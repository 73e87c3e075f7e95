"""Tasks and trajectories as figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from factory.report import statistics as st
from factory.report.charts import Range, bars, histogram, number, percent, ranges, stacked
from factory.report.collect import Findings
from factory.report.distribution import Distribution
from factory.report.language_cards import language_html
from factory.report.markup import absent, card, grid, legend, section
from factory.report.proof import OBLIGATIONS

OUTCOMES = (("success", "good"), ("partial", "fair"), ("failure", "bad"))
PROOF_NAMES = {
    "oracle_replays": "oracle plan replays",
    "idle_fails": "idle agent fails",
    "unique_referents": "referents unique",
    "no_collateral": "nothing else changes",
}
RUN_AGAIN = "Run `factory run` again to make it."


def tasks_section(found: Findings) -> str:
    """Tasks by kind and difficulty, and what their proofs say."""
    s = found.tasks
    if s is None:
        return section("tasks", "Tasks", "", absent("No task dataset.", RUN_AGAIN))
    lead = (
        "A task is made backwards from an executed plan, and kept only with proof: the plan "
        "replays, an agent that does nothing fails, so does the plan with any step left out."
    )
    calls = s.difficulty.get("calls")
    cards = [
        card("By kind", bars(st.ranked(s.kind), name="Tasks by kind")),
        card(
            "Difficulty",
            histogram(calls.bins(), name="Calls of the oracle plan", unit="calls in the plan")
            if calls
            else "",
        ),
        card(
            "Proof of the tasks kept",
            _proofs(s),
            f"{number(s.shortened.total)} shortened plans tried",
        ),
        _obligations(s, found.rejects.get("tasks") or {}),
        card(
            "All measures of difficulty", _difficulty(s), "Median, with the 10th to 90th percentile"
        ),
        card(
            "Changes the goal asks for",
            histogram(s.goal_changes.bins(), name="Goal changes", unit="changed values", css="c3"),
        ),
        card("Items of a rubric", _rubric(s), "Median, with the 10th to 90th percentile"),
    ]
    return section("tasks", "Tasks", lead, grid(*cards))


def _obligations(s: st.TaskStatistics, rejected: Mapping[str, int]) -> str:
    """Of all drafts, those of rejected tasks included, the share that met each obligation."""
    failed = s.failed_drafts + Counter(rejected)
    drafts = s.n + failed.total()
    if not failed:
        return ""
    rows = [
        (OBLIGATIONS.get(reason, reason.replace("_", " ")), 1 - count / drafts)
        for reason, count in st.ranked(failed)
    ]
    chart = bars(rows, name="Obligations met by drafts", css="good", show=percent, most=1.0)
    note = (
        f"{s.n:,} of {drafts:,} drafts ({percent(s.n / drafts)}) met all; a draft counts against "
        "the first it failed"
    )
    return card("Proof of all drafts", chart, note)


def _proofs(s: st.TaskStatistics) -> str:
    rows = [(PROOF_NAMES[name], share.rate) for name, share in s.proof.items() if share.total]
    return bars(rows, name="Proof rates", css="good", show=percent, most=1.0)


def _difficulty(s: st.TaskStatistics) -> str:
    return _quantiles({name.replace("_", " "): d for name, d in s.difficulty.items()}, "Difficulty")


def _rubric(s: st.TaskStatistics) -> str:
    return _quantiles({name.replace("_", " "): d for name, d in s.rubric.items()}, "Rubric items")


def _quantiles(values: Mapping[str, Distribution], name: str) -> str:
    rows = [
        Range(label, d.quantile(0.1), d.quantile(0.5), d.quantile(0.9))
        for label, d in values.items()
        if d.n
    ]
    return ranges(rows, name=name, css="c1", counts=True)


def trajectories_section(found: Findings) -> str:
    """Outcomes, verdicts and lengths of trajectories."""
    s = found.trajectories
    if s is None:
        body = absent("No trajectory dataset.", RUN_AGAIN)
        return section("trajectories", "Trajectories", "", body)
    lead = (
        f"{s.n:,} conversations between a simulated user and agents of graded skill, every call "
        "executed. Failures are wanted: they are judged, marked and left out of training."
    )
    skills = sorted(s.outcome, key=lambda skill: (-s.outcome[skill].total(), skill))
    rows = [(skill, s.outcome[skill]) for skill in skills]
    cards = [
        card(
            "Outcome by skill",
            stacked(rows, OUTCOMES, name="Outcome by skill") + legend(OUTCOMES),
        ),
        card("Kept by skill", _keep(s.keep, "Keep rate by skill"), "Share that the judge kept"),
        card("Kept by kind of task", _keep(s.kept_kind, "Keep rate by kind of task")),
        card("Turns", histogram(s.turns.bins(), name="Turns", unit="turns")),
        card("Tool calls", histogram(s.tool_calls.bins(), name="Tool calls", unit="calls")),
        card("Messages", histogram(s.messages.bins(), name="Messages", unit="messages", css="c3")),
        card(
            "Length",
            histogram(s.characters.bins(), name="Length", unit="characters", css="c3"),
            "Of all messages, arguments of calls included",
        ),
        card("Faults met", _faults(s), _recovery(s)),
        card(
            "Where arguments come from",
            bars(st.ranked(s.origins, 10), name="Origins of arguments", css="c3")
            if s.origins
            else "",
            "Each argument of a call is traced; what no one said is invented",
        ),
        *_verdict_cards(found.verdicts),
    ]
    return section(
        "trajectories",
        "Trajectories",
        lead,
        grid(*cards) + _facts(s) + language_html(found.language),
    )


def _keep(shares: Mapping[str, st.Share], name: str) -> str:
    order = sorted(shares, key=lambda key: (-shares[key].rate, key))
    rows = [(key, shares[key].rate) for key in order]
    return bars(rows, name=name, css="good", show=percent, most=1.0) if rows else ""


def _faults(s: st.TrajectoryStatistics) -> str:
    return bars(st.ranked(s.faults, 10), name="Faults", css="fair") if s.faults else ""


def _recovery(s: st.TrajectoryStatistics) -> str:
    if not s.faulted:
        return ""
    return f"{s.faulted:,} trajectories met one, {percent(s.recovered / s.faulted)} recovered"


def _verdict_cards(s: st.VerdictStatistics | None) -> list[str]:
    if s is None or not s.n:
        return []
    items = sorted(s.items, key=lambda name: (s.items[name].mean, name))
    means = [(name, s.items[name].mean) for name in items]
    return [
        card(
            "Score",
            histogram(s.score.bins(20), name="Score", unit="weighted rubric score", css="c4"),
            f"{s.kept:,} of {s.n:,} kept",
        ),
        card(
            "Why trajectories were not kept",
            bars(st.ranked(s.reason, 10), name="Reasons", css="bad"),
        )
        if s.reason
        else "",
        card(
            "Mean score by type of rubric item",
            bars(means, name="Mean score by item", css="c4", show=percent, most=1.0),
            "Lowest first",
        ),
    ]


def _facts(s: st.TrajectoryStatistics) -> str:
    masked = percent(s.masked / max(1, s.assistant_messages))
    return (
        f'<p class="fine">{s.assistant_messages:,} messages of assistants, {s.masked:,} ({masked}) '
        f"masked from the loss. Median: {number(s.turns.quantile(0.5))} turns, "
        f"{number(s.tool_calls.quantile(0.5))} tool calls. Longest: {number(s.messages.high)} "
        "messages.</p>"
    )
