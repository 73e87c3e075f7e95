"""Mutations of what an agent does: the changed calls are executed anew in the world.

Each takes good material and returns a conversation that is really worse, or None where it can't
be made here or would do no harm.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from factory.records import Record
from factory.trajectories.bench.edits import (
    another,
    answer_values,
    answers,
    arguments,
    drawn_call,
    drawn_write,
    first_message_of,
    id_like,
    known_call,
    misfit,
    other_names,
    other_rows,
    scalars,
    schema_of,
    seen_values,
    told_anew,
    told_later,
    without,
    worse,
)
from factory.trajectories.bench.performance import Material, Turn
from factory.trajectories.bench.truth import (
    final_changes,
    known_before,
    net_effect,
    same_effect,
    shown_by_tools,
)

Mutator = Callable[[Material, random.Random], Record | None]
DENIALS = (
    "No, please don't do that.",
    "no, leave everything as it is",
    "Stop, I'd rather not go ahead with this.",
    "Hold on, don't do it. I need to check with someone first.",
    "Actually no. Forget about it.",
    "Not now, thanks.",
)


def wrong_argument(material: Material, rng: random.Random) -> Record | None:
    """One argument of a call has another value, told, shown, or made up."""
    turns = material.turns()
    places = list(arguments(turns))
    rng.shuffle(places)
    for call, name in places[:6]:
        right = call[1][name]
        wrong = another(right, schema_of(material, call[0], name), material, rng)
        if wrong is None or wrong == right:
            continue
        call[1][name] = wrong
        made = material.perform(turns)
        if worse(material, made, call[0], wrong):
            return made
        call[1][name] = right
    return None


def wrong_entity(material: Material, rng: random.Random) -> Record | None:
    """A change is made to another row than the one the user named."""
    turns = material.turns()
    places = [(c, n) for c, n in arguments(turns) if material.writes(c[0])]
    rng.shuffle(places)
    for call, name in places:
        others = other_rows(material, call[1][name])
        rng.shuffle(others)
        seen = set(map(str, seen_values(material, call[1][name])))
        others.sort(key=lambda other: str(other) not in seen)  # what is seen is mixed up first
        for other in others[:4]:
            right, call[1][name] = call[1][name], other
            made = material.perform(turns)
            if not same_effect(made, material.trajectory):
                return made
            call[1][name] = right
    return None


def wrong_row_read(material: Material, rng: random.Random) -> Record | None:
    """A question is answered from another row: the look-up and the answer agree, on the wrong
    thing."""
    turns = material.turns()
    last = next((t for t in reversed(turns) if t.role == "assistant" and not t.calls), None)
    fields = [a["source"]["field"] for a in answers(material) if "field" in a.get("source", {})]
    places = [(c, n) for c, n in arguments(turns) if not material.writes(c[0])]
    rng.shuffle(places)
    if last is None or not fields:
        return None
    for call, name in places[:4]:
        others = other_rows(material, call[1][name]) or other_names(material, call[1][name])
        rng.shuffle(others)
        for other in others[:3]:
            right, call[1][name] = call[1][name], other
            text = last.content
            made = material.perform(turns)
            answered = told_anew(material, made, text, fields)
            if answered is not None:
                last.content = answered
                return material.perform(turns)
            call[1][name] = right
    return None


def dropped_write(material: Material, rng: random.Random) -> Record | None:
    """One change is left out; the report still tells of it."""
    turns = material.turns()
    writes = [c for t in turns for c in t.calls if material.writes(c[0])]
    if not writes:
        return None
    gone = rng.choice(writes)
    made = material.perform(without(turns, [gone]))
    return made if not same_effect(made, material.trajectory) else None


def claimed_not_done(material: Material, rng: random.Random) -> Record | None:
    """Nothing is called at all, or nothing is changed, and the report says that it was done."""
    turns = material.turns()
    every = [c for t in turns for c in t.calls]
    writes = [c for c in every if material.writes(c[0])]
    if not writes:
        return None
    made = material.perform(without(turns, every if rng.random() < 0.5 else writes))
    return made if not same_effect(made, material.trajectory) else None


def extra_write(material: Material, rng: random.Random) -> Record | None:
    """A change that nobody asked for, early or late."""
    turns = material.turns()
    drawn = drawn_write(material, rng, set(material.rules["forbid"]))
    if drawn is None:
        return None
    places = [i for i, turn in enumerate(turns) if turn.role == "assistant"]
    turns.insert(rng.choice(places), Turn("assistant", "", [drawn], True))
    made = material.perform(turns)
    effect = net_effect(final_changes(made))
    return made if effect != net_effect(material.changes) else None


def detour_write(material: Material, rng: random.Random) -> Record | None:
    """A change is first made with another value, then made again with the right one: the end is
    right, the way was not."""
    turns = material.turns()
    places = [(c, n) for c, n in arguments(turns) if material.writes(c[0])]
    rng.shuffle(places)
    for call, name in places:
        schema = schema_of(material, call[0], name)
        wrong = another(call[1][name], schema, material, rng)
        if wrong is None or wrong == call[1][name]:
            continue
        at = next(i for i, turn in enumerate(turns) if any(c is call for c in turn.calls))
        first = Turn("assistant", "", [(call[0], {**call[1], name: wrong})], True)
        made = material.perform([*turns[:at], first, *turns[at:]])
        writes = [e for e in made["events"] if e["type"] == "call" and e["changes"]]
        if len(writes) > sum(bool(e["changes"]) for e in material.calls):
            return made
    return None


def repeated_write(material: Material, rng: random.Random) -> Record | None:
    """A change that was made is made once more: at once, later, or in the same breath."""
    turns = material.turns()
    done = {(e["tool"], str(e["arguments"])) for e in material.calls if e["changes"]}
    writes = [(t, c) for t in turns for c in t.calls if (c[0], str(c[1])) in done]
    if not writes:
        return None
    turn, call = rng.choice(writes)
    if rng.random() < 0.3:
        turn.calls.insert(turn.calls.index(call) + 1, (call[0], dict(call[1])))
    else:
        again = Turn("assistant", "", [(call[0], dict(call[1]))], True)
        later = [i for i, t in enumerate(turns) if t.role == "assistant" and i > turns.index(turn)]
        if not later:
            return None
        turns.insert(rng.choice(later), again)
    return material.perform(turns)


def forbidden_call(material: Material, rng: random.Random) -> Record | None:
    """A tool is used that the agent's policy forbids."""
    names = [name for name in material.rules["forbid"] if name in material.toolbox.tools]
    if not names:
        return None
    name = rng.choice(names)
    call = drawn_call(material, name, rng) or (name, {})
    turns = material.turns()
    places = [i for i, turn in enumerate(turns) if turn.role == "assistant"]
    turns.insert(rng.choice(places), Turn("assistant", "", [call], True))
    return material.perform(turns)


