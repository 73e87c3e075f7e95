"""What a tool is like with its nouns removed: signatures of programs and of interfaces."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from factory.worlds.programs import is_argument, is_variable

NAMES = {"table": "t", "as": "v", "as_from": "v", "as_to": "v", "count": "v", "item": "v",
         "error": "e", "field": "f", "by": "f", "total": "f"}  # fmt: skip
PARAM_KEYS = ("type", "use", "required")
PARAM_MARKS = ("enum", "default", "minimum", "maximum", "min_items")


def digest(value: Any) -> str:
    """blake2b-64 (hex) of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class _Numbering:
    """Names replaced by their kind and the order in which they first appear."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], str] = {}

    def of(self, kind: str, name: str) -> str:
        return self.known.setdefault((kind, name), f"{kind}{len(self.known)}")


def program_signature(program: Mapping[str, Any]) -> str:
    """Of what a program asks, does and returns, whatever the domain calls it: two tools with one
    signature are renamed copies. Names become numbers in the order of their appearance, literals
    their types."""
    numbers = _Numbering()
    params = [_param(param, numbers) for param in program["params"]]
    steps = [_abstract(step, numbers) for step in program["steps"]]
    returns = [(d["type"], d.get("nullable", False)) for d in program["returns"].values()]
    return digest([params, steps, returns])


def _param(param: Mapping[str, Any], numbers: _Numbering) -> list[Any]:
    name = numbers.of("p", param["name"])
    kind = "id" if param["semantic"].endswith(".id") else param["type"]
    body: list[Any] = [name, kind, *(param.get(key) for key in PARAM_KEYS[1:])]
    body.extend(mark for mark in PARAM_MARKS if mark in param)
    if param["type"] == "object":
        body.append([_param(p, numbers) for p in param["properties"]])
    if param["type"] == "array":
        body.append(_param({"name": "item", "required": True, **param["items"]}, numbers))
    return body


def _abstract(node: Any, numbers: _Numbering, key: str = "") -> Any:
    if is_argument(node):
        return ["arg", numbers.of("p", node["arg"]), "field" in node]
    if is_variable(node):
        field = numbers.of("f", node["field"]) if "field" in node else ""
        return ["var", numbers.of("v", node["var"]), field]
    if isinstance(node, Mapping):
        if "const" in node:
            return ["const", type(node["const"]).__name__]
        if key == "values":
            return [[numbers.of("f", n), _abstract(v, numbers)] for n, v in node.items()]
        return {
            name: numbers.of(NAMES[name], child)
            if name in NAMES and isinstance(child, str)
            else child
            if name in ("do", "op", "optional", "given")
            else _abstract(child, numbers, name)
            for name, child in node.items()
        }
    if isinstance(node, list):
        if key == "order":
            return [numbers.of("f", node[0]), node[1]]
        if key == "from":
            return len(node)
        return [_abstract(child, numbers) for child in node]
    return type(node).__name__


CONSTRAINTS = ("enum", "format", "default", "minimum", "maximum", "items", "properties", "pattern",
               "minLength", "maxLength", "minItems", "maxItems", "const")  # fmt: skip


def interface_signature(tool: Mapping[str, Any]) -> str:
    """Of what a tool asks for, whatever it is called: the verb that its name begins with, and of
    each parameter the type, whether it is required, and which keywords constrain it. Defined for
    every tool, with a program or without, so it compares synthetic with real ones."""
    schema = tool["inputSchema"]
    required = schema.get("required") or []
    params = [
        [*_shape(param), name in required]
        for name, param in (schema.get("properties") or {}).items()
    ]
    verb = first_word(tool["original_name"])
    return digest([verb, sorted(params, key=json.dumps)])


def first_word(name: str) -> str:
    """``createIssue`` and ``create-issue`` -> ``create``."""
    return re.split(r"[^A-Za-z0-9]|(?<=[a-z0-9])(?=[A-Z])", name)[0].lower()


def param_type(param: Any) -> str:
    """The JSON type of a parameter's schema; ``union`` or ``any`` when it says no single one."""
    if not isinstance(param, Mapping):
        return "any"
    kind = param.get("type")
    if isinstance(kind, str):
        return kind
    return "union" if isinstance(kind, list) or "anyOf" in param or "oneOf" in param else "any"


def _shape(param: Any) -> list[Any]:
    marks = [key for key in CONSTRAINTS if isinstance(param, Mapping) and key in param]
    return [param_type(param), marks]
