"""What imperfect agents do wrong, each mistake labelled by its maker.

A *slip* leads to an error message and is put right (recovering, sloppy); *spoiled* arguments and
*skipped* goals lead to a wrong end (sloppy); *superfluous* calls cost time only (over-calling);
*inventions* are values and claims that nothing supports (hallucinating).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.tasks.sources import Source, Unresolved, resolve, slots_used
from factory.tasks.values import forms
from factory.trajectories.authors import AgentView, Call, Turn

Step = Mapping[str, Any]


@dataclass(frozen=True)
class Slip:
    """A wrong call and the step it was meant to be."""

    step: str
    call: Call


def _schema(view: AgentView, tool: str) -> Mapping[str, Any]:
    for declared in view.tools:
        if declared["function"]["name"] == tool:
            parameters: Mapping[str, Any] = declared["function"]["parameters"]
            return parameters
    return {}


def slip(view: AgentView, step: Step, results: Mapping[str, Any]) -> Slip | None:
    """A first try at `step` that the tool will refuse; once in a conversation."""
    if view.skill not in ("recovering", "sloppy") or view.notes.get("slips", 0) >= 1:
        return None
    rng = view.rng
    remaining = [s for s in view.script.steps if s["id"] not in results]
    if len(remaining) > 1 and rng.random() < 0.5:
        return None
    try:
        right = {
            name: resolve(source, view.heard, results) for name, source in step["arguments"].items()
        }
    except Unresolved:
        return None
    kinds = [_wrong_name, _natural_date, _left_out, _as_text]
    rng.shuffle(kinds)
    for kind in kinds:
        call = kind(view, step["tool"], right)
        if call is not None:
            view.notes["slips"] = 1
            view.notes["slipped"] = True
            return Slip(step["id"], call)
    return None


def _natural_date(view: AgentView, tool: str, right: Mapping[str, Any]) -> Call | None:
    """A date as people write it, where the tool wants YYYY-MM-DD."""
    for name, value in right.items():
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return tool, {**right, name: forms(value)[2]}
    return None


def _left_out(view: AgentView, tool: str, right: Mapping[str, Any]) -> Call | None:
    """A required argument forgotten."""
    required = [n for n in _schema(view, tool).get("required", ()) if n in right]
    if not required:
        return None
    gone = view.rng.choice(required)
    return tool, {name: value for name, value in right.items() if name != gone}


def _as_text(view: AgentView, tool: str, right: Mapping[str, Any]) -> Call | None:
    """A number sent as text."""
    for name, value in right.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            return tool, {**right, name: str(value)}
    return None


def _wrong_name(view: AgentView, tool: str, right: Mapping[str, Any]) -> Call | None:
    """A tool name that is almost right."""
    if view.rng.random() < 0.6:
        return None
    swapped = re.sub(r"_(\w)", lambda m: m.group(1).upper(), tool) if "_" in tool else f"{tool}Item"
    known = {declared["function"]["name"] for declared in view.tools}
    return (swapped, dict(right)) if swapped not in known and len(swapped) <= 64 else None


def skips(view: AgentView, todo: Sequence[Step]) -> bool:
    """Whether a sloppy agent stops here and claims that all is done."""
    last = len(todo) == 1 and any(g["step"] == todo[0]["id"] for g in view.script.goals)
    if not last or view.notes.get("spoiled") or "skip" in view.notes:
        return bool(view.notes.get("skip"))
    skip: bool = view.notes.setdefault("skip", view.rng.random() < 0.25)
    return skip


def spoiled(view: AgentView, batch: Sequence[Step], calls: Sequence[Call]) -> list[Call]:
    """Now and then the right call with the wrong value: another row, or a changed number."""
    out = []
    for step, (tool, arguments) in zip(batch, calls, strict=True):
        is_goal = any(g["step"] == step["id"] and g["write"] for g in view.script.goals)
        if is_goal and not view.notes.get("spoiled") and view.rng.random() < 0.5:
            changed = _other_row(view, step, arguments) or _other_number(arguments)
            if changed is not None:
                view.notes["spoiled"] = True
                arguments = changed
        out.append((tool, arguments))
    return out


def _other_row(view: AgentView, step: Step, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The id of a neighbouring row of the list in which the right one was found."""
    for name, source in step["arguments"].items():
        rows = view.notes["results"].get(source.get("step", ""), {}).get(source.get("out"))
        if isinstance(rows, list):
            field = source["field"]
            others = [r[field] for r in rows if r.get(field) and r[field] != arguments[name]]
            if others:
                return {**arguments, name: view.rng.choice(others)}
    return None