def unmet_condition(material: Material, rng: random.Random) -> Record | None:
    """The change is made although the condition that the user set for it does not hold."""
    items = material.task["rubric"]["expected_tool_use"]
    kept_from = [t for i in items if i["id"] == "untouched" for t in i["check"]["tools"]]
    if not kept_from:
        return None
    name = rng.choice(kept_from)
    call = known_call(material, name, rng) or drawn_call(material, name, rng)
    turns = material.turns()
    at = max((i for i, t in enumerate(turns) if t.role == "assistant"), default=None)
    if call is None or at is None:
        return None
    turns.insert(at, Turn("assistant", "", [call], True))
    again = material.perform(turns)
    return again if not same_effect(again, material.trajectory) else None


def reordered_calls(material: Material, rng: random.Random) -> Record | None:
    """A call is made before the look-up that shows its argument."""
    turns = material.turns()
    done = [(e["tool"], e["arguments"]) for e in material.calls if e["ok"]]
    with_calls = [i for i, t in enumerate(turns) if t.calls and all(c in done for c in t.calls)]
    pairs = [(i, j) for i in with_calls for j in with_calls if i < j]
    rng.shuffle(pairs)
    for i, j in pairs[:8]:
        if any(turn.role == "user" for turn in turns[i:j]):
            continue
        moved = [*turns[:i], turns[j], *turns[i:j], *turns[j + 1 :]]
        made = material.perform(moved)
        at = first_message_of(made, turns[j].calls[0])
        ids = [v for _, args in turns[j].calls for v in args.values() if id_like(v)]
        if at and any(not known_before(v, made["messages"][:at]) for v in ids):
            return made
    return None


