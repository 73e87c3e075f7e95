"""Stage `listings`: what a server or catalogue said → a `listing` record, secrets taken out."""

from __future__ import annotations

from factory.mcp.secrets import redact
from factory.records import Record
from factory.stage import Context, Reject


async def record_listing(entry: Record, ctx: Context) -> list[Record | Reject]:
    """One source entry, `{id, listing}` or `{id, failure}`, as a listing record or a reject."""
    if "failure" in entry:
        return [Reject("harvest_failed", entry["failure"])]
    body = redact(entry["listing"])
    if not body["tools"]:
        return [Reject("no_tools", f"server {body['server']['name']} lists no tool")]
    return [ctx.record("listing", body)]
