"""The page's style sheet and scripts, read from `assets/`. No data enters them."""

from __future__ import annotations

from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
SHEETS = ("page.css", "tools.css")
SCRIPTS = ("page.js", "map.js", "browser.js")


def style() -> str:
    """All style sheets, in the order in which they apply."""
    return "\n".join(_read(name) for name in SHEETS)


def script() -> str:
    """All scripts as one; each is a function that calls itself and shares nothing."""
    return "\n".join(_read(name) for name in SCRIPTS)


def _read(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
