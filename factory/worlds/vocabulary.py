"""From the roles of archetypes to the tables of one domain: nouns, field names, generators.

A role of an archetype says what the mechanics need (``resource`` with a ``rate``); a domain says
what that is in its trade (``court`` with an ``hourly_rate``) and adds fields of its own.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from factory.worlds.values import gen_type


class SpecError(ValueError):
    """An authored spec that cannot be bound; the message says where in the spec."""


GENERATORS = (
    "choice", "pool", "int", "money", "decimal", "date", "bool", "pattern", "person", "email",
    "phone", "phrase", "const", "maybe", "by_state", "by_name", "expr",
)  # fmt: skip
KINDS = {"money": "money", "date": "date", "person": "name", "email": "email", "phrase": "text"}


@dataclass
class Table:
    """One bound table and how the fields of its roles are called in it."""

    name: str
    noun: str
    plural: str
    key: str
    example: str = ""
    names: dict[str, str] = field(default_factory=dict)  # role field -> bound field
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)  # bound field -> spec
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)  # bound field -> values
    extras: list[str] = field(default_factory=list)
    life: dict[str, Any] | None = None
    unique: list[dict[str, Any]] = field(default_factory=list)
    handles: list[list[str]] = field(default_factory=list)

    def value(self, bound_field: str, value: Any) -> Any:
        """A categorical value as this domain calls it."""
        if isinstance(value, list):
            return [self.value(bound_field, item) for item in value]
        return (
            self.renamed.get(bound_field, {}).get(value, value) if isinstance(value, str) else value
        )


def styled(words: str, style: str) -> str:
    """``"hourly rate"`` or ``hourly_rate`` as an identifier: snake or camel."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", words)
    parts = [part.lower() for part in re.split(r"[\s_\-]+", apart.strip()) if part]
    if style == "camel":
        return parts[0] + "".join(part[:1].upper() + part[1:] for part in parts[1:])
    return "_".join(parts)


def today_of(domain: str) -> str:
    """The date on which a domain's world stands (fixed by its name: no clock)."""
    digest = hashlib.blake2b(domain.encode(), digest_size=2).digest()
    days = int.from_bytes(digest, "big") % 420
    return (datetime.date(2026, 1, 12) + datetime.timedelta(days=days)).isoformat()


def bind_tables(
    domain: Mapping[str, Any], archetypes: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Table], list[dict[str, str]]]:
    """(tables by name, for each use of an archetype the map role -> table name).
    Raises SpecError."""
    style = domain["params"]
    tables: dict[str, Table] = {}
    for name, spec in domain["tables"].items():
        noun = spec.get("noun", name.replace("_", " "))
        key = styled(f"{name} id", style) if spec.get("key", "long") == "long" else "id"
        example = spec["prefix"] + "10432870"[: spec.get("digits", 4)]
        tables[name] = Table(name, noun, spec.get("plural", noun + "s"), key, example)
    uses: list[dict[str, str]] = []
    for use in domain["archetypes"]:
        archetype = archetypes[use["use"]]
        roles = {role: use.get("roles", {}).get(role, role) for role in archetype["roles"]}
        for role, name in roles.items():
            if name not in tables:
                raise SpecError(f"{use['use']}: role {role} is bound to no table ({name})")
        for role, name in roles.items():
            _add_role(tables[name], archetype["roles"][role], domain["tables"][name], roles, style)
        uses.append(roles)
    for name, table in tables.items():
        if not table.names:
            raise SpecError(f"table {name} is bound to no role")
        _add_extras(table, domain["tables"][name], style)
    for use, roles in zip(domain["archetypes"], uses, strict=True):
        for role, spec in archetypes[use["use"]]["roles"].items():
            _add_rules(tables[roles[role]], spec)
    _resolve_expressions(tables)
    return tables, uses


def _add_role(
    table: Table,
    role: Mapping[str, Any],
    spec: Mapping[str, Any],
    roles: Mapping[str, str],
    style: str,
) -> None:
    overrides = spec.get("fields", {})
    for name, base in role["fields"].items():
        if name in table.names:
            continue
        override = overrides.get(name, {})
        merged = {**base, **override}
        if any(kind in override for kind in GENERATORS):
            merged = {k: v for k, v in merged.items() if k not in GENERATORS or k in override}
        if "ref" in merged:
            merged["ref"] = roles[merged["ref"]]
            bound = styled(merged.get("as", f"{name} id" if name in roles else name), style)
            if name in roles and "as" not in merged:
                bound = styled(f"{roles[name]} id", style)
        else:
            bound = styled(merged.get("as", name), style)
        if merged.pop("names", False):
            if "names" not in spec:
                raise SpecError(f"table {table.name}: needs `names` for its field {name}")
            merged["pool"] = list(spec["names"])
        if name == "category" and isinstance(spec.get("names"), Mapping):
            merged = _category_by_name(table, merged, spec["names"])
        table.names[name] = bound
        table.fields[bound] = _field(table, bound, merged)
        if "values" in merged:
            table.renamed[bound] = dict(merged["values"])


