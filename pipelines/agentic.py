"""The agentic pipeline: worlds → tools → agents → tasks → trajectories → verdicts → rows.

Reads like figure 8 of the Kimi K2 report (arXiv 2507.20534, §3.1.1), with a world below it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from factory.recipe import StageName

Apply = Callable[[StageName], Any]


def agentic(start: Any, stage: Apply) -> Any:
    """Chain the agentic stages onto a token; `stage(name)` gives the transform of a stage."""
    return (
        start
        | "SketchBenchmarks" >> stage("benchmarks")
        | "ListServers" >> stage("listings")
        | "BindDomains" >> stage("domains")
        | "SketchTools" >> stage("signatures")
        | "SynthesiseTools" >> stage("tools")
        | "ComposeAgents" >> stage("agents")
        | "ComposeTasks" >> stage("tasks")
        | "SimulateTrajectories" >> stage("trajectories")
        | "JudgeTrajectories" >> stage("verdicts")
        | "SelectDiverse" >> stage("selection")
        | "FormatSft" >> stage("sft")
        | "PairPreferences" >> stage("preferences")
    )
