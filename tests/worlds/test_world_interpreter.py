"""The interpreter: each kind of step, totality on random arguments, bounded, all or nothing."""

from __future__ import annotations

import random

import pytest

from factory.worlds.expressions import ExpressionError, evaluate
from factory.worlds.interpreter import MAX_STEPS, execute
from factory.worlds.sampler import sample_state

ID = {"name": "id", "type": "string", "semantic": "reader.id", "use": "id", "required": True}
DONE = {"do": "return", "values": {"done": True}}


def program(steps, params=(), errors=()):
    listed = [{"code": c, "message": m} for c, m in dict(errors).items()]
    return {"params": list(params), "steps": steps, "returns": {}, "errors": listed}


def look(table="reader", name="r"):
    return {"do": "lookup", "table": table, "id": {"arg": "id"}, "as": name, "error": "missing"}


MISSING = {"missing": "Nothing called '{id}'."}


def test_lookup_yields_the_row_or_its_error_with_the_argument_in_the_message(library):
    _, state = library
    code = program([look(), {"do": "return", "values": {"r": {"var": "r"}}}], [ID], MISSING)
    first = state.ids("reader")[0]
    assert execute(code, state, {"id": first}).value == {"r": state.get("reader", first)}
    error = execute(code, state, {"id": "R-0"}).error
    assert (error.code, error.message) == ("missing", "Nothing called 'R-0'.")


def test_require_and_error_stop_and_when_skips(library):
    _, state = library
    errors = {"no": "No."}
    assert (
        execute(
            program([{"do": "require", "that": False, "error": "no"}, DONE], (), errors), state, {}
        ).error.code
        == "no"
    )
    assert (
        execute(program([{"do": "error", "error": "no"}, DONE], (), errors), state, {}).error.code
        == "no"
    )
    skipped = {"do": "error", "error": "no", "when": {"op": "eq", "of": [1, 2]}}
    assert execute(program([skipped, DONE], (), errors), state, {}).value == {"done": True}


def test_search_matches_orders_pages_and_counts(library):
    _, state = library
    step = {
        "do": "search",
        "table": "reader",
        "as": "found",
        "count": "n",
        "limit": 2,
        "offset": 1,
        "order": ["balance", "desc"],
        "match": [
            {"field": "balance", "op": "ge", "value": 5.0},
            {"field": "email", "op": "eq", "value": {"arg": "id"}, "optional": True},
        ],
    }
    code = program(
        [
            step,
            {
                "do": "return",
                "values": {"b": {"var": "found", "field": "balance"}, "n": {"var": "n"}},
            },
        ],
        [{**ID, "required": False}],
    )
    balances = sorted(
        (r["balance"] for r in state.rows("reader") if r["balance"] >= 5), reverse=True
    )
    assert execute(code, state, {}).value == {"b": balances[1:3], "n": len(balances)}


def test_insert_update_transition_transfer_delete_change_what_they_say(library):
    _, state = library
    state = state.copy()
    a, b = state.ids("reader")[:2]
    state.update("reader", a, {"balance": 30.0})
    held = state.get("reader", b)["balance"]
    params = [ID, {**ID, "name": "other"}]
    steps = [
        look(),
        {**look(name="o"), "id": {"arg": "other"}},
        {
            "do": "transfer",
            "table": "reader",
            "from": {"var": "r", "field": "reader_id"},
            "to": {"var": "o", "field": "reader_id"},
            "field": "balance",
            "amount": 12.5,
            "error": "poor",
            "as_from": "r",
            "as_to": "o",
        },
        {
            "do": "insert",
            "table": "loan",
            "as": "l",
            "values": {
                "reader_id": {"arg": "id"},
                "book": "Ulysses",
                "due": "2026-06-01",
                "status": "out",
            },
        },
        {
            "do": "update",
            "table": "loan",
            "id": {"var": "l", "field": "loan_id"},
            "as": "l",
            "values": {"due": "2026-07-01"},
        },
        {
            "do": "transition",
            "table": "loan",
            "id": {"var": "l", "field": "loan_id"},
            "to": "lost",
            "as": "l",
            "error": "stuck",
        },
        {"do": "compute", "as": "sum", "value": {"op": "add", "of": [1, 2]}},
        {
            "do": "return",
            "values": {
                "l": {"var": "l"},
                "left": {"var": "r", "field": "balance"},
                "sum": {"var": "sum"},
            },
        },
    ]
    code = program(steps, params, {**MISSING, "poor": "Poor.", "stuck": "Stuck."})
    outcome = execute(code, state, {"id": a, "other": b})
    assert outcome.ok
    assert outcome.value["left"] == 17.5
    assert outcome.value["sum"] == 3
    loan = outcome.value["l"]
    assert (loan["due"], loan["status"]) == ("2026-07-01", "lost")
    assert state.get("reader", b)["balance"] == held + 12.5
    assert {(c.table, c.field) for c in outcome.changes} == {("reader", "balance"), ("loan", None)}
    gone = program(
        [
            look("loan", "l"),
            {"do": "delete", "table": "loan", "id": {"var": "l", "field": "loan_id"}},
            DONE,
        ],
        [ID],
        MISSING,
    )
    assert execute(gone, state, {"id": loan["loan_id"]}).ok
    assert state.get("loan", loan["loan_id"]) is None


