"""inputSchema, outputSchema and annotations, derived from a program: true by construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from factory.worlds.programs import flat_steps, param_of

JSON_TYPES = {"enum": "string", "date": "string", "row": "object"}
WRITES = ("insert", "update", "transition", "transfer", "delete")


def input_schema(program: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema (2020-12) that accepts exactly the arguments which the interpreter accepts."""
    return _object_schema(program["params"])


def _object_schema(params: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if params:
        schema["properties"] = {param["name"]: _param_schema(param) for param in params}
    required = [param["name"] for param in params if param.get("required")]
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    return schema


def _param_schema(param: Mapping[str, Any]) -> dict[str, Any]:
    kind = param["type"]
    if kind == "object":
        schema = _object_schema(param["properties"])
    elif kind == "array":
        schema = {"type": "array", "items": _param_schema(param["items"])}
    else:
        schema = {"type": JSON_TYPES.get(kind, kind)}
    if param.get("description"):
        schema["description"] = param["description"]
    if kind == "date":
        schema["format"] = "date"
    if kind == "enum":
        schema["enum"] = list(param["enum"])
    for ours, theirs in _KEYWORDS.items():
        if ours in param and kind not in ("enum", "date"):
            schema[theirs] = param[ours]
    if "default" in param:
        schema["default"] = param["default"]
    return schema


_KEYWORDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "min_length": "minLength",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique_items": "uniqueItems",
}


def output_schema(program: Mapping[str, Any], world: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of what the program returns; rows are spelled out field by field."""
    tables = {table["name"]: table for table in world["tables"]}
    properties = {
        name: _output(described, tables) for name, described in program["returns"].items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _output(described: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, Any]:
    kind, semantic = described["type"], described["semantic"]
    if "table" in described:
        row = row_schema(tables[described["table"]])
        if kind == "array":
            return {"type": "array", "items": row}
        return {"anyOf": [row, {"type": "null"}]} if described.get("nullable") else row
    if semantic == "group":
        return _group_schema(bool(described["total"]))
    if kind == "array":
        items = described.get("items")
        return {"type": "array", **({"items": _scalar(items)} if items else {})}
    return _scalar(described)


def _group_schema(total: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {"key": {"type": "string"}, "count": {"type": "integer"}}
    if total:
        properties["total"] = {"type": "number"}
    item = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "array", "items": item}


def _scalar(described: Mapping[str, Any]) -> dict[str, Any]:
    kind: Any = JSON_TYPES.get(described["type"], described["type"])
    nullable = bool(described.get("nullable"))
    schema: dict[str, Any] = {"type": [kind, "null"] if nullable else kind}
    if described.get("description"):
        schema["description"] = described["description"]
    if "enum" in described:
        schema["enum"] = [*described["enum"], None] if nullable else list(described["enum"])
    if described["type"] == "date":
        schema["format"] = "date"
    return schema


def row_schema(table: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of one row of a table of a world."""
    properties = {table["key"]: {"type": "string"}}
    properties.update({field["name"]: _scalar(field) for field in table["fields"]})
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def hints(program: Mapping[str, Any], world: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The MCP hints of a program (specification 2026-07-28, ``ToolAnnotations``)."""
    steps = list(flat_steps(program["steps"]))
    reads = not any(step["do"] in WRITES for step in steps)
    return {
        "title": title,
        "readOnlyHint": reads,
        "destructiveHint": any(_can_lose(step, program, world) for step in steps),
        "idempotentHint": reads or _repeats_harmlessly(program, world),
        "openWorldHint": False,
    }


def _can_lose(
    step: Mapping[str, Any], program: Mapping[str, Any], world: Mapping[str, Any]
) -> bool:
    """A row is deleted, or may reach a state of its life cycle that it can never leave."""
    if step["do"] == "delete":
        return True
    if step["do"] != "transition":
        return False
    return any(state in _life(step, world)["terminal"] for state in _targets(step, program))


def _life(step: Mapping[str, Any], world: Mapping[str, Any]) -> Mapping[str, Any]:
    table = next(t for t in world["tables"] if t["name"] == step["table"])
    life: Mapping[str, Any] = table["life"]
    return life


def _targets(step: Mapping[str, Any], program: Mapping[str, Any]) -> list[str]:
    """The states to which a transition may lead."""
    to = step["to"]
    if isinstance(to, Mapping):
        return list(param_of(program, to)["enum"])
    return [to]


def _repeats_harmlessly(program: Mapping[str, Any], world: Mapping[str, Any]) -> bool:
    """Whether a second identical call surely changes nothing: it is refused by the life cycle or
    by a missing row, or it only sets fields to values that do not depend on the state."""
    steps = list(flat_steps(program["steps"]))
    if any(_refuses_repeat(step, program, world) for step in steps):
        return True
    writes = [step for step in steps if step["do"] in WRITES]
    return all(step["do"] == "update" and _sets_constants(step) for step in writes)


def _refuses_repeat(
    step: Mapping[str, Any], program: Mapping[str, Any], world: Mapping[str, Any]
) -> bool:
    if "when" in step or not _by_argument(step, program):
        return False
    if step["do"] == "delete":
        return True
    if step["do"] != "transition":
        return False
    moves = _life(step, world)["transitions"]
    allowed = step.get("from", list(moves))
    return all(
        state not in allowed or state not in moves[state] for state in _targets(step, program)
    )


def _by_argument(step: Mapping[str, Any], program: Mapping[str, Any]) -> bool:
    """The row that a step changes is one that an argument names by its id (one of a list of ids
    inside a loop)."""
    if step["do"] not in ("delete", "transition"):
        return False
    steps = list(flat_steps(program["steps"]))
    items = {other["item"] for other in steps if other["do"] == "each"}
    return any(
        other["do"] == "lookup"
        and other["as"] == step["id"].get("var")
        and ("arg" in other["id"] or other["id"].get("var") in items)
        for other in steps
    )


def _sets_constants(step: Mapping[str, Any]) -> bool:
    """No new value of an update is computed from a field that the same update sets."""
    changed = set(step["values"])
    return not any(fields_read(node) & changed for node in step["values"].values())


def fields_read(node: Any) -> set[str]:
    """The fields of variables that an expression (or the values of a step) reads."""
    if not isinstance(node, Mapping):
        return set()
    if "field" in node and "var" in node:
        return {node["field"]}
    return set().union(*(fields_read(child) for child in node.get("of", node.values())))
