"""Mutations of the record itself: nothing is performed anew, so the parts don't fit together."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from factory.records import Record
from factory.trajectories.bench.calls import Mutator
from factory.trajectories.bench.edits import another, schema_of
from factory.trajectories.bench.performance import Material
from factory.trajectories.simulate import environment_of

Messages = list[dict[str, Any]]


def stale_result(material: Material, rng: random.Random) -> Record | None:
    """The argument of a call is another, its result is the old one; in the events too or not."""
    messages = material.edited()
    calls = [c for m in messages for c in m.get("tool_calls") or ()]
    places = [(i, n) for i, c in enumerate(calls) for n in c["function"]["arguments"]]
    rng.shuffle(places)
    for number, name in places:
        function = calls[number]["function"]
        right = function["arguments"][name]
        wrong = another(right, schema_of(material, function["name"], name), material, rng)
        if wrong is None or wrong == right or isinstance(right, dict | list):
            continue
        function["arguments"][name] = wrong
        made = material.variant(messages=messages)
        if not _differs(material, made, number):
            function["arguments"][name] = right
            continue
        if rng.random() < 0.5:
            return made
        events = [dict(event) for event in material.trajectory["events"]]
        for event in events:
            if event.get("call") == number:
                event["arguments"] = {**event["arguments"], name: wrong}
        return material.variant(messages=messages, events=events)
    return None


def edited_result(material: Material, rng: random.Random) -> Record | None:
    """A value in a tool's result is another one."""
    messages = material.edited()
    results = [m for m in messages if m["role"] == "tool"]
    if not results:
        return None
    message = rng.choice(results)
    body = json.loads(message["content"])
    spots = [(o, k) for o in _objects(body) for k, v in o.items() if not isinstance(v, dict | list)]
    if not spots:
        return None
    owner, key = rng.choice(spots)
    value = owner[key]
    if isinstance(value, bool):
        owner[key] = not value
    elif isinstance(value, int | float):
        owner[key] = value + 1
    else:
        owner[key] = f"{value} (amended)" if value else "amended"
    message["content"] = json.dumps(body, ensure_ascii=False)
    return material.variant(messages=messages)


def swapped_results(material: Material, rng: random.Random) -> Record | None:
    """Two calls have each other's results."""
    messages = material.edited()
    results = [m for m in messages if m["role"] == "tool"]
    pairs = [(a, b) for a in results for b in results if a["content"] != b["content"]]
    if not pairs:
        return None
    one, other = rng.choice(pairs)
    one["content"], other["content"] = other["content"], one["content"]
    return material.variant(messages=messages)


def broken_ids(material: Material, rng: random.Random) -> Record | None:
    """Calls and results don't find each other, or an id breaks its form."""
    messages = material.edited()
    callers = [m for m in messages if m.get("tool_calls")]
    results = [m for m in messages if m["role"] == "tool"]
    if not results:
        return None
    message, result = rng.choice(callers), rng.choice(results)
    call = rng.choice(message["tool_calls"])
    name, number = call["id"].split(":")
    kinds: list[Callable[[], None]] = [
        lambda: call.update(id=f"{name}:{int(number) + 1}"),
        lambda: call.update(id=f"call_{number}"),
        lambda: result.update(tool_call_id=result["tool_call_id"] + "0"),
        lambda: result.update(name=result["name"] + "s"),
        lambda: messages.remove(result),
        lambda: messages.insert(messages.index(result), dict(result)),
        lambda: result.pop("tool_call_id") and None,
    ]
    rng.choice(kinds)()
    return material.variant(messages=messages)


