"""Operations that a model wrote, in the language of the archetypes: checked, compiled, proven.

Nothing of it is trusted. The shape is checked here, with messages that their author can act on;
names and types by the compiler; what the program does by the same proof as that of our own tools.
A program is data for a total interpreter: nothing of an answer is ever run as code.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.tools.adopt import DIRECTIVE
from factory.tools.authoring import Failure
from factory.tools.prove import Proof, prove
from factory.tools.signature import program_signature
from factory.tools.synthesise import HOPELESS, tool_body
from factory.tools.written_values import generator_problem
from factory.worlds.arguments import check_value
from factory.worlds.compiling import Scope, fill_words
from factory.worlds.domains import tool_name
from factory.worlds.expressions import OPERATORS
from factory.worlds.state import State
from factory.worlds.steps import compile_operation
from factory.worlds.vocabulary import SpecError, Table, styled

MAX_STEPS = 24
MAX_DEPTH = 6
LITERAL_CHARS = 200
STEP_KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    kind: (frozenset(needed.split()), frozenset(allowed.split()))
    for kind, needed, allowed in (
        ("lookup", "table", "id as error"),
        ("search", "table as", "match order limit offset count filters"),
        ("require", "that error", ""),
        ("error", "error", ""),
        ("insert", "table set", "as error"),
        ("update", "row set", "given error"),
        ("transition", "row to error", "from"),
        ("transfer", "from to field amount error", ""),
        ("delete", "row", "error"),
        ("compute", "as value", ""),
    )
}
"""Step → the keys it needs, the keys it may have besides. `return` has the outputs' names."""
OPERANDS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("add", "mul", "min", "max", "and", "or", "coalesce", "concat"), (2, 8)),
    **dict.fromkeys(("sub", "div", "eq", "ne", "lt", "le", "gt", "ge"), (2, 2)),
    **dict.fromkeys(("in", "contains", "days_between", "add_days"), (2, 2)),
    **dict.fromkeys(("not", "len", "sum", "average", "first", "last", "group", "extreme"), (1, 1)),
    "given": (1, 8),
    "if": (3, 3),
}
NEEDS_OPTIONS = {"group": {"by"}, "extreme": {"field", "order"}}
OPTIONS = frozenset({"by", "total", "field", "order"})
ADVICE = {
    "no_success": "no sampled call ever succeeded; the requirements contradict each other, or the "
    "generators never give a state in which they hold",
    "unreachable_error": "no sampled call ended in it; drop that requirement, or let the state and "
    "the parameters take values that break it",
    "program_fault": "the program itself breaks; guard against null and against writes that the "
    "table's rules refuse",
    "wrong_destructive_hint": "a step can end a life cycle or delete, but no call was seen to do "
    "so, or the other way round",
    "not_idempotent": "a second equal call changed more, although the program only sets fields",
    "invalid_output": "the output is not of the type that the steps promise",
    "changed_by_reading": "a program that only reads changed something",
}


@dataclass(frozen=True)
class Bench:
    """Where written operations are tried: a bound domain and sampled states of its world."""

    domain: Mapping[str, Any]
    states: Sequence[State]
    style: str
    """How params are written: snake or camel."""

    def scope(self, where: str) -> Scope:
        """A scope for one operation over the domain's tables."""
        world = self.domain["world"]
        tables = {table["name"]: table_of(table) for table in world["tables"]}
        roles = {name: name for name in tables}
        return Scope(roles, tables, world["settings"], self.style, where)


def table_of(bound: Mapping[str, Any]) -> Table:
    """A table of a world as the compiler sees tables. A field answers to its name, to the same in
    snake case, and a reference to its name without `_id`."""
    fields = {spec["name"]: dict(spec) for spec in bound["fields"]}
    names: dict[str, str] = {}
    for name, spec in fields.items():
        plain = styled(name, "snake")
        names.setdefault(plain, name)
        if "ref" in spec:
            names.setdefault(plain.removesuffix("_id"), name)
    names.update({name: name for name in fields})
    return Table(
        bound["name"],
        bound["noun"],
        bound["plural"],
        bound["key"],
        bound["prefix"] + "10432870"[: bound.get("digits", 4)],
        names=names,
        fields=fields,
        life=bound.get("life"),
    )


