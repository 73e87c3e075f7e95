"""What tests of the client share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factory.llm import admission
from factory.llm.client import Client
from factory.llm.journal import Journal
from factory.llm.settings import EndpointSettings, LlmSettings, ModelSettings


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and pauses fifty times shorter."""
    slow = admission.backoff

    def short(attempt: int, retry_after: float | None) -> float:
        return retry_after + 0.001 if retry_after is not None else slow(attempt, None) / 50

    monkeypatch.setattr("factory.llm.client.backoff", short)
    monkeypatch.setattr(admission, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(admission, "LONGEST_PAUSE", 0.1)


@pytest.fixture
def client_for(tmp_path: Path) -> Callable[..., Client]:
    """Client of one model called `m` at the URLs given, its journal in a temporary folder."""

    def make(
        *urls: str, model: dict[str, Any] | None = None, folder: str = "", **llm: Any
    ) -> Client:
        endpoint = (model or {}).pop("endpoint", {})
        settings = ModelSettings(
            name="scripted",
            endpoints=tuple(EndpointSettings(url=url, **endpoint) for url in urls),
            **(model or {}),
        )
        limits = {"request_seconds": 2.0, "record_seconds": 5.0, **llm}
        journal = Journal(folder or str(tmp_path / "journal"), "run")
        return Client({"m": settings}, LlmSettings(**limits), journal)

    return make
