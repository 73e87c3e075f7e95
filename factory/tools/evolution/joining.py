"""Evolution towards more: compose two tools, run one over a list (batch)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.evolution.place import (
    Operation,
    Place,
    fits,
    free_name,
    pick,
    plain,
    plain_course,
    program_of,
    reads_only,
    result,
    reworded,
    targets,
    title_words,
)
from factory.worlds.programs import rewritten

Step = Mapping[str, Any]


def compose(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """Two tools in one: what a search by a natural handle finds is acted upon; or what the first
    tool made or changed is what the second one works on."""
    if rng.random() < 0.4:
        return _by_handle(place, parents[0], rng)
    return _in_turn(place, parents, rng)


# ---- compose: a row by its handle instead of its id


def _by_handle(place: Place, parent: Operation, rng: random.Random) -> Operation | None:
    program = parent["program"]
    found = targets(program)
    if not found or not plain_course(program):
        return None
    step, param = rng.choice(found)
    table = place.tables[step["table"]]
    handles = [
        h for h in table["handles"] if all(_asked(place.column(table["name"], f)) for f in h)
    ]
    if not handles:
        return None
    handle = rng.choice(handles)
    taken = {p["name"] for p in program["params"]}
    params = [_handle_param(place, table, field, taken) for field in handle]
    rows, row, noun = free_name("matching", variables_of(program)), step["as"], table["noun"]
    match = [
        {"field": field, "op": "eq", "value": {"arg": p["name"]}}
        for field, p in zip(handle, params, strict=True)
    ]
    how_many = {"op": "len", "of": [{"var": rows}]}
    words = " and ".join(plain(field) for field in handle)
    missing, several = f"{table['name']}_not_found", f"several_{table['name']}_match"
    instead: list[Step] = [
        {"do": "search", "table": table["name"], "match": match, "as": rows},
        {"do": "require", "that": {"op": "gt", "of": [how_many, 0]}, "error": missing},
    ]
    errors = [e for e in program["errors"] if e["code"] not in (missing, step.get("error"))]
    shown = ", ".join(f"'{{{p['name']}}}'" for p in params)
    errors.append({"code": missing, "message": f"No {noun} has the {words} {shown}."})
    if not _unique(table, handle):
        instead.append(
            {"do": "require", "that": {"op": "eq", "of": [how_many, 1]}, "error": several}
        )
        said = pick(rng, "Ask for the id.", f"Use the {noun}'s id instead.", "Say which one by id.")
        errors.append({"code": several, "message": f"More than one {noun} fits {shown}. {said}"})
    instead.append({"do": "compute", "as": row, "value": {"op": "first", "of": [{"var": rows}]}})
    own_id = {"var": row, "field": table["key"]}
    steps: list[Step] = []
    for other in program["steps"]:
        if other is step:
            steps.extend(instead)
        else:
            steps.append(_rewire(other, {param["name"]: own_id}))
    errors = [
        {**e, "message": reworded(e["message"], {param["name"]: f"{row}.{table['key']}"})}
        if e["code"] not in (missing, several)
        else e
        for e in errors
    ]
    base = title_words(parent)
    title = pick(rng, f"{base} by {words}", f"{base} using {words}")
    about = pick(
        rng,
        f"Finds the {noun} by its {words} and goes on as '{base}' does with an id.",
        f"For callers who know the {words} of a {noun} but not its id. {base}.",
        f"Search and '{base}' in one call; the {noun} is given by {words}.",
    )
    rest = [p for p in program["params"] if p is not param]
    made = program_of([*params, *rest], steps, program["returns"], errors)
    return place.drawn([parent], "compose", parent["verb"], title, about, made)


def _asked(column: Mapping[str, Any]) -> bool:
    return not column.get("nullable") and column["type"] in ("string", "enum", "date")


def _unique(table: Mapping[str, Any], handle: Sequence[str]) -> bool:
    return any(
        not rule.get("when") and set(rule["fields"]) <= set(handle) for rule in table["unique"]
    )


def _handle_param(
    place: Place, table: Mapping[str, Any], field: str, taken: set[str]
) -> dict[str, Any]:
    column = place.column(table["name"], field)
    name = field if field not in taken else place.named(f"{table['name']} {field}")
    name = free_name(name, taken)
    taken.add(name)
    body = {
        "name": name,
        "type": column["type"],
        "semantic": column["semantic"],
        "use": "id" if column.get("ref") else "filter",
        "description": column.get("description") or f"{plain(field).capitalize()} as recorded.",
        "required": True,
    }
    if column.get("ref"):
        body["semantic"] = f"{column['ref']}.id"
    if "enum" in column:
        body["enum"] = list(column["enum"])
    elif column["type"] == "string":
        body["min_length"] = 1
    for key in ("kind", "gen"):
        if key in column and "expr" not in column.get("gen", {}):
            body[key] = column[key]
    return body


def _rewire(node: Any, arguments: Mapping[str, Any]) -> Any:
    """A copy of steps in which arguments are read from elsewhere."""

    def swap(reading: Mapping[str, Any]) -> Any:
        known = reading.get("arg") in arguments and "field" not in reading
        return arguments[reading["arg"]] if known else reading

    return rewritten(node, swap)


def variables_of(program: Mapping[str, Any]) -> set[str]:
    keys = ("as", "count", "as_from", "as_to")
    return {step[key] for step in program["steps"] for key in keys if key in step}


# ---- compose: one after the other


def _in_turn(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    first, second = parents[0], parents[1]
    one, two = first["program"], second["program"]
    if not (plain_course(one) and plain_course(two)) or reads_only(one) or first is second:
        return None
    rows = _rows_at_end(one)
    joints = [(step, param) for step, param in targets(two) if step["table"] in rows]
    if not joints or len(one["steps"]) + len(two["steps"]) > 16:
        return None
    step, param = rng.choice(joints)
    table = place.tables[step["table"]]
    own_id = {"var": rows[step["table"]], "field": table["key"]}
    params, renamed = _joined_params(place, one, two, param, plain(second["verb"]))
    taken = variables_of(one)
    variables = {v: free_name(v, taken) for v in sorted(variables_of(two))}

    def swap(reading: Mapping[str, Any]) -> Any:
        if "var" in reading:
            return {**reading, "var": variables.get(reading["var"], reading["var"])}
        if "field" in reading:
            return reading
        return own_id if reading["arg"] == param["name"] else {"arg": renamed[reading["arg"]]}

    steps: list[Step] = list(one["steps"][:-1])
    for other in two["steps"][:-1]:
        moved = named_anew(rewritten(other, swap), variables)
        if other is step:
            moved.pop("error", None)
        steps.append(moved)
    words = {**variables, **renamed, param["name"]: f"{own_id['var']}.{own_id['field']}"}
    errors, codes = _joined_errors(one, two, words)
    steps = [
        {**s, "error": codes[s["error"]]} if i >= len(one["steps"]) - 1 and "error" in s else s
        for i, s in enumerate(steps)
    ]
    values, returns = _joined_returns(one, two, swap)
    steps.append({"do": "return", "values": values})
    a, b = title_words(first), title_words(second)
    title = pick(rng, f"{a} and {b}", f"{a} then {b}")
    noun = table["noun"]
    about = pick(
        rng,
        f"Two steps in one call: {a}, then {b} for the same {noun}. Both happen or neither.",
        f"{a}, and at once {b}; the {noun} is handed on, and no half of it is ever left behind.",
        f"Combines '{a}' with '{b}' on one {noun}, all or nothing.",
    )
    made = program_of(params, steps, returns, errors)
    return place.drawn([first, second], "compose", first["verb"], title, about, made)


def _rows_at_end(program: Mapping[str, Any]) -> dict[str, str]:
    """The row variable of each table that is still there when the program ends; a new row is
    preferred to one that was looked up."""
    found: dict[str, str] = {}
    for step in program["steps"]:
        if "when" in step:
            continue
        if step["do"] == "lookup":
            found.setdefault(step["table"], step["as"])
        elif step["do"] == "insert":
            found[step["table"]] = step["as"]
    for step in program["steps"]:
        if step["do"] == "delete":
            found.pop(step["table"], None)
    return found


def _joined_params(
    place: Place,
    one: Mapping[str, Any],
    two: Mapping[str, Any],
    joint: Mapping[str, Any],
    verb: str,
) -> tuple[list[Any], dict[str, str]]:
    """(params of both, the new name of each param of the second)."""
    params = list(one["params"])
    known = {param["name"]: param for param in params}
    renamed: dict[str, str] = {}
    for param in two["params"]:
        if param is joint:
            continue
        twin = known.get(param["name"])
        if twin and all(twin.get(k) == param.get(k) for k in ("semantic", "type", "use", "enum")):
            renamed[param["name"]] = param["name"]
            continue
        name = param["name"]
        if twin:
            name = free_name(place.named(f"{verb} {plain(param['name'])}"), set(known))
        known[name] = {**param, "name": name}
        renamed[param["name"]] = name
        params.append(known[name])
    return params, renamed


def named_anew(step: Any, variables: Mapping[str, str]) -> dict[str, Any]:
    keys = ("as", "count", "as_from", "as_to")
    return {k: variables.get(v, v) if k in keys else v for k, v in step.items()}


def _joined_errors(
    one: Mapping[str, Any], two: Mapping[str, Any], words: Mapping[str, str]
) -> tuple[list[Any], dict[str, str]]:
    """(errors of both, the new code of each error of the second)."""
    errors = list(one["errors"])
    said = {error["code"]: error["message"] for error in errors}
    codes: dict[str, str] = {}
    for error in two["errors"]:
        message = reworded(error["message"], words)
        code = error["code"]
        if said.get(code, message) != message:
            code = free_name(f"then_{code}", set(said))
        if code not in said:
            errors.append({"code": code, "message": message})
            said[code] = message
        codes[error["code"]] = code
    return errors, codes


def _joined_returns(
    one: Mapping[str, Any], two: Mapping[str, Any], swap: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the second answers, and of the first what is no row that the second may have changed."""
    values = {name: rewritten(node, swap) for name, node in result(two).items()}
    returns = dict(two["returns"])
    for name, node in result(one).items():
        described = one["returns"][name]
        if name not in values and "table" not in described:
            values[name], returns[name] = node, described
    return values, returns