def compiled(code: str, written: Mapping[str, Any], bench: Bench) -> dict[str, Any] | Failure:
    """The operation as a domain record holds it, or what is wrong with it."""
    wrong = shape_problem(written)
    if wrong:
        return Failure("author_bad_program", wrong)
    scope = bench.scope(code)
    try:
        program = compile_operation(_as_authored(written), scope)
        words = fill_words(written["name"], scope)
        about = fill_words(written["about"], scope)
    except SpecError as error:
        return Failure("author_bad_program", str(error).replace("no role", "no table"))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, StopIteration) as error:
        # The compiler was written for specs of ours; what it trips over is the spec's mistake.
        return Failure("author_bad_program", f"{code}: {type(error).__name__}: {error}")
    wrong = next((w for param in program["params"] if (w := _param_problem(param))), None)
    if wrong:
        return Failure("author_bad_program", wrong)
    unused = sorted(set(written.get("errors", {})) - {e["code"] for e in program["errors"]})
    if unused:
        return Failure("author_bad_program", f"error {unused[0]} is declared, no step raises it")
    directive = next((t for t in texts({**written, "about": about}) if DIRECTIVE.search(t)), None)
    if directive is not None:
        return Failure("author_directive", f"a text gives orders to its reader: {directive[:120]}")
    return {
        "code": code,
        "verb": written["verb"],
        "name": tool_name(words, bench.domain["naming"]),
        "title": words[:1].upper() + words[1:],
        "description": about,
        "program": program,
    }


def _param_problem(param: Mapping[str, Any]) -> str | None:
    """A default that the parameter itself would refuse."""
    if "default" not in param:
        return None
    _, wrong = check_value(param, param["default"])
    return f"params/{param['name']}: its default {wrong}" if wrong else None


