"""Which tools of a run belong to which domain: indexed once for a store, however many ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from factory.held import Held
from factory.stage import Store

Pool = Mapping[str, Sequence[str]]
"""Ids of executable tools by domain id; under "" those that run nowhere (real ones)."""


def tool_pool(store: Store) -> Pool:
    """The pool of a store. The very columns are its key: a store that reads them anew gets a new
    one, and comparing keys costs the same for any number of tools."""
    return _pool(
        Held(store.ids("tool")),
        Held(store.column("tool", "domain_id")),
        Held(store.column("tool", "origin")),
    )


@lru_cache(maxsize=4)
def _pool(
    ids: Held[Sequence[str]], domains: Held[Sequence[str | None]], origins: Held[Sequence[str]]
) -> dict[str, list[str]]:
    pool: dict[str, list[str]] = {}
    for tool_id, domain_id, origin in zip(ids.it, domains.it, origins.it, strict=True):
        home = "" if origin == "real" or not domain_id else domain_id
        pool.setdefault(home, []).append(tool_id)
    return pool


def domains_by_category(store: Store) -> Mapping[str, Sequence[str]]:
    """Category → ids of its domains that have executable tools."""
    return _categories(
        tuple(store.ids("domain")), tuple(store.column("domain", "category")), _homes(store)
    )


def _homes(store: Store) -> frozenset[str]:
    return frozenset(tool_pool(store))


@lru_cache(maxsize=4)
def _categories(
    ids: tuple[str, ...], categories: tuple[str, ...], homes: frozenset[str]
) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for domain_id, category in zip(ids, categories, strict=True):
        if domain_id in homes:
            out.setdefault(category, []).append(domain_id)
    return out
