"""A quick look at whether a value satisfies a JSON Schema: yes, or "ask jsonschema".

Nearly every value that is checked is valid. jsonschema takes 50 to 1,000 µs to say so,
jsonschema-rs 5 to 60. What gets no quick yes is left to jsonschema, which words what is wrong.
tests/test_conform.py holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsonschema_rs

Look = Callable[[Any], bool]


def quick_look(schema: Mapping[str, Any], others: Sequence[Mapping[str, Any]] = ()) -> Look:
    """A function that returns True only for values that satisfy the schema (JSON Schema of the
    draft that it names, else 2020-12). It may refer to the `others` by their `$id`.

    For a schema that can't be compiled, or that refers to another document, it never does: the
    schema may be a stranger's, so nothing is fetched for it. Of values that are no JSON, a tuple is
    taken for an array and a Decimal for a number; a key that is no string gets False.
    """
    try:
        known = jsonschema_rs.Registry(
            [(other["$id"], dict(other)) for other in others], retriever=_fetch_nothing
        )
        is_valid = jsonschema_rs.validator_for(
            dict(schema), registry=known, retriever=_fetch_nothing
        ).is_valid
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return lambda value: False

    def look(value: Any) -> bool:
        try:
            return is_valid(value)
        except ValueError:
            return False

    return look


def _fetch_nothing(uri: str) -> Any:
    raise ValueError(f"{uri}: not fetched")
