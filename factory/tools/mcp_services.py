"""What a service offers as tools: its things × verbs, and what else it can do with them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factory.tools.mcp_shape import PARAM_COUNTS, VERBS, Manner, drawn
from factory.worlds.compiling import right_articles
from factory.worlds.vocabulary import styled

READING = ("get", "list", "search")
TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "long": {"type": "string"},
    "url": {"type": "string", "format": "uri"},
    "email": {"type": "string", "format": "email"},
    "path": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "date-time"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "numbers": {"type": "array", "items": {"type": "number"}},
    "object": {"type": "object"},
}
CHINESE = {"get": "获取", "list": "列出所有", "search": "搜索", "create": "创建", "update": "更新",
           "delete": "删除"}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """One tool of a service before its server writes it down."""

    words: str
    verb: str
    about: str
    properties: Mapping[str, Mapping[str, Any]]
    required: list[str]
    returns: str
    output: Mapping[str, Any]
    reads: bool


def offered(
    service: Mapping[str, Any], size: int, manner: Manner, rng: random.Random
) -> list[Wanted]:
    """At most ``size`` tools of a service, reading ones more often than writing ones."""
    weighted: dict[tuple[str, str, str], float] = {}
    for thing in service["things"]:
        for verb, weight in VERBS.items():
            weighted[thing, verb, ""] = weight
    for thing, actions in service["actions"].items():
        for action, about in actions.items():
            weighted[thing, action, about] = 8.0
    tools = []
    for _ in range(min(size, len(weighted))):
        key = drawn(weighted, rng)
        del weighted[key]
        thing, verb, about = key
        fields = service["things"][thing]
        tools.append(_tool(thing, fields, verb, about, service["service"], manner, rng))
    return tools


def _tool(
    thing: str,
    fields: Mapping[str, str],
    verb: str,
    about: str,
    service: str,
    manner: Manner,
    rng: random.Random,
) -> Wanted:
    style = "camel" if manner.flavour == "zod" and rng.random() < 0.6 else "snake"
    noun = thing.replace("_", " ")
    many = _plural(noun)
    own_id = {styled(f"{noun} id", style): {"type": "string", "description": f"ID of the {noun}."}}
    count = drawn(PARAM_COUNTS, rng)
    chosen = sorted(rng.sample(list(fields), min(len(fields), count)), key=list(fields).index)
    given = {styled(name, style): _field(name, fields[name], noun, rng) for name in chosen}
    if about:
        text = _action_text(verb.replace("_", " "), noun, about, rng)
        reads = about.split()[0] in ("The", "Whether", "When", "What", "How", "Its", "All", "Which",
                                     "Who", "Where", "Prices", "Summary", "Country")  # fmt: skip
        words = f"{verb.replace('_', ' ')} {noun}"
        properties, required = {**own_id, **dict(list(given.items())[:2])}, list(own_id)
        returns = f"What became of the {noun}."
    else:
        words, text, properties, required = _verb(verb, noun, many, own_id, given, service, rng)
        text = right_articles(text)
        reads = verb in READING
        returns = {
            "list": f"A list of {many}.",
            "search": f"The {many} that match, best first.",
            "delete": "True when it is gone.",
        }.get(verb, f"The {noun} with its {', '.join(list(fields)[:3]).replace('_', ' ')}.")
    if manner.chinese:
        text = f"{CHINESE.get(verb, '执行操作')}：{noun}。{text if rng.random() < 0.3 else ''}"
    output = {"type": "object", "properties": {styled(noun, style): {"type": "object"}}}
    kind = verb if verb in VERBS else verb.split("_")[0]
    return Wanted(words, kind, text, properties, required, returns, output, reads)


Verb = tuple[str, str, dict[str, Any], list[str]]


def _verb(
    verb: str,
    noun: str,
    many: str,
    own_id: Mapping[str, Any],
    given: Mapping[str, Any],
    service: str,
    rng: random.Random,
) -> Verb:
    """(words of the name, description, properties, required) of one of the six common verbs."""
    first = list(given)[:1]
    if verb == "get":
        text = rng.choice([f"Get a {noun} by its ID.", f"Retrieve one {noun} from the {service}.",
                           f"Returns details of a specific {noun}.", f"Fetch {noun} details",
                           f"Look up a single {noun} and everything known about it."])  # fmt: skip
        flag = {"include_details": {"type": "boolean", "default": False,
                                    "description": "Whether to return every field."}}  # fmt: skip
        return f"get {noun}", text, {**own_id, **(flag if rng.random() < 0.2 else {})}, list(own_id)
    if verb == "list":
        text = rng.choice([f"List all {many}.", f"Lists {many} of the {service}.",
                           f"Get the {many} that exist, optionally filtered.",
                           f"Show available {many} with pagination"])  # fmt: skip
        paging = _paging(rng) if given or rng.random() < 0.3 else {}
        return f"list {many}", text, {**given, **paging}, []
    if verb == "search":
        text = rng.choice([f"Search for {many} by keyword.", f"Full-text search over {many}.",
                           f"Find {many} in the {service} matching a query"])  # fmt: skip
        query = {"query": {"type": "string", "description": f"Words to look for in {many}."}}
        return f"search {many}", text, {**query, **given, **_paging(rng)}, ["query"]
    if verb == "create":
        text = rng.choice([f"Create a new {noun}.", f"Add a {noun} to the {service}.",
                           f"Creates a {noun} and returns it with its ID"])  # fmt: skip
        return f"create {noun}", text, dict(given), first
    if verb == "update":
        text = rng.choice([f"Update an existing {noun}.", f"Change fields of a {noun}.",
                           f"Modify a {noun}; fields left out stay as they are."])  # fmt: skip
        return f"update {noun}", text, {**own_id, **given}, list(own_id)
    text = rng.choice([f"Delete a {noun}.", f"Permanently remove a {noun}. Cannot be undone.",
                       f"Removes the {noun} with the given ID"])  # fmt: skip
    return f"delete {noun}", text, dict(own_id), list(own_id)


def _action_text(verb: str, noun: str, about: str, rng: random.Random) -> str:
    text = rng.choice(
        [
            f"{verb.capitalize()} a {noun}. {about}.",
            f"{about} ({noun}).",
            f"For a {noun}: {about[:1].lower()}{about[1:]}.",
            f"{about}. Works on one {noun} at a time.",
        ]
    )
    return right_articles(text)


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def _field(name: str, kind: str, noun: str, rng: random.Random) -> dict[str, Any]:
    words = name.replace("_", " ")
    if "|" in kind:
        choices = kind.split("|")
        schema: dict[str, Any] = {"type": "string", "enum": choices}
        if rng.random() < 0.3:
            schema["default"] = choices[0]
        about = f"{words.capitalize()} of the {noun}: {', '.join(choices)}."
    else:
        schema = dict(TYPES[kind])
        about = rng.choice(
            [
                f"{words.capitalize()} of the {noun}.",
                f"The {words}.",
                f"{words.capitalize()} ({noun})",
                f"Optional {words} of the {noun}",
            ]
        )
        if kind in ("integer", "number") and rng.random() < 0.3:
            schema["minimum"] = 0
    return {**schema, "description": about}


def _paging(rng: random.Random) -> dict[str, Any]:
    name = rng.choice(["limit", "limit", "max_results", "per_page", "count"])
    limit = {"type": "integer", "description": "Maximum number of results.",
             "default": rng.choice([10, 20, 25, 50, 100])}  # fmt: skip
    if rng.random() < 0.4:
        limit |= {"minimum": 1, "maximum": rng.choice([50, 100, 500])}
    page = {"type": "integer", "description": "Page number, starting at 1.", "default": 1}
    return {name: limit, **({"page": page} if rng.random() < 0.4 else {})}
