"""Compiles an operation of an archetype, written over roles, into a program over the tables of
one domain (the format that interpreter.py runs).

Shorthand of the authored form: ``$x`` is the param or variable x, ``$x.f`` a field of it, where x
and f are named as the archetype names them; ``$setting`` a setting of the domain; ``{add: [a, b]}``
an operator; any other scalar is a literal. A literal compared with, matched to or written into a
categorical field is put in the domain's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from factory.worlds.expressions import OPERATORS
from factory.worlds.vocabulary import SpecError, Table, styled

OPTIONS = ("by", "total", "field", "order")
NUMERIC = {"add", "sub", "mul", "div", "min", "max", "sum", "average"}
TRUTH = {"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "in", "given", "contains"}


@dataclass
class Scope:
    """What is known while one operation is compiled."""

    roles: Mapping[str, str]
    tables: Mapping[str, Table]
    settings: Mapping[str, Any]
    style: str
    where: str
    params: dict[str, dict[str, Any]] = field(default_factory=dict)  # archetype name -> param
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> what it holds
    errors: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)  # of the errors used so far

    def table(self, role: str) -> Table:
        if role not in self.roles:
            raise SpecError(f"{self.where}: no role {role}")
        return self.tables[self.roles[role]]

    def field(self, table: Table, name: str) -> str:
        if name in ("id", table.key):
            return table.key
        if name not in table.names:
            raise SpecError(f"{self.where}: {table.name} has no field {name}")
        return table.names[name]

    def error(self, code: str) -> str:
        if code not in self.errors:
            raise SpecError(f"{self.where}: error {code} has no message")
        if code not in self.messages:
            # Filled here, where it is used: a row that only a later step makes is no variable yet.
            self.messages[code] = fill_words(self.errors[code], self, running=True)
        return code


# ---- words


def fill_words(text: str, scope: Scope, running: bool = False) -> str:
    """Puts nouns, field names and settings into a template: ``{role}``, ``{roles}``, ``{Role}``,
    ``{role.field}``, ``{setting}``. In a ``running`` text (an error message) params and fields of
    variables stay as placeholders, under their bound names."""

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        head, _, part = name.partition(".")
        if running and head in scope.variables and part:
            return "{" + f"{head}.{_variable_field(head, part, scope)}" + "}"
        if running and "table" not in scope.variables.get(name, {"table": ""}):
            return "{" + name + "}"
        if running and name in scope.params:
            return "{" + str(scope.params[name]["name"]) + "}"
        if name in scope.settings:
            setting = scope.settings[name]
            return f"{setting:.2f}" if isinstance(setting, float) else str(setting)
        role, plural = _role_word(head.lower(), scope)
        if role:
            table = scope.table(role)
            if part:
                field_name = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", scope.field(table, part)).lower()
                return field_name[:1].upper() + field_name[1:] if head[0].isupper() else field_name
            word = table.plural if plural else table.noun
            return word[:1].upper() + word[1:] if head[0].isupper() else word
        raise SpecError(f"{scope.where}: unknown word {{{name}}} in {text!r}")

    return right_articles(re.sub(r"\{([A-Za-z_][\w.]*)\}", fill, text))


_SOUNDED_CONSONANT = r"(?i:one\b|once\b|uni(?![nm])|us[aeiu]|eu|ut[ei])"
_SOUNDED_VOWEL = (
    rf"(?=(?!{_SOUNDED_CONSONANT})(?:[aeiou]|[AEIO][a-z])"  # of words
    r"|(?i:hour|honou?r|x-ray)|[AEFHILMNORSX][A-Z]+s?\b)"  # of letters read one by one: an RMA
)


def right_articles(text: str) -> str:
    """``a`` or ``an`` as the next word needs it (the nouns of a domain come after the text)."""
    text = re.sub(rf"\b([Aa])n? {_SOUNDED_VOWEL}", r"\1n ", text)
    return re.sub(rf"\b([Aa])n (?!{_SOUNDED_VOWEL})(?=[A-Za-z])", r"\1 ", text)


def _role_word(word: str, scope: Scope) -> tuple[str | None, bool]:
    """(role, whether the word is its plural): ``parties`` -> (party, True)."""
    if word in scope.roles:
        return word, False
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        role = word.removesuffix(ending) + singular
        if word.endswith(ending) and role in scope.roles:
            return role, True
    return None, False


def _variable_field(name: str, part: str, scope: Scope) -> str:
    holds = scope.variables[name]
    return scope.field(scope.tables[holds["table"]], part) if "table" in holds else part


# ---- params


def compile_param(alias: str, spec: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """A param of the program. ``spec`` has one of ``id: role``, ``field: role.field`` (a value to
    write), ``filter: role.field`` (+ ``match``), ``control: limit | offset``, ``type`` (free)."""
    if "id" in spec:
        table = scope.table(spec["id"])
        words = spec.get("name", f"{table.name} id")
        param = _param(words, "string", f"{table.name}.id", "id", scope)
        param["min_length"] = 1
        noun = table.noun[:1].upper() + table.noun[1:]
        about = spec.get("about", f"{noun} id, e.g. {table.example}.")
        param["description"] = fill_words(about, scope)
        param["required"] = spec.get("required", True)
        return param
    if "control" in spec:
        return _control(spec["control"], spec, scope)
    if "field" in spec or "filter" in spec:
        role, _, name = spec.get("field", spec.get("filter", "")).partition(".")
        table = scope.table(role)
        return field_param(table, scope.field(table, name), spec, scope)
    param = _param(spec.get("name", alias), spec["type"], spec["semantic"], spec["use"], scope)
    param["description"] = fill_words(spec["about"], scope)
    param["required"] = spec.get("required", True)
    for key in ("enum", "minimum", "maximum", "gen", "default", "min_length"):
        if key in spec:
            param[key] = spec[key]
    return param


def field_param(table: Table, bound: str, spec: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """A param that carries (``use`` value) or is compared with (``use`` filter) a field."""
    column = table.fields[bound]
    use = "filter" if "filter" in spec else "value"
    param = _param(spec.get("name", bound), column["type"], column["semantic"], use, scope)
    param["kind"] = column["kind"]
    about = spec.get("about") or column["description"] or f"{bound.replace('_', ' ')}"
    param["description"] = fill_words(about, scope)
    param["required"] = spec.get("required", use == "value")
    if "enum" in column:
        chosen = spec.get("enum_of")
        param["enum"] = table.value(bound, list(chosen)) if chosen else list(column["enum"])
    elif column["type"] == "string":
        param["min_length"] = 1
    if column["type"] in ("number", "integer"):
        param["minimum"] = spec.get("minimum", column.get("minimum", 0))
        param["maximum"] = spec.get("maximum", column.get("maximum", 100000))
    if column["type"] not in ("enum", "boolean") and "expr" not in column.get("gen", {"expr": 0}):
        param["gen"] = column["gen"]
    if "gen" in spec:
        param["gen"] = spec["gen"]
    if use == "filter":
        default = "contains" if param["type"] == "string" and column["kind"] != "id" else "eq"
        param["match"] = {"table": table.name, "field": bound, "op": spec.get("match", default)}
    if "default" in spec:
        param["default"] = table.value(bound, spec["default"])
        param["required"] = False
    return param


def _param(words: str, kind: str, semantic: str, use: str, scope: Scope) -> dict[str, Any]:
    name = styled(fill_words(words, scope), scope.style)
    return {"name": name, "type": kind, "semantic": semantic, "use": use}


def _control(kind: str, spec: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    if kind == "limit":
        param = _param(spec.get("name", "limit"), "integer", "limit", "control", scope)
        text = spec.get("about", "Maximum number of results.")
        limits = {"minimum": 1, "maximum": 50, "default": spec.get("default", 20)}
        return {**param, "description": text, "required": False, **limits}
    if kind == "offset":
        param = _param(spec.get("name", "offset"), "integer", "offset", "control", scope)
        text = "Number of results to skip."
        limits = {"minimum": 0, "maximum": 1000, "default": 0}
        return {**param, "description": text, "required": False, **limits}
    raise SpecError(f"{scope.where}: unknown control {kind}")


# ---- expressions


def compile_expression(node: Any, scope: Scope) -> Any:
    """The canonical form of a shorthand expression."""
    if isinstance(node, str):
        return _reference(node, scope) if node.startswith("$") else node
    if not isinstance(node, Mapping):
        return {"const": node} if isinstance(node, list) else node
    name = next(iter(node))
    if name not in OPERATORS:
        raise SpecError(f"{scope.where}: unknown operator {name}")
    operands = node[name] if isinstance(node[name], list) else [node[name]]
    column = next((c for c in (_column(o, scope) for o in operands) if c), None)
    compiled = []
    for operand in operands:
        if column and isinstance(operand, (str, list)) and not _is_reference(operand):
            operand = column[0].value(column[1], operand)
        compiled.append(compile_expression(operand, scope))
    expression: dict[str, Any] = {"op": name, "of": compiled}
    rows = scope.variables.get(str(operands[0])[1:], {}) if operands else {}
    for option in OPTIONS:
        if option in node:
            value = node[option]
            if option != "order":
                value = scope.field(scope.tables[rows["table"]], value)
            expression[option] = value
    return expression


def _is_reference(node: Any) -> bool:
    return isinstance(node, str) and node.startswith("$")


def _reference(text: str, scope: Scope) -> Any:
    head, _, part = text[1:].partition(".")
    if head in scope.variables:
        if not part:
            return {"var": head}
        return {"var": head, "field": _variable_field(head, part, scope)}
    if head in scope.params:
        return {"arg": scope.params[head]["name"]}
    if head in scope.settings and not part:
        return scope.settings[head]
    raise SpecError(f"{scope.where}: {text} is neither a param, a variable nor a setting")


def _column(node: Any, scope: Scope) -> tuple[Table, str] | None:
    """The field that a reference reads, when it reads one."""
    if not _is_reference(node):
        return None
    head, _, part = node[1:].partition(".")
    holds = scope.variables.get(head, {})
    if part and "table" in holds:
        table = scope.tables[holds["table"]]
        return table, scope.field(table, part)
    return None


def describe(node: Any, scope: Scope) -> dict[str, Any]:
    """The type of a compiled expression: ``{type, semantic, ...}``."""
    if not isinstance(node, Mapping):
        return _describe_literal(node)
    if "arg" in node:
        param = next(p for p in scope.params.values() if p["name"] == node["arg"])
        keep = ("type", "semantic", "kind", "enum")
        body: dict[str, Any] = {name: param[name] for name in keep if name in param}
        return body if param["required"] or "default" in param else {**body, "nullable": True}
    if "const" in node:
        return {"type": "array", "semantic": "list"}
    if "var" in node:
        return _describe_variable(node, scope)
    return _describe_operator(node, scope)


def _describe_literal(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "boolean", "semantic": "flag"}
    if isinstance(value, int):
        return {"type": "integer", "semantic": "number"}
    if isinstance(value, float):
        return {"type": "number", "semantic": "number"}
    return {"type": "string", "semantic": "text"}


def _describe_variable(node: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    holds = scope.variables[node["var"]]
    if "field" not in node:
        return dict(holds)
    table = scope.tables[holds["table"]]
    if node["field"] == table.key:
        body: dict[str, Any] = {"type": "string", "semantic": f"{table.name}.id", "kind": "id"}
    else:
        column = table.fields[node["field"]]
        keep = ("type", "semantic", "kind", "enum", "nullable")
        body = {name: column[name] for name in keep if name in column}
    if holds["type"] == "array":
        return {"type": "array", "semantic": f"{body['semantic']}[]", "items": body}
    return body


def _describe_operator(node: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    name = node["op"]
    inner = describe(node["of"][0], scope) if node["of"] else {}
    if name in TRUTH:
        return {"type": "boolean", "semantic": "flag"}
    if name in ("len", "days_between"):
        return {"type": "integer", "semantic": "count" if name == "len" else "days"}
    if name in NUMERIC:
        return _describe_number(name, node, scope)
    if name == "add_days":
        return {"type": "date", "semantic": "date", "kind": "date"}
    if name == "concat":
        return {"type": "string", "semantic": "text"}
    if name == "group":
        return {"type": "array", "semantic": "group", "total": "total" in node}
    if name in ("first", "extreme"):
        row = {"type": "object", "semantic": inner["table"], "table": inner["table"]}
        return {**row, "nullable": True}
    if name == "if":
        return describe(node["of"][1], scope)
    return {k: v for k, v in inner.items() if k != "nullable"}  # coalesce


def _describe_number(name: str, node: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    parts = [describe(child, scope) for child in node["of"]]
    parts = [part.get("items", part) for part in parts]
    money = any(p.get("kind") == "money" or p.get("semantic") == "money" for p in parts)
    whole = name not in ("div", "average") and all(p["type"] == "integer" for p in parts)
    body = {"type": "integer" if whole else "number", "semantic": "money" if money else "number"}
    return {**body, "kind": "money"} if money else body
