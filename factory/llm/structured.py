"""Answers that must have a shape: read leniently where nothing is lost, validated always.

Lenient: white space, a byte-order mark, a reasoning preamble in <think> tags, a code fence, words
around a single JSON object, raw line breaks in strings. Never: completing cut JSON, repairing
quotes or commas, choosing between two objects, a key said twice, NaN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator

from factory.conform import quick_look

PROBLEMS_TOLD = 5
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)


class AnswerProblem(Exception):
    """What is wrong with an answer, in words that its author can act on."""


def response_format(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The request for an answer of this schema, as OpenAI's API words it."""
    inner = {"name": name, "schema": schema, "strict": closed(schema)}
    return {"type": "json_schema", "json_schema": inner}


def closed(schema: Any) -> bool:
    """Whether every object of a schema requires all that it may hold: the only schemas that
    OpenAI's strict mode takes; with another it refuses the request."""
    if isinstance(schema, list):
        return all(map(closed, schema))
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False
        or set(schema.get("properties", ())) != set(schema.get("required", ()))
    ):
        return False
    return all(map(closed, schema.values()))


def without_thought(text: str) -> str:
    """The text after a leading <think>…</think>, stripped."""
    return _THOUGHT.sub("", text.lstrip("\ufeff"), count=1).strip()


def parse_json(text: str) -> Any:
    """The one JSON object in a text. Raises AnswerProblem if there is none, or more than one."""
    text = without_thought(text)
    if not text:
        raise AnswerProblem("the answer is empty")
    fences = _FENCE.findall(text)
    if len(fences) == 1 and fences[0].lstrip().startswith("{"):
        text = fences[0].strip()
    decoder = json.JSONDecoder(
        strict=False, parse_constant=_no_constant, object_pairs_hook=_without_repeats
    )
    start = text.find("{")
    if start < 0:
        raise AnswerProblem("the answer holds no JSON object")
    try:
        value, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise AnswerProblem(
            f"the answer is not whole JSON: {error.msg} at character {error.pos} of {len(text)}"
        ) from None
    except RecursionError:
        raise AnswerProblem("the answer is nested too deeply") from None
    if "{" in text[end:]:
        raise AnswerProblem("the answer holds more than one JSON object")
    return value


def _no_constant(name: str) -> Any:
    raise AnswerProblem(f"{name} is not JSON")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise AnswerProblem(f"the key {twice!r} is given twice")
    return found


def tagged(text: str, tag: str) -> str:
    """What stands between <tag> and </tag>; the whole text if the model left the tags out.

    Raises AnswerProblem if the tag is opened and not closed, or stands there twice.
    """
    text = without_thought(text)
    opened, closed = f"<{tag}>", f"</{tag}>"
    if text.count(opened) > 1 or text.count(closed) > 1:
        raise AnswerProblem(f"{opened} must stand in the answer once")
    if opened in text and closed not in text:
        raise AnswerProblem(f"the answer breaks off before {closed}")
    if opened in text:
        text = text.partition(opened)[2].partition(closed)[0]
    text = text.replace(closed, "").strip()
    if not text:
        raise AnswerProblem("the answer is empty")
    return text


class Checker:
    """Checks values against a JSON Schema (2020-12)."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.surely_valid = quick_look(schema)

    @cached_property
    def validator(self) -> Draft202012Validator:
        """Finds what is wrong with a value."""
        return Draft202012Validator(self.schema)


def problems(checker: Checker, value: Any) -> list[str]:
    """What breaks the checker's schema, each with its place; empty if nothing does."""
    if checker.surely_valid(value):
        return []
    found = []
    for error in checker.validator.iter_errors(value):
        place = "/".join(map(str, error.absolute_path)) or "the object"
        found.append(f"{place}: {error.message[:300]}")
        if len(found) == PROBLEMS_TOLD:
            break
    return found
