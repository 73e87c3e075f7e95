"""The synthetic tools of some domains, proven once for all tests of the tools."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from factory.authors import lone_context
from factory.stage import Reject
from factory.tools.synthesise import synthesise
from factory.worlds.domains import bind_domain
from factory.worlds.specs import load_specs

SPECS = Path(__file__).parents[2] / "tool_specs"
SAMPLE = (
    "bicycle_shop", "garden_centre", "university_library", "credit_union", "dental_practice",
    "conference_centre", "cargo_bike_couriers", "building_permits", "micro_lender", "tennis_club",
)  # fmt: skip
"""Domains on which the tools are tested: the tests do not grow with the specs."""
CATEGORIES = ("commerce", "education", "finance", "health", "hospitality", "logistics",
              "public_service", "sport_leisure")  # fmt: skip


@pytest.fixture(scope="session")
def repository():
    """[(domain record, tool records, rejects)] of the sampled domains."""
    found = []
    specs = {spec["domain"]["name"]: spec for spec in load_specs(SPECS, CATEGORIES).domains}
    for spec in (specs[name] for name in SAMPLE):
        ctx = lone_context(record_id=spec["key"], stage="domains")
        (domain,) = asyncio.run(bind_domain(spec, ctx))
        ctx = lone_context(record_id=domain["id"], stage="tools")
        out = asyncio.run(synthesise(domain, ctx))
        tools = [item for item in out if not isinstance(item, Reject)]
        rejects = [item for item in out if isinstance(item, Reject)]
        found.append((domain, tools, rejects))
    return found