def test_an_error_after_writes_undoes_them(library):
    _, state = library
    before = state.hash()
    write = {
        "do": "update",
        "table": "reader",
        "id": state.ids("reader")[0],
        "values": {"balance": 99.0},
    }
    outcome = execute(
        program([write, {"do": "error", "error": "no"}], (), {"no": "No."}), state, {}
    )
    assert outcome.error.code == "no"
    assert outcome.changes == []
    assert state.hash() == before


@pytest.mark.parametrize("steps", [
    [{"do": "return", "values": {"x": {"var": "nobody"}}}],
    [{"do": "return", "values": {"x": {"op": "div", "of": [1, 0]}}}],
    [{"do": "return", "values": {"x": {"op": "shout", "of": []}}}],
    [{"do": "error", "error": "undeclared"}],
    [{"do": "insert", "table": "loan", "as": "l", "values": {"reader_id": "R-0"}}],
    [{"do": "compute", "as": "x", "value": 1}],
    [{"do": "compute", "as": "x", "value": 1}] * (MAX_STEPS + 1),
])  # fmt: skip
def test_a_faulty_program_ends_in_internal_error_and_no_change(library, steps):
    _, state = library
    before = state.hash()
    outcome = execute(program(steps), state, {})
    assert outcome.error.code == "internal_error"
    assert outcome.steps <= MAX_STEPS + 1
    assert state.hash() == before


def random_json(rng, depth=0):
    kinds = ["text", "int", "float", "bool", "null", "date", "list", "dict"]
    kind = rng.choice(kinds[: 6 if depth > 1 else 8])
    if kind == "list":
        return [random_json(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    if kind == "dict":
        return {rng.choice("abc"): random_json(rng, depth + 1) for _ in range(rng.randint(0, 2))}
    return {
        "text": "x" * rng.randint(0, 3),
        "int": rng.randint(-9, 10**9),
        "null": None,
        "float": rng.choice([0.5, 1e308, float("inf"), float("nan"), -2.0]),
        "bool": rng.random() < 0.5,
        "date": rng.choice(["2026-01-31", "2026-13-01"]),
    }[kind]


def test_the_interpreter_is_total_on_random_arguments(domains):
    rng = random.Random(17)
    calls = refused = 0
    for domain in domains.values():
        state = sample_state(domain["world"], random.Random(3))
        for operation in domain["operations"]:
            declared = {error["code"] for error in operation["program"]["errors"]}
            before = state.hash()
            for _ in range(12):
                arguments = {}
                for param in operation["program"]["params"]:
                    if rng.random() < 0.8:
                        table = param["semantic"].partition(".")[0]
                        real = table in state.tables() and rng.random() < 0.5
                        arguments[param["name"]] = (
                            rng.choice(state.ids(table)) if real else random_json(rng)
                        )
                mark = state.mark()
                outcome = execute(operation["program"], state, arguments)
                calls += 1
                if not outcome.ok:
                    refused += 1
                    assert outcome.error.code in declared | {"invalid_arguments"}, outcome.error
                state.rollback(mark)
            assert state.hash() == before
    assert refused < calls


def test_money_keeps_two_places_and_comparisons_with_null_are_false():
    assert evaluate({"op": "add", "of": [0.1, 0.2]}, {}, {}) == 0.3
    assert evaluate({"op": "sub", "of": [10.0, 9.99]}, {}, {}) == 0.01
    assert evaluate({"op": "lt", "of": [None, 3]}, {}, {}) is False
    with pytest.raises(ExpressionError):
        evaluate({"op": "add", "of": [1, "a"]}, {}, {})
