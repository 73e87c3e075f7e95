"""A policy is quoted only where a program refuses what it forbids."""

from __future__ import annotations

import pytest

from factory.agents.enforced import enforced, says_the_same
from tests.agents.agentic_line import line

HELD = [
    (
        "A member may hold at most 4 open bookings at a time.",
        "{p.name} already holds 4 open bookings.",
    ),
    ("Only the author changes or deletes a post.", "Only the author may change post {post_id}."),
    ("A boat below 40 % is not sent out.", "Boat {id} is at {d.charge} %, below 40 %."),
]
NOT_HELD = [
    (
        "A member may hold at most 4 open bookings at a time.",
        "{p.name} already holds 3 open bookings.",
    ),
    ("No perfume in the studio.", "Class pass {id} is frozen and cannot be used."),
    (
        "Urgent tickets are assigned first.",
        "Ticket {id} is {ticket.status}; only an open one can be assigned.",
    ),
    ("Two climbers on every wall.", "Wall {wall_id} is closed."),
]


@pytest.mark.parametrize(("policy", "message"), HELD)
def test_a_refusal_in_other_words_holds_the_policy(policy, message):
    assert says_the_same(policy, message)


@pytest.mark.parametrize(("policy", "message"), NOT_HELD)
def test_other_numbers_other_things_and_mere_states_do_not(policy, message):
    assert not says_the_same(policy, message)


def test_agents_quote_policies_of_their_domains_that_their_own_tools_hold_to():
    store = line().store
    quoted = 0
    for agent in line().rows("agent"):
        own = [store.get("tool", t) for t in agent["tools"] if t not in agent["distractors"]]
        texts = {p["text"] for d in agent["domains"] for p in store.get("domain", d)["policies"]}
        for policy in agent["policies"]:
            if policy["text"] in texts:
                quoted += 1
                assert enforced(policy["text"], own), policy
                assert not enforced(policy["text"], [])
    assert quoted > 10
