"""`factory mcp serve`: a domain's tools as an MCP server."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

HELP = "serve the tools of a domain over MCP"
DESCRIPTION = """\
Serve a domain's tools to any MCP client: over stdio, or over streamable HTTP. Every session works
on a world of its own, the same at its start for the same --seed.

  factory mcp serve bicycle_shop
  factory mcp serve bicycle_shop --http 8000          then http://127.0.0.1:8000/mcp
  factory mcp serve bicycle_shop --run out/k2_tools   the tools of a run, evolved ones included
"""


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "mcp",
        help=HELP,
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = verb.add_subparsers(dest="action", required=True, metavar="serve")
    serve = actions.add_parser(
        "serve",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("domain", metavar="DOMAIN", help="name of a domain")
    serve.add_argument("--http", type=int, metavar="PORT", help="streamable HTTP, not stdio")
    serve.add_argument("--run", metavar="DIR", help="folder of a run; else the authored specs")
    serve.add_argument("--seed", type=int, default=0, metavar="N", help="of the world's content")
    serve.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Serve until the client leaves or the process is interrupted."""
    import importlib.util

    from factory.commands.errors import CommandError

    if importlib.util.find_spec("mcp") is None:
        raise CommandError("serving needs the mcp SDK: pip install 'k2-data-factory[mcp]'")
    if arguments.run:
        domain, tools = _of_run(arguments.run.rstrip("/"), arguments.domain)
    else:
        domain, tools = _authored(arguments.domain)
    from factory.mcp.serve import World, serve_http, serve_stdio

    world = World(domain, tools, arguments.seed)
    if arguments.http is not None:
        serve_http(world, arguments.http)
        return 0
    import asyncio

    asyncio.run(serve_stdio(world))
    return 0


Found = tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]


def _of_run(root: str, name: str) -> Found:
    """(domain, its tools) of a run. Raises CommandError for an unknown domain."""
    from factory.shards import open_dataset

    domain = next((d for d in open_dataset(f"{root}/domain").rows() if d["name"] == name), None)
    if domain is None:
        raise _unknown(name, [d["name"] for d in open_dataset(f"{root}/domain").rows(["name"])])
    rows = open_dataset(f"{root}/tool").rows()
    own = [t for t in rows if t["domain_id"] == domain["id"] and t["origin"] == "synthetic"]
    return domain, own


def _authored(name: str) -> Found:
    """(domain, its proven tools) from the authored specs. Raises CommandError."""
    import asyncio

    from factory.authors import lone_context
    from factory.resources import folder
    from factory.stage import Reject
    from factory.tools.synthesise import synthesise
    from factory.worlds.domains import bind_domain
    from factory.worlds.specs import domain_names, load_specs

    root = folder("tool_specs")
    known = domain_names(root)
    if name not in known:
        raise _unknown(name, list(known))
    chosen = load_specs(root, [known[name]]).domains
    spec = next(spec for spec in chosen if spec["domain"]["name"] == name)
    ctx = lone_context(record_id=spec["key"], stage="domains")
    (domain,) = asyncio.run(bind_domain(spec, ctx))
    if isinstance(domain, Reject):
        raise ValueError(f"{domain.reason}: {domain.detail}")
    ctx = lone_context(record_id=domain["id"], stage="tools")
    made = asyncio.run(synthesise(domain, ctx))
    return domain, [tool for tool in made if not isinstance(tool, Reject)]


def _unknown(name: str, known: Sequence[str]) -> Exception:
    import difflib

    from factory.commands.errors import CommandError

    near = difflib.get_close_matches(name, known, 3) or sorted(known)[:3]
    return CommandError(f"no domain {name} among {len(known)}; for instance {', '.join(near)}")
