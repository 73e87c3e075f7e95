"""A run's folder, written once for all tests of the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.made_run import MadeRun


@pytest.fixture(scope="session")
def made() -> MadeRun:
    return MadeRun()


@pytest.fixture(scope="session")
def run_folder(made: MadeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.write(tmp_path_factory.mktemp("run"))
