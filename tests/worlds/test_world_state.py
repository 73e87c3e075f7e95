"""The state: undo log, net changes, integrity, unique keys, life cycles, hash."""

from __future__ import annotations

import hashlib
import json
import random

import pytest

from factory.worlds.state import Schema, State, StateError, id_number, row_id

READER = {"email": "new", "balance": 3.0}


def random_write(state, rng):
    """One random write, legal or not."""
    table = rng.choice(["reader", "loan"])
    ids = state.ids(table) or ["none"]
    kind = rng.choice(["insert", "update", "delete", "transition"])
    if kind == "insert" and table == "reader":
        state.insert(table, {"email": f"e{rng.randint(0, 9)}", "balance": 1.0})
    elif kind == "insert":
        row = {"reader_id": rng.choice(state.ids("reader")), "book": f"B{rng.randint(0, 3)}"}
        state.insert(table, {**row, "due": "2026-05-01", "status": rng.choice(["out", "lost"])})
    elif kind == "update" and table == "reader":
        state.update(table, rng.choice(ids), {"balance": float(rng.randint(-1, 3))})
    elif kind == "update":
        state.update(table, rng.choice(ids), {"reader_id": rng.choice([*state.ids("reader"), "R"])})
    elif kind == "delete":
        state.delete(table, rng.choice(ids))
    else:
        state.transition(
            "loan", rng.choice(state.ids("loan") or ["none"]), rng.choice(["back", "lost"])
        )


def independent_replay(before, changes, keys):
    """Applies changes to plain dicts, knowing nothing of State."""
    tables = {t: {i: dict(r) for i, r in rows.items()} for t, rows in before.items()}
    for change in changes:
        rows = tables[change["table"]]
        if change["field"] is not None:
            assert rows[change["row_id"]][change["field"]] == change["before"]
            rows[change["row_id"]][change["field"]] = change["after"]
        elif change["after"] is None:
            del rows[change["row_id"]]
        else:
            rows[change["row_id"]] = dict(change["after"])
            assert change["after"][keys[change["table"]]] == change["row_id"]
    return tables


@pytest.mark.parametrize("seed", range(30))
def test_rollback_restores_the_hash_and_changes_tell_the_whole_difference(library, seed):
    _, state = library
    state = state.copy()
    rng = random.Random(seed)
    before, hash_before = state.as_json(), state.hash()
    mark, done = state.mark(), 0
    for _ in range(40):
        try:
            random_write(state, rng)
            done += 1
        except StateError:
            continue
    assert done > 3
    changes = [change.as_json() for change in state.changes_since(mark)]
    assert independent_replay(before, changes, state.schema.keys) == state.as_json()
    state.rollback(mark)
    assert state.hash() == hash_before
    assert state.as_json() == before
    fresh = state.insert("reader", READER)
    state.rollback(mark)
    assert state.insert("reader", READER)["reader_id"] == fresh["reader_id"]


def test_changed_and_changed_back_is_no_change(library):
    _, state = library
    state = state.copy()
    mark, reader = state.mark(), state.ids("reader")[0]
    old = state.get("reader", reader)["balance"]
    state.update("reader", reader, {"balance": old + 1})
    state.update("reader", reader, {"balance": old})
    assert state.changes_since(mark) == []


def test_a_copy_is_independent(library):
    _, state = library
    twin = state.copy()
    twin.insert("reader", READER)
    assert twin.hash() != state.hash()
    assert len(state.rows("reader")) + 1 == len(twin.rows("reader"))


def test_rows_given_out_cannot_change_the_state(library):
    _, state = library
    before = state.hash()
    for row in [*state.rows("reader"), state.get("reader", state.ids("reader")[0])]:
        row["balance"] = 1e6
    assert state.hash() == before


