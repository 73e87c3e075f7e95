"""Stage: a listing (what a real MCP server says of its tools) → tool records without a program.

All text of a listing is data from outside. It is kept as it is, never formatted into instructions;
a description that talks to the model is flagged, not followed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema
from jsonschema.validators import validator_for

from factory.records import Record
from factory.stage import Context, Reject
from factory.tools.credentials import without_credentials
from factory.tools.dedup import left_out, tool_key
from factory.tools.naming import sanitised_name
from factory.tools.signature import first_word
from factory.tools.synthesise import description_hash

UNKNOWN_LICENCE = "unknown"
MAX_DESCRIPTION = 20_000  # characters; the longest honest one measured has 6,282
MAX_DEPTH = 40  # levels of a schema; deeper ones are made to exhaust a validator
DIRECTIVE = re.compile(
    r"ignore (?:all|any|the)? ?(?:previous|prior|other) (?:instructions|tools)"
    r"|<\s*(?:important|system|instructions?)\s*>"
    r"|do not (?:tell|inform|mention (?:this )?to) the user"
    r"|you (?:must|should) (?:always|first) (?:call|use|read|send)"
    r"|before (?:using|calling) any other tool"
    r"|(?:send|forward|include) .{0,40}(?:password|ssh key)",
    re.IGNORECASE,
)
HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
VERBS = {
    "get", "list", "search", "find", "create", "add", "update", "delete", "remove", "set", "send",
    "check", "read", "write", "query", "fetch", "run", "execute", "move", "cancel", "convert",
}  # fmt: skip


async def adopt(listing: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One tool record (origin real) for each usable entry of ``listing["tools"]``, a Reject for
    each other: malformed_tool, duplicate_tool_name, invalid_input_schema, remote_reference,
    schema_too_deep, description_too_long."""
    results: list[Record | Reject] = []
    taken: set[str] = set()
    originals: set[str] = set()
    dropped = {} if ctx.stage == "signatures" else left_out(ctx)
    for entry in listing["tools"]:
        where = f"{listing['server']['name']}: {_named(entry)}"
        problem = _problem(entry, originals)
        if problem:
            reason, detail = problem
            results.append(Reject(reason, f"{where}: {detail}", _kept(entry)))
            continue
        originals.add(entry["name"])
        body = _body(entry, listing, taken)
        taken.add(body["name"])
        key = tool_key(listing["id"], body["name"])
        if key in dropped:
            results.append(Reject(*dropped[key], body))
            continue
        results.append(ctx.record("tool", body, parents=[listing["id"]], author="listing"))
    return results


def _named(entry: Any) -> str:
    return repr(entry.get("name"))[:80] if isinstance(entry, Mapping) else type(entry).__name__


def _kept(entry: Any) -> Mapping[str, Any]:
    return entry if isinstance(entry, Mapping) else {"entry": entry}


def _problem(entry: Any, originals: set[str]) -> tuple[str, str] | None:
    """(reason code, detail) of an entry that cannot be a tool."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        return "malformed_tool", "an entry needs a name"
    if not entry["name"].strip():
        return "malformed_tool", "the name is empty"
    if not isinstance(entry.get("description", ""), str):
        return "malformed_tool", "the description is not text"
    if entry["name"] in originals:
        return "duplicate_tool_name", "listed twice"
    if len(entry.get("description", "")) > MAX_DESCRIPTION:
        return "description_too_long", f"{len(entry['description'])} characters"
    problem = schema_problem(entry.get("inputSchema"), object_root=True)
    if problem is None and entry.get("outputSchema") is not None:
        problem = schema_problem(entry["outputSchema"], object_root=False)
    return problem


def schema_problem(schema: Any, object_root: bool) -> tuple[str, str] | None:
    """(reason code, detail) of what is wrong with a tool's schema, checked in the dialect that it
    declares (2020-12 when none), or None. References to the network are refused, never fetched."""
    if not isinstance(schema, Mapping):
        return "invalid_input_schema", "the schema is not an object"
    if object_root and schema.get("type") != "object":
        return "invalid_input_schema", f"the root type is {schema.get('type')!r}, not 'object'"
    if _depth(schema) > MAX_DEPTH:
        return "schema_too_deep", f"nested deeper than {MAX_DEPTH}"
    remote = next((ref for ref in _references(schema) if not ref.startswith("#")), None)
    if remote is not None:
        return "remote_reference", f"$ref {remote[:120]}"
    try:
        checker = validator_for(schema, default=jsonschema.Draft202012Validator)
        checker.check_schema(dict(schema))
    except jsonschema.SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path)
        return "invalid_input_schema", f"{place or 'root'}: {error.message[:200]}"
    if any(_repeats(node.get("enum")) for node in _mappings(schema)):
        return "invalid_input_schema", "an enum holds the same value twice"
    return None


def _children(node: Any) -> list[Any]:
    if isinstance(node, Mapping):
        return list(node.values())
    return list(node) if isinstance(node, list) else []


def _depth(schema: Any) -> int:
    level, depth = [schema], 0
    while level and depth <= MAX_DEPTH:
        level = [child for node in level for child in _children(node)]
        depth += 1
    return depth


def _mappings(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a schema, itself first."""
    level = [schema]
    while level:
        yield from (node for node in level if isinstance(node, Mapping))
        level = [child for node in level for child in _children(node)]


def _references(schema: Any) -> list[str]:
    return [
        node[keyword]
        for node in _mappings(schema)
        for keyword in ("$ref", "$dynamicRef")
        if isinstance(node.get(keyword), str)
    ]


def _repeats(values: Any) -> bool:
    """Whether a list holds a value twice: some validators refuse such an enum altogether."""
    if not isinstance(values, list):
        return False
    return len({json.dumps(value, sort_keys=True) for value in values}) < len(values)


def _body(entry: Mapping[str, Any], listing: Record, taken: set[str]) -> dict[str, Any]:
    server, description = listing["server"], entry.get("description", "")
    hints = entry.get("annotations")
    hints = hints if isinstance(hints, Mapping) else {}
    annotations: dict[str, Any] = {h: hints[h] for h in HINTS if isinstance(hints.get(h), bool)}
    title = entry.get("title") or hints.get("title")
    body: dict[str, Any] = {
        "name": sanitised_name(entry["name"], taken),
        "original_name": entry["name"],
        "description": description,
        "inputSchema": without_credentials(entry["inputSchema"], f"{entry['name']} {description}"),
        "annotations": annotations,
        "origin": "real",
        "server": server["name"],
        "licence": server.get("license")
        or (listing.get("source") or {}).get("license")
        or UNKNOWN_LICENCE,
        "description_hash": description_hash(description),
        "directives": bool(DIRECTIVE.search(description)),
    }
    if isinstance(title, str):
        body["title"] = title
    if isinstance(entry.get("outputSchema"), Mapping):
        body["outputSchema"] = entry["outputSchema"]
    if server.get("category"):
        body["category"] = server["category"]
    verb = first_word(entry["name"])
    if verb in VERBS:
        body["verb"] = verb
    return body
