"""Stage `pretrain`: a kept rewrite as the row a trainer reads."""

from __future__ import annotations

from factory.records import Record
from factory.stage import Context, Reject


async def to_pretrain(rewrite: Record, ctx: Context) -> list[Record | Reject]:
    """One pretraining row of a rewrite that passed the gate; else a reject with its reason."""
    if not rewrite["keep"]:
        return [Reject(rewrite["reason"], f"rewrite {rewrite['id']} ({rewrite['style']})")]
    body = {
        name: rewrite[name]
        for name in ("text", "source_id", "style", "subject", "language", "licence")
    }
    return [ctx.record("pretrain", body, parents=[rewrite["id"]])]
