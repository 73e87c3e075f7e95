"""The tables of a domain that a model wrote: checked, then put in the form of an authored spec.

A written domain has no archetype of ours: its tables are the roles of one archetype of its own,
so that binding, naming and generators are those of every other domain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.written import expression_problem
from factory.tools.written_values import VALUES, Checker

WRITTEN = "written"
"""The archetype of a written domain, in its record."""
FORBIDDEN_FIELDS = frozenset({"id", "row", "today", "currency"})


def world_problems(answer: Mapping[str, Any]) -> list[str]:
    """Everything wrong with the tables and settings of an answer that its schema lets pass."""
    tables: Mapping[str, Mapping[str, Any]] = answer["tables"]
    found = []
    prefixes = [table["prefix"] for table in tables.values()]
    if len(set(prefixes)) < len(prefixes):
        found.append("tables: two tables have the same prefix; ids would be mixed up")
    for name, table in tables.items():
        found += [f"tables/{name}: {wrong}" for wrong in _table_problems(name, table, tables)]
    circle = _circle(tables)
    if circle:
        found.append(f"tables: {' and '.join(circle)} refer to each other in a circle")
    taken = sorted(set(answer.get("settings", {})) & (set(tables) | FORBIDDEN_FIELDS))
    if taken:
        found.append(f"settings: {taken[0]} is the name of something else")
    return found


def _table_problems(
    name: str, table: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    fields: Mapping[str, Mapping[str, Any]] = table["fields"]
    life = table.get("life")
    states = list(life["next"]) if life else []
    found = [f"life: {wrong}" for wrong in (_life_problem(life, fields),) if life and wrong]
    low, high = table.get("size", [10, 16])
    if low > high:
        found.append(f"size: {low} is more than {high}")
    for field, spec in fields.items():
        wrong = _field_problem(name, field, spec, tables, states, bool(life))
        if life and field == life["field"] and not wrong and generators(spec):
            wrong = "the field of a life cycle has no generator; `share` says how it is drawn"
        elif not wrong and not (life and field == life["field"]) and "ref" not in spec:
            wrong = None if generators(spec) else "needs one generator"
        if wrong:
            found.append(f"fields/{field}: {wrong}")
    for rule in table.get("unique", []):
        unknown = [f for f in (*rule["fields"], *rule.get("when", {})) if f not in fields]
        found += [f"unique: no field {field}" for field in unknown[:1]]
    for handle in table["handles"]:
        found += [f"handles: no field {field}" for field in handle if field not in fields][:1]
    return found


def generators(spec: Mapping[str, Any]) -> list[str]:
    """The generators that a field names."""
    return [kind for kind in CHECKERS if kind in spec]


def _field_problem(
    table: str,
    field: str,
    spec: Mapping[str, Any],
    tables: Mapping[str, Any],
    states: Sequence[str],
    lives: bool,
) -> str | None:
    if field in FORBIDDEN_FIELDS or field == f"{table}_id":
        return "this name is taken by the factory; choose another"
    kinds = generators(spec)
    if len(kinds) > 1:
        return f"one generator, not {' and '.join(kinds)}"
    if "ref" in spec:
        if spec["ref"] not in tables or spec["ref"] == table:
            return f"ref: {spec['ref']} is no other table"
        if kinds and kinds[0] not in ("maybe", "by_state"):
            return "a reference has no generator but maybe or by_state of {const: true}"
        if kinds and not all(part == {"const": True} for part in _inner(spec[kinds[0]], kinds[0])):
            return "a reference's maybe or by_state holds {const: true}"
    if kinds and kinds[0] == "by_state" and not lives:
        return "by_state needs a life cycle in this table"
    wrong = CHECKERS[kinds[0]](spec[kinds[0]], states) if kinds else None
    return f"{kinds[0]}: {wrong}" if wrong else None


def _inner(value: Any, kind: str) -> list[Any]:
    if kind == "by_state":
        return list(value.values()) if isinstance(value, Mapping) else []
    return value[1:] if isinstance(value, list) else []


def _life_problem(life: Mapping[str, Any] | None, fields: Mapping[str, Any]) -> str | None:
    if life is None:
        return None
    states = life["next"]
    if life["field"] not in fields:
        return f"no field {life['field']}"
    if life["start"] not in states:
        return f"start {life['start']} is no state of `next`"
    strange = [s for after in states.values() for s in after if s not in states]
    strange += [s for s in life["share"] if s not in states]
    if strange:
        return f"{strange[0]} is no state of `next`"
    return None if sum(life["share"].values()) > 0 else "share: give one state more than 0"


def _circle(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Tables that can't be filled one after the other."""
    left = {
        name: {s["ref"] for s in table["fields"].values() if s.get("ref") in tables} - {name}
        for name, table in tables.items()
    }
    while ready := [name for name, needed in left.items() if not needed & set(left)]:
        for name in ready:
            del left[name]
    return sorted(left)


# ---- computed values


def _expr(value: Any, _: Sequence[str]) -> str | None:
    wrong = expression_problem(value)
    if wrong:
        return wrong
    return next(
        (f"{t} must be $row.field or $reference.field" for t in _variables(value) if "." not in t),
        None,
    )


def _variables(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node] if node.startswith("$") else []
    children = node.values() if isinstance(node, Mapping) else node
    if isinstance(children, str) or not isinstance(node, Mapping | list):
        return []
    return [text for child in children for text in _variables(child)]


CHECKERS: dict[str, Checker] = {**VALUES, "expr": _expr}
"""What a field of a table may have as its generator."""


# ---- to an authored spec

KEPT = ("about", "ref", "nullable", "minimum", "maximum", *CHECKERS)


def spec_of(answer: Mapping[str, Any], category: str, naming: str, params: str) -> dict[str, Any]:
    """The answer without its operations, as `factory.worlds.domains.domain_body` takes specs."""
    roles = {name: _role(table) for name, table in answer["tables"].items()}
    archetype = {
        "settings": dict(answer.get("settings", {})),
        "roles": roles,
        "policies": [{"code": p["code"], "text": p["text"]} for p in answer["policies"]],
        "operations": {},
    }
    domain = {
        "name": answer["name"],
        "title": answer["title"],
        "setting": answer["setting"],
        "naming": naming,
        "params": params,
        "currency": answer["currency"],
        "tables": {name: _table(table) for name, table in answer["tables"].items()},
        "archetypes": [{"use": WRITTEN}],
    }
    people = {"given": list(answer["people"]["given"])}
    people["surnames"] = [re.sub(r"\s+", " ", name) for name in answer["people"]["surnames"]]
    return {
        "category": {"name": category, "people": people},
        "domain": domain,
        "archetypes": {WRITTEN: archetype},
    }


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("noun", "plural", "prefix", "size")
    return {"digits": 5, **{key: table[key] for key in kept if key in table}}


def _role(table: Mapping[str, Any]) -> dict[str, Any]:
    life = table.get("life")
    fields = {
        name: {key: spec[key] for key in KEPT if key in spec}
        for name, spec in table["fields"].items()
    }
    role: dict[str, Any] = {"fields": fields, "handles": table["handles"]}
    role["unique"] = table.get("unique", [])
    if life:
        fields[life["field"]] = {**fields[life["field"]], "life": True}
        role["life"] = life
    return role