def _category_by_name(
    table: Table, category: Mapping[str, Any], names: Mapping[str, Any]
) -> dict[str, Any]:
    """The field ``category`` of rows whose names are given with their category: a row's name says
    it. Raises SpecError when the rows have no ``name`` or a category is none of the field's."""
    if "name" not in table.names:
        raise SpecError(
            f"table {table.name}: `names` with categories needs a field `name`; its role has none"
        )
    if "choice" not in category:
        raise SpecError(
            f"table {table.name}: `names` with categories needs `choice` in its field category"
        )
    choice = category["choice"]
    unknown = [f"{name}: {kind}" for name, kind in names.items() if kind not in choice]
    if unknown:
        raise SpecError(f"table {table.name}: {unknown[0]} is none of {', '.join(choice)}")
    rest = {k: v for k, v in category.items() if k != "choice"}
    return {**rest, "by_name": {"field": table.names["name"], "map": dict(names)}}


def _add_extras(table: Table, spec: Mapping[str, Any], style: str) -> None:
    for name, extra in spec.get("fields", {}).items():
        if name in table.names:
            continue
        bound = styled(extra.get("as", name), style)
        table.names[name] = bound
        field_spec = _field(table, bound, extra)
        if "create" not in field_spec["use"] and field_spec["type"] in ("string", "date"):
            field_spec["nullable"] = True  # a row made by a tool has no value for it
        table.fields[bound] = field_spec
        table.extras.append(bound)


def _field(table: Table, bound: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The bound form of a field (without renaming of categorical values)."""
    gens = [kind for kind in GENERATORS if kind in spec]
    if len(gens) > 1 or (not gens and "ref" not in spec and not spec.get("life")):
        raise SpecError(f"table {table.name}: field {bound} needs exactly one generator")
    gen = {gens[0]: spec[gens[0]]} if gens else None
    bound_spec: dict[str, Any] = {
        "name": bound,
        "type": spec.get("type") or (gen_type(gen) if gen and "ref" not in spec else "string"),
        "semantic": f"{spec['ref']}.id" if "ref" in spec else f"{table.name}.{bound}",
        "kind": _kind(spec, gens[0] if gens else ""),
        "description": spec.get("about", ""),
        "use": list(spec.get("use", [])),
    }
    if gen:
        bound_spec["gen"] = gen
    if "ref" in spec:
        bound_spec["ref"] = spec["ref"]
    if spec.get("nullable") or (gens and gens[0] in ("maybe", "by_state")):
        bound_spec["nullable"] = True
    for limit in ("minimum", "maximum"):
        if limit in spec:
            bound_spec[limit] = spec[limit]
    if bound_spec["kind"] == "money":
        bound_spec.setdefault("minimum", 0)
    return bound_spec


def _kind(spec: Mapping[str, Any], gen: str) -> str:
    """id, name, money, date, text (free), email, category, or value."""
    if "ref" in spec:
        return "id"
    if "kind" in spec:
        return str(spec["kind"])
    if gen in ("maybe", "by_state"):
        inner = spec["maybe"][1] if gen == "maybe" else next(iter(spec["by_state"].values()))
        return _kind(inner, next(iter(inner)))
    if gen in ("choice", "by_name"):
        return "category"
    return "name" if gen == "pool" else KINDS.get(gen, "value")


def _add_rules(table: Table, role: Mapping[str, Any]) -> None:
    """Life cycle, unique keys, handles and enums, in the domain's words."""
    if "life" in role and table.life is None:
        table.life = _life(table, role["life"])
    for rule in role.get("unique", []):
        bound = [table.names[name] for name in rule["fields"]]
        when = {
            table.names[name]: [table.value(table.names[name], v) for v in allowed]
            for name, allowed in rule.get("when", {}).items()
        }
        entry = {"fields": bound, **({"when": when} if when else {})}
        if entry not in table.unique:
            table.unique.append(entry)
    for handle in role.get("handles", []):
        bound = [table.names[name] for name in handle]
        if bound not in table.handles:
            table.handles.append(bound)
    for name, spec in table.fields.items():
        if spec["type"] == "enum" and "enum" not in spec:
            values = choices(spec["gen"])
            spec["enum"] = [table.value(name, value) for value in values]
            spec["gen"] = _renamed_gen(table, name, spec["gen"])
    if table.life:
        for spec in table.fields.values():
            gen = spec.get("gen", {})
            if "by_state" in gen:
                state_field = table.life["field"]
                spec["gen"] = {
                    "by_state": {table.value(state_field, s): g for s, g in gen["by_state"].items()}
                }


def choices(gen: Mapping[str, Any]) -> list[Any]:
    """The values of a categorical generator, each once."""
    ((kind, spec),) = gen.items()
    if kind == "maybe":
        return choices(spec[1])
    if kind == "by_name":
        return list(dict.fromkeys(spec["map"].values()))
    if kind == "by_state":
        found = [value for inner in spec.values() for value in choices(inner)]
        return list(dict.fromkeys(found))
    if kind != "choice":
        raise SpecError(f"a categorical field needs `choice`, not `{kind}`")
    return list(dict.fromkeys(spec))


def _renamed_gen(table: Table, bound: str, gen: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, spec),) = gen.items()
    if kind == "by_name":
        return {"by_name": spec}
    if kind == "maybe":
        return {"maybe": [spec[0], _renamed_gen(table, bound, spec[1])]}
    if kind == "by_state":
        return {"by_state": {s: _renamed_gen(table, bound, g) for s, g in spec.items()}}
    return {"choice": [table.value(bound, value) for value in spec]}


