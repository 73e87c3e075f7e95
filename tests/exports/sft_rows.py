"""Rows of a small line, as records and as a Parquet file."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from factory import records
from factory.records import Record
from factory.trajectories.sft import to_sft
from tests.agents.agentic_line import context, line


@cache
def sft_rows() -> tuple[Record, ...]:
    """Every sft row of the shared small line."""
    store = line().store
    made: list[Record] = []
    for verdict in line().rows("verdict"):
        if verdict["keep"]:
            made += asyncio.run(to_sft(verdict, context(store, "sft", verdict["id"])))
    return tuple(made)


def write_parquet(path: Path, rows: list[Record]) -> str:
    """One shard of sft rows, as the pipeline writes them."""
    pq.write_table(records.to_table("sft", rows), path)
    return str(path)
