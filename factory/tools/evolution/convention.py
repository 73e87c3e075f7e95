"""Evolution into another convention: params grouped in objects, other names, another verb."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.evolution.place import (
    Operation,
    Place,
    pick,
    plain,
    plain_course,
    program_of,
    result,
    reworded,
    title_words,
)
from factory.worlds.programs import leaf_params, rewritten
from factory.worlds.vocabulary import styled

GROUPS = {
    "filter": ("filter", "where", "criteria", "query", "conditions"),
    "value": ("data", "attributes", "details", "payload", "fields"),
    "control": ("options", "paging", "window", "display"),
}
VERBS = {
    "list": ("fetch", "enumerate", "query", "read"),
    "search": ("query", "lookup", "match"),
    "find": ("query", "locate", "lookup"),
    "get": ("fetch", "read", "retrieve", "describe"),
    "show": ("fetch", "read", "display"),
    "create": ("add", "register", "new"),
    "add": ("create", "register", "append"),
    "register": ("create", "enroll", "add"),
    "set": ("assign", "put", "write"),
    "change": ("modify", "patch", "edit"),
    "update": ("modify", "patch", "edit"),
    "cancel": ("revoke", "void", "withdraw"),
    "book": ("reserve", "schedule"),
}


def convention(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """The same work behind another interface: related params in one object each, written in the
    other style; outputs and verb renamed to match."""
    parent = parents[0]
    program = parent["program"]
    if not plain_course(program) or len(program["params"]) < 2:
        return None
    if any(param["type"] in ("object", "array") for param in program["params"]):
        return None
    style = "snake" if place.style == "camel" else "camel"
    groups = _groups(program["params"], rng)
    if not groups:
        return None
    nodes: dict[str, dict[str, str]] = {}
    params: list[dict[str, Any]] = []
    for param in program["params"]:
        if not any(param in members for members in groups.values()):
            name = styled(plain(param["name"]), style)
            nodes[param["name"]] = {"arg": name}
            params.append({**param, "name": name})
    for group, members in groups.items():
        leaves = [{**m, "name": styled(plain(m["name"]), style)} for m in members]
        for member, leaf in zip(members, leaves, strict=True):
            nodes[member["name"]] = {"arg": group, "field": leaf["name"]}
        params.append(_object(group, leaves, rng))
    names = [param["name"] for param in params]
    if len(set(names)) < len(names):
        return None

    def swap(reading: Mapping[str, Any]) -> Any:
        return nodes[reading["arg"]] if "arg" in reading else reading

    steps = rewritten(program["steps"], swap)
    outs = {name: styled(plain(name), style) for name in result(program)}
    steps[-1] = {**steps[-1], "values": {outs[n]: v for n, v in steps[-1]["values"].items()}}
    returns = {outs[name]: described for name, described in program["returns"].items()}
    words = {old: ".".join(node.values()) for old, node in nodes.items()}
    errors = [{**e, "message": reworded(e["message"], words)} for e in program["errors"]]
    title, about = _words(parent, list(groups), rng)
    made = program_of(params, steps, returns, errors)
    return place.drawn([parent], "convention", parent["verb"], title, about, made)


def _groups(params: Sequence[Any], rng: random.Random) -> dict[str, list[Any]]:
    """Params by the object that will hold them."""
    groups: dict[str, list[Any]] = {}
    for use, names in GROUPS.items():
        members = [param for param in params if param["use"] == use]
        if len(members) >= 2 or (members and rng.random() < 0.25):
            groups[rng.choice(names)] = members
    return groups


def _object(name: str, leaves: Sequence[Any], rng: random.Random) -> dict[str, Any]:
    listed = ", ".join(plain(leaf["name"]) for leaf in leaf_params(leaves))
    return {
        "name": name,
        "type": "object",
        "semantic": "object",
        "use": "object",
        "description": pick(
            rng, f"Holds {listed}.", f"Object with {listed}.", f"{listed}, in one object."
        ),
        "required": any(leaf["required"] for leaf in leaves),
        "properties": sorted(leaves, key=lambda leaf: not leaf["required"]),
    }


def _words(parent: Operation, groups: Sequence[str], rng: random.Random) -> tuple[str, str]:
    words = title_words(parent).split()
    others = VERBS.get(words[0])
    title = " ".join([rng.choice(others) if others else words[0], *words[1:]])
    if title == title_words(parent):
        title = pick(rng, f"{title} v2", f"{title} request", f"submit {title}")
    held = " and ".join(groups)
    about = pick(
        rng,
        f"{title}. Arguments go into {held}.",
        f"Takes a structured request ({held}) to {title_words(parent)}.",
        f"Request form of '{title_words(parent)}', with {held} as objects.",
    )
    return title, about
