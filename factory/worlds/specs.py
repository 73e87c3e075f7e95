"""Reads the authored specs (``tool_specs/``): archetypes and categories of domains, as plain data.

This is a source: it opens files. Everything after it works on what it returns.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry, Resource

from factory.conform import Look, quick_look
from factory.worlds.domains import domain_body
from factory.worlds.vocabulary import SpecError


@dataclass(frozen=True)
class Specs:
    """``domains``: one plain dict for each authored domain, ``{key, index, category, domain,
    archetypes}``, that carries all that ``bind_domain`` needs; by category, then as authored."""

    domains: list[dict[str, Any]]
    archetypes: dict[str, dict[str, Any]]
    categories: dict[str, dict[str, Any]]


class SpecFileError(ValueError):
    """An authored file that cannot be used; the message begins with ``file:line:``."""


def load_specs(path: str | Path, categories: Sequence[str] = ()) -> Specs:
    """Reads a ``tool_specs`` folder; of its categories only the files of those named (all when
    none is), and only the archetypes that their domains use. Raises SpecFileError with the first
    problem, also for a category that has no file."""
    root = Path(path)
    known = sorted(file.stem for file in (root / "categories").glob("*.yaml"))
    for name in categories:
        if name not in known:
            raise SpecFileError(f"{name}.yaml:1: no category {name}; known: {', '.join(known)}")
    problems, specs = _read(root, frozenset(categories))
    if problems:
        raise SpecFileError(problems[0])
    return specs


def domain_names(path: str | Path) -> dict[str, str]:
    """Name → category of every domain, read off the lines of the files without parsing them."""
    found: dict[str, str] = {}
    for file in sorted((Path(path) / "categories").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for name in re.findall(r"^ {0,4}- name: *([a-z0-9_]+) *$", text, re.MULTILINE):
            found.setdefault(name, file.stem)
    return found


def spec_problems(path: str | Path) -> list[str]:
    """Everything wrong with a ``tool_specs`` folder, each as ``file:line: what``; checks the YAML,
    its schema, and that every domain can be bound."""
    problems, specs = _read(Path(path))
    for spec in specs.domains:
        try:
            domain_body(spec, random.Random(0))
        except SpecError as error:
            category, name = spec["category"]["name"], spec["domain"]["name"]
            where = _domain_line(Path(path), category, spec["index"])
            problems.append(f"{where}: domain {name}: {error}")
    return problems


def _read(root: Path, wanted: frozenset[str] = frozenset()) -> tuple[list[str], Specs]:
    """(problems, specs); of the categories the ``wanted`` ones, all when none is named."""
    problems: list[str] = []
    categories = _read_folder(root, "categories", "category", problems, wanted)
    used = {
        use["use"]
        for body in categories.values()
        for domain in body["domains"]
        for use in domain["archetypes"]
    }
    archetypes = _read_folder(
        root, "archetypes", "archetype", problems, used if wanted else frozenset()
    )
    domains: list[dict[str, Any]] = []
    seen: dict[str, tuple[str, int]] = {}
    for category, body in categories.items():
        for number, domain in enumerate(body["domains"]):
            unknown = [u["use"] for u in domain["archetypes"] if u["use"] not in archetypes]
            if unknown:
                known = ", ".join(archetypes)
                where = _domain_line(root, category, number)
                problems.append(f"{where}: no archetype {unknown[0]}; known: {known}")
            elif domain["name"] in seen:
                where = _domain_line(root, category, number)
                other = _domain_line(root, *seen[domain["name"]])
                problems.append(f"{where}: domain {domain['name']} is also in {other}")
            else:
                seen[domain["name"]] = (category, number)
                domains.append(_self_contained(category, body, domain, number, archetypes))
    return problems, Specs(domains, archetypes, categories)


def _domain_line(root: Path, category: str, number: int) -> str:
    """``file:line`` of a domain; read only when there is something to say."""
    index = _line_index(root / "categories" / f"{category}.yaml")
    return f"{category}.yaml:{index.get(('domains', number), 1)}"


def _self_contained(
    name: str,
    category: Mapping[str, Any],
    domain: Mapping[str, Any],
    number: int,
    archetypes: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    return {
        "key": f"{name}.{domain['name']}",
        "index": number,
        "category": {"name": name, **{k: v for k, v in category.items() if k != "domains"}},
        "domain": dict(domain),
        "archetypes": {use["use"]: dict(archetypes[use["use"]]) for use in domain["archetypes"]},
    }


def _read_folder(
    root: Path,
    folder: str,
    kind: str,
    problems: list[str],
    wanted: Collection[str] = (),
) -> dict[str, dict[str, Any]]:
    """The valid files of a folder (of those ``wanted``, all when none is) by the name each gives
    itself."""
    found: dict[str, dict[str, Any]] = {}
    look, schema = _schema(root / "schema" / f"{kind}.schema.json")
    for file in sorted((root / folder).glob("*.yaml")):
        if wanted and file.stem not in wanted:
            continue
        try:
            body = read_yaml(file)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problems.append(f"{file.name}:{line}: not YAML: {error.problem}")
            continue
        wrong = [] if look(body) else sorted(schema.iter_errors(body), key=_place)
        if wrong:
            index = _line_index(file)
            problems.extend(f"{file.name}:{_line(index, e)}: {_say(e)}" for e in wrong)
        elif body[kind] != file.stem:
            problems.append(f"{file.name}:1: says {kind}: {body[kind]}; must be {file.stem}")
        else:
            found[file.stem] = body
    return found


def _place(error: Any) -> list[str]:
    return [str(part) for part in error.absolute_path]


@cache
def _schema(path: Path) -> tuple[Look, jsonschema.Draft202012Validator]:
    """Who says quickly that a file is right, and who says what is wrong with it."""
    schemas = [
        json.loads(f.read_text(encoding="utf-8")) for f in sorted(path.parent.glob("*.json"))
    ]
    registry: Any = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    schema = json.loads(path.read_text(encoding="utf-8"))
    return quick_look(schema, schemas), jsonschema.Draft202012Validator(schema, registry=registry)


def read_yaml(file: Path) -> Any:
    """The content of one YAML file."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_loader())


def _loader() -> Any:
    """The C loader where libyaml is there (the same result, ten times as fast)."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _line_index(file: Path) -> dict[tuple[Any, ...], int]:
    """The line (from 1) of every key and item of a YAML file by its path."""
    index: dict[tuple[Any, ...], int] = {}

    def walk(node: yaml.Node, path: tuple[Any, ...]) -> None:
        index.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                index[(*path, key.value)] = key.start_mark.line + 1
                walk(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                walk(item, (*path, number))

    root = yaml.compose(file.read_text(encoding="utf-8"), Loader=_loader())
    if root is not None:
        walk(root, ())
    return index


def _line(index: Mapping[tuple[Any, ...], int], error: Any) -> int:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        extra = [key for key in error.instance if key not in error.schema.get("properties", {})]
        path = (*path, extra[0]) if extra else path
    while path not in index and path:
        path = path[:-1]
    return index.get(path, 1)


def _say(error: Any) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message}" if where else str(error.message)
