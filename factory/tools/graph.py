"""The typed tool graph: which reading tool yields the value that a param needs.

Semantics are ``<table>.<field>`` (``<table>.id`` for ids). A tool that returns a row of a table
yields all its fields; a reference field of it yields the id of the table referred to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def yields(tool: Mapping[str, Any], world: Mapping[str, Any]) -> set[str]:
    """The semantics that a successful call of a synthetic tool can show."""
    tables = {table["name"]: table for table in world["tables"]}
    found: set[str] = set()
    for described in tool["program"]["returns"].values():
        if "table" in described:
            table = tables[described["table"]]
            found.add(f"{table['name']}.id")
            found.update(field["semantic"] for field in table["fields"])
        else:
            found.add(str(described["semantic"]).removesuffix("[]"))
    return found


def needs(tool: Mapping[str, Any]) -> set[str]:
    """The ids that a caller has to know for the required params of a tool."""
    params = tool["program"]["params"]
    return {p["semantic"] for p in params if p["required"] and p["semantic"].endswith(".id")}


def producers(
    semantic: str, tools: Sequence[Mapping[str, Any]], world: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The read-only tools that yield ``semantic``; those that need no id first (searches and
    lists, from which a chain of look-ups can start), in the given order otherwise."""
    able = [
        tool
        for tool in tools
        if tool["annotations"]["readOnlyHint"] and semantic in yields(tool, world)
    ]
    return sorted(able, key=lambda tool: bool(needs(tool)))


def edges(
    tools: Sequence[Mapping[str, Any]], world: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """All (reading tool, tool, semantic) where the first yields an id that the second needs."""
    return [
        (source["name"], tool["name"], semantic)
        for tool in tools
        for semantic in sorted(needs(tool))
        for source in producers(semantic, tools, world)
        if source["name"] != tool["name"]
    ]
