"""Stage: a domain record → its synthetic tools, each derived from its program and proven."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject, seeded
from factory.tools.dedup import left_out, tool_key
from factory.tools.derive import hints, input_schema, output_schema
from factory.tools.evolution.place import without_refusals
from factory.tools.evolve import evolve
from factory.tools.naming import sanitised_name
from factory.tools.prove import Proof, prove
from factory.worlds.sampler import sample_state
from factory.worlds.state import State

STATES = 4  # sampled states on which the tools of a domain are proven
HOPELESS = 300  # calls without any success after which an evolved tool is given up
INHERITING = ("specialise", "compose", "batch", "merge", "convention")  # add no rule of their own
LICENCE = "Apache-2.0"


async def synthesise(domain: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One tool record for each operation of the domain, authored or evolved, that keeps its
    promises; a Reject with the reason code of prove.py for each that does not."""
    world = domain["world"]
    states = [sample_state(world, ctx.child("state", number)) for number in range(STATES)]
    results: list[Record | Reject] = []
    dropped = left_out(ctx)
    for operation, body in bodies(domain, ctx):
        key = tool_key(domain["id"], body["name"])
        if key in dropped:
            results.append(Reject(*dropped[key], body))
            continue
        rng = ctx.child("proof", operation["code"])
        if "evolution" in operation:
            body, proof = _proven_variant(operation, body, domain, states, rng)
        else:
            proof = prove(body, world, states, rng)
        if proof.failure:
            reason, detail = proof.failure
            where = f"{domain['name']}.{operation['code']} ({body['name']}): {detail}"
            results.append(Reject(reason, where, body))
            continue
        body["proof"] = proof.as_record(body["annotations"]["readOnlyHint"])
        results.append(ctx.record("tool", body, parents=[domain["id"]]))
    return results


def bodies(domain: Record, ctx: Context) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """(operation, tool body before its proof) of all that the recipe asks of a domain, the same
    in every stage: first the authored operations, then those evolved from them."""
    settings = ctx.recipe.tools
    rng = seeded(ctx.seed, "evolution", domain["id"])
    evolved = evolve(domain, settings.variants_per_domain, settings.steps, rng)
    taken: set[str] = set()
    for operation in (*domain["operations"], *evolved):
        body = tool_body(operation, domain, taken)
        taken.add(body["name"])
        yield operation, body


def _proven_variant(
    operation: Mapping[str, Any],
    body: dict[str, Any],
    domain: Record,
    states: Sequence[State],
    rng: random.Random,
) -> tuple[dict[str, Any], Proof]:
    """(body, proof) of an evolved tool. One that keeps refusals of its parents which it can no
    longer reach is proven once more without them."""
    world = domain["world"]
    proof = prove(body, world, states, rng, patience=HOPELESS)
    inherits = operation["evolution"]["step"] in INHERITING
    if not (inherits and proof.failure and proof.failure[0] == "unreachable_error"):
        return body, proof
    tables = {table["name"]: table for table in world["tables"]}
    program = without_refusals(operation["program"], set(proof.unreached), tables)
    if program is None:
        return body, proof
    shorter = tool_body({**operation, "program": program}, domain, set())
    shorter["name"] = body["name"]
    return shorter, prove(shorter, world, states, rng, patience=HOPELESS)


def tool_body(
    operation: Mapping[str, Any], domain: Mapping[str, Any], taken: set[str]
) -> dict[str, Any]:
    """The body of a synthetic tool before its proof."""
    program, world = operation["program"], domain["world"]
    return {
        "name": sanitised_name(operation["name"], taken),
        "original_name": operation["name"],
        "title": operation["title"],
        "description": operation["description"],
        "inputSchema": input_schema(program),
        "outputSchema": output_schema(program, world),
        "annotations": hints(program, world, operation["title"]),
        "origin": "synthetic",
        "category": domain["category"],
        "domain_id": domain["id"],
        "licence": LICENCE,
        "verb": operation["verb"],
        "program": program,
        "evolution": operation.get("evolution", {"step": "bind", "parents": []}),
        "description_hash": description_hash(operation["description"]),
    }


def description_hash(description: str) -> str:
    """blake2b-128 (hex) of a tool's description, to notice when it drifts."""
    return hashlib.blake2b(description.encode(), digest_size=16).hexdigest()
