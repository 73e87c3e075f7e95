"""Whether a plan holds a call too many, seen while it is drafted.

The proof (prove.py) runs every shortened plan; this looks at the results that the planner already
has, so that a wish which makes an earlier look-up needless is not added in the first place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.tasks.goals import Plan
from factory.tasks.sources import Source, Unresolved, resolve
from factory.tasks.values import scalars

Shown = Mapping[str, Mapping[str, Any]]
"""Step id → the JSON value that its call returned."""


def needless(plan: Plan, shown: Shown, but: str = "") -> str:
    """A step without which every goal is reached as well, by values that the other results show;
    nothing where the plan is minimal. `but`: a step that is not left out."""
    for step in plan.steps:
        if step["id"] != but and _reaches_all_without(plan, shown, step["id"], but):
            return str(step["id"])
    return ""


def _reaches_all_without(plan: Plan, shown: Shown, left_out: str, wanted: str) -> bool:
    slots = {name: slot.value for name, slot in plan.slots.items()}
    results: dict[str, Mapping[str, Any]] = {}
    seen = list(slots.values())

    def given(source: Source) -> bool:
        try:
            resolve(source, slots, results)
        except Unresolved:
            return resolve(source, slots, shown) in seen
        return True

    for step in plan.steps:
        if step["id"] != left_out and all(map(given, step["arguments"].values())):
            results[step["id"]] = shown.get(step["id"], {})
            seen += scalars(results[step["id"]])
    needed = {goal.step for goal in plan.goals if goal.write} | {wanted} - {""}
    answers = [answer for goal in plan.goals for answer in goal.answers]
    return needed <= results.keys() and all(
        a["list"]["step"] in results if "list" in a else given(a["source"]) for a in answers
    )
