"""Faults of tool calls, drawn from (seed, key, call index) alone.

A fault stops a call before the tool runs (``executed`` False, the state is as before), except
``truncated_page``, which lets a reading tool run and loses the tail of its list. At most
``max_run`` calls in a row are hit, whatever the kinds, so a caller who tries again gets through.
The wording and codes follow what real MCP servers send.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_WEIGHTS: Mapping[str, float] = {
    "timeout": 3.0,
    "rate_limited": 2.0,
    "unavailable": 2.0,
    "conflict": 1.0,
    "truncated_page": 2.0,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call. ``retry_after`` in seconds."""

    kind: str
    code: str
    message: str
    executed: bool = False
    retry_after: int | None = None

    def as_result(self, value: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that the caller sees; ``value`` is the tool's true result (truncated_page)."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.retry_after is not None:
            error["retry_after_seconds"] = self.retry_after
        if self.kind != "truncated_page" or value is None:
            return {"error": error}
        partial = {
            name: item[: len(item) // 2] if isinstance(item, list) else item
            for name, item in value.items()
        }
        return {"error": error, "partial": partial}


class FaultModel:
    """Draws faults at ``rate`` per call; ``weights`` chooses among the kinds that fit a tool."""

    def __init__(
        self,
        seed: int,
        rate: float,
        weights: Mapping[str, float] = DEFAULT_WEIGHTS,
        max_run: int = 2,
    ) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"fault rate must lie in [0, 1], not {rate}")
        unknown = sorted(set(weights) - set(DEFAULT_WEIGHTS))
        if unknown:
            raise ValueError(f"unknown fault {unknown[0]}; known: {', '.join(DEFAULT_WEIGHTS)}")
        self.seed = seed
        self.rate = rate
        self.weights = weights
        self.max_run = max_run

    def draw(self, key: str, call_index: int, tool: Mapping[str, Any]) -> Fault | None:
        """The fault of the call number ``call_index`` (from 0) of the task ``key``, or None.
        ``tool`` is a tool record: its annotations and outputSchema say which kinds fit."""
        run = 0
        for index in range(call_index):
            run = run + 1 if self._hit(key, index) and run < self.max_run else 0
        if run >= self.max_run or not self._hit(key, call_index):
            return None
        return self._fault(key, call_index, tool)

    def _unit(self, *parts: object) -> float:
        """A number in [0, 1) that is a function of the parts."""
        text = "\x1f".join(str(part) for part in (self.seed, *parts))
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64

    def _hit(self, key: str, index: int) -> bool:
        return self._unit("hit", key, index) < self.rate

    def _fault(self, key: str, index: int, tool: Mapping[str, Any]) -> Fault | None:
        kinds = fitting_kinds(tool)
        total = sum(self.weights.get(kind, 0.0) for kind in kinds)
        if total <= 0:
            return None
        point = self._unit("kind", key, index) * total
        for kind in kinds:
            point -= self.weights.get(kind, 0.0)
            if point < 0:
                break
        return make_fault(kind, str(tool["name"]), self._unit("detail", key, index))


def fitting_kinds(tool: Mapping[str, Any]) -> list[str]:
    """The kinds of fault that this tool can meet: conflicts hit only writes, truncated pages
    only readers of lists."""
    reads = bool(tool["annotations"]["readOnlyHint"])
    properties = (tool.get("outputSchema") or {}).get("properties", {})
    lists = any(part.get("type") == "array" for part in properties.values())
    kinds = ["timeout", "rate_limited", "unavailable"]
    if not reads:
        kinds.append("conflict")
    elif lists:
        kinds.append("truncated_page")
    return kinds


def make_fault(kind: str, name: str, unit: float) -> Fault:
    """A fault of that kind on the tool ``name``; ``unit`` in [0, 1) picks the details."""
    if kind == "timeout":
        seconds = (10, 15, 30)[int(unit * 3)]
        text = f"{name} timed out after {seconds} s; nothing was changed."
        return Fault(kind, "timeout", text)
    if kind == "rate_limited":
        wait = 1 + int(unit * 9)
        text = f"Rate limit exceeded (HTTP 429). Try again in {wait} s."
        return Fault(kind, "rate_limited", text, retry_after=wait)
    if kind == "unavailable":
        texts = ("Service temporarily unavailable (HTTP 503).", "Upstream connection was reset.")
        return Fault(kind, "unavailable", texts[int(unit * 2)])
    if kind == "conflict":
        text_409 = "The record was being changed by another request (HTTP 409); nothing was saved."
        return Fault(kind, "conflict", text_409)
    if kind == "truncated_page":
        text_cut = "The response was cut off; only a part of the list arrived. Request it again."
        return Fault(kind, "truncated_page", text_cut, executed=True)
    raise ValueError(f"unknown fault {kind}")
