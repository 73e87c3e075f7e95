"""Stage: an authored domain × its archetypes → a domain record (tables, operations, policies)."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject
from factory.worlds.compiling import Scope, fill_words
from factory.worlds.steps import compile_operation
from factory.worlds.vocabulary import (
    SpecError,
    Table,
    as_world_table,
    bind_tables,
    sorted_by_reference,
    today_of,
)

PARTICLES = ("out", "in", "off", "up", "back", "over", "from", "to", "for", "on", "between", "of")


async def bind_domain(spec: Record, ctx: Context) -> Sequence[Record | Reject]:
    """``spec``: one of ``Specs.domains`` (``{category, domain, archetypes}``, plain data).
    Returns one domain record, or a Reject("unbindable_domain") that says where."""
    try:
        body = domain_body(spec, ctx.child("wording"))
    except SpecError as error:
        return [Reject("unbindable_domain", f"{spec['domain']['name']}: {error}")]
    return [ctx.record("domain", body)]


def domain_body(spec: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    """The body of a domain record. ``rng`` picks among the wordings of names and descriptions.
    Raises SpecError."""
    domain, category = spec["domain"], spec["category"]
    archetypes = spec["archetypes"]
    tables, uses = bind_tables(domain, archetypes)
    operations: list[dict[str, Any]] = []
    policies: list[dict[str, str]] = []
    settings: dict[str, Any] = {}
    for use, roles in zip(domain["archetypes"], uses, strict=True):
        archetype = archetypes[use["use"]]
        own = {**archetype.get("settings", {}), **use.get("settings", {})}
        own["today"] = today_of(domain["name"])
        own["currency"] = domain.get("currency", category.get("currency", "EUR"))
        settings.update(own)
        operations.extend(_operations(domain, use, archetype, roles, tables, own, rng))
        scope = Scope(roles, tables, own, domain["params"], f"{use['use']}.policies")
        for policy in archetype.get("policies", []):
            policies.append({"code": policy["code"], "text": fill_words(policy["text"], scope)})
    policies.extend(domain.get("policies", []))
    _check_names(operations)
    return {
        "name": domain["name"],
        "title": domain["title"],
        "category": category["name"],
        "setting": domain["setting"],
        "archetypes": [use["use"] for use in domain["archetypes"]],
        "naming": domain["naming"],
        "world": _world(domain, category, tables, settings),
        "policies": _distinct(policies),
        "operations": operations,
    }


def _world(
    domain: Mapping[str, Any],
    category: Mapping[str, Any],
    tables: Mapping[str, Table],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    people = {**category["people"], **domain.get("people", {})}
    people.setdefault("mail", f"{domain['name'].replace('_', '-')}.example")
    return {
        "today": settings["today"],
        "currency": settings["currency"],
        "settings": dict(settings),
        "people": people,
        "tables": [
            as_world_table(t, domain["tables"][t.name]) for t in sorted_by_reference(tables)
        ],
    }


def _operations(
    domain: Mapping[str, Any],
    use: Mapping[str, Any],
    archetype: Mapping[str, Any],
    roles: Mapping[str, str],
    tables: Mapping[str, Table],
    settings: Mapping[str, Any],
    rng: random.Random,
) -> list[dict[str, Any]]:
    bound = []
    without = set(use.get("without", ()))
    unknown = sorted((without | set(use.get("operations", {}))) - set(archetype["operations"]))
    if unknown:
        raise SpecError(f"{use['use']}: no operation {unknown[0]}")
    for code, operation in archetype["operations"].items():
        if code in without:
            continue
        scope = Scope(roles, tables, settings, domain["params"], f"{use['use']}.{code}")
        program = compile_operation(operation, scope)
        own = use.get("operations", {}).get(code, {})
        words = fill_words(own.get("name") or rng.choice(operation["name"]), scope)
        about = fill_words(own.get("about") or rng.choice(operation["about"]), scope)
        bound.append(
            {
                "code": f"{use['use']}.{code}",
                "verb": operation["verb"],
                "name": tool_name(words, domain["naming"]),
                "title": words[:1].upper() + words[1:],
                "description": about,
                "program": program,
            }
        )
    return bound


def tool_name(words: str, style: str) -> str:
    """A tool's name from its words (verb first): ``book court`` -> book_court, bookCourt,
    book-court or court.book."""
    parts = [p for p in re.split(r"[^A-Za-z0-9]+", words.lower()) if p]
    if style == "camel":
        return parts[0] + "".join(p.capitalize() for p in parts[1:])
    if style == "kebab":
        return "-".join(parts)
    if style == "dotted" and len(parts) > 1:
        cut = next((i for i, word in enumerate(parts) if i and word not in PARTICLES), 1)
        return "_".join(parts[cut:]) + "." + "_".join(parts[:cut])
    return "_".join(parts)


def _check_names(operations: Sequence[Mapping[str, Any]]) -> None:
    seen: dict[str, str] = {}
    for operation in operations:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", operation["name"]).lower()
        if plain in seen:
            raise SpecError(f"{operation['code']} and {seen[plain]} are both called {plain}")
        seen[plain] = operation["code"]


def _distinct(policies: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return list({policy["code"]: dict(policy) for policy in policies}.values())
