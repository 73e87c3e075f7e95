"""Deduplication: what is too like another goes, whatever the order of work; authored tools go only
when something does their work."""

from __future__ import annotations

import asyncio
import copy
from collections import Counter

import pytest

from factory.authors import lone_context
from factory.recipe import parse_recipe
from factory.records import problems
from factory.stage import Reject
from factory.tools.dedup import Sketch, decide, likeness
from factory.tools.diversity import diversity, entropy
from factory.tools.settings import DuplicateSettings
from factory.tools.signature import interface_signature, program_signature
from factory.tools.sketch import sketch, sketch_domain, text_shingles
from factory.tools.synthesise import synthesise

RECIPE = parse_recipe(
    {"stages": ["domains", "signatures", "tools"], "tools": {"variants_per_domain": 10}}
)
SETTINGS = DuplicateSettings()


def tool(name, text, params=(), origin="mcp_style"):
    properties = {n: {"type": "string", "description": about} for n, about in params}
    return {"name": name, "original_name": name, "description": text, "origin": origin,
            "inputSchema": {"type": "object", "properties": properties}}  # fmt: skip


def sketches(*tools):
    found = []
    for number, one in enumerate(tools):
        body = sketch(one, f"home{number}", {})
        body["parents"] = tuple(body["parents"])
        found.append(Sketch(program=None, **body))
    return found


BASE = tool("get_boat", "Returns one boat of the harbour with owner, berth and draught in metres",
            [("boat_id", "The id of the boat"), ("units", "Metres or feet")])  # fmt: skip


def test_exact_and_near_duplicates_go_and_name_the_one_that_stays():
    near = copy.deepcopy(BASE)
    near["description"] += " today"
    other = tool("list_berths", "All free berths for a night, cheapest first", [("night", "Day")])
    found = decide(sketches(BASE, copy.deepcopy(BASE), near, other), SETTINGS).dropped
    assert found["home1/get_boat"] == ("exact_duplicate", "Jaccard 1.00 to home0/get_boat")
    assert found["home2/get_boat"][0] == "near_duplicate"
    assert "home0/get_boat" in found["home2/get_boat"][1]
    assert set(found) == {"home1/get_boat", "home2/get_boat"}


def test_jaccard_is_that_of_the_word_sets():
    near = copy.deepcopy(BASE)
    near["description"] += " today"
    a, b = text_shingles(BASE), text_shingles(near)
    expected = len(a & b) / len(a | b)
    detail = decide(sketches(BASE, near), SETTINGS).dropped["home1/get_boat"][1]
    assert f"{expected:.2f}" in detail


def test_parameters_count_and_words_in_camel_and_snake_are_the_same():
    camel = tool("getBoat", BASE["description"], [("boatId", "The id of the boat"),
                                                  ("units", "Metres or feet")])  # fmt: skip
    assert text_shingles(camel) == text_shingles(BASE)
    assert text_shingles(tool("get_boat", BASE["description"])) != text_shingles(BASE)


def test_real_tools_go_only_when_equal():
    first, second = (copy.deepcopy(BASE) | {"origin": "real"} for _ in range(2))
    second["description"] += " today"
    assert decide(sketches(first, second), SETTINGS).dropped == {}
    assert len(decide(sketches(first, copy.deepcopy(first)), SETTINGS).dropped) == 1


def as_dict(one):
    return {name: getattr(one, name) for name in Sketch.__dataclass_fields__}


def crowd(count, **changes):
    body = {"origin": "synthetic", "step": "bind", "parents": (), "bands": "", "shingles": "",
            "program": "p", "interface": "i"}  # fmt: skip
    return [Sketch(key=f"d{n}/t", **{**body, "shingles": f"{n:08x}", **changes})
            for n in range(count)]  # fmt: skip


def test_a_structure_is_kept_so_often_and_no_more():
    evolved = crowd(30, step="constrain", interface="other")
    found = decide(evolved, SETTINGS).dropped
    assert len(found) == 9
    assert {reason for reason, _ in found.values()} == {"common_structure"}
    assert decide(evolved, DuplicateSettings(same_structure=None)).dropped == {}


