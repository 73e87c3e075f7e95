"""`ROOT/report.html`: one self-contained page about a run, deterministic given the run's files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from factory.report import assets
from factory.report.agentic import tasks_section, trajectories_section
from factory.report.collect import Findings, collect
from factory.report.conversation import reading_section
from factory.report.markup import escape
from factory.report.overview import headline, masthead, stages
from factory.report.rephrased import rewrites_section
from factory.report.tools import tools_section
from factory.report.training import training_section
from factory.shards import storage

PAGE_FILE = "report.html"
SECTIONS: tuple[tuple[str, str, Callable[[Findings], str], str, str], ...] = (
    ("stages", "Stages", stages, "", ""),
    ("tools", "Tools", tools_section, "tools", "tool"),
    ("tasks", "Tasks", tasks_section, "tasks", "task"),
    ("trajectories", "Trajectories", trajectories_section, "trajectories", "trajectory"),
    ("rewrites", "Rewrites", rewrites_section, "rewrites", "rewrite"),
    ("training", "Training", training_section, "", ""),
    ("reading", "To read", reading_section, "trajectories", "trajectory"),
)
"""Anchor, title, what makes it, and the stage and the kind of record that it is about."""


def write_page(root: str) -> str:
    """Write the page of a run, finished or not, and return its path.

    Raises ShardError when there is nothing of a run in `root`, or a shard of it can't be read.
    """
    path = storage.join(root, PAGE_FILE)
    storage.publish(path, page(collect(root)).encode())
    return path


def page(found: Findings) -> str:
    """The whole page as text."""
    name = (found.run.get("recipe") or {}).get("name") or "Data factory"
    shown = [entry for entry in SECTIONS if _belongs(found, stage=entry[3], kind=entry[4])]
    body = "".join(make(found) for _, _, make, _, _ in shown)
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title, *_ in shown)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{_policy()}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)} · run report</title><style>{assets.style()}</style></head><body>"
        f'{masthead(found)}<nav aria-label="Sections"><ul>{links}</ul></nav>'
        f"<main>{headline(found)}{body}</main>"
        "<footer>Written by <code>factory report</code> from the run's shards.</footer>"
        f"<script>{assets.script()}</script></body></html>\n"
    )


def _belongs(found: Findings, *, stage: str, kind: str) -> bool:
    """Whether a run has anything to say on a stage: its records, or the plan to make them."""
    planned = (found.run.get("recipe") or {}).get("stages")
    return not stage or planned is None or stage in planned or found.count(kind) is not None


def _policy() -> str:
    """A content policy: nothing is loaded, and no script runs but the page's own.

    Data is escaped; this holds even if an escape were ever forgotten.
    """
    digest = base64.b64encode(hashlib.sha256(assets.script().encode()).digest()).decode()
    rules = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'