@pytest.mark.parametrize(
    ("code", "write"),
    [
        ("bad_value", lambda s: s.insert("reader", {"email": "x", "balance": "much"})),
        ("bad_value", lambda s: s.insert("reader", {"email": "x", "balance": -1.0})),
        ("bad_value", lambda s: s.insert("reader", {"email": "x"})),
        ("unknown_field", lambda s: s.insert("reader", {**READER, "shoe": 1})),
        ("unknown_field", lambda s: s.update("reader", s.ids("reader")[0], {"reader_id": "R-1"})),
        ("duplicate", lambda s: s.insert("reader", {**READER, "email": email(s)})),
        ("dangling_reference", lambda s: s.update("loan", s.ids("loan")[0], {"reader_id": "R-0"})),
        ("still_referenced", lambda s: s.delete("reader", s.rows("loan")[0]["reader_id"])),
        ("not_found", lambda s: s.update("reader", "R-0", {"balance": 1.0})),
        ("bad_value", lambda s: s.update("loan", s.ids("loan")[0], {"due": "2026-02-30"})),
        ("illegal_transition", lambda s: s.transition("loan", finished(s), "out")),
        ("unknown_table", lambda s: s.insert("shelf", {})),
    ],
)
def test_writes_that_break_a_rule_are_refused_and_leave_no_trace(library, code, write):
    _, state = library
    before = state.hash()
    with pytest.raises(StateError) as refusal:
        write(state)
    assert refusal.value.code == code
    assert state.hash() == before


def email(state):
    return state.rows("reader")[0]["email"]


def finished(state):
    loan = state.insert(
        "loan",
        {"reader_id": state.ids("reader")[0], "book": "X", "due": "2026-05-01", "status": "back"},
    )
    mark_free = loan["loan_id"]
    state.delete("loan", mark_free)
    return next(r["loan_id"] for r in state.rows("loan") if r["status"] == "back")


def test_a_unique_rule_counts_only_rows_in_its_scope(library):
    _, state = library
    state = state.copy()
    loan = {"reader_id": state.ids("reader")[0], "book": "Emma", "due": "2026-05-09"}
    state.insert("loan", {**loan, "status": "back"})
    first = state.insert("loan", {**loan, "status": "out"})
    with pytest.raises(StateError, match="same book"):
        state.insert("loan", {**loan, "status": "out"})
    state.transition("loan", first["loan_id"], "lost")
    state.insert("loan", {**loan, "status": "out"})


def test_ids_count_up_in_the_form_of_their_table(library):
    _, state = library
    state = state.copy()
    last = max(id_number(i) for i in state.ids("reader"))
    assert state.insert("reader", READER)["reader_id"] == f"R-{last + 1:03d}"
    assert row_id({"prefix": "BK-", "digits": 5}, 432) == "BK-00432"


def plain_hash(state):
    """The hash by its definition, from the content alone."""
    text = json.dumps(state.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@pytest.mark.parametrize("seed", range(10))
def test_the_hash_is_that_of_the_content_after_any_writes_rollbacks_and_copies(library, seed):
    _, state = library
    state, rng = state.copy(), random.Random(seed)
    marks = [state.mark()]
    for _ in range(60):
        try:
            random_write(state, rng)
        except StateError:
            assert state.hash() == plain_hash(state)
        if rng.random() < 0.2:
            marks.append(state.mark())
        elif rng.random() < 0.1 and marks:
            state.rollback(marks.pop())
        if rng.random() < 0.3:
            assert state.hash() == plain_hash(state)
            twin = state.copy()
            assert twin.hash() == state.hash()
            assert twin.same_content(state)
            twin.insert("reader", {"email": f"twin{rng.random()}", "balance": 1.0})
            assert twin.hash() == plain_hash(twin) != state.hash()
            assert not twin.same_content(state)
    assert state.hash() == plain_hash(state)


def test_a_field_that_only_scopes_a_unique_rule_is_watched_too():
    """A row that enters the scope of a rule by a change of its status must be alone in it."""
    table = {"name": "seat", "key": "seat_id", "prefix": "S-",
             "fields": [{"name": "place", "type": "string"}, {"name": "status", "type": "string"}],
             "unique": [{"fields": ["place"], "when": {"status": ["held"]}}]}  # fmt: skip
    state = State(Schema([table]))
    state.insert("seat", {"place": "A1", "status": "held"})
    free = state.insert("seat", {"place": "A1", "status": "free"})
    with pytest.raises(StateError) as caught:
        state.update("seat", free["seat_id"], {"status": "held"})
    assert caught.value.code == "duplicate"