def broken_turns(material: Material, rng: random.Random) -> Record | None:
    """Two of a role in a row, no system message, a turn lost."""
    messages = material.edited()
    users = [i for i, m in enumerate(messages) if m["role"] == "user"]
    texts = [i for i, m in enumerate(messages) if m["role"] == "assistant" and m["content"]]
    kind = rng.choice(("user", "assistant", "system", "lost"))
    if kind == "user":
        at = rng.choice(users)
        messages.insert(at, {"role": "user", "content": "Hello?", "train": False})
    elif kind == "assistant" and texts:
        messages.insert(texts[-1], dict(messages[texts[-1]]))
    elif kind == "lost" and len(users) > 1:
        del messages[users[-1]]
    else:
        del messages[0]
    return material.variant(messages=messages)


def lost_call(material: Material, rng: random.Random) -> Record | None:
    """A call and its result are cut out of the record; what follows is as it was."""
    messages = material.edited()
    callers = [m for m in messages if len(m.get("tool_calls") or ()) == 1]
    if not callers:
        return None
    gone = rng.choice(callers)
    at = messages.index(gone)
    del messages[at : at + 2]
    number = 0
    for message in messages:
        for call in message.get("tool_calls") or ():
            old, new = call["id"], f"functions.{call['function']['name']}:{number}"
            number += 1
            call["id"] = new
            for result in messages:
                if result.get("tool_call_id") == old:
                    result["tool_call_id"] = new
    return material.variant(messages=messages)


def learned_error(material: Material, rng: random.Random) -> Record | None:
    """The agent's own error counts towards the loss."""
    messages = material.edited()
    events = [e for e in material.calls if e["error"] and not e["fault"]]
    expected = {step.get("refused") for step in material.task["plan"]}
    events = [e for e in events if e["error"] not in expected]
    if not events:
        return None
    messages[events[0]["turn"]]["train"] = True
    return material.variant(messages=messages)


def wrong_counts(material: Material, rng: random.Random) -> Record | None:
    """The record has another number of turns, calls or faults than the conversation."""
    name = rng.choice(("num_turns", "num_tool_calls", "num_faults"))
    return material.variant(**{name: material.trajectory[name] + 1})


def empty_turn(material: Material, rng: random.Random) -> Record | None:
    """The agent says nothing and calls nothing, and the user goes on."""
    messages = material.edited()
    texts = [m for m in messages[:-1] if m["role"] == "assistant" and not m.get("tool_calls")]
    if not texts:
        return None
    rng.choice(texts)["content"] = ""
    return material.variant(messages=messages)


def other_setting(material: Material, rng: random.Random) -> Record | None:
    """The prompt, the request or a tool is not what the task gave."""
    messages = material.edited()
    kind = rng.choice(("prompt", "request", "tool"))
    if kind == "tool":
        tools = json.loads(json.dumps(material.trajectory["tools"]))
        if len(tools) > 1:
            tools.pop(rng.randrange(len(tools)))
            return material.variant(tools=tools)
    at = 0 if kind == "prompt" else 1
    messages[at]["content"] = messages[at]["content"].replace(" the ", " any ", 1) + " Thanks."
    return material.variant(messages=messages)


RECORD: dict[str, Mutator] = {
    "stale result": stale_result,
    "edited result": edited_result,
    "swapped results": swapped_results,
    "call cut out": lost_call,
    "broken id pairing": broken_ids,
    "broken turns": broken_turns,
    "error learned from": learned_error,
    "wrong counts": wrong_counts,
    "empty turn": empty_turn,
    "other setting": other_setting,
}


def _objects(value: Any) -> list[dict[str, Any]]:
    found = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            found.append(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return found


def _differs(material: Material, made: Record, number: int) -> bool:
    """Whether call `number` would really have returned something else."""
    environment = environment_of(made["events"][0], material.toolbox)
    contents = [m["content"] for m in material.messages if m["role"] == "tool"]
    calls = [c["function"] for m in made["messages"] for c in m.get("tool_calls") or ()]
    for declared in (t for e in made["events"] for t in e.get("added", ())):
        environment.enable([declared["function"]["name"]])
    for index, function in enumerate(calls[: number + 1]):
        content = environment.call(function["name"], function["arguments"]).content
        if index == number:
            return bool(content != contents[number])
    return False
