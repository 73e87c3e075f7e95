"""All synthetic tools, proven once for all tests of the tools."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from factory.stage import Context, Reject
from factory.tools.synthesise import synthesise
from factory.worlds.domains import bind_domain
from factory.worlds.specs import load_specs

SPECS = Path(__file__).parents[2] / "tool_specs"


@pytest.fixture(scope="session")
def repository():
    """[(domain record, tool records, rejects)] of all authored domains."""
    found = []
    for spec in load_specs(SPECS).domains:
        ctx = Context.for_test(record_id=spec["key"], stage="domains")
        (domain,) = asyncio.run(bind_domain(spec, ctx))
        ctx = Context.for_test(record_id=domain["id"], stage="tools")
        out = asyncio.run(synthesise(domain, ctx))
        tools = [item for item in out if not isinstance(item, Reject)]
        rejects = [item for item in out if isinstance(item, Reject)]
        found.append((domain, tools, rejects))
    return found
