"""The Beam shell around the factory's stages. No domain logic lives here."""

from __future__ import annotations

import sys


def _import_beam_without_pandas() -> None:
    """Beam loads pandas if it can, for data frames that no stage uses: 45 MB of every worker.

    It does without where pandas is not installed; it is shown that for as long as it is loading.
    """
    if "pandas" in sys.modules or "apache_beam" in sys.modules:
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        import apache_beam  # noqa: F401
    finally:
        del sys.modules["pandas"]


_import_beam_without_pandas()