def _other_number(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    for name, value in arguments.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 1:
            return {**arguments, name: value - 1}
    return None


def superfluous(view: AgentView, calls: Sequence[Call]) -> list[Call]:
    """Reading calls that nobody needs: a list without filters, or the same look-up again."""
    if view.rng.random() < 0.35:
        return []
    steps = [s for s in view.script.steps if s["role"] == "find"]
    done = [s for s in steps if s["id"] in view.notes["results"]]
    if done and view.rng.random() < 0.5:
        step = view.rng.choice(done)
        arguments = {
            name: resolve(source, view.heard, view.notes["results"])
            for name, source in step["arguments"].items()
        }
        return [(step["tool"], arguments)]
    idle = [
        declared["function"]["name"]
        for declared in view.tools
        if not declared["function"]["parameters"].get("required")
        and re.match(r"(.*__)?(search|find|list|get|show|look)", declared["function"]["name"])
    ]
    used = {name for name, _ in calls}
    idle = [name for name in idle if name not in used]
    return [(view.rng.choice(idle), {})] if idle else []


def invent(view: AgentView, todo: Sequence[Step], say: Callable[..., str]) -> Turn | None:
    """An unsupported claim or value, once; None lets the agent go on as it would."""
    if view.notes.get("invented") or not todo:
        return None
    rng = view.rng
    stage = view.notes["stage"]
    done = view.notes["results"]
    goals = [g for g in view.script.goals if g["stage"] == stage and g["step"] not in done]
    if not goals:
        return None
    questions = [g for g in goals if g["answers"]]
    if questions and len(questions) == len(goals) and rng.random() < 0.7:
        return _made_up_answer(view, questions[0], say)
    for step in todo[:1]:
        made = _made_up_id(view, step)
        if made is not None and rng.random() < 0.75:
            view.notes["invented"] = True
            view.notes["slipped"] = True
            view.notes["pending"] = [step["id"]]
            return Turn("", [made], {"kind": "call"}, mistake=True)
    if rng.random() < 0.5 and goals[0]["write"]:
        view.notes["invented"] = True
        view.notes["reported"] = view.notes["stage"]
        text = say("done", past=goals[0]["past"], done=goals[0]["done"])
        return Turn(text, act={"kind": "report"}, mistake=True)
    return None


def _made_up_id(view: AgentView, step: Step) -> Call | None:
    """The first step that needs a looked-up id, or the goal at once, with a guessed id."""
    goal = next((s for s in view.script.steps if s["role"] == "goal"), None)
    if goal is None:
        return None
    arguments: dict[str, Any] = {}
    guessed = False
    for name, source in goal["arguments"].items():
        if slots_used(source) - set(view.heard) and "slot" in source:
            return None
        if "slot" in source:
            arguments[name] = view.heard[source["slot"]]
        else:
            arguments[name] = _guess(view.rng, source)
            guessed = True
    if not guessed or goal["id"] != step["id"] and step["role"] != "find":
        return None
    return goal["tool"], arguments


def _guess(rng: random.Random, source: Source) -> str:
    letters = re.sub(r"[^A-Za-z]", "", str(source.get("field", "id"))).upper()[:2] or "ID"
    return f"{letters}-{rng.randint(1000, 9999)}"


def _made_up_answer(view: AgentView, goal: Mapping[str, Any], say: Callable[..., str]) -> Turn:
    view.notes["invented"] = True
    view.notes["reported"] = view.notes["stage"]
    label = str(goal["answers"][0]["label"])
    facts = f"{label} {view.rng.randint(3, 480)}"
    return Turn(
        say("answer", what=goal["about"], facts=facts), act={"kind": "report"}, mistake=True
    )
