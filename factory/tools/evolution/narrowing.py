"""Evolution towards less: specialise and split."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.evolution.place import (
    Operation,
    Place,
    listing,
    pick,
    plain,
    plain_course,
    program_of,
    reads_only,
    result,
    targets,
    title_words,
)
from factory.tools.evolution.reading import filters, unpaged
from factory.tools.evolution.rules import asks_given
from factory.worlds.programs import rewritten


def specialise(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """One value of a choice becomes the tool's own: a filter of a listing, a value to write."""
    parent = parents[0]
    program = parent["program"]
    if not plain_course(program):
        return None
    choices = [
        param
        for param in program["params"]
        if param["type"] in ("enum", "boolean") and (reads_only(program) or param["required"])
    ]
    shape = listing(program)
    if not choices or (reads_only(program) and shape is None):
        return None
    param = rng.choice(choices)
    value = rng.choice(param["enum"]) if param["type"] == "enum" else rng.random() < 0.6
    steps = _with_value(program["steps"], param["name"], value)
    said = str(value) if param["type"] == "enum" else str(value).lower()
    errors = [
        {**e, "message": e["message"].replace("{" + param["name"] + "}", said)}
        for e in program["errors"]
    ]
    field, words = plain(param["name"]), said.replace("_", " ")
    if shape:
        title, about = _words_of_listing(place, shape[0]["table"], param, field, words, rng)
    else:
        title, about = _words_of_write(place, parent, param, field, words, rng)
    made = program_of(program["params"], steps, program["returns"], errors)
    return place.drawn([parent], "specialise", parent["verb"], title, about, made)


def _with_value(steps: Sequence[Any], name: str, value: Any) -> list[Any]:
    """The steps with a literal for a param; an optional comparison with it becomes a firm one."""

    def literal(node: Mapping[str, Any]) -> Any:
        return value if node.get("arg") == name and "field" not in node else node

    fixed = []
    for step in steps:
        if "match" in step:
            match = [
                {k: v for k, v in m.items() if k != "optional"}
                if isinstance(m["value"], Mapping) and m["value"].get("arg") == name
                else m
                for m in step["match"]
            ]
            step = {**step, "match": match}
        fixed.append(rewritten(step, literal))
    return fixed


def _words_of_listing(
    place: Place, table: str, param: Mapping[str, Any], field: str, words: str, rng: random.Random
) -> tuple[str, str]:
    plural, noun = place.tables[table]["plural"], place.tables[table]["noun"]
    if param["type"] == "boolean":
        with_it = "with" if words == "true" else "without"
        title = pick(rng, f"list {plural} {with_it} {field}", f"find {plural} {with_it} {field}")
        about = pick(
            rng,
            f"Only the {plural} whose {field} is {words}.",
            f"Every {noun} {with_it} {field}; all others are left out.",
        )
        return title, about
    title = pick(rng, f"list {words} {plural}", f"get {words} {plural}", f"show {words} {plural}")
    about = pick(
        rng,
        f"Only {plural} whose {field} is '{words}'; the other filters narrow that further.",
        f"{plural} with {field} {words}, nothing else.",
        f"A ready-made view: {plural}, {field} {words}.",
    )
    return title, about


def _words_of_write(
    place: Place,
    parent: Operation,
    param: Mapping[str, Any],
    field: str,
    words: str,
    rng: random.Random,
) -> tuple[str, str]:
    base = title_words(parent)
    if param["type"] == "boolean":
        title = f"{base} {'with' if words == 'true' else 'without'} {field}"
        about = pick(
            rng,
            f"Does what '{base}' does with {field} always {words}.",
            f"Sets {field} to {words}. Use this when nothing else is to be chosen.",
        )
        return title, about
    title = pick(rng, f"{base} as {words}", f"{base} to {words}", f"{base} {words}")
    about = pick(
        rng,
        f"Shortcut for one case: {field} becomes '{words}'.",
        f"The same as '{base}' where {field} is '{words}', for the desk that needs only this.",
        f"{field} is fixed to '{words}' here; everything else is checked as usual.",
    )
    return title, about


# ---- split


