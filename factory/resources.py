"""Where the data that ships beside the code lies: `schemas/`, `tool_specs/`.

In a checkout these are top-level folders; an installed wheel keeps them under the
environment's `share/k2-data-factory` (see `data_files` in setup.py).
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
INSTALLED = Path(sys.prefix) / "share" / "k2-data-factory"


@cache
def folder(name: str) -> Path:
    """Return the shipped folder `name`; raises FileNotFoundError if the package lacks it."""
    for root in (CHECKOUT, INSTALLED):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"the package's {name}/ folder is missing: reinstall k2-data-factory")
