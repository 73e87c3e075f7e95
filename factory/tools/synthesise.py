"""Stage: a domain record → its synthetic tools, each derived from its program and proven."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.stage import Context, Reject
from factory.tools.derive import hints, input_schema, output_schema
from factory.tools.naming import sanitised_name
from factory.tools.prove import prove
from factory.worlds.sampler import sample_state

STATES = 4  # sampled states on which the tools of a domain are proven
LICENCE = "Apache-2.0"


async def synthesise(domain: Record, ctx: Context) -> Sequence[Record | Reject]:
    """One tool record for each operation of the domain that keeps its promises; a Reject with the
    reason code of prove.py for each that does not."""
    world = domain["world"]
    states = [sample_state(world, ctx.child("state", number)) for number in range(STATES)]
    results: list[Record | Reject] = []
    taken: set[str] = set()
    for operation in domain["operations"]:
        body = tool_body(operation, domain, taken)
        taken.add(body["name"])
        proof = prove(body, world, states, ctx.child("proof", operation["code"]))
        if proof.failure:
            reason, detail = proof.failure
            where = f"{domain['name']}.{operation['code']} ({body['name']}): {detail}"
            results.append(Reject(reason, where, body))
            continue
        body["proof"] = proof.as_record(body["annotations"]["readOnlyHint"])
        results.append(ctx.record("tool", body, parents=[domain["id"]]))
    return results


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
        "evolution": {"step": "bind", "parents": []},
        "description_hash": description_hash(operation["description"]),
    }


def description_hash(description: str) -> str:
    """blake2b-128 (hex) of a tool's description, to notice when it drifts."""
    return hashlib.blake2b(description.encode(), digest_size=16).hexdigest()
