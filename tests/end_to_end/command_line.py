"""The demo recipe, small, through the command line as a person would call it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).parent.parent.parent
SCALE = "0.12"
RECIPE = ["pipelines/recipes/demo.yaml", "--scale", SCALE, "--set", "documents.count=16"]


def factory(*arguments: object) -> list[str]:
    """The command line of a verb."""
    return [sys.executable, "-m", "factory.cli", *map(str, arguments)]


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}
    return subprocess.run(
        factory(*arguments), capture_output=True, text=True, cwd=ROOT, env=environment
    )


def datasets_of(out: Path) -> dict[str, bytes]:
    """Everything of a run that must be the same wherever and however it was made."""
    files = [*out.rglob("part-*.parquet"), *out.rglob("manifest.json"), out / "run.json"]
    return {str(file.relative_to(out)): file.read_bytes() for file in files}


def differences(one: Path, other: Path) -> list[str]:
    """What two runs don't share, a line for each file: the first row and columns that differ."""
    ours, theirs = datasets_of(one), datasets_of(other)
    names = sorted(ours.keys() | theirs.keys())
    return [
        f"{name}: {'; '.join(_unlike(name, ours.get(name), theirs.get(name)))}"
        for name in names
        if ours.get(name) != theirs.get(name)
    ]


def _unlike(name: str, one: bytes | None, other: bytes | None) -> Iterator[str]:
    if one is None or other is None:
        yield "in the second only" if one is None else "in the first only"
        return
    table = name.endswith(".parquet")
    rows = [_rows(data) if table else data.decode().splitlines() for data in (one, other)]
    for number, (ours, theirs) in enumerate(zip_longest(*rows)):
        if ours != theirs:
            yield f"row {number} of {len(rows[0])} and {len(rows[1])}"
            if table and ours and theirs:
                ours, theirs = [
                    {k: row[k] for k in row if ours[k] != theirs[k]} for row in (ours, theirs)
                ]
            yield f"{str(ours)[:1500]} | {str(theirs)[:1500]}"
            return
    yield "equal rows, written as other bytes"


def _rows(data: bytes) -> list[dict[str, object]]:
    return pq.read_table(io.BytesIO(data)).to_pylist()
