"""What the judge keeps from one verdict to the next."""

from __future__ import annotations

import asyncio
import gc
import weakref

from factory.tasks.environment import _sampled
from factory.trajectories.judge import judge
from tests.agents.agentic_line import context, line


class Domain(dict):
    """A domain record of which one can ask whether it is still there."""


class FreshDomains:
    """A store that decodes a domain anew for whoever asks, as a run's does when it is out of its
    cache, and remembers each."""

    def __init__(self, store):
        self.store = store
        self.given = []

    def get(self, kind, record_id):
        record = self.store.get(kind, record_id)
        if kind != "domain":
            return record
        copy = Domain(record)
        self.given.append(weakref.ref(copy))
        return copy


def test_of_the_domains_it_has_seen_the_judge_keeps_those_of_the_latest_states_only() -> None:
    verdict = next(v for v in line().rows("verdict") if v["keep"])
    trajectory = line().store.get("trajectory", verdict["trajectory_id"])
    store = FreshDomains(line().store)
    states = _sampled.cache_info().maxsize
    for _ in range(2 * states):
        ctx = context(store, "verdicts", trajectory["id"])
        assert asyncio.run(judge(trajectory, ctx))[0]["id"] == verdict["id"]
    gc.collect()
    assert len(store.given) >= 2 * states
    assert sum(domain() is not None for domain in store.given) <= states
