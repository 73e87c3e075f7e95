"""Evolution of several tools into one with an action: merge."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.evolution.joining import named_anew, variables_of
from factory.tools.evolution.place import (
    WRITES,
    Operation,
    Place,
    free_name,
    pick,
    plain,
    plain_course,
    program_of,
    reads_only,
    reworded,
    targets,
    title_words,
)
from factory.worlds.programs import rewritten

Step = Mapping[str, Any]


def merge(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """Several writing tools on one row become one tool with an action."""
    first = parents[0]
    found = targets(first["program"])
    if not found:
        return None
    step, param = found[0]
    table = place.tables[step["table"]]
    able = [
        operation
        for operation in (first, *(p for p in parents[1:] if p is not first))
        if _mergeable(operation["program"], step["table"])
    ]
    if len(able) < 2 or able[0] is not first:
        return None
    chosen = able[: rng.randint(2, 4)]
    row, noun = "row", table["noun"]
    actions = _action_names(chosen, table)
    act = place.named(pick(rng, "action", "operation", "command", "step"))
    target = {**param, "name": param["name"]}
    choice = {
        "name": act,
        "type": "enum",
        "semantic": "action",
        "use": "value",
        "description": f"What to do with the {noun}.",
        "required": True,
        "enum": actions,
    }
    params: dict[str, Any] = {target["name"]: target, act: choice}
    steps: list[Step] = [{**step, "id": {"arg": target["name"]}, "as": row}]
    errors = [e for e in first["program"]["errors"] if e["code"] == step["error"]]
    for action, operation in zip(actions, chosen, strict=True):
        branch = _branch(place, operation, table["name"], row, action, act, params, target)
        if branch is None:
            return None
        more, said = branch
        steps.extend(more)
        for error in said:
            clash = next((e for e in errors if e["code"] == error["code"]), None)
            if clash is None:
                errors.append(error)
            elif clash["message"] != error["message"]:
                code = free_name(f"{action}_{error['code']}", {e["code"] for e in errors})
                errors.append({**error, "code": code})
                steps[-len(more) :] = [
                    {**s, "error": code} if s.get("error") == error["code"] else s for s in more
                ]
                more = list(steps[-len(more) :])
    own_id = {"var": row, "field": table["key"]}
    steps.append({"do": "lookup", "table": table["name"], "id": own_id, "as": "after"})
    out = place.named(table["name"])
    steps.append({"do": "return", "values": {out: {"var": "after"}}})
    described = {"type": "object", "semantic": table["name"], "table": table["name"]}
    words = ", ".join(plain(action) for action in actions)
    title = pick(rng, f"manage {noun}", f"update {noun} by action", f"handle {noun}",
                 f"{noun} actions")  # fmt: skip
    about = pick(
        rng,
        f"One tool for {words}: {act} says which, and only the arguments of that one count.",
        f"Does one of several things to a {noun} ({words}) and returns it as it then stands.",
    )
    made = program_of(list(params.values()), steps, {out: described}, errors)
    return place.drawn(chosen, "merge", "update", title, about, made)


def _mergeable(program: Mapping[str, Any], table: str) -> bool:
    found = targets(program)
    return (
        plain_course(program)
        and not reads_only(program)
        and len(program["steps"]) <= 8
        and not any(param["type"] in ("object", "array") for param in program["params"])
        and len(found) == 1
        and found[0][0]["table"] == table
        and not any(step["do"] in ("insert", "delete", "transfer") for step in program["steps"])
        and not any("when" in step for step in program["steps"])
        and any(step["do"] in WRITES and step["table"] == table for step in program["steps"])
    )


def _action_names(operations: Sequence[Operation], table: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for operation in operations:
        words = title_words(operation).replace(table["noun"], "").split()
        name = "_".join(word.lower() for word in words if word.isalnum()) or "apply"
        names.append(free_name(name, set(names)))
    return names


def _branch(
    place: Place,
    operation: Operation,
    table: str,
    row: str,
    action: str,
    act: str,
    params: dict[str, Any],
    target: Mapping[str, Any],
) -> tuple[list[Step], list[Any]] | None:
    """(steps, errors) of one action; its params are added to ``params``, none of them required."""
    program = operation["program"]
    step, own = targets(program)[0]
    variables = {v: f"{v}_{action}" for v in sorted(variables_of(program))}
    variables[step["as"]] = row
    renamed = {own["name"]: target["name"]}
    chosen = {"op": "eq", "of": [{"arg": act}, action]}
    steps: list[Step] = []
    errors: list[Any] = []
    for param in program["params"]:
        if param is own:
            continue
        name = param["name"]
        if name in params:
            name = free_name(place.named(f"{plain(action)} {plain(name)}"), set(params))
        renamed[param["name"]] = name
        about = f"{param['description']} (for {plain(action)})"
        optional = {k: v for k, v in param.items() if k != "default"}
        params[name] = {**optional, "name": name, "required": False, "description": about}
        if param["required"]:
            code = f"{name}_needed"
            given = {"op": "given", "of": [{"arg": name}]}
            steps.append({"do": "require", "that": given, "error": code, "when": chosen})
            errors.append({"code": code, "message": f"{plain(action)} needs {name}."})
        elif "default" in param:
            return None

    def swap(reading: Mapping[str, Any]) -> Any:
        if "var" in reading:
            return {**reading, "var": variables.get(reading["var"], reading["var"])}
        return {**reading, "arg": renamed[reading["arg"]]}

    for other in program["steps"][:-1]:
        if other is not step:
            steps.append({**named_anew(rewritten(other, swap), variables), "when": chosen})
    words = {**variables, **renamed}
    missing = step["error"]
    errors += [
        {**e, "message": reworded(e["message"], words)}
        for e in program["errors"]
        if e["code"] != missing
    ]
    return steps, errors
