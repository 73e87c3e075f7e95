"""The authored specs: all valid, counted, plain data; a broken copy is named by file and line."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import shutil
from pathlib import Path

import pytest

from factory.authors import lone_context
from factory.stage import Reject
from factory.worlds.compiling import right_articles
from factory.worlds.domains import bind_domain, domain_body, tool_name
from factory.worlds.specs import SpecFileError, domain_names, load_specs, spec_problems
from factory.worlds.vocabulary import SpecError

SPECS = Path(__file__).parents[2] / "tool_specs"


@pytest.fixture
def broken(tmp_path):
    """Breaks one line of a copy of the specs; returns (folder, number of that line)."""

    def damage(file, old, new):
        root = tmp_path / "specs"
        for folder in ("schema", "archetypes", "categories"):
            (root / folder).mkdir(parents=True)
        for path in SPECS.rglob("*"):
            kept = path.parent.name != "categories" or path.stem in ("finance", "health")
            if path.is_file() and path.parent != SPECS and kept:
                shutil.copy(path, root / path.relative_to(SPECS))
        path = root / file
        lines = path.read_text(encoding="utf-8").splitlines()
        number = next(i for i, line in enumerate(lines) if old in line)
        lines[number] = lines[number].replace(old, new)
        path.write_text("\n".join(lines), encoding="utf-8")
        return root, number + 1

    return damage


@pytest.mark.slow
def test_the_authored_specs_are_valid_and_enough():
    assert spec_problems(SPECS) == []
    specs = load_specs(SPECS)
    assert len(specs.categories) >= 40
    assert len(specs.domains) >= 1000
    assert len(specs.archetypes) >= 40
    used = {use["use"] for spec in specs.domains for use in spec["domain"]["archetypes"]}
    assert used == set(specs.archetypes)
    for spec in specs.domains:
        mixed = [use["use"] for use in spec["domain"]["archetypes"]]
        assert 2 <= len(set(mixed)) <= 4, spec["key"]
        assert len(spec["domain"]["policies"]) >= 2, spec["key"]


@pytest.mark.slow
def test_no_rule_of_a_domain_is_a_stock_sentence():
    said: dict[str, list[str]] = {}
    for spec in load_specs(SPECS).domains:
        for policy in spec["domain"]["policies"]:
            said.setdefault(policy["text"].lower(), []).append(spec["key"])
    assert {text: where for text, where in said.items() if len(where) > 2} == {}


def test_only_the_files_of_the_categories_wanted_are_read(broken):
    root, _ = broken("categories/finance.yaml", "naming: kebab", "naming: shouting")
    specs = load_specs(root, ["health"])
    assert list(specs.categories) == ["health"]
    assert {spec["category"]["name"] for spec in specs.domains} == {"health"}
    assert set(specs.archetypes) == {u for spec in specs.domains for u in spec["archetypes"]}
    with pytest.raises(SpecFileError, match="finance.yaml"):
        load_specs(root)
    with pytest.raises(SpecFileError, match="no category helth; known: finance, health"):
        load_specs(root, ["helth"])


def test_names_of_domains_are_read_off_without_parsing():
    specs = load_specs(SPECS, ["finance", "health"])
    names = domain_names(SPECS)
    for spec in specs.domains:
        assert names[spec["domain"]["name"]] == spec["category"]["name"]
    mine = {name for name, category in names.items() if category in ("finance", "health")}
    assert mine == {spec["domain"]["name"] for spec in specs.domains}


def test_specs_are_plain_data_and_read_the_same_twice():
    specs = load_specs(SPECS, ["finance"])
    assert json.loads(json.dumps(specs.domains)) == specs.domains
    assert load_specs(SPECS, ["finance"]).domains == specs.domains


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("categories/finance.yaml", "naming: kebab", "naming: shouting", "shouting"),
        ("categories/finance.yaml", "settings: {max_transfer: 3000.0}", "setings: {}", "setings"),
        ("categories/health.yaml", "name: dental_practice", "name: Dental", "Dental"),
        ("archetypes/ledger.yaml", "archetype: ledger", "archetype: [ledger", ""),
        ("archetypes/orders.yaml", "verb: aggregate", "verb: dance", "dance"),
    ],
)  # fmt: skip
def test_a_broken_line_is_named_by_file_and_line(broken, file, old, new, says):
    root, line = broken(file, old, new)
    problems = spec_problems(root)
    name = file.rpartition("/")[2]
    near = [p for p in problems if any(p.startswith(f"{name}:{n}:") for n in (line, line + 1))]
    assert near, problems
    assert says in near[0]
    with pytest.raises(SpecFileError):
        load_specs(root)


def test_a_domain_that_cannot_be_bound_is_named_by_file_and_line(broken):
    root, _ = broken("archetypes/ledger.yaml", "id: $account.holder", "id: $account.landlord")
    (problem, *_) = [p for p in spec_problems(root) if "credit_union" in p]
    text = (root / "categories/finance.yaml").read_text(encoding="utf-8").splitlines()
    line = next(i for i, t in enumerate(text, 1) if "name: credit_union" in t)
    assert problem.startswith(f"finance.yaml:{line}: ")
    assert "landlord" in problem


NAMED = {f"Row {number}": "auto" for number in range(8)}


def test_names_with_categories_of_rows_without_a_name_are_named_by_file_and_line(broken):
    table = "loan_application:"
    names = json.dumps(NAMED)
    root, _ = broken("categories/finance.yaml", table, f"{table}\n        names: {names}")
    (problem,) = spec_problems(root)
    text = (root / "categories/finance.yaml").read_text(encoding="utf-8").splitlines()
    line = next(i for i, t in enumerate(text, 1) if "name: credit_union" in t)
    assert problem.startswith(f"finance.yaml:{line}: domain credit_union: table loan_application: ")
    assert "a field `name`" in problem


@pytest.mark.parametrize(
    ("category", "says"),
    [({"pattern": "AA##"}, "needs `choice`"), ({"choice": ["van"]}, "Row 0: auto is none of van")],
)
def test_names_with_categories_need_a_field_that_has_them(category, says):
    spec = copy.deepcopy(load_specs(SPECS, ["commerce"]).domains[0])
    use = next(use for use in spec["domain"]["archetypes"] if use["use"] == "orders")
    table = spec["domain"]["tables"][use.get("roles", {}).get("product", "product")]
    table["names"] = NAMED
    table["fields"]["category"] = category
    with pytest.raises(SpecError, match=says):
        domain_body(spec, random.Random(0))


def test_binding_is_deterministic_and_an_unbindable_domain_is_a_reject():
    spec = load_specs(SPECS, ["commerce"]).domains[0]
    first, again = (
        asyncio.run(bind_domain(spec, lone_context(record_id="a", stage="domains")))[0]
        for _ in range(2)
    )
    assert first == again
    assert first["id"] == again["id"]
    wrong = copy.deepcopy(spec)
    wrong["domain"]["archetypes"][0]["roles"] = {"product": "nowhere", "party": "nowhere"}
    (reject,) = asyncio.run(bind_domain(wrong, lone_context(record_id="a", stage="domains")))
    assert isinstance(reject, Reject)
    assert reject.reason == "unbindable_domain"


def test_names_follow_the_naming_style_of_the_domain():
    assert tool_name("check out study room", "dotted") == "study_room.check_out"
    assert tool_name("book court", "camel") == "bookCourt"
    assert tool_name("book court", "kebab") == "book-court"
    assert tool_name("book court", "snake") == "book_court"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a API call", "an API call"),
        ("an RMA", "an RMA"),
        ("a English text", "an English text"),
        ("an usage", "a usage"),
        ("a umbrella", "an umbrella"),
        ("an uniform", "a uniform"),
        ("a uninsured van", "an uninsured van"),
        ("a hour, an one-off", "an hour, a one-off"),
    ],
)
def test_articles_follow_the_sound_of_the_next_word(written: str, said: str) -> None:
    assert right_articles(written) == said
