"""Parameters that ask for a credential: no trajectory should teach a model to pass one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ALWAYS = re.compile(
    r"(?:^|_)(?:api_?key|access_?key(?:_id)?|secret_?key|secret_access_key|private_?key"
    r"|signing_?key|secret|pass_?word|passwd|pwd|pass_?phrase|jwt|bearer|authorization"
    r"|(?:access|auth|bearer|refresh|session|api|personal|custom|bot|webhook|oauth2?|security"
    r"|service|user|github|gitlab|slack|notion|discord|telegram|figma|hf|jira)_?token)$"
)
"""Ends of parameter names, in snake case, that mean a credential whatever else is said."""
MAYBE = re.compile(r"(?:^|_)(?:token|credentials?)$")
"""Ends of names that can mean one: what is said of the parameter decides."""
CREDENTIAL = re.compile(
    r"\b(?:api|auth\w*|bearer|credential|access|secret|oauth|login|logged|personal)\b", re.I
)
OTHER = re.compile(
    r"\b(?:contract|address|erc-?\d+|coins?|crypto\w*|swap|tickers?|symbol|blockchain|mint|nft"
    r"|page|pages|paging|pagination|cursor|next|continu\w+|sync|words?|text|idempot\w+)\b",
    re.I,
)
PLAIN = {"boolean", "integer", "number", "object", "array"}


def without_credentials(schema: Mapping[str, Any], about: str = "") -> dict[str, Any]:
    """A copy of an inputSchema without params that ask for a credential, at any depth, nor their
    mention among what is required. ``about``: name and description of the tool."""
    made: dict[str, Any] = _without(schema, about)
    return made


def _without(node: Any, about: str) -> Any:
    if isinstance(node, list):
        return [_without(child, about) for child in node]
    if not isinstance(node, Mapping):
        return node
    properties = node.get("properties")
    if not isinstance(properties, Mapping):
        return {key: _without(child, about) for key, child in node.items()}
    kept = {
        name: _without(body, about)
        for name, body in properties.items()
        if not asks_for_credential(name, body, about)
    }
    rest = {
        key: _without(child, about) for key, child in node.items() if key not in ("properties",)
    }
    if len(kept) < len(properties) and isinstance(rest.get("required"), list):
        gone = properties.keys() - kept.keys()
        rest["required"] = [name for name in rest["required"] if name not in gone]
        if not rest["required"]:
            del rest["required"]
    return {**rest, "properties": kept}


def asks_for_credential(name: str, schema: Any, about: str = "") -> bool:
    """Whether a parameter wants a key, a password, a token of access. A ``token`` of which nothing
    is said is one unless its tool deals in coins or pages."""
    schema = schema if isinstance(schema, Mapping) else {}
    if str(schema.get("type")) in PLAIN:
        return False
    words = _snake(name)
    if ALWAYS.search(words):
        return True
    if not MAYBE.search(words):
        return False
    said = schema.get("description")
    said = f"{name} {said}" if isinstance(said, str) and said else ""
    if words != "token" or said:
        own = f"{_snake(name)} {said}".replace("_", " ")
        return bool(CREDENTIAL.search(own)) and not OTHER.search(own)
    return not OTHER.search(_snake(about).replace("_", " "))


def _snake(name: str) -> str:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")
