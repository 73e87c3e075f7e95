"""The proof rejects a tool that breaks any one of its promises."""

from __future__ import annotations

import asyncio
import copy
import random

import pytest

from factory.authors import lone_context
from factory.stage import Reject
from factory.tools.prove import prove
from factory.tools.synthesise import synthesise, tool_body
from factory.worlds.interpreter import INVALID_ARGUMENTS, MAX_STEPS
from factory.worlds.interpreter import execute as real_execute
from factory.worlds.programs import most_steps
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


def forget_params(body):
    body["program"]["params"] = []


def param_of(body, kind):
    return next(p for p in body["program"]["params"] if p["type"] == kind)


def allow_less_than_said(body):
    """The schema lets zero pass, the program does not."""
    name = param_of(body, "integer")["name"]
    body["inputSchema"]["properties"][name]["minimum"] -= 5


def allow_more_than_said(body):
    """The program lets a larger number pass than the schema."""
    param_of(body, "integer")["maximum"] += 1


def demand_silently(body):
    body["inputSchema"]["required"] = []


def take_unknown_params(body):
    body["inputSchema"]["additionalProperties"] = True


def loop_for_ever(body):
    program = body["program"]
    program["params"].append({"name": "times", "type": "array", "items": {"type": "boolean"},
                              "semantic": "text", "use": "value", "required": False,
                              "max_items": 500})  # fmt: skip
    body["inputSchema"]["properties"]["times"] = {
        "type": "array", "items": {"type": "boolean"}, "maxItems": 500
    }  # fmt: skip
    nothing = {"do": "compute", "as": "nothing", "value": 0}
    program["steps"].insert(
        0, {"do": "each", "over": {"arg": "times"}, "item": "time", "steps": [nothing]}
    )


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
        ("orders.pack_order", forget_params, "accepts_invalid_arguments"),
        ("orders.restock", allow_less_than_said, "refuses_valid_arguments"),
        ("orders.restock", allow_more_than_said, "accepts_invalid_arguments"),
        ("orders.restock", demand_silently, "refuses_valid_arguments"),
        ("orders.restock", take_unknown_params, "refuses_valid_arguments"),
        ("orders.restock", loop_for_ever, "too_many_steps"),
    ],
)
def test_each_broken_promise_has_its_reason(shop, code, damage, reason):
    assert verdict(shop, code, damage) == reason


def meddling(monkeypatch, meddle):
    """The proof's interpreter, which does something to the state when ``meddle`` says so."""

    def execute(program, state, arguments):
        outcome = real_execute(program, state, arguments)
        if meddle(outcome):
            row = state.ids("part")[0]
            state.update("part", row, {"stock": state.get("part", row)["stock"] + 1})
        return outcome

    monkeypatch.setattr("factory.tools.prove.execute", execute)


def refused(outcome, invalid):
    code = outcome.error.code if outcome.error else None
    return code is not None and (code == INVALID_ARGUMENTS) == invalid


@pytest.mark.parametrize(
    ("code", "meddle", "reason"),
    [
        ("orders.get_order", lambda o: o.ok, "changed_by_reading"),
        ("orders.get_order", lambda o: refused(o, False), "changed_on_error"),
        ("orders.get_order", lambda o: refused(o, True), "changed_by_invalid_arguments"),
        ("orders.cancel_order", lambda o: refused(o, True), "changed_by_invalid_arguments"),
    ],
)
def test_a_write_behind_the_outcomes_back_is_seen_in_the_state(
    shop, monkeypatch, code, meddle, reason
):
    meddling(monkeypatch, meddle)
    assert verdict(shop, code, lambda body: None) == reason


def test_the_bound_on_steps_counts_the_longest_list():
    loop = {"do": "each", "over": {"arg": "ids"}, "item": "one", "steps": [{"do": "error"}] * 3}
    program = {"params": [{"name": "ids", "max_items": 7}], "steps": [loop, {"do": "return"}]}
    assert most_steps(program) == 2 + 7 * 3
    program["params"][0].pop("max_items")
    assert most_steps(program) == float("inf")


def test_the_proof_column_says_what_was_seen(repository):
    tools = [tool for _, made, _ in repository for tool in made]
    assert len(tools) > 100
    for tool in tools:
        hints, proof = tool["annotations"], tool["proof"]
        assert proof["errors_reached"] == sorted(proof["errors_declared"])
        assert proof["successes"] >= 1
        assert proof["output_valid"]
        assert proof["loss_seen"] == hints["destructiveHint"]
        assert (proof["repeated"] > 0) == (hints["idempotentHint"] and not hints["readOnlyHint"])
        assert proof["read_only_checked"] == hints["readOnlyHint"]
        assert proof["invalid_refused"] >= 3
        assert 1 <= proof["most_steps"] <= most_steps(tool["program"]) <= MAX_STEPS


def test_a_failing_tool_is_a_reject_and_the_rest_of_the_domain_stays(shop):
    domain = copy.deepcopy(shop[0])
    add_error({"program": domain["operations"][3]["program"]})
    out = asyncio.run(synthesise(domain, lone_context(record_id="x", stage="tools")))
    rejects = [item for item in out if isinstance(item, Reject)]
    assert [reject.reason for reject in rejects] == ["unreachable_error"]
    assert domain["operations"][3]["name"] in rejects[0].detail
    assert len(out) == len(domain["operations"])