def split(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """One thing of many: one filter of a search, one field of an update, one part of an answer."""
    parent = parents[0]
    program = parent["program"]
    if not plain_course(program):
        return None
    if not reads_only(program):
        return _one_field(place, parent, rng)
    if listing(program):
        return _one_filter(place, parent, rng)
    return _one_output(place, parent, rng)


def _one_filter(place: Place, parent: Operation, rng: random.Random) -> Operation | None:
    program = parent["program"]
    shape = listing(program)
    assert shape is not None
    search, out = shape
    able = filters(program, search)
    if len(able) < 2:
        return None
    param = rng.choice(able)
    match = []
    for rule in search["match"]:
        read = rule["value"].get("arg") if isinstance(rule["value"], Mapping) else None
        if read == param["name"]:
            match.append({key: value for key, value in rule.items() if key != "optional"})
        elif read is None:
            match.append(rule)
    alone = {**search, "match": match}
    alone.pop("limit", None)
    alone.pop("offset", None)
    before = [
        step
        for step in program["steps"][: program["steps"].index(search)]
        if not (step["do"] == "require" and asks_given(step["that"]))
    ]
    table = place.tables[search["table"]]
    field, plural = plain(param["name"]), table["plural"]
    first = rng.random() < 0.4
    rows = {"var": search["as"]}
    if first:
        name = place.named(f"first {table['noun']}")
        row = {"type": "object", "semantic": table["name"], "table": table["name"]}
        values: dict[str, Any] = {name: {"op": "first", "of": [rows]}}
        returns: dict[str, Any] = {name: {**row, "nullable": True}}
    else:
        values, returns = {out: rows}, {out: program["returns"][out]}
    title = pick(rng, f"find {plural} by {field}", f"look up {table['noun']} by {field}",
                 f"{plural} for {field}")  # fmt: skip
    about = pick(
        rng,
        f"Finds {plural} by one thing only, the {field}.",
        f"Give a {field}, get the {plural} that go with it.",
        f"Answers the question which {plural} have this {field}.",
    )
    steps = [*before, alone, {"do": "return", "values": values}]
    others = [p for p in unpaged(program, search) if p not in able]
    params = [{k: v for k, v in param.items() if k != "default"} | {"required": True}, *others]
    made = program_of(params, steps, returns, program["errors"])
    return place.drawn([parent], "split", "search", title, about, made)


def _one_field(place: Place, parent: Operation, rng: random.Random) -> Operation | None:
    """An update of whatever is given becomes the update of one field."""
    program = parent["program"]
    step = next((s for s in program["steps"] if s["do"] == "update" and s.get("given")), None)
    if step is None:
        return None
    sets = {
        field: node["arg"]
        for field, node in step["values"].items()
        if isinstance(node, Mapping) and "arg" in node and "field" not in node
    }
    if len(sets) < 2:
        return None
    field = rng.choice(sorted(sets))
    dropped = set(sets.values()) - {sets[field]}
    single = {key: value for key, value in step.items() if key != "given"}
    single["values"] = {field: step["values"][field]}
    steps = [
        single if other is step else other
        for other in program["steps"]
        if not (other["do"] == "require" and asks_given(other["that"]))
    ]
    params = [
        {**p, "required": True} if p["name"] == sets[field] else p
        for p in program["params"]
        if p["name"] not in dropped
    ]
    noun, words = place.tables[step["table"]]["noun"], plain(field)
    title = pick(rng, f"set {noun} {words}", f"change {words} of {noun}", f"correct {noun} {words}")
    about = pick(
        rng,
        f"Writes a new {words} on a {noun} and touches nothing else.",
        f"Changes one thing about a {noun}: its {words}.",
    )
    made = program_of(params, steps, program["returns"], program["errors"])
    return place.drawn([parent], "split", "update", title, about, made)


def _one_output(place: Place, parent: Operation, rng: random.Random) -> Operation | None:
    program = parent["program"]
    values, found = result(program), targets(program)
    if len(values) < 2 or not found:
        return None
    out = rng.choice(sorted(values))
    noun, words = place.tables[found[0][0]["table"]]["noun"], plain(out)
    steps = [*program["steps"][:-1], {"do": "return", "values": {out: values[out]}}]
    made = program_of(program["params"], steps, {out: program["returns"][out]}, program["errors"])
    title = pick(rng, f"get {words} of {noun}", f"{noun} {words}", f"check {noun} {words}")
    about = pick(
        rng,
        f"Tells the {words} of one {noun}, without the rest.",
        f"Only the {words}, for a given {noun}.",
    )
    return place.drawn([parent], "split", "get", title, about, made)
