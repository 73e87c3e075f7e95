"""Stage: a seed → one server of tools in the style of published MCP servers.

A server that is bound to a domain offers programs evolved from those of the domain: its tools run
and are proven. Any other offers what its service (tool_specs/mcp_style.yaml) holds; its tools have
no program.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject, seeded
from factory.tools.dedup import left_out, tool_key
from factory.tools.derive import hints, input_schema, output_schema
from factory.tools.evolution.place import plain
from factory.tools.evolve import evolve
from factory.tools.mcp_services import Wanted, offered
from factory.tools.mcp_shape import (
    Manner,
    described,
    draw_manner,
    draw_size,
    object_schema,
    worded,
)
from factory.tools.naming import sanitised_name
from factory.tools.prove import prove
from factory.tools.synthesise import HOPELESS, LICENCE, STATES, description_hash
from factory.worlds.domains import tool_name
from factory.worlds.sampler import sample_state


def server_sizes(seed: int, count: int) -> list[int]:
    """How many tools each server is to have, so that together they have ``count``."""
    sizes: list[int] = []
    while sum(sizes) < count:
        size = draw_size(seeded(seed, "mcp_style", "size", len(sizes)))
        sizes.append(min(size, count - sum(sizes)))
    return sizes


async def mcp_server(seed: Record, ctx: Context) -> Sequence[Record | Reject]:
    """``seed``: ``{id, index, size, service}``. The tools of one server; a Reject with the reason
    of prove.py for each that runs and does not keep its promises."""
    results: list[Record | Reject] = []
    states: list[Any] = []
    dropped = left_out(ctx)
    for body, domain in server_tools(seed, ctx):
        key = tool_key(body["server"], body["name"])
        if key in dropped:
            results.append(Reject(*dropped[key], body))
            continue
        parents = [domain["id"]] if domain else []
        if domain:
            world = domain["world"]
            rng = seeded(ctx.seed, "mcp_style", "proof", seed["index"], body["name"])
            states = states or [sample_state(world, ctx.child("state", n)) for n in range(STATES)]
            whole = {**body, "outputSchema": output_schema(body["program"], world)}
            whole["annotations"] = hints(body["program"], world, body["name"])
            proof = prove(whole, world, states, rng, patience=HOPELESS)
            if proof.failure:
                reason, detail = proof.failure
                results.append(Reject(reason, f"{body['server']}.{body['name']}: {detail}", body))
                continue
            body["proof"] = proof.as_record(whole["annotations"]["readOnlyHint"])
        results.append(ctx.record("tool", body, parents=parents))
    return results


def server_tools(seed: Record, ctx: Context) -> list[tuple[dict[str, Any], Record | None]]:
    """(tool body before its proof, its domain if it runs) of one server; the same in every
    stage."""
    settings = ctx.recipe.mcp_style
    rng = seeded(ctx.seed, "mcp_style", seed["index"])
    domains = ctx.store.ids("domain")
    if domains and rng.random() < settings.bound_share:
        domain = ctx.store.get("domain", rng.choice(domains))
        return [(body, domain) for body in _bound(seed, domain, settings.defects, rng)]
    return [(body, None) for body in _unbound(seed, settings.defects, rng)]


# ---- servers over a domain


def _bound(
    seed: Record, domain: Record, defects: float, rng: random.Random
) -> list[dict[str, Any]]:
    short = domain["name"].split("_")[-1]
    manner = draw_manner(short, defects, rng)
    words = domain["name"].replace("_", "-")
    server = rng.choice([f"{words}-mcp", f"mcp-{words}", f"{words}-server", f"{words}-tools"])
    server = f"{server}-{seed['index']}"
    weights = dict.fromkeys(("specialise", "constrain", "batch", "paginate", "aggregate", "split",
                             "convention", "precondition", "compose"), 1.0)  # fmt: skip
    for reading in ("paginate", "aggregate", "split"):
        weights[reading] = 3.0
    taken: set[str] = set()
    bodies = []
    for operation in evolve(domain, seed["size"], weights, rng):  # type: ignore[arg-type]
        program = operation["program"]
        name = tool_name(f"{manner.prefix} {operation['title']}".strip(), manner.naming)
        asked = {p["name"]: str(p.get("description", "")) for p in program["params"]}
        returns = f"The {' and '.join(plain(out) for out in program['returns'])}."
        body = _body(name, operation["description"], asked, returns, server, manner, taken, rng)
        body |= {
            "inputSchema": _flavoured(input_schema(program), operation["title"], manner, rng),
            "category": domain["category"],
            "domain_id": domain["id"],
            "verb": operation["verb"],
            "program": program,
            "evolution": operation["evolution"],
        }
        if manner.annotations:
            body["annotations"] = hints(program, domain["world"], operation["title"])
        if manner.output:
            body["outputSchema"] = output_schema(program, domain["world"])
        taken.add(body["name"])
        bodies.append(body)
    return bodies


def _flavoured(
    schema: Mapping[str, Any], title: str, manner: Manner, rng: random.Random
) -> dict[str, Any]:
    """A true schema in the manner of the server: what it accepts does not change."""
    made = dict(schema)
    if "properties" in schema:
        made["properties"] = {}
        for name, body in schema["properties"].items():
            kept = described(manner, rng)
            own = {k: v for k, v in body.items() if kept or k != "description"}
            if manner.flavour == "pydantic":
                own["title"] = plain(name).title()
            made["properties"][name] = own
    if manner.flavour == "zod":
        made["$schema"] = "http://json-schema.org/draft-07/schema#"
    if manner.flavour == "pydantic":
        made["title"] = "".join(word.capitalize() for word in title.split()) + "Arguments"
    return made


# ---- servers over a service


def _unbound(seed: Record, defects: float, rng: random.Random) -> list[dict[str, Any]]:
    service = seed["service"]
    short = rng.choice(service["names"])
    manner = draw_manner(short.split("-")[0], defects, rng)
    server = rng.choice([f"{short}-mcp", f"mcp-{short}", f"{short}-mcp-server", short])
    server = f"{server}-{seed['index']}"
    taken: set[str] = set()
    bodies = []
    for wanted in offered(service, seed["size"], manner, rng):
        name = tool_name(f"{manner.prefix} {wanted.words}".strip(), manner.naming)
        body = _of_service(wanted, name, server, manner, taken, rng)
        taken.add(body["name"])
        bodies.append({**body, "category": service["category"], "verb": wanted.verb})
    return bodies


def _of_service(
    wanted: Wanted, name: str, server: str, manner: Manner, taken: set[str], rng: random.Random
) -> dict[str, Any]:
    asked = {n: str(p.get("description", "")) for n, p in wanted.properties.items()}
    title = "".join(word.capitalize() for word in wanted.words.split())
    body = _body(name, wanted.about, asked, wanted.returns, server, manner, taken, rng)
    body["inputSchema"] = object_schema(wanted.properties, wanted.required, title, manner, rng)
    if manner.annotations:
        body["annotations"] = {
            "title": wanted.words.capitalize(),
            "readOnlyHint": wanted.reads,
            "destructiveHint": wanted.verb == "delete",
        }
    if manner.output:
        body["outputSchema"] = wanted.output
    return body


def _body(
    name: str,
    about: str,
    params: Mapping[str, str],
    returns: str,
    server: str,
    manner: Manner,
    taken: set[str],
    rng: random.Random,
) -> dict[str, Any]:
    text = worded(about, params, returns, manner, rng)
    return {
        "name": sanitised_name(name, taken),
        "original_name": name,
        "description": text,
        "origin": "mcp_style",
        "server": server,
        "licence": LICENCE,
        "description_hash": description_hash(text),
        "annotations": {},
    }
