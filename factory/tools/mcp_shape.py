"""The measured shape of published MCP servers (survey of 3,629 tools of 416 servers, November
2026): how many tools a server has, how its names, texts and schemas look, what is wrong with them.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIZES = ((0.0, 1), (0.1, 1), (0.25, 2), (0.5, 4), (0.75, 10), (0.9, 20), (0.95, 27), (1.0, 68))
"""Quantiles of the number of tools of a server."""
FLAVOURS = {"plain": 0.32, "zod": 0.40, "pydantic": 0.28}
"""Kinds of library that write the schema: ``$schema`` and ``additionalProperties``; ``title`` and
``anyOf`` null; neither."""
NAMINGS = {"snake": 0.83, "kebab": 0.12, "camel": 0.05}
TEXTS = {"terse": 0.58, "guiding": 0.24, "docstring": 0.15, "manual": 0.03}
"""How a server describes its tools: p50 57, p90 359, p99 1,702 characters."""
UNDESCRIBED = {"all": 0.6, "none": 0.3, "half": 0.1}
"""Which of its params a server describes (36 % of all have no description)."""
PARAM_COUNTS = {0: 0.127, 1: 0.30, 2: 0.216, 3: 0.133, 4: 0.08, 5: 0.055, 6: 0.04, 8: 0.03}
VERBS = {"get": 32.0, "list": 9.0, "search": 5.0, "create": 4.5, "update": 2.6, "delete": 2.4}
NO_DESCRIPTION = 0.05
SHORT_DESCRIPTION = 0.05
NO_REQUIRED = 0.12
NULL_DEFAULT = 0.023
NO_ITEMS = 0.03  # of arrays
NON_ASCII = 0.05  # of servers
WITH_ANNOTATIONS = 0.11  # of servers
WITH_OUTPUT = 0.04  # of servers
WITH_PREFIX = 0.25  # of servers whose tool names begin with the server's


@dataclass(frozen=True)
class Manner:
    """How one server writes all of its tools."""

    flavour: str
    naming: str
    texts: str
    described: str
    chinese: bool
    annotations: bool
    output: bool
    prefix: str
    defects: float
    """Times the measured rate of defects; 0 for none."""


def drawn(weights: Mapping[Any, float], rng: random.Random) -> Any:
    """A key by its weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def draw_size(rng: random.Random) -> int:
    """Number of tools of a server, between the measured quantiles."""
    u = rng.random()
    shares = [share for share, _ in SIZES]
    at = min(bisect(shares, u), len(SIZES) - 1)
    (low, a), (high, b) = SIZES[at - 1], SIZES[at]
    return round(a + (b - a) * (u - low) / (high - low))


def draw_manner(short: str, defects: float, rng: random.Random) -> Manner:
    """The manner of a server; ``short``: the first word of the tool names of one that prefixes."""
    return Manner(
        flavour=drawn(FLAVOURS, rng),
        naming=drawn(NAMINGS, rng),
        texts=drawn(TEXTS, rng),
        described=drawn(UNDESCRIBED, rng) if defects else "all",
        chinese=rng.random() < NON_ASCII * defects,
        annotations=rng.random() < WITH_ANNOTATIONS,
        output=rng.random() < WITH_OUTPUT,
        prefix=short if rng.random() < WITH_PREFIX else "",
        defects=defects,
    )


def object_schema(
    properties: Mapping[str, Mapping[str, Any]],
    required: list[str],
    title: str,
    manner: Manner,
    rng: random.Random,
) -> dict[str, Any]:
    """An inputSchema as the server's library would write it."""
    schema: dict[str, Any] = {"type": "object"}
    if properties or rng.random() < 0.8:
        schema["properties"] = {
            name: _property(name, body, name in required, manner, rng)
            for name, body in properties.items()
        }
    if required and rng.random() >= NO_REQUIRED * manner.defects:
        schema["required"] = required
    if manner.flavour == "zod":
        schema["additionalProperties"] = False
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    if manner.flavour == "pydantic":
        schema["title"] = f"{title}Arguments"
    return schema


def _property(
    name: str, body: Mapping[str, Any], required: bool, manner: Manner, rng: random.Random
) -> dict[str, Any]:
    schema = dict(body)
    if manner.flavour == "zod" and schema.get("type") == "integer" and rng.random() < 0.6:
        schema["type"] = "number"
    if schema.get("type") == "array" and rng.random() < NO_ITEMS * manner.defects:
        schema.pop("items", None)
    if not described(manner, rng):
        schema.pop("description", None)
    if manner.flavour == "pydantic":
        about = {"description": schema.pop("description")} if "description" in schema else {}
        if not required and "default" not in schema:
            schema = {"anyOf": [schema, {"type": "null"}], "default": None}
        schema = {**schema, **about, "title": name.replace("_", " ").title()}
    elif not required and rng.random() < 3 * NULL_DEFAULT * manner.defects:
        schema["default"] = None
    return schema


def described(manner: Manner, rng: random.Random) -> bool:
    """Whether the next param has a description."""
    if manner.described == "half":
        return rng.random() < 0.5
    return manner.described == "all"


def worded(
    about: str, params: Mapping[str, str], returns: str, manner: Manner, rng: random.Random
) -> str:
    """A tool's description in the server's manner."""
    if rng.random() < NO_DESCRIPTION * manner.defects:
        return ""
    if rng.random() < SHORT_DESCRIPTION * manner.defects:
        return " ".join(about.split()[:2]).rstrip(".,")
    if manner.texts == "terse" or (manner.texts == "guiding" and rng.random() < 0.2):
        return about
    if manner.texts == "guiding":
        return f"{about} {_guidance(params, returns, rng)}"
    lines = [about, ""]
    if params:
        lines += ["Args:", *(f"    {name}: {text}" for name, text in params.items()), ""]
    lines += ["Returns:", f"    {returns}"]
    if manner.texts == "manual":
        lines += ["", _manual(about, params, returns)]
    return "\n".join(lines)


def _guidance(params: Mapping[str, str], returns: str, rng: random.Random) -> str:
    first = next(iter(params), "")
    hint = f"Use this when you already know {first}." if first else "Needs no arguments."
    return rng.choice(
        [
            hint,
            f"Returns {returns[:1].lower()}{returns[1:]}",
            f"{hint} Returns {returns[:1].lower()}{returns[1:]}",
            "Use it before any change, to see how things stand.",
        ]
    )


def _manual(about: str, params: Mapping[str, str], returns: str) -> str:
    """The length of the longest descriptions: notes and an example for every param."""
    notes = [
        f"- `{name}`: {text} Leave out what you do not know; wrong values are answered with an "
        f"error that says what was expected, never with a guess."
        for name, text in params.items()
    ]
    return "\n".join(
        [
            "## Notes",
            *notes,
            f"- The answer is {returns[:1].lower()}{returns[1:]} Times are UTC in ISO 8601, "
            "amounts have a point as decimal sign, and lists are ordered newest first unless the "
            "arguments ask for another order.",
            "- Large answers are cut at 25,000 characters; narrow the request instead of asking "
            "for the rest. Calls are limited to 60 a minute, after which an error names the "
            "number of seconds to wait.",
            "- Nothing is cached: two calls in a row may differ if somebody changes things "
            "meanwhile. Retrying a failed call is safe unless the error says otherwise.",
            "",
            "## Example",
            f"To {about[:1].lower()}{about[1:].rstrip('.')}, fill in "
            f"{', '.join(params) or 'nothing'} and read the answer from the top.",
        ]
    )