def test_the_authored_tools_that_stay_are_those_whose_work_nothing_else_does():
    authored = crowd(30)
    heirs = [
        Sketch(f"d{n}/u", "synthetic", "paginate", (f"d{n}/t",), f"f{n:07x}", "", f"q{n}", f"j{n}")
        for n in range(9)
    ]
    found = decide([*heirs, *authored], SETTINGS).dropped
    assert set(found) == {f"d{n}/t" for n in range(9)}
    assert "d3/u was evolved from it" in found["d3/t"][1]
    figures = [Sketch(**{**as_dict(heir), "step": "aggregate"}) for heir in heirs]
    others = set(decide([*figures, *authored], SETTINGS).dropped)
    assert len(others) == 9
    assert others != set(found)


def test_the_order_of_the_rows_decides_nothing_about_structures():
    authored = crowd(40)
    assert (
        decide(authored, SETTINGS).dropped.keys() == decide(authored[::-1], SETTINGS).dropped.keys()
    )


def test_signatures_forget_nouns_and_remember_structure(repository):
    by_code = {}
    for domain, _, _ in repository:
        for operation in domain["operations"]:
            signature = program_signature(operation["program"])
            by_code.setdefault(operation["code"], set()).add(signature)
    assert len(by_code["orders.cancel_order"]) == 1  # two shops, other nouns and naming styles
    assert by_code["orders.cancel_order"] != by_code["orders.pack_order"]
    domain = repository[0][0]
    operation = next(o for o in domain["operations"] if o["code"] == "orders.cancel_order")
    program = copy.deepcopy(operation["program"])
    del program["steps"][-2]
    assert program_signature(program) != program_signature(operation["program"])


def test_interfaces_compare_tools_with_and_without_programs():
    renamed = copy.deepcopy(BASE) | {"original_name": "get_horse"}
    renamed["inputSchema"]["properties"] = {
        "horse": {"type": "string"}, "stable": {"type": "string"}
    }  # fmt: skip
    assert interface_signature(renamed) == interface_signature(BASE)
    renamed["inputSchema"]["properties"]["horse"]["enum"] = ["a"]
    assert interface_signature(renamed) != interface_signature(BASE)
    assert interface_signature(BASE | {"original_name": "set_boat"}) != interface_signature(BASE)


class Signatures:
    """A store of finished signature rows."""

    def __init__(self, rows):
        self.rows = rows

    def ids(self, kind):
        return [row["id"] for row in self.rows]

    def column(self, kind, name):
        return [row.get(name) for row in self.rows]

    def scan(self, kind, names):
        for row in self.rows:
            yield [tuple(row.get(name) for name in names)]


@pytest.fixture(scope="module")
def twice(repository):
    """(domain, its copy under another id, the signature rows of both)."""
    domain = repository[0][0]
    copied = {**copy.deepcopy(domain), "id": "f" * 32}
    rows = []
    for one in (domain, copied):
        ctx = lone_context(recipe=RECIPE, record_id=one["id"], stage="signatures")
        rows += asyncio.run(sketch_domain(one, ctx))
    return domain, copied, rows


def test_sketches_are_valid_records_one_for_each_body(twice):
    domain, _, rows = twice
    assert len(rows) == 2 * (len(domain["operations"]) + 10)
    assert all(problems("signature", row) == [] for row in rows)


def test_the_tools_of_a_copied_domain_are_rejects_and_those_of_the_first_stay(twice):
    domain, copied, rows = twice
    store = Signatures(rows)
    kept = []
    for one in (domain, copied):
        ctx = lone_context(recipe=RECIPE, store=store, record_id=one["id"], stage="tools")
        kept.append(asyncio.run(synthesise(one, ctx)))
    authored = len(domain["operations"])
    assert not any(isinstance(item, Reject) for item in kept[0][:authored])
    reasons = [item.reason for item in kept[1][:authored] if isinstance(item, Reject)]
    assert reasons == ["exact_duplicate"] * authored


def test_likeness_and_diversity_figures(twice):
    _, _, rows = twice
    names = ("key", "origin", "step", "parents", "shingles", "bands", "program", "interface")
    found = likeness([Sketch(**{n: row[n] for n in names}) for row in rows])
    authored = sum(row["step"] == "bind" for row in rows)
    assert found.with_twin >= round(authored / len(rows), 4)
    assert found.kept_share["1.0"] >= found.kept_share["0.7"]
    figures = diversity([BASE | {"annotations": {"readOnlyHint": True}},
                         tool("set_x", "d", [("a", ""), ("b", "")])])  # fmt: skip
    assert figures["read_share"] == 0.5
    assert figures["parameters_per_tool"] == 2.0
    assert figures["parameter_sets"] == 2
    assert entropy(Counter("aabb")) == 1.0
