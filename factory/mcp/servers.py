"""The known MCP servers a recipe can name: `tool_specs/mcp_servers.yaml`, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from factory.resources import folder


class Server(BaseModel):
    """How to start a server over stdio, and whose it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str
    """Package that installs it; its version goes into the lineage."""
    module: str
    """Run as `python -m MODULE ARGS`."""
    args: tuple[str, ...] = ()
    title: str
    category: str
    license: str
    repository: str


def known_servers(path: Path | None = None) -> Mapping[str, Server]:
    """Name → server, from the shipped file or another of its form."""
    file = path or folder("tool_specs") / "mcp_servers.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, Server]).validate_python(data)


def resolve(names: Sequence[str]) -> list[tuple[str, Server, str]]:
    """(name, server, installed version) of each name.

    Raises ValueError for an unknown name (naming the known) or a package that isn't installed
    (naming the extra that installs it).
    """
    known = known_servers()
    found = []
    for name in names:
        if name not in known:
            raise ValueError(f"listings.servers: unknown server {name}; known: {', '.join(known)}")
        package = known[name].package
        try:
            found.append((name, known[name], version(package)))
        except PackageNotFoundError:
            raise ValueError(
                f"listings.servers: {name} needs the package {package}: "
                "pip install 'k2-data-factory[mcp]', or take it out of the recipe"
            ) from None
    return found
