"""Stage `listings`: what a server or catalogue said → a `listing` record, secrets taken out."""

from __future__ import annotations

import re
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject

SECRET = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[\w-]+)"
)
"""Shapes of well-known credentials: OpenAI, GitHub, Slack, AWS, Google, JSON web tokens."""


def redact(value: Any) -> Any:
    """The value with every credential-shaped run of characters replaced by [REDACTED]."""
    if isinstance(value, str):
        return SECRET.sub("[REDACTED]", value)
    if isinstance(value, list):
        return [redact(item) for item in value]
    if isinstance(value, dict):
        return {key: redact(item) for key, item in value.items()}
    return value


async def record_listing(entry: Record, ctx: Context) -> list[Record | Reject]:
    """One source entry, `{id, listing}` or `{id, failure}`, as a listing record or a reject."""
    if "failure" in entry:
        return [Reject("harvest_failed", entry["failure"])]
    body = redact(entry["listing"])
    if not body["tools"]:
        return [Reject("no_tools", f"server {body['server']['name']} lists no tool")]
    return [ctx.record("listing", body)]
