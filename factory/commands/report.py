"""`factory report`: one self-contained page about a run."""

from __future__ import annotations

import argparse
from typing import Any

HELP = "one self-contained page about a run"
DESCRIPTION = """\
Write DIR/report.html: counts, reject reasons, histograms; a map of the tools, and a browser in
which their recorded calls are run; the language and the rewrites measured, rewrites beside their
sources; curves of the training in DIR/train; trajectories to read turn by turn. It opens without a
network. The map needs scikit-learn: pip install 'k2-data-factory[page]'.

  factory report out/demo
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "report",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("dir", metavar="DIR", help="folder of a run")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    from factory.report.page import write_page

    print(f"wrote {write_page(arguments.dir.rstrip('/'))}")
    return 0
