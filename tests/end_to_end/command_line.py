"""The demo recipe, small, through the command line as a person would call it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
