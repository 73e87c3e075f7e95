"""One small run of the demo recipe, made through the command line, shared by the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command_line import RECIPE, call


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished small run."""
    out = tmp_path_factory.mktemp("runs") / "demo"
    done = call("run", *RECIPE, "--out", out)
    assert done.returncode == 0, done.stderr + done.stdout
    return out
