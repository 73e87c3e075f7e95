"""Stage: a selected trajectory → the row a trainer reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject
from factory.trajectories.selection import why


async def to_sft(chosen: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One sft record of a selection record; of a verdict in a recipe without the stage
    `selection`, or a Reject with the verdict's reason."""
    if not chosen.get("keep", True):
        return [Reject(chosen["reason"], why(chosen))]
    trajectory = ctx.store.get("trajectory", chosen["trajectory_id"])
    messages, tools = _with_tools_in_front(trajectory)
    body = {
        "messages": messages,
        "tools": tools,
        "trajectory_id": trajectory["id"],
        "task_id": trajectory["task_id"],
        "skill": trajectory["skill"],
        "source_id": trajectory["task_id"],
        "num_turns": sum(m["role"] in ("user", "assistant") for m in messages),
        "num_tool_calls": sum(len(m.get("tool_calls") or ()) for m in messages),
    }
    return [ctx.record("sft", body, parents=[chosen["id"], trajectory["id"]])]


def _with_tools_in_front(
    trajectory: Mapping[str, Any],
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Messages and tools of a row whose tools are all declared at its start, as trainers need it.

    Where a tool was connected in mid-conversation, half the rows end before that, so that the
    refusal is learned under the tools of that moment; the others declare it from the start and
    mask what was said without it.
    """
    messages, tools = list(trajectory["messages"]), list(trajectory["tools"])
    added = next((event for event in trajectory["events"] if event.get("added")), None)
    if added is None:
        return messages, tools
    at = added["message"]
    if int(trajectory["id"], 16) % 2:
        return messages[:at], tools
    before = [{**m, "train": False} for m in messages[:at]]
    return [*before, *messages[at:]], [*tools, *added["added"]]
