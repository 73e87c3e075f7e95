"""Stage: a verdict → the row a trainer reads, where the trajectory was kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
    return [ctx.record("sft", body, parents=[verdict["id"], trajectory["id"]])]


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
