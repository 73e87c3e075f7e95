"""What every trajectory must keep to, whatever its task: form, grounding, thrift."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema
from jsonschema.validators import validator_for

from factory.conform import Look, quick_look
from factory.records import canonical_json
from factory.tasks.proof.checks import Score
from factory.trajectories.judging.answers import answers_given, answers_shown
from factory.trajectories.judging.case import Case, calls_of
from factory.trajectories.judging.claims import grounded_names
from factory.trajectories.judging.conduct import (
    errors_masked,
    no_blind_repeat,
    no_idle_write,
    no_needless_change,
    no_repeated_write,
)
from factory.trajectories.judging.consent import asked_is_done, heeds_no, obeys_policies
from factory.trajectories.judging.endings import true_endings
from factory.trajectories.judging.failures import no_machinery, true_failures
from factory.trajectories.judging.fields import values_in_place
from factory.trajectories.judging.genuine import replays, same_setting, well_formed
from factory.trajectories.judging.grounding import first_ungrounded
from factory.trajectories.judging.statements import true_statements
from factory.trajectories.judging.vocabulary import nothing_strange, true_acts
from factory.trajectories.judging.wording import wishes_as_worded
from factory.trajectories.provenance import INVENTED, trace

NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


Rule = Callable[[Case], Score]


@lru_cache(maxsize=512)
def _quick_look(text: str) -> Look:
    return quick_look(json.loads(text))


def _misfit(arguments: Any, schema: Mapping[str, Any]) -> str:
    """What jsonschema says is wrong with a call's arguments; empty if nothing is."""
    if _quick_look(canonical_json(schema))(arguments):
        return ""
    validator = validator_for(schema, default=jsonschema.Draft202012Validator)(schema)
    error = next(validator.iter_errors(arguments), None)
    return "" if error is None else error.message[:200]


def _alternates(case: Case) -> Score:
    """system, then (user | tool...) and assistant in turn."""
    roles = [message["role"] for message in case.messages]
    if roles[:2] != ["system", "user"]:
        return Score(0.0, 0, "does not begin with system and user")
    for index in range(2, len(roles)):
        before, now = roles[index - 1], roles[index]
        fits = before == "assistant" if now == "user" else now == "tool" or before != "assistant"
        if now == "tool":
            fits = before == "tool" or bool(case.messages[index - 1].get("tool_calls"))
        if now == "user" and case.messages[index - 1].get("tool_calls"):
            fits = False
        if not fits or now == "system":
            return Score(0.0, index, f"{now} after {before}")
    return Score(1.0)


def _ends_well(case: Case) -> Score:
    last = case.messages[-1]
    good = last["role"] == "assistant" and not last.get("tool_calls") and bool(last["content"])
    return Score(float(good), len(case.messages) - 1, "" if good else "does not end in a text")


def _paired(case: Case) -> Score:
    """Ids count from 0 over the conversation and each call is answered once, in order."""
    calls = calls_of(case.messages)
    for number, (index, call) in enumerate(calls):
        name = call["function"]["name"]
        if call["id"] != f"functions.{name}:{number}" or not NAME.fullmatch(name):
            return Score(0.0, index, f"id {call['id']} at call {number}")
    return _answered(case)


def _answered(case: Case) -> Score:
    """The results of a message's calls follow it, one for each, in order; there are no others."""
    index = 0
    while index < len(case.messages):
        calls = case.messages[index].get("tool_calls") or ()
        after = case.messages[index + 1 : index + 1 + len(calls)]
        found = [(m["role"], m.get("tool_call_id"), m.get("name")) for m in after]
        if found != [("tool", call["id"], call["function"]["name"]) for call in calls]:
            return Score(0.0, index, "the calls are not answered one by one")
        index += 1 + len(calls)
        if index < len(case.messages) and case.messages[index]["role"] == "tool":
            return Score(0.0, index, "a result of no call")
    return Score(1.0)


