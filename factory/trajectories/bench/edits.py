"""What the mutations are made of: other values, other rows, turns without some of their calls."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from factory.records import Record
from factory.tasks.draw import draw_arguments
from factory.tasks.tables import World
from factory.trajectories.bench.performance import Call, Material, Turn
from factory.trajectories.bench.truth import (
    final_changes,
    known_before,
    net_effect,
    rows_of,
    same_effect,
    stands_in,
)


def arguments(turns: Sequence[Turn]) -> Iterator[tuple[Call, str]]:
    for turn in turns:
        for call in turn.calls:
            for name, value in call[1].items():
                if not isinstance(value, dict | list):
                    yield call, name


def schema_of(material: Material, tool: str, name: str) -> Mapping[str, Any]:
    found = material.schema(tool).get("properties", {}).get(name, {})
    return found if isinstance(found, Mapping) else {}


def another(
    value: Any, schema: Mapping[str, Any], material: Material, rng: random.Random
) -> Any | None:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    seen = seen_values(material, value)
    if seen and rng.random() < 0.6:
        return rng.choice(seen)
    if isinstance(value, int | float):
        return value + rng.choice((1, 2, 5, 10, -1)) if value > 1 else value + 1
    options = [option for option in schema.get("enum", ()) if option != value]
    if options:
        return rng.choice(options)
    text = str(value)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text) + timedelta(days=rng.choice((-30, -7, -1, 1, 2, 7, 14)))
        return day.isoformat()
    rows = other_rows(material, value)
    if rows and rng.random() < 0.7:
        return rng.choice(rows)
    names = other_names(material, value)
    if names and rng.random() < 0.7:
        return rng.choice(names)
    return text[:-1] + ("7" if text[-1:] != "7" else "3") if text else None


def seen_values(material: Material, value: Any) -> list[Any]:
    """Values of the same kind that the user has told or a tool has shown: what an agent may mix
    up with the right one."""
    rows = [r for m in material.messages if m["role"] == "tool" for r in rows_of(m["content"])]
    told = [slot["value"] for slot in material.task["agenda"]["slots"]]
    found = [v for v in (*told, *(v for row in rows for v in row.values())) if v != value]
    return sorted({v for v in found if type(v) is type(value) and _kind(v) == _kind(value)})


def _kind(value: Any) -> str:
    """The shape of a value: digits and letters alike, an id's prefix as it is."""
    text = str(value)
    prefix = re.match(r"[A-Z]{2,4}-?(?=\d)", text)
    return prefix[0] if prefix else re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", text))


def other_rows(material: Material, value: Any) -> list[Any]:
    """Ids of other rows of the table that an id belongs to."""
    for table in material.start.tables():
        ids = material.start.ids(table)
        if value in ids:
            return [other for other in ids if other != value]
    return []


def other_names(material: Material, value: Any) -> list[Any]:
    """What other rows have in the field in which some row has this value."""
    for table in material.start.tables():
        rows = material.start.rows(table)
        for field in rows[0] if rows else ():
            if any(row[field] == value for row in rows):
                found = {row[field] for row in rows if isinstance(row[field], str)}
                return sorted(found - {value})
    return []


def worse(material: Material, made: Record, tool: str, wrong: Any) -> bool:
    """Another end, or a value that nobody told or showed, or an answer without support."""
    if not same_effect(made, material.trajectory):
        return not only_free_text(material, made)
    at = next(
        i
        for i, m in enumerate(made["messages"])
        for c in m.get("tool_calls") or ()
        if wrong in c["function"]["arguments"].values()
    )
    if not isinstance(wrong, bool) and not known_before(wrong, made["messages"][:at]):
        return True
    values = answer_values(material)
    return any(not known_before(v, made["messages"][:-1]) for v in values)


def only_free_text(material: Material, made: Record) -> bool:
    """Whether all that differs is the wording of a text that the agent may word."""
    texts = [s["value"] for s in material.task["agenda"]["slots"] if s["kind"] == "text"]
    one, other = net_effect(final_changes(made)), net_effect(material.changes)
    return any(str(text) in line for line in set(other) - set(one) for text in texts)


def answers(material: Material) -> list[Mapping[str, Any]]:
    return [a for goal in material.task["agenda"]["goals"] for a in goal["answers"]]


def answer_values(material: Material) -> list[Any]:
    items = material.task["rubric"]["success_criteria"]
    return [v["value"] for item in items for v in item["check"].get("values", ())]


