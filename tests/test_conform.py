"""The quick look at schemas says yes only where jsonschema does, and says it for what is usual."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from factory import records
from factory.conform import quick_look
from factory.llm.prompt import load_prompt, roles
from factory.resources import folder
from factory.worlds.specs import _schema, read_yaml

SCHEMAS = {
    **{kind: records.json_schema(kind) for kind in records.kinds()},
    **{f"prompt {role}": load_prompt(role).schema for role in roles()},
}
ODD = [
    *(None, True, False, 0, 1, -1, 3, 2.0, 2.5, float("nan"), float("inf"), 10**30),
    *("", "a", "a" * 5000, "0" * 32, "x y", "é\u2028", "functions.a:0"),
    *([], [None], ["a"], [1, "a"], {}, {"id": 1}, {"x": {}}, {1: 2}),
]
"""What JSON is parsed to, and a key that is no text."""


def instance(schema: Any, root: Any, rng: random.Random, depth: int = 0) -> Any:
    """A value that mostly satisfies a schema."""
    if "$ref" in schema:
        return instance(root["$defs"][schema["$ref"].rpartition("/")[2]], root, rng, depth + 1)
    for keyword in ("const", "enum"):
        if keyword in schema:
            return schema["const"] if keyword == "const" else rng.choice(schema["enum"])
    kind = schema.get("type", "string")
    kind = rng.choice(kind) if isinstance(kind, list) else kind
    if kind == "object":
        found = {
            name: instance(part, root, rng, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in schema.get("required", ()) or (depth < 5 and rng.random() < 0.7)
        }
        if isinstance(schema.get("additionalProperties"), dict) and depth < 5:
            found["other_name"] = instance(schema["additionalProperties"], root, rng, depth + 1)
        return found
    if kind == "array":
        most = schema.get("maxItems", 3) if depth < 5 else 0
        size = max(schema.get("minItems", 0), rng.randint(0, min(3, most)))
        return [instance(schema.get("items", {}), root, rng, depth + 1) for _ in range(size)]
    low = schema.get("minimum", 0)
    plain = {"integer": low, "number": low + 0.5, "boolean": True, "null": None}
    if kind in plain:
        return plain[kind]
    text = rng.choice(["a", "a_name", "0" * 32, "some words"])
    return text[: schema.get("maxLength", 99)].ljust(schema.get("minLength", 0), "a")


def mutants(value: Any, rng: random.Random) -> Iterator[Any]:
    """The value with something odd, missing or added somewhere inside it."""
    for _ in range(40):
        mutant = copy.deepcopy(value)
        place, parent, key = mutant, None, None
        while isinstance(place, dict | list) and place and (parent is None or rng.random() < 0.8):
            parent = place
            key = rng.choice(list(place) if isinstance(place, dict) else range(len(place)))
            place = place[key]
        if parent is None:
            yield rng.choice(ODD)
            continue
        if rng.random() < 0.2:
            del parent[key]
        elif rng.random() < 0.2 and isinstance(parent, dict):
            parent["unheard_of"] = rng.choice(ODD)
        else:
            parent[key] = rng.choice(ODD)
        yield mutant


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_quick_yes_is_never_wrong_and_usual_values_get_one(name: str) -> None:
    schema, rng = SCHEMAS[name], random.Random(name)
    oracle, look = Draft202012Validator(schema), quick_look(schema)
    for _ in range(25):
        value = instance(schema, schema, rng)
        assert look(value) == oracle.is_valid(value)
        for one in (*mutants(value, rng), *ODD):
            assert oracle.is_valid(one) or not look(one), one


def test_the_quick_look_at_authored_files_agrees_across_schemas_that_refer_to_each_other() -> None:
    root, rng = folder("tool_specs"), random.Random(4)
    for kind, shown in (("category", "finance"), ("archetype", "booking")):
        path = next((root).glob(f"*/{shown}.yaml"))
        look, oracle = _schema(root / "schema" / f"{kind}.schema.json")
        body = read_yaml(path)
        assert look(body) and oracle.is_valid(body)
        part = {**body, "domains": body["domains"][:1]} if kind == "category" else body
        found = [(look(one), oracle.is_valid(one)) for one in mutants(part, rng)]
        assert all(valid or not quick for quick, valid in found)
        assert not all(valid for _, valid in found)


def test_another_document_is_known_by_its_id_alone() -> None:
    other = {"$id": "other.json", "$defs": {"size": {"type": "integer"}}}
    schema = {"$id": "one.json", "properties": {"a": {"$ref": "other.json#/$defs/size"}}}
    assert quick_look(schema, [other])({"a": 1})
    assert not quick_look(schema, [other])({"a": "1"})
    assert not quick_look(schema)({"a": 1})


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, True),
        ({"required": ["a"]}, {"b": 1}),
        ({"enum": [1, "a"]}, True),
        ({"const": 0}, False),
        ({"enum": ["a"], "const": "b"}, "b"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, [1]),
        ({"type": "object", "properties": {"a": {"not": {}}}}, {"a": 1}),
        ({"type": "array", "uniqueItems": True}, [1, 1]),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}, "minItems": 1}}},
            [],
        ),
    ],
)
def test_what_is_wrong_gets_no_quick_yes(schema: Any, value: Any) -> None:
    assert not Draft202012Validator(schema).is_valid(value)
    assert not quick_look(schema)(value)


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"type": "array", "items": {"$ref": "#/$defs/tree"}}
    look = quick_look({"$ref": "#/$defs/tree", "$defs": {"tree": tree}})
    assert look([[], [[]]])
    assert not look([[], ["leaf"]])


def test_nothing_is_fetched_for_a_schema_and_a_broken_one_gets_no_yes(tmp_path: Path) -> None:
    asked = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    server = HTTPServer(("127.0.0.1", 0), Listener)
    Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "any.json").write_text("{}")
    places = (f"http://127.0.0.1:{server.server_port}/any.json", f"file://{tmp_path}/any.json")
    for schema in (*({"$ref": place} for place in places), {"type": 7}, {"$ref": "#/nowhere"}):
        assert not quick_look(schema)({"a": 1})
    server.shutdown()
    assert not asked