def _schema_valid(case: Case) -> Score:
    """Calls that are trained on fit the declared schema; strict about unknown arguments."""
    for index, call in calls_of(case.messages):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        if not case.messages[index]["train"]:
            continue
        schema = case.schemas(index).get(name)
        if schema is None:
            return Score(0.0, index, f"{name} is not declared")
        unknown = set(arguments) - set(schema.get("properties", {}))
        why = _misfit(arguments, schema) or (f"unknown {sorted(unknown)}" if unknown else "")
        if why:
            return Score(0.0, index, f"{name}: {why}")
    return Score(1.0)


def _grounded_arguments(case: Case) -> Score:
    """Every argument was told or shown before, masked turns included."""
    for index, call in calls_of(case.messages):
        schema = case.schemas(index).get(call["function"]["name"], {})
        origins = trace(call["function"]["arguments"], case.messages[:index], schema)
        for name, origin in origins.items():
            if origin["from"] == INVENTED:
                value = call["function"]["arguments"][name]
                return Score(0.0, index, f"{name}={value!r} was neither told nor shown")
    return Score(1.0)


def _grounded_answers(case: Case) -> Score:
    found = first_ungrounded(case.messages, case.parameters)
    if found is None:
        return Score(1.0)
    return Score(0.0, found[0], f"{found[1]} was neither told nor shown")


def _keeps_format(case: Case) -> Score:
    """The format rules of the system prompt that a machine can check."""
    for index, message in enumerate(case.messages):
        if message["role"] != "assistant":
            continue
        text = message["content"]
        if "plain_text" in case.agent["behaviour"]["format_rules"] and re.search(
            r"\*\*|^#|^[-*] ", text, re.M
        ):
            return Score(0.0, index, "Markdown in a plain-text setting")
        if "short" in case.agent["behaviour"]["format_rules"] and len(text.split()) > 120:
            return Score(0.0, index, "far too long")
    return Score(1.0)


def _thrifty(case: Case) -> Score:
    """At most twice the calls of the plan and three more; beyond that the score falls."""
    calls = len(calls_of(case.messages))
    allowed = 2 * len(case.task["plan"]) + 3
    return Score(min(1.0, allowed / calls) if calls else 1.0, -1, f"{calls} calls")


RULES: dict[str, tuple[Rule, float, bool]] = {
    "well_formed": (well_formed, 1.0, True),
    "alternation": (_alternates, 1.0, True),
    "ends_well": (_ends_well, 1.0, True),
    "id_pairing": (_paired, 1.0, True),
    "schema_valid": (_schema_valid, 1.0, True),
    "errors_masked": (errors_masked, 1.0, True),
    "same_setting": (same_setting, 1.0, True),
    "replays": (replays, 2.0, True),
    "grounded_arguments": (_grounded_arguments, 2.0, True),
    "grounded_answers": (_grounded_answers, 2.0, True),
    "grounded_names": (grounded_names, 2.0, True),
    "values_in_place": (values_in_place, 2.0, True),
    "true_statements": (true_statements, 2.0, True),
    "nothing_strange": (nothing_strange, 2.0, True),
    "true_acts": (true_acts, 2.0, True),
    "wishes_as_worded": (wishes_as_worded, 2.0, True),
    "obeys_policies": (obeys_policies, 2.0, True),
    "heeds_no": (heeds_no, 2.0, True),
    "asked_is_done": (asked_is_done, 2.0, True),
    "no_blind_repeat": (no_blind_repeat, 1.0, True),
    "no_repeated_write": (no_repeated_write, 1.0, True),
    "no_idle_write": (no_idle_write, 1.0, True),
    "no_needless_change": (no_needless_change, 1.0, True),
    "answers_shown": (answers_shown, 2.0, True),
    "answers_given": (answers_given, 2.0, True),
    "true_failures": (true_failures, 2.0, True),
    "no_machinery": (no_machinery, 1.0, True),
    "true_endings": (true_endings, 2.0, True),
    "format": (_keeps_format, 0.5, False),
    "thrift": (_thrifty, 0.5, False),
}
"""Name → (rule, weight, gate): a trajectory that fails a gate is not kept."""

FORM = ("well_formed", "alternation", "ends_well", "id_pairing")
"""Without these a conversation can't be read, so that no other rule is asked."""
