"""Programs as data to look through and to rewrite: their steps, the arguments and variables that
their expressions read, the params by the nodes that read them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]


def flat_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """All steps in order, those inside a loop after the loop itself."""
    for step in steps:
        yield step
        if step["do"] == "each":
            yield from flat_steps(step["steps"])


def is_argument(node: Any) -> bool:
    """Whether a node of a step is an expression that reads an argument."""
    return isinstance(node, Mapping) and isinstance(node.get("arg"), str)


def is_variable(node: Any) -> bool:
    """Whether a node of a step is an expression that reads a variable."""
    return isinstance(node, Mapping) and isinstance(node.get("var"), str)


def rewritten(node: Any, replace: Callable[[Mapping[str, Any]], Any]) -> Any:
    """A copy of a step, a list of steps or an expression in which every reading of an argument or
    a variable is what ``replace`` gives for it."""
    if is_argument(node) or is_variable(node):
        return replace(node)
    if isinstance(node, Mapping):
        return {key: rewritten(child, replace) for key, child in node.items()}
    if isinstance(node, list):
        return [rewritten(child, replace) for child in node]
    return node


def readings(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every reading of an argument or a variable in a step, a list of steps or an expression."""
    if is_argument(node) or is_variable(node):
        yield node
    elif isinstance(node, Mapping):
        for child in node.values():
            yield from readings(child)
    elif isinstance(node, list):
        for child in node:
            yield from readings(child)


def param_of(program: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The param that an argument node reads; a property of an object param for a node with a
    ``field``. Raises StopIteration for a node that reads no param of this program."""
    param: Mapping[str, Any] = next(p for p in program["params"] if p["name"] == node["arg"])
    if "field" in node and param["type"] == "object":
        return next(p for p in param["properties"] if p["name"] == node["field"])
    return param


def leaf_params(params: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The params that hold plain values, those inside objects included."""
    for param in params:
        if param["type"] == "object":
            yield from leaf_params(param["properties"])
        else:
            yield param


def most_steps(program: Mapping[str, Any]) -> float:
    """How many steps a call can take at most, as the interpreter counts them: loops with the
    longest list that their param accepts, without end (infinity) over any other list."""
    longest = {p["name"]: p.get("max_items", math.inf) for p in program["params"]}

    def count(steps: Sequence[Step]) -> float:
        total = 0.0
        for step in steps:
            total += 1
            if step["do"] == "each":
                total += longest.get(step["over"].get("arg"), math.inf) * count(step["steps"])
        return total

    return count(program["steps"])
