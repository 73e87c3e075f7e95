"""`factory harvest`: list the tools of real MCP servers into a dataset."""

from __future__ import annotations

import argparse
from typing import Any

HELP = "list the tools of real MCP servers into a dataset"
DESCRIPTION = """\
Start MCP servers over stdio, or read catalogue files, and write their tools/list answers as
`listing` records below --out, secrets taken out.

  factory harvest --server time --out out/tools
  factory harvest --command files="npx -y some-server /data" --out out/tools
  factory harvest --catalog real_tools.jsonl.gz --out out/tools
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "harvest",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("--server", action="append", default=[], metavar="NAME", help="known server")
    verb.add_argument(
        "--command", action="append", default=[], metavar="NAME=COMMAND", help="your own server"
    )
    verb.add_argument(
        "--catalog", action="append", default=[], metavar="FILE", help="JSONL of server listings"
    )
    verb.add_argument("--out", required=True, metavar="DIR", help="folder of the dataset")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Run the `listings` stage alone."""
    from factory.commands.errors import CommandError
    from factory.commands.run import quiet_beam
    from factory.recipe import parse_recipe

    commands = {}
    for entry in arguments.command:
        name, separator, command = entry.partition("=")
        if not (separator and name and command):
            raise CommandError(f"--command {entry}: write it as NAME=COMMAND")
        commands[name] = command
    if not (arguments.server or commands or arguments.catalog):
        raise CommandError("nothing to harvest: give --server, --command or --catalog")
    recipe = parse_recipe(
        {
            "name": "harvest",
            "stages": ["listings"],
            "listings": {
                "servers": arguments.server,
                "commands": commands,
                "catalogs": arguments.catalog,
            },
            "max_rejected_share": {"default": 1.0},
        },
        name="factory harvest",
    )
    quiet_beam(arguments.debug)
    from factory.shards import open_dataset
    from pipelines.run import run
    from pipelines.watch import print_figures, watcher

    run(recipe, arguments.out, watch=lambda stages: watcher(arguments.out, stages))
    print_figures(arguments.out)
    listings = open_dataset(f"{arguments.out.rstrip('/')}/listing")
    tools = sum(len(row["tools"]) for row in listings.rows(["tools"]))
    print(f"{listings.num_rows} servers, {tools} tools in {listings.path}")
    return 0 if listings.num_rows else 1