def clash(operation: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Failure | None:
    """Whether an operation is called like another of the domain, or does just the same."""
    key = _key(operation["name"])
    structure = program_signature(operation["program"])
    for other in others:
        if _key(other["name"]) == key:
            return Failure("author_name_clash", f"{operation['name']} is there already")
        if program_signature(other["program"]) == structure:
            return Failure("author_same_program", f"{other['name']} does the same, step by step")
    return None


def proven(
    operation: Mapping[str, Any],
    bench: Bench,
    rng: random.Random,
    taken: Collection[str] = (),
) -> tuple[dict[str, Any], Proof] | Failure:
    """(tool body, its proof), or why it has none."""
    try:
        body = tool_body(operation, bench.domain, set(taken))
    except (KeyError, TypeError, StopIteration) as error:
        return Failure("author_bad_program", f"{type(error).__name__}: {error}")
    proof = prove(body, bench.domain["world"], bench.states, rng, patience=HOPELESS)
    if proof.failure:
        return Failure(*proof.failure, ADVICE.get(proof.failure[0], ""))
    return body, proof


def texts(node: Any) -> Iterator[str]:
    """Every text in an answer, keys left out."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for child in node.values():
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)


def told(problems: Sequence[str], most: int = 8) -> str:
    """Problems as lines, the first of many."""
    lines = [f"- {problem}" for problem in problems[:most]]
    if len(problems) > most:
        lines.append(f"- and {len(problems) - most} more")
    return "\n".join(lines)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# ---- shape


def shape_problem(written: Mapping[str, Any]) -> str | None:
    """What is wrong with an operation before any name is looked up, with its place."""
    steps = written["steps"]
    if len(steps) > MAX_STEPS:
        return f"{len(steps)} steps; at most {MAX_STEPS}"
    for number, step in enumerate(steps):
        wrong = _step_problem(step)
        if wrong:
            return f"steps/{number}: {wrong}"
    kinds = [_kind(step) for step in steps]
    if kinds.count("return") != 1 or kinds[-1] != "return":
        return "steps: the last step, and no other, is `return`"
    for alias, param in written.get("params", {}).items():
        roots = [key for key in ("id", "field", "filter", "control", "type") if key in param]
        if len(roots) != 1:
            return f"params/{alias}: needs exactly one of id, field, filter, control, type"
        if param.get("type") == "enum" and not param.get("enum"):
            return f"params/{alias}: an enum needs its values in `enum`"
        if "gen" in param and (wrong := generator_problem(param["gen"])):
            return f"params/{alias}/gen: {wrong}"
    return None


def _kind(step: Mapping[str, Any]) -> str:
    return next((name for name in step if name != "when"), "")


def _step_problem(step: Any) -> str | None:
    if not isinstance(step, Mapping):
        return "must be an object with one step in it"
    kinds = [name for name in step if name != "when"]
    if len(kinds) != 1:
        return f"must hold one step, and `when` if it is conditional; has {', '.join(kinds)}"
    kind, spec = kinds[0], step[kinds[0]]
    if "when" in step and (wrong := expression_problem(step["when"])):
        return f"when: {wrong}"
    if kind == "return":
        return _return_problem(spec) if "when" not in step else "`return` is never conditional"
    if kind not in STEP_KEYS:
        return f"no step {kind!r}; there are {', '.join([*STEP_KEYS, 'return'])}"
    if kind == "lookup" and isinstance(spec, str):
        return None
    if not isinstance(spec, Mapping):
        return f"{kind}: must be an object"
    needed, allowed = STEP_KEYS[kind]
    if needed - set(spec):
        return f"{kind}: needs {', '.join(sorted(needed - set(spec)))}"
    if set(spec) - needed - allowed:
        return f"{kind}: has no {', '.join(sorted(set(spec) - needed - allowed))}"
    return _content_problem(kind, spec)


def _return_problem(spec: Any) -> str | None:
    if not isinstance(spec, Mapping) or not 1 <= len(spec) <= 8:
        return "return: must name 1 to 8 outputs"
    for name, value in spec.items():
        if not re.fullmatch(r"[A-Za-z{][A-Za-z0-9 _.{}]{0,40}", name):
            return f"return: {name!r} is no name of an output"
        if wrong := expression_problem(value):
            return f"return/{name}: {wrong}"
    return None


def _content_problem(kind: str, spec: Mapping[str, Any]) -> str | None:
    for key, value in spec.items():
        if key in ("id", "that", "amount", "value", "limit", "offset"):
            wrong = expression_problem(value)
        elif key == "set":
            wrong = _set_problem(value)
        elif key == "match":
            wrong = _match_problem(value)
        elif key == "order":
            good = isinstance(value, list) and len(value) == 2 and value[1] in ("asc", "desc")
            wrong = None if good else 'must be [field, "asc"] or [field, "desc"]'
        elif kind == "transition" and key == "from":
            good = isinstance(value, list) and all(isinstance(v, str) for v in value)
            wrong = None if good else "must be a list of states"
        elif key in ("filters", "given"):
            wrong = None if isinstance(value, bool) else "must be true or false"
        else:
            wrong = None if isinstance(value, str) else "must be a text"
        if wrong:
            return f"{kind}/{key}: {wrong}"
    return None


def _set_problem(value: Any) -> str | None:
    if not isinstance(value, Mapping) or not value:
        return "must give at least one field its value"
    for name, node in value.items():
        if wrong := expression_problem(node):
            return f"{name}: {wrong}"
    return None


def _match_problem(value: Any) -> str | None:
    operators = ("eq", "ne", "lt", "le", "gt", "ge", "in", "contains")
    for rule in value if isinstance(value, list) else [None]:
        if not isinstance(rule, list) or len(rule) != 3 or rule[1] not in operators:
            return f"each must be [field, one of {' '.join(operators)}, value]"
        if isinstance(rule[2], list):
            if not all(isinstance(item, str | int | float) for item in rule[2]):
                return "a list of values holds plain values"
        elif wrong := expression_problem(rule[2]):
            return f"{rule[0]}: {wrong}"
    return None


def expression_problem(node: Any, depth: int = 0) -> str | None:
    """What is wrong with the form of an expression."""
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH}"
    if isinstance(node, str):
        return None if len(node) <= LITERAL_CHARS else "a literal this long has no place here"
    if node is None or isinstance(node, bool):
        return None
    if isinstance(node, int | float):
        return None if abs(node) <= 1e9 else "a number this large has no place here"
    if isinstance(node, list):
        good = len(node) <= 20 and all(isinstance(item, str | int | float) for item in node)
        return None if good else "a list holds at most 20 plain values"
    if not isinstance(node, Mapping):
        return f"no expression: {json.dumps(node)[:80]}"
    names = [name for name in node if name not in OPTIONS]
    if len(names) != 1 or next(iter(node)) != names[0]:
        return f"an operator is one key, before its options; got {', '.join(map(str, node))}"
    name = names[0]
    if name not in OPERANDS:
        return f"no operator {name!r}; there are {', '.join(sorted(OPERATORS))}"
    operands = node[name] if isinstance(node[name], list) else [node[name]]
    low, high = OPERANDS[name]
    if not low <= len(operands) <= high:
        return f"{name}: takes {low if low == high else f'{low} to {high}'} operands"
    missing = NEEDS_OPTIONS.get(name, set()) - set(node)
    if missing:
        return f"{name}: needs {', '.join(sorted(missing))}"
    if not all(isinstance(node[option], str) for option in OPTIONS & set(node)):
        return f"{name}: its options are names"
    if node.get("order", "asc") not in ("asc", "desc"):
        return f"{name}: order is asc or desc"
    return next(
        (
            f"{name}: {wrong}"
            for child in operands
            if (wrong := expression_problem(child, depth + 1))
        ),
        None,
    )


# ---- to the form of the archetypes


def _as_authored(written: Mapping[str, Any]) -> dict[str, Any]:
    """The operation as archetypes have it: tables are called roles there."""
    return {
        "params": {a: _param(a, spec) for a, spec in written.get("params", {}).items()},
        "errors": dict(written.get("errors", {})),
        "steps": [_step(step) for step in written["steps"]],
    }


def _param(alias: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(spec)
    if "type" in spec:
        made.setdefault("semantic", alias)
        made.setdefault("use", "value")
    return made


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    kind = _kind(step)
    spec = step[kind]
    if kind != "return" and isinstance(spec, Mapping) and "table" in spec:
        spec = {("role" if key == "table" else key): value for key, value in spec.items()}
    return {kind: spec, **({"when": step["when"]} if "when" in step else {})}