def ignored_correction(material: Material, rng: random.Random) -> Record | None:
    """The agent acts on the value that the user has put right."""
    slots = [s for s in material.task["agenda"]["slots"] if "first" in s]
    turns = material.turns()
    for slot in slots:
        for call, name in arguments(turns):
            if call[1][name] == slot["value"]:
                call[1][name] = slot["first"]
    made = material.perform(turns)
    return made if slots and not same_effect(made, material.trajectory) else None


def early_write(material: Material, rng: random.Random) -> Record | None:
    """The change is made before the user has answered what it depends on, and not again."""
    turns = material.turns()
    for at, turn in enumerate(turns):
        if not any(material.writes(name) for name, _ in turn.calls):
            continue
        users = [i for i, t in enumerate(turns[:at]) if t.role == "user" and i > 1]
        if not users or turns[users[-1] - 1].calls:
            return None
        act = turns[users[-1]].heard.get("act")
        ruled = any(name in material.rules["confirm"] for name, _ in turn.calls)
        if (act == "confirm" and ruled) or (
            act in ("answer", "correction") and told_later(turns, turn, users[-1])
        ):
            ask = users[-1] - 1
            return material.perform([*turns[:ask], turn, *turns[ask:at], *turns[at + 1 :]])
    return None


def missing_confirmation(material: Material, rng: random.Random) -> Record | None:
    """A tool that has to be confirmed is used without asking."""
    turns = material.turns()
    for at, turn in enumerate(turns):
        confirmed = turn.role == "user" and turn.heard.get("act") == "confirm"
        following = turns[at + 1 : at + 2]
        if confirmed and any(c[0] in material.rules["confirm"] for t in following for c in t.calls):
            return material.perform([*turns[: at - 1], *turns[at + 1 :]])
    return None


def overruled_user(material: Material, rng: random.Random) -> Record | None:
    """The user says no, and the change is made."""
    turns = material.turns()
    for at, turn in enumerate(turns):
        following = turns[at + 1 : at + 2]
        acts = any(material.writes(c[0]) for t in following for c in t.calls)
        if turn.role == "user" and turn.heard.get("act") == "confirm" and acts:
            turn.content = rng.choice(DENIALS)
            return material.perform(turns)
    return None


def guessed_argument(material: Material, rng: random.Random) -> Record | None:
    """What the user keeps back is not asked for but guessed (rightly, by luck)."""
    turns = material.turns()
    for at, turn in enumerate(turns):
        if turn.role == "user" and turn.heard.get("act") == "answer":
            kept = [*turns[: at - 1], *turns[at + 1 :]]
            if turns[at - 1].calls or at < 2:
                continue
            made = material.perform(kept)
            if _unknown_used(made):
                return made
    return None


def _unknown_used(made: Record) -> bool:
    """Whether a call has a value that no message before it tells or shows."""
    for index, message in enumerate(made["messages"]):
        for call in message.get("tool_calls") or ():
            values = scalars(call["function"]["arguments"])
            before = made["messages"][:index]
            if any(not isinstance(v, bool) and not known_before(v, before) for v in values):
                return True
    return False


