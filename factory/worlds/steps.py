"""Compiles the steps of an authored operation (compiling.py has the words and expressions)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from factory.worlds.compiling import (
    Scope,
    compile_expression,
    compile_param,
    describe,
    field_param,
    fill_words,
)
from factory.worlds.vocabulary import SpecError, Table, styled

Step = dict[str, Any]


def compile_operation(operation: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """The program of one operation. Raises SpecError."""
    scope.errors.update(operation.get("errors", {}))
    for alias, spec in operation.get("params", {}).items():
        scope.params[alias] = compile_param(alias, spec, scope)
    _add_extra_params(operation.get("extra", {}), scope)
    names = [param["name"] for param in scope.params.values()]
    if len(set(names)) < len(names):
        raise SpecError(f"{scope.where}: two params are called the same: {sorted(names)}")
    steps = [_compile_step(step, scope) for step in operation["steps"]]
    returns = next(step["values"] for step in steps if step["do"] == "return")
    return {
        "params": sorted(scope.params.values(), key=lambda param: not param["required"]),
        "steps": steps,
        "returns": {name: describe(node, scope) for name, node in returns.items()},
        "errors": [{"code": code, "message": message} for code, message in scope.messages.items()],
    }


def _add_extra_params(extra: Mapping[str, str], scope: Scope) -> None:
    """Params for the domain's own fields that it wants in searches, creations or updates."""
    for use, role in extra.items():
        table = scope.table(role)
        for bound in table.extras:
            if use not in table.fields[bound]["use"]:
                continue
            spec: dict[str, Any] = {"filter": "", "required": False} if use == "search" else {}
            if use == "update" or table.fields[bound].get("nullable"):
                spec["required"] = False
            if f"+{bound}" not in scope.params:
                scope.params[f"+{bound}"] = field_param(table, bound, spec, scope)


def _extra_values(use: str, table: Table, scope: Scope) -> dict[str, Any]:
    return {
        bound: {"arg": scope.params[f"+{bound}"]["name"]}
        for bound in table.extras
        if f"+{bound}" in scope.params and use in table.fields[bound]["use"]
    }


def _compile_step(step: Mapping[str, Any], scope: Scope) -> Step:
    kind = next(name for name in step if name != "when")
    if kind not in COMPILERS:
        raise SpecError(f"{scope.where}: unknown step {kind}")
    compiled = {"do": kind, **COMPILERS[kind](step[kind], scope)}
    if "when" in step:
        compiled["when"] = compile_expression(step["when"], scope)
    return compiled


def _require(spec: Mapping[str, Any], scope: Scope) -> Step:
    """``any_given: true`` stands for: at least one of the optional new values is there."""
    if spec.get("any_given"):
        names = [p["name"] for p in scope.params.values() if not p["required"]]
        return {
            "that": {"op": "given", "of": [{"arg": n} for n in names]},
            "error": scope.error(spec["error"]),
        }
    that = compile_expression(spec["that"], scope)
    return {"that": that, "error": scope.error(spec["error"])}


def _error(spec: Mapping[str, Any], scope: Scope) -> Step:
    return {"error": scope.error(spec["error"])}


def _lookup(spec: Any, scope: Scope) -> Step:
    """``lookup: role`` reads the param ``role_id`` and says ``role_not_found``."""
    spec = {"role": spec} if isinstance(spec, str) else spec
    role = spec["role"]
    table = scope.table(role)
    node = compile_expression(spec.get("id", f"${role}_id"), scope)
    name = spec.get("as", role)
    scope.variables[name] = _row(table)
    compiled: Step = {"table": table.name, "id": node, "as": name}
    alias = _alias(node, scope)
    if alias is None:  # a reference field: integrity says that the row is there
        return compiled
    code = spec.get("error", f"{table.name}_not_found")
    scope.errors.setdefault(code, f"No {table.noun} has the id '{{{alias}}}'.")
    return {**compiled, "error": scope.error(code)}


def _alias(node: Any, scope: Scope) -> str | None:
    """The archetype's name of the param that an expression reads."""
    bound = node.get("arg") if isinstance(node, Mapping) else None
    return next((a for a, param in scope.params.items() if param["name"] == bound), None)


def _row(table: Table) -> dict[str, Any]:
    return {"type": "object", "semantic": table.name, "table": table.name}


def _search(spec: Mapping[str, Any], scope: Scope) -> Step:
    table = scope.table(spec["role"])
    match = []
    for name, op, value in spec.get("match", []):
        bound = scope.field(table, name)
        if not (isinstance(value, str) and value.startswith("$")):
            value = table.value(bound, value)
        node = compile_expression(value, scope)
        match.append({"field": bound, "op": op, "value": node})
    if spec.get("filters", True):
        match.extend(_filter_matches(table, scope))
    name = spec["as"]
    compiled: Step = {"table": table.name, "match": match, "as": name}
    if "order" in spec:
        compiled["order"] = [scope.field(table, spec["order"][0]), spec["order"][1]]
    for key in ("limit", "offset"):
        if key in spec:
            compiled[key] = compile_expression(spec[key], scope)
    if "count" in spec:
        compiled["count"] = spec["count"]
        scope.variables[spec["count"]] = {"type": "integer", "semantic": "count"}
    scope.variables[name] = {
        "type": "array", "semantic": f"{table.name}[]", "table": table.name
    }  # fmt: skip
    return compiled


