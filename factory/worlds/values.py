"""Closed-form values: one small generator for each way a field of a world gets its value.

A generator is data, ``{kind: spec}``:

choice [values] · pool [values] (each used once) · int [low, high, step?] · money [low, high, step?]
decimal [low, high] · date [from, to] (days around the world's today) · bool share
pattern "AA-###" · person null · email null · phone null · phrase {templates, words}
const value · maybe [share of null, generator] · by_state {state: generator} (else null)
by_name {field, map}: what the map says for the value of another field of the row
expr expression over ``row`` and, by the name of the reference field, the rows referred to
"""

from __future__ import annotations

import datetime
import random
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from factory.worlds.expressions import evaluate

Gen = Mapping[str, Any]
Place = Mapping[str, Any]  # {"world": world, "row": the row so far, "rows": rows before it,
#                             "refs": {reference field: row}, "field": name, "state": life state}


def draw_value(gen: Gen, rng: random.Random, place: Place) -> Any:
    """One value. ``place`` needs only ``world`` for kinds that do not look at a row."""
    ((kind, spec),) = gen.items()
    return KINDS[kind](spec, rng, place)


def _pool(values: list[Any], rng: random.Random, place: Place) -> Any:
    used = {row[place["field"]] for row in place.get("rows", ())}
    free = [value for value in values if value not in used]
    return rng.choice(free) if free else None


def _stepped(spec: list[Any], rng: random.Random, _: Place) -> Any:
    low, high, step = spec if len(spec) == 3 else (*spec, 1)
    return low + step * rng.randint(0, int((high - low) / step))


def _money(spec: list[Any], rng: random.Random, place: Place) -> float:
    return round(float(_stepped(spec, rng, place)), 2)


def _decimal(spec: list[Any], rng: random.Random, _: Place) -> float:
    return round(rng.uniform(spec[0], spec[1]), 1)


def _date(spec: list[int], rng: random.Random, place: Place) -> str:
    today = datetime.date.fromisoformat(place["world"]["today"])
    return (today + datetime.timedelta(days=rng.randint(spec[0], spec[1]))).isoformat()


def _pattern(spec: str, rng: random.Random, _: Place) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    draw = {"A": lambda: rng.choice(letters), "#": lambda: str(rng.randint(0, 9))}
    return "".join(draw[c]() if c in draw else c for c in spec)


def _person(_: None, rng: random.Random, place: Place) -> str:
    """A full name; now and then the surname, rarely the whole name, of somebody already there,
    so that a name alone does not always tell who is meant."""
    people = place["world"]["people"]
    known = [row[place["field"]] for row in place.get("rows", ())]
    chance = rng.random()
    given, surname = rng.choice(people["given"]), rng.choice(people["surnames"])
    if known and chance < 0.04:
        return str(rng.choice(known))
    if known and chance < 0.3:
        surname = rng.choice(known).split(" ", 1)[1]
    return f"{given} {surname}"


def slug(text: str) -> str:
    """Lower-case ASCII letters and dots: ``Zoë Van Dijk`` -> ``zoe.van.dijk``."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("ß", "ss"))
    kept = "".join(
        c if c.isascii() and c.isalnum() else " " for c in plain if not unicodedata.combining(c)
    )
    return ".".join(kept.lower().split())


def _email(_: None, rng: random.Random, place: Place) -> str:
    domain = place["world"]["people"]["mail"]
    name = slug(str(place["row"].get(place["world"]["people"].get("field", "name"), "info")))
    taken = {row[place["field"]] for row in place.get("rows", ())}
    for number in range(1, 100):
        address = f"{name}{number if number > 1 else ''}@{domain}"
        if address not in taken:
            return address
    return f"{name}.{rng.randint(100, 999)}@{domain}"


def _phone(_: None, rng: random.Random, place: Place) -> str:
    return _pattern(place["world"]["people"].get("phone", "+## 555 ####"), rng, place)


def _phrase(spec: Mapping[str, Any], rng: random.Random, _: Place) -> str:
    text = str(rng.choice(spec["templates"]))
    for word, options in spec.get("words", {}).items():
        if "{" + word + "}" in text:
            text = text.replace("{" + word + "}", str(rng.choice(options)))
    return text


def _maybe(spec: list[Any], rng: random.Random, place: Place) -> Any:
    return None if rng.random() < spec[0] else draw_value(spec[1], rng, place)


def _by_state(spec: Mapping[str, Gen], rng: random.Random, place: Place) -> Any:
    gen = spec.get(place["state"])
    return None if gen is None else draw_value(gen, rng, place)


def _by_name(spec: Mapping[str, Any], _: random.Random, place: Place) -> Any:
    return spec["map"].get(place["row"][spec["field"]])


def _expr(spec: Any, _: random.Random, place: Place) -> Any:
    return evaluate(spec, {}, {"row": place["row"], **place["refs"]})


KINDS: dict[str, Callable[[Any, random.Random, Place], Any]] = {
    "choice": lambda spec, rng, _: rng.choice(spec),
    "pool": _pool,
    "int": _stepped,
    "money": _money,
    "decimal": _decimal,
    "date": _date,
    "bool": lambda spec, rng, _: rng.random() < spec,
    "pattern": _pattern,
    "person": _person,
    "email": _email,
    "phone": _phone,
    "phrase": _phrase,
    "const": lambda spec, _rng, _place: spec,
    "maybe": _maybe,
    "by_state": _by_state,
    "by_name": _by_name,
    "expr": _expr,
}

# The JSON type of what a generator gives (``maybe`` and ``by_state``: of the generator inside).
TYPES: dict[str, str] = {
    "choice": "enum",
    "by_name": "enum",
    "int": "integer",
    "money": "number",
    "decimal": "number",
    "date": "date",
    "bool": "boolean",
    "expr": "number",
}


def gen_type(gen: Gen) -> str:
    """The type of a field with this generator (``string`` for all that TYPES does not name)."""
    ((kind, spec),) = gen.items()
    if kind == "maybe":
        return gen_type(spec[1])
    if kind == "by_state":
        return gen_type(next(iter(spec.values())))
    return TYPES.get(kind, "string")