# ---- batch


def batch(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """One tool over a list of ids: all of it happens or nothing."""
    parent = parents[0]
    program = parent["program"]
    found = targets(program)
    if not found or not plain_course(program):
        return None
    step, param = rng.choice(found)
    most = rng.choice([4, 5, 8, 10, 12])
    if not fits(program, most):
        return None
    table = place.tables[step["table"]]
    answer = _answer(program, step, result(program))
    item = free_name("one", variables_of(program))
    many = {
        "name": place.named(pick(rng, f"{plain(param['name'])}s", f"{table['name']} ids")),
        "type": "array",
        "items": {k: v for k, v in param.items() if k in ("type", "semantic", "use", "min_length")},
        "semantic": f"{table['name']}.ids",
        "use": "ids",
        "description": pick(
            rng,
            f"Ids of {table['plural']}, at most {most}, none twice.",
            f"One to {most} different {table['noun']} ids.",
        ),
        "required": True,
        "min_items": 1,
        "max_items": most,
        "unique_items": True,
    }
    if many["name"] in {p["name"] for p in program["params"]}:
        return None
    inner = [_rewire(other, {param["name"]: {"var": item}}) for other in program["steps"][:-1]]
    collected = free_name("done", variables_of(program))
    value = rewritten(answer[0], lambda r: {"var": item} if r.get("arg") == param["name"] else r)
    loop = {
        "do": "each",
        "over": {"arg": many["name"]},
        "item": item,
        "steps": inner,
        "collect": {"as": collected, "value": value},
    }
    out = place.named(answer[2]) if answer[2] else place.named(table["plural"].replace(" ", "_"))
    values: dict[str, Any] = {out: {"var": collected}}
    returns: dict[str, Any] = {out: answer[1]}
    if rng.random() < 0.6:
        counted = place.named(pick(rng, "count", "number done", "processed"))
        values[counted] = {"op": "len", "of": [{"var": collected}]}
        returns[counted] = {"type": "integer", "semantic": "count"}
    errors = [
        {**e, "message": reworded(e["message"], {param["name"]: item})} for e in program["errors"]
    ]
    rest = [p for p in program["params"] if p is not param]
    base, noun, plural = title_words(parent), table["noun"], table["plural"]
    several = base.replace(noun, plural) if noun in base else f"{base} for several {plural}"
    title = pick(rng, several, f"bulk {base}", f"{base} in bulk", f"batch {base}")
    about = pick(
        rng,
        f"'{base}' for up to {most} {plural} at once. If one of them is refused, none is changed.",
        f"Takes a list of {noun} ids and treats each as '{base}' would; stops at the first refusal "
        "and undoes the rest.",
        f"The bulk form of '{base}': {most} {plural} at most, all or none.",
    )
    if reads_only(program):
        about = pick(
            rng,
            f"Reads up to {most} {plural} in one call; fails if one id is unknown.",
            f"Several {plural} at once, by id, in the order asked for.",
        )
    made = program_of([many, *rest], [loop, {"do": "return", "values": values}], returns, errors)
    return place.drawn([parent], "batch", parent["verb"], title, about, made)


def _answer(
    program: Mapping[str, Any], step: Step, values: Mapping[str, Any]
) -> tuple[Any, dict[str, Any], str]:
    """(expression, description, words of the output) of what one turn adds to the answer: the row
    that the tool returns, else one value, else the id."""
    for name, node in values.items():
        described = program["returns"][name]
        if described["type"] == "object" and "table" in described and "var" in node:
            row = {"type": "array", "semantic": f"{described['table']}[]"}
            return node, {**row, "table": described["table"]}, ""
    for name, node in values.items():
        described = program["returns"][name]
        if described["type"] in ("integer", "number", "boolean", "enum", "date", "string"):
            listed = {"type": "array", "semantic": f"{described['semantic']}[]", "items": described}
            return node, listed, f"{plain(name)} values"
    text = {"type": "string", "semantic": "text"}
    listed = {"type": "array", "semantic": f"{step['table']}.ids", "items": text}
    return step["id"], listed, "done"
