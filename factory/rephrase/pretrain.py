"""Stage `pretrain`: a kept rewrite as the row a trainer reads."""

from __future__ import annotations

from factory.records import Record
from factory.stage import Context, Reject


async def to_pretrain(rewrite: Record, ctx: Context) -> list[Record | Reject]:
    """One pretraining row of a rewrite that passed the gate; else a reject with its reason, or
    `too_near` if it found no place `rewrites.rows_apart` rows away from another of its passage."""
    if "too_near" in rewrite:
        detail = f"{rewrite['too_near']} rows from another rewrite of its passage"
        return [Reject("too_near", detail, {"rewrite": rewrite["id"]})]
    if not rewrite["keep"]:
        return [Reject(rewrite["reason"], f"rewrite {rewrite['id']} ({rewrite['style']})")]
    body = {
        name: rewrite[name]
        for name in ("text", "source_id", "style", "subject", "language", "licence")
    }
    return [ctx.record("pretrain", body, parents=[rewrite["id"]])]
