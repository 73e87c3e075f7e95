"""The proof rejects a tool that breaks any one of its promises."""

from __future__ import annotations

import asyncio
import copy
import random

import pytest

from factory.stage import Context, Reject
from factory.tools.prove import prove
from factory.tools.synthesise import synthesise, tool_body
from factory.worlds.sampler import sample_state


@pytest.fixture(scope="module")
def shop(repository):
    """(domain, states) of the bicycle shop."""
    domain = next(d for d, _, _ in repository if d["name"] == "bicycle_shop")
    return domain, [sample_state(domain["world"], random.Random(s)) for s in range(3)]


def verdict(shop, code, damage):
    """The failure after ``damage`` was done to the body of one tool."""
    domain, states = shop
    operation = next(o for o in domain["operations"] if o["code"] == code)
    body = copy.deepcopy(tool_body(operation, domain, set()))
    damage(body)
    failure = prove(body, domain["world"], states, random.Random(1)).failure
    return failure and failure[0]


def hint(name, value):
    return lambda body: body["annotations"].update({name: value})


def add_error(body):
    body["program"]["errors"].append({"code": "never", "message": "Never."})


def lie_about_output(body):
    body["outputSchema"]["properties"]["order"] = {"type": "string"}


def drop_error(body):
    body["program"]["errors"] = [e for e in body["program"]["errors"] if "not_found" in e["code"]]


def always_fail(body):
    body["program"]["steps"].insert(
        0, {"do": "error", "error": body["program"]["errors"][0]["code"]}
    )


def accept_anything(body):
    body["program"]["params"] = []


def write_while_reading(body):
    body["program"]["steps"].insert(
        1, {"do": "update", "table": "order", "id": {"var": "order", "field": "order_id"},
            "values": {"quantity": 7}})  # fmt: skip


@pytest.mark.parametrize(
    ("code", "damage", "reason"),
    [
        ("orders.cancel_order", lambda body: None, None),
        ("orders.cancel_order", add_error, "unreachable_error"),
        ("orders.cancel_order", hint("destructiveHint", False), "wrong_destructive_hint"),
        ("orders.pack_order", hint("destructiveHint", True), "wrong_destructive_hint"),
        ("orders.restock", hint("idempotentHint", True), "not_idempotent"),
        ("orders.restock", hint("readOnlyHint", True), "changed_by_reading"),
        ("orders.get_order", write_while_reading, "changed_by_reading"),
        ("orders.pack_order", lie_about_output, "invalid_output"),
        ("orders.cancel_order", drop_error, "program_fault"),
        ("orders.pack_order", always_fail, "no_success"),
        ("orders.pack_order", accept_anything, None),
    ],
)
def test_each_broken_promise_has_its_reason(shop, code, damage, reason):
    if damage is accept_anything:
        assert verdict(shop, code, damage) is not None
    else:
        assert verdict(shop, code, damage) == reason


def test_a_failing_tool_is_a_reject_and_the_rest_of_the_domain_stays(shop):
    domain = copy.deepcopy(shop[0])
    add_error({"program": domain["operations"][3]["program"]})
    out = asyncio.run(synthesise(domain, Context.for_test(record_id="x", stage="tools")))
    rejects = [item for item in out if isinstance(item, Reject)]
    assert [reject.reason for reject in rejects] == ["unreachable_error"]
    assert domain["operations"][3]["name"] in rejects[0].detail
    assert len(out) == len(domain["operations"])
