"""The kinds in which the user names a row so that several fit, until asked which one is meant."""

from __future__ import annotations

from factory.tasks.draft import Bench, Draft, Unclear
from factory.tasks.language.labels import is_many
from factory.tasks.plan import Planner
from factory.tasks.sources import Source, slots_used, walk
from factory.tasks.tables import Fact, matching, words
from factory.tasks.wishes import question, write_goal
from factory.worlds.state import Row

TRIES = 8
MOST_ROWS = 5
"""A question names so many rows at most."""


def ambiguous(bench: Bench) -> Draft | None:
    """A change or question about a row named so that several fit, until the user is asked."""
    return _tried(bench, unknown=False)


def unknown_value(bench: Bench) -> Draft | None:
    """The same, but the user doesn't know what is asked for, and says what is known instead."""
    return _tried(bench, unknown=True)


def _tried(bench: Bench, unknown: bool) -> Draft | None:
    for _ in range(TRIES):
        mark = bench.state.mark()
        draft = _draft(bench, unknown)
        if draft is not None:
            return draft
        bench.state.rollback(mark)
    return None


def _draft(bench: Bench, unknown: bool) -> Draft | None:
    planner = bench.planner(tell_ids=0.0)
    goal = (
        write_goal(planner, bench.writers())
        if bench.rng.random() < 0.7
        else question(planner, bench)
    )
    if goal is None:
        return None
    for row, facts in planner.plan.referents.items():
        for fact in facts:
            unclear = _unclear(planner, bench, row, facts, fact, unknown)
            if unclear is not None:
                return Draft(planner.plan, hidden=frozenset([unclear.slot]), unclear=unclear)
    return None


def _unclear(
    planner: Planner,
    bench: Bench,
    row: tuple[str, str],
    facts: list[Fact],
    fact: Fact,
    unknown: bool,
) -> Unclear | None:
    """The row without this fact, if the user could leave it out and be asked for it; with
    `unknown` the question is for another field, which tells the rows apart as well."""
    source = planner.known.get(row, {})
    if fact.path or "step" not in source or bench.before.get(*row) is None:
        return None
    slot = planner.plan.slot_of(fact)
    where = [pair for pair in source["where"] if pair[1] != {"slot": slot}]
    if len(where) == len(source["where"]) or _called_with(planner, slot):
        return None
    rest = [other for other in facts if other != fact]
    fitting = matching(bench.before, row[0], rest)
    if not 2 <= len(fitting) <= MOST_ROWS or not _apart(fitting, fact.field) or not rest:
        return None
    asked = _other_field(planner, bench, row[0], fitting, facts) if unknown else ""
    if asked is None:
        return None
    base = {**source, "where": where}
    return Unclear(slot, fact.field, base, planner.world.plural(row[0]), asked)


def _apart(rows: list[Row], field: str) -> bool:
    """Whether a field tells the rows apart."""
    values = [row[field] for row in rows]
    return None not in values and len(set(values)) == len(values)


def _other_field(
    planner: Planner, bench: Bench, table: str, rows: list[Row], facts: list[Fact]
) -> str | None:
    """A field that tells the rows apart, shown where they are, of which the user says nothing."""
    said = {fact.field for fact in facts if not fact.path}
    sources = [a["source"] for g in planner.plan.goals for a in g.answers if "source" in a]
    asked = {source.get("field") for source in sources}
    used = {slot.semantic for slot in planner.plan.slots.values()}
    fields = [
        name
        for name, spec in planner.world.fields[table].items()
        if spec["kind"] in ("date", "category", "value", "money")
        and spec["type"] != "boolean"
        and name not in said | asked
        and f"{table}.{name}" not in used
        and not is_many(words(name))
        and _apart(rows, name)
    ]
    return bench.rng.choice(fields) if fields else None


def _called_with(planner: Planner, slot: str) -> bool:
    """Whether a slot is an argument of a call itself, not only a way to pick among results."""

    def direct(source: Source) -> bool:
        return "slot" in source and source["slot"] == slot

    return (
        any(direct(source) for step in planner.plan.steps for source in step["arguments"].values())
        or sum(slot in slots_used(part) for s in _where_parts(planner) for part in s) > 1
    )


def _where_parts(planner: Planner) -> list[list[Source]]:
    """For each distinct look-up, the sources that pick its row."""
    seen: dict[str, list[Source]] = {}
    for step in planner.plan.steps:
        for source in step["arguments"].values():
            for part in walk(source):
                if part.get("where"):
                    seen[str(part["step"])] = [inner for _, inner in part["where"]]
    return list(seen.values())
