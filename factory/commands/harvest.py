"""`factory harvest`: list the tools of real MCP servers into a dataset."""

from __future__ import annotations

import argparse
import datetime
from typing import Any

HELP = "list the tools of real MCP servers into a dataset"
DESCRIPTION = """\
Start MCP servers over stdio, ask those at a URL, or read catalogue files, and write their
tools/list answers as `listing` records below --out, secrets taken out. Every server that failed
is named with the reason.

  factory harvest --server time --out out/tools
  factory harvest --command files="npx -y some-server /data" --out out/tools
  factory harvest --url docs=https://host/mcp --header docs:Authorization='Bearer $TOKEN' --out D
  factory harvest --catalog real_tools.jsonl.gz --catalog snapshots/ --out out/tools
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
        "--url", action="append", default=[], metavar="NAME=URL", help="over streamable HTTP"
    )
    verb.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME:HEADER=VALUE",
        help="sent to that URL; $VARIABLE comes from the environment",
    )
    verb.add_argument(
        "--catalog",
        action="append",
        default=[],
        metavar="PATH",
        help="JSONL of server listings, a tools/list answer as JSON, or a folder of those",
    )
    verb.add_argument("--timeout", type=float, default=60, metavar="S", help="for each server")
    verb.add_argument("--out", required=True, metavar="DIR", help="folder of the dataset")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Run the `listings` stage alone."""
    from factory.commands.errors import CommandError
    from factory.commands.run import quiet_beam
    from factory.recipe import parse_recipe

    commands = dict(_pair(entry, "--command", "NAME=COMMAND") for entry in arguments.command)
    urls = dict(_pair(entry, "--url", "NAME=URL") for entry in arguments.url)
    headers: dict[str, dict[str, str]] = {}
    for entry in arguments.header:
        place, value = _pair(entry, "--header", "NAME:HEADER=VALUE")
        name, separator, header = place.partition(":")
        if not separator or name not in urls:
            raise CommandError(f"--header {place}: begin with the NAME of a --url and a colon")
        headers.setdefault(name, {})[header] = value
    if not (arguments.server or commands or urls or arguments.catalog):
        raise CommandError("nothing to harvest: give --server, --command, --url or --catalog")
    recipe = parse_recipe(
        {
            "name": "harvest",
            "stages": ["listings"],
            "listings": {
                "servers": arguments.server,
                "commands": commands,
                "urls": urls,
                "headers": headers,
                "catalogs": arguments.catalog,
                "timeout_seconds": arguments.timeout,
                "date": datetime.date.today().isoformat(),
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
    for failure in _failures(arguments.out.rstrip("/")):
        print(failure)
    print(f"{listings.num_rows} servers, {tools} tools in {listings.path}")
    return 0 if listings.num_rows else 1


def _pair(entry: str, option: str, form: str) -> tuple[str, str]:
    from factory.commands.errors import CommandError

    name, separator, value = entry.partition("=")
    if not (separator and name and value):
        raise CommandError(f"{option} {entry}: write it as {form}")
    return name, value


def _failures(root: str) -> list[str]:
    """What became of each server that gave no listing."""
    from factory.shards import find_datasets

    rejects = [d for d in find_datasets(root) if d.kind == "reject"]
    return [f"{row['reason']}: {row['detail']}" for d in rejects for row in d.rows()]