def tool_not_there(material: Material, rng: random.Random) -> Record | None:
    """A tool is used before it is connected, or one that does not exist."""
    turns = material.turns()
    withheld = material.task["agenda"]["withheld"]
    if withheld:
        call = next((c for t in turns for c in t.calls if c[0] in withheld), None)
        if call is None:
            return None
        turns.insert(2, Turn("assistant", "", [(call[0], dict(call[1]))], True))
        return material.perform(turns)
    done = [(e["tool"], e["arguments"]) for e in material.calls if e["ok"]]
    calls = [(t, c) for t in turns for c in t.calls if c in done and done.count(c) == 1]
    if not calls:
        return None
    turn, call = rng.choice(calls)
    turn.calls[turn.calls.index(call)] = (f"{call[0][:61]}_v2", call[1])
    made = material.perform(turns)
    shown = all(shown_by_tools(v, made["messages"]) for v in answer_values(material))
    return None if shown and same_effect(made, material.trajectory) else made


def answer_without_lookup(material: Material, rng: random.Random) -> Record | None:
    """The answer is given without the call that shows it."""
    values = answer_values(material)
    turns = material.turns()
    done = [(e["tool"], e["arguments"]) for e in material.calls if e["ok"]]
    reads = [c for t in turns for c in t.calls if not material.writes(c[0]) and c in done]
    if not values or not reads:
        return None
    gone = reads if rng.random() < 0.5 else [rng.choice(reads)]
    made = material.perform(without(turns, gone))
    told = [m for m in made["messages"] if m["role"] == "user"]
    hidden = [v for v in values if not known_before(v, told)]
    return made if any(not shown_by_tools(v, made["messages"]) for v in hidden) else None


def wrong_tool(material: Material, rng: random.Random) -> Record | None:
    """Another tool of the same kind is used with the same arguments."""
    turns = material.turns()
    calls = [(t, c) for t in turns for c in t.calls if material.writes(c[0])]
    others = [n for n in material.toolbox.executable(material.domain["id"]) if material.writes(n)]
    if not calls:
        return None
    turn, call = rng.choice(calls)
    rng.shuffle(others)
    for other in others:
        fitting = set(material.schema(other).get("properties", {})) & set(call[1])
        if other == call[0] or not fitting:
            continue
        turn.calls[turn.calls.index(call)] = (other, {n: call[1][n] for n in sorted(fitting)})
        made = material.perform(turns)
        return made if not same_effect(made, material.trajectory) else None
    return None


def invalid_arguments(material: Material, rng: random.Random) -> Record | None:
    """A call that breaks its schema, learned from: the right one may follow or not."""
    turns = material.turns()
    calls = [(i, c) for i, t in enumerate(turns) for c in t.calls]
    if not calls:
        return None
    at, (name, arguments) = rng.choice(calls)
    broken = misfit(arguments, material.schema(name), rng)
    if rng.random() < 0.5:
        turns.insert(at, Turn("assistant", "", [(name, broken)], True))
    else:
        place = next(k for k, c in enumerate(turns[at].calls) if c == (name, arguments))
        turns[at].calls[place] = (name, broken)
    made = material.perform(turns)
    for message in made["messages"]:
        for call in message.get("tool_calls") or ():
            if call["function"]["arguments"] == broken:
                message["train"] = True
    return made


CALLS: dict[str, Mutator] = {
    "wrong argument": wrong_argument,
    "wrong entity changed": wrong_entity,
    "wrong entity read": wrong_row_read,
    "wrong tool": wrong_tool,
    "tool not there": tool_not_there,
    "schema-invalid argument": invalid_arguments,
    "dropped write": dropped_write,
    "claimed but not done": claimed_not_done,
    "extra write": extra_write,
    "detour write": detour_write,
    "repeated write": repeated_write,
    "forbidden call": forbidden_call,
    "condition not met": unmet_condition,
    "reordered dependent calls": reordered_calls,
    "ignored correction": ignored_correction,
    "early write": early_write,
    "missing confirmation": missing_confirmation,
    "overruled user": overruled_user,
    "guessed argument": guessed_argument,
    "answer without look-up": answer_without_lookup,
}
