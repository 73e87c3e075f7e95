"""What a task's plan looks like with its nouns removed: what diversity is counted by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.records import Record, canonical_json, digest
from factory.tasks.environment import Toolbox


def plan_shape(task: Record, toolbox: Toolbox) -> str:
    """A hash of the kind of task, of each planned call (what its tool does, where each argument
    comes from, by which earlier calls), of the wishes and of what the user says later. Two tasks
    of one shape differ in setting and words alone."""
    order = {step["id"]: index for index, step in enumerate(task["plan"])}
    steps = [
        [
            _verb(toolbox.tools.get(step["tool"])),
            sorted(canonical_json(_bare(source, order)) for source in step["arguments"].values()),
            sorted(order[other] for other in step["after"]),
            bool(step.get("refused")),
        ]
        for step in task["plan"]
    ]
    agenda = task["agenda"]
    goals = [[g["write"], len(g["answers"]), bool(g.get("condition"))] for g in agenda["goals"]]
    later = [item["kind"] for item in agenda["later"]]
    reveals = sorted(slot["reveal"] for slot in agenda["slots"])
    return digest("shape", canonical_json([task["kind"], steps, goals, later, reveals]))[:16]


def world_of(task: Record) -> str:
    """The domain and the kind of task: what diversity is counted by besides the shape."""
    return f"{task['domain_id']}/{task['kind']}"


def _verb(tool: Record | None) -> str:
    if tool is None:
        return ""
    return str(tool.get("verb") or tool["annotations"]["readOnlyHint"])


def _bare(source: Mapping[str, Any], order: Mapping[str, int]) -> Any:
    """A source without names: a slot, or a step's number with what is picked or worked out."""
    if "slot" in source:
        return "slot"
    if "list" in source:
        return [_bare(item, order) for item in source["list"]]
    if "object" in source:
        return sorted(canonical_json(_bare(item, order)) for item in source["object"].values())
    pick = source.get("pick", {}).get("order")
    return [order.get(source["step"], -1), len(source.get("where", ())), pick, source.get("total")]