def _filter_matches(table: Table, scope: Scope) -> list[dict[str, Any]]:
    """One optional match for each filter param of this table."""
    found = []
    seen = set()
    for param in scope.params.values():
        rule = param.get("match")
        if rule and rule["table"] == table.name and param["name"] not in seen:
            seen.add(param["name"])
            value = {"arg": param["name"]}
            found.append(
                {"field": rule["field"], "op": rule["op"], "value": value, "optional": True}
            )
    return found


def _insert(spec: Mapping[str, Any], scope: Scope) -> Step:
    table = scope.table(spec["role"])
    values = _field_values(spec["set"], table, scope)
    if table.life:
        values.setdefault(table.life["field"], table.life["start"])
    values.update(_extra_values("create", table, scope))
    name = spec.get("as", spec["role"])
    missing = [
        bound
        for bound, column in table.fields.items()
        if bound not in values and not column.get("nullable")
    ]
    for bound in missing:
        values[bound] = _default(table, bound, scope)
    compiled: Step = {"table": table.name, "values": values, "as": name}
    if "error" in spec:
        compiled["error"] = scope.error(spec["error"])
    scope.variables[name] = _row(table)
    return compiled


def _default(table: Table, bound: str, scope: Scope) -> Any:
    """What a new row holds in a field that the operation does not set: the first category, zero,
    false; a text or a day has no such natural start and becomes a param."""
    column = table.fields[bound]
    if column["type"] == "enum":
        return column["enum"][0]
    if column["type"] == "boolean":
        return False
    if column["type"] in ("integer", "number"):
        return max(0, column.get("minimum", 0))
    if "ref" in column:
        raise SpecError(f"{scope.where}: a new {table.name} has no value for {bound}")
    param = scope.params.setdefault(f"+{bound}", field_param(table, bound, {}, scope))
    return {"arg": param["name"]}


def _field_values(values: Mapping[str, Any], table: Table, scope: Scope) -> dict[str, Any]:
    compiled = {}
    for name, value in values.items():
        bound = scope.field(table, name)
        if isinstance(value, str) and not value.startswith("$"):
            value = table.value(bound, value)
        compiled[bound] = compile_expression(value, scope)
    return compiled


def _target(spec: Mapping[str, Any], scope: Scope) -> tuple[Table, str, Any]:
    """(table, variable, expression of the id) of a step on a row already looked up."""
    name = spec["row"]
    if name not in scope.variables or "table" not in scope.variables[name]:
        raise SpecError(f"{scope.where}: {name} is no row")
    table = scope.tables[scope.variables[name]["table"]]
    return table, name, {"var": name, "field": table.key}


def _update(spec: Mapping[str, Any], scope: Scope) -> Step:
    table, name, node = _target(spec, scope)
    values = _field_values(spec.get("set", {}), table, scope)
    values.update(_extra_values("update", table, scope) if spec.get("given") else {})
    compiled: Step = {"table": table.name, "id": node, "values": values, "as": name}
    if spec.get("given"):
        compiled["given"] = True
    if "error" in spec:
        compiled["error"] = scope.error(spec["error"])
    return compiled


def _transition(spec: Mapping[str, Any], scope: Scope) -> Step:
    table, name, node = _target(spec, scope)
    if table.life is None:
        raise SpecError(f"{scope.where}: {table.name} has no life cycle")
    states = table.life["field"]
    to = spec["to"]
    node_to = compile_expression(to if to.startswith("$") else table.value(states, to), scope)
    compiled: Step = {"table": table.name, "id": node, "to": node_to, "as": name}
    if "from" in spec:
        compiled["from"] = table.value(states, list(spec["from"]))
    compiled["error"] = scope.error(spec["error"])
    return compiled


def _transfer(spec: Mapping[str, Any], scope: Scope) -> Step:
    table, source, source_id = _target({"row": spec["from"]}, scope)
    _, target, target_id = _target({"row": spec["to"]}, scope)
    return {
        "table": table.name,
        "from": source_id,
        "to": target_id,
        "field": scope.field(table, spec["field"]),
        "amount": compile_expression(spec["amount"], scope),
        "error": scope.error(spec["error"]),
        "as_from": source,
        "as_to": target,
    }


def _delete(spec: Mapping[str, Any], scope: Scope) -> Step:
    table, _, node = _target(spec, scope)
    compiled: Step = {"table": table.name, "id": node}
    if "error" in spec:
        compiled["error"] = scope.error(spec["error"])
    return compiled


def _compute(spec: Mapping[str, Any], scope: Scope) -> Step:
    node = compile_expression(spec["value"], scope)
    scope.variables[spec["as"]] = describe(node, scope)
    return {"as": spec["as"], "value": node}


def _return(spec: Mapping[str, Any], scope: Scope) -> Step:
    values = {}
    for name, value in spec.items():
        node = compile_expression(value, scope)
        values[_output_name(name, scope)] = node
    return {"values": values}


def _output_name(name: str, scope: Scope) -> str:
    return styled(fill_words(name, scope), scope.style)


COMPILERS: dict[str, Callable[[Any, Scope], Step]] = {
    "require": _require,
    "error": _error,
    "lookup": _lookup,
    "search": _search,
    "insert": _insert,
    "update": _update,
    "transition": _transition,
    "transfer": _transfer,
    "delete": _delete,
    "compute": _compute,
    "return": _return,
}
