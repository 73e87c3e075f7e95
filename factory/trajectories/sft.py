"""Stage: a verdict → the row a trainer reads, where the trajectory was kept."""

from __future__ import annotations

from collections.abc import Sequence

from factory.records import Record
from factory.stage import Context, Reject


async def to_sft(verdict: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One sft record, or a Reject with the verdict's reason."""
    if not verdict["keep"]:
        detail = next(
            (item["detail"] for item in verdict["items"] if item["score"] < 1.0 and item["detail"]),
            "",
        )
        return [Reject(verdict["reason"], detail)]
    trajectory = ctx.store.get("trajectory", verdict["trajectory_id"])
    body = {
        "messages": trajectory["messages"],
        "tools": trajectory["tools"],
        "trajectory_id": trajectory["id"],
        "task_id": trajectory["task_id"],
        "skill": trajectory["skill"],
        "source_id": trajectory["task_id"],
        "num_turns": trajectory["num_turns"],
        "num_tool_calls": trajectory["num_tool_calls"],
    }
    return [ctx.record("sft", body, parents=[verdict["id"], trajectory["id"]])]