def _life(table: Table, life: Mapping[str, Any]) -> dict[str, Any]:
    bound = table.names[life["field"]]
    say = {state: table.value(bound, state) for state in life["next"]}
    spec = table.fields[bound]
    spec.update(type="enum", kind="category", enum=list(say.values()))
    return {
        "field": bound,
        "start": say[life["start"]],
        "share": {say[s]: weight for s, weight in life["share"].items()},
        "transitions": {say[s]: [say[t] for t in after] for s, after in life["next"].items()},
        "terminal": [say[s] for s, after in life["next"].items() if not after],
    }


def _resolve_expressions(tables: Mapping[str, Table]) -> None:
    """``expr`` generators are written over role fields: ``$row.units``, ``$resource.rate`` where
    ``resource`` is a reference field of the same table."""
    for table in tables.values():
        for spec in table.fields.values():
            gen = spec.get("gen", {})
            if "expr" in gen:
                spec["gen"] = {"expr": _expression(gen["expr"], table, tables)}


def _expression(node: Any, table: Table, tables: Mapping[str, Table]) -> Any:
    if isinstance(node, str) and node.startswith("$"):
        head, _, part = node[1:].partition(".")
        if head == "row":
            return {"var": "row", "field": table.names[part]}
        reference = table.names[head]
        target = tables[table.fields[reference]["ref"]]
        return {"var": reference, "field": target.names[part]}
    if isinstance(node, Mapping):
        ((name, operands),) = node.items()
        return {"op": name, "of": [_expression(child, table, tables) for child in operands]}
    return node


def as_world_table(table: Table, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON form of a bound table that State and the sampler read."""
    fields = [dict(f) for f in _ordered(table)]
    body: dict[str, Any] = {
        "name": table.name,
        "noun": table.noun,
        "plural": table.plural,
        "prefix": spec["prefix"],
        "digits": spec.get("digits", 4),
        "key": table.key,
        "size": list(spec.get("size", [10, 16])),
        "fields": fields,
        "unique": table.unique,
        "handles": table.handles,
    }
    if table.life:
        body["life"] = table.life
    return body


def _ordered(table: Table) -> list[dict[str, Any]]:
    """References first and computed fields last, so that a row can be drawn field by field."""

    def rank(spec: Mapping[str, Any]) -> int:
        if "ref" in spec:
            return 0
        return 2 if "expr" in spec.get("gen", {}) else 1

    return sorted(table.fields.values(), key=rank)


def sorted_by_reference(tables: Mapping[str, Table]) -> list[Table]:
    """Tables such that each comes after those it refers to. Raises SpecError on a circle."""
    done: list[Table] = []
    names: set[str] = set()
    while len(done) < len(tables):
        ready = [
            table
            for name, table in tables.items()
            if name not in names
            and all(f.get("ref") in names for f in table.fields.values() if "ref" in f)
        ]
        if not ready:
            left = ", ".join(name for name in tables if name not in names)
            raise SpecError(f"tables refer to each other in a circle: {left}")
        done.extend(ready)
        names.update(table.name for table in ready)
    return done