def told_anew(material: Material, made: Record, text: str, fields: Sequence[str]) -> str | None:
    """The answer with the values of the wrongly read row in place of the right ones, if that
    makes a difference."""
    rows = [row for m in made["messages"] if m["role"] == "tool" for row in rows_of(m["content"])]
    changed = text
    for value, field in zip(answer_values(material), fields, strict=False):
        new = next((row[field] for row in rows if row.get(field) is not None), None)
        if new is None or isinstance(new, dict | list | bool):
            return None
        for form in dict.fromkeys((str(value), str(value).replace("_", " "))):
            changed = changed.replace(form, str(new))
    values = answer_values(material)
    lost = any(stands_in(v, text) and not stands_in(v, changed) for v in values)
    return changed if changed != text and lost else None


def without(turns: Sequence[Turn], gone: Sequence[Call]) -> list[Turn]:
    """The turns without some calls; a turn that made only those is left out."""
    kept = []
    for turn in turns:
        calls = [call for call in turn.calls if not any(call is other for other in gone)]
        if calls or not turn.calls:
            kept.append(Turn(turn.role, turn.content, calls, turn.train, turn.heard))
    return kept


def drawn_call(material: Material, name: str, rng: random.Random) -> Call | None:
    tool = material.toolbox.executable(material.domain["id"]).get(name)
    if tool is None:
        return None
    state = material.start.copy()
    drawn = draw_arguments(World(material.domain), state, tool, rng)
    return (name, dict(drawn.values)) if drawn is not None else None


def drawn_write(material: Material, rng: random.Random, never: set[str]) -> Call | None:
    names = list(material.toolbox.executable(material.domain["id"]))
    rng.shuffle(names)
    if rng.random() < 0.5:
        known = _drawn_of_known(material, names, rng, never)
        if known is not None:
            return known
    for name in names:
        if material.writes(name) and name not in never:
            call = drawn_call(material, name, rng)
            if call is not None:
                return call
    return None


def first_message_of(made: Record, call: Call) -> int:
    for index, message in enumerate(made["messages"]):
        for made_call in message.get("tool_calls") or ():
            function = made_call["function"]
            if (function["name"], function["arguments"]) == call:
                return index
    return 0


def id_like(value: Any) -> bool:
    return isinstance(value, str) and bool(re.search(r"\d", value)) and "@" not in value


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    else:
        yield value


def told_later(turns: Sequence[Turn], turn: Turn, user: int) -> bool:
    """Whether the user's answer tells a value that the call uses."""
    before = " ".join(t.content for t in turns[:user])
    values = [v for _, args in turn.calls for v in scalars(args)]
    return any(
        stands_in(v, turns[user].content) and not stands_in(v, before)
        for v in values
        if not isinstance(v, bool)
    )


def misfit(
    arguments: Mapping[str, Any], schema: Mapping[str, Any], rng: random.Random
) -> dict[str, Any]:
    """Arguments that the schema refuses: of a wrong type, one missing, one unknown."""
    made = dict(arguments)
    required = [name for name in schema.get("required", ()) if name in made]
    kind = rng.choice(("type", "missing", "unknown"))
    if kind == "missing" and required:
        del made[rng.choice(required)]
    elif kind == "type" and made:
        name = rng.choice(sorted(made))
        made[name] = [made[name]] if not isinstance(made[name], list) else {"value": made[name]}
    else:
        made["note_to_self"] = "check this again"
    return made


def _drawn_of_known(
    material: Material, names: list[str], rng: random.Random, never: set[str]
) -> Call | None:
    """A change to a row that the conversation is about, with values that were told or shown."""
    for name in names:
        if material.writes(name) and name not in never:
            call = known_call(material, name, rng)
            if call is not None:
                return call
    return None


def known_call(material: Material, name: str, rng: random.Random) -> Call | None:
    """A call of a tool with values that were told or shown; None if it takes others, or none."""
    rows = [r for m in material.messages if m["role"] == "tool" for r in rows_of(m["content"])]
    known: dict[str, Any] = {k: v for row in rows for k, v in row.items()}
    required = list(material.schema(name).get("required", ()))
    enums = {n: schema_of(material, name, n).get("enum") for n in required}
    if not required or not all(n in known or enums[n] for n in required):
        return None
    return name, {n: known[n] if n in known else rng.choice(enums[n] or [""]) for n in required}
