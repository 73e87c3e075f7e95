from __future__ import annotations
async def rewrite(passage, ctx):
    return []
