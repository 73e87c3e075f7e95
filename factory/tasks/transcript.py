"""A conversation as it grows: chat messages, executed calls, and the events behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.tasks.environment import CallResult, Environment
from factory.tasks.proof.checks import Evidence


@dataclass
class Transcript:
    """Messages in the chat shape of the records, events as `checks.Evidence` reads them.

    Tool-call ids are `functions.<name>:<index over the conversation, from 0>`.
    """

    environment: Environment
    messages: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    expected: frozenset[str] = frozenset()
    """Error codes with which the world refuses what was asked for: no fault of the agent's."""

    def system(self, text: str) -> None:
        """The system message."""
        self.messages.append({"role": "system", "content": text, "train": False})

    def user(self, text: str, **event: Any) -> None:
        """A user message; `event` is what the simulator knows about it."""
        self.messages.append({"role": "user", "content": text, "train": False})
        if event:
            self.events.append({"type": "user", "message": len(self.messages) - 1, **event})

    def assistant(
        self,
        text: str,
        calls: Sequence[tuple[str, Mapping[str, Any]]] = (),
        train: bool = True,
        **event: Any,
    ) -> list[CallResult]:
        """An assistant message; its calls are executed at once, their results appended."""
        message: dict[str, Any] = {"role": "assistant", "content": text, "train": train}
        turn = len(self.messages)
        first = self.environment.calls
        if calls:
            message["tool_calls"] = [
                {
                    "id": f"functions.{name}:{first + index}",
                    "type": "function",
                    "function": {"name": name, "arguments": dict(arguments)},
                }
                for index, (name, arguments) in enumerate(calls)
            ]
        self.messages.append(message)
        if event:
            self.events.append({"type": "assistant", "message": turn, **event})
        results = [
            self._execute(name, arguments, first + index, turn)
            for index, (name, arguments) in enumerate(calls)
        ]
        if any(r.error and not r.fault and r.error not in self.expected for r in results):
            message["train"] = False  # the agent's own error: kept, but not learned from
        return results

    def _execute(
        self, name: str, arguments: Mapping[str, Any], index: int, turn: int
    ) -> CallResult:
        outside = self.environment.given.get(index)
        result = self.environment.call(name, arguments)
        self.messages.append(
            {
                "role": "tool",
                "content": result.content,
                "tool_call_id": f"functions.{name}:{index}",
                "name": name,
                "train": False,
            }
        )
        at, by = len(self.messages) - 1, outside.by if outside else ""
        self.events.append(call_event(index, turn, at, name, arguments, result, by))
        return result

    def finish(self) -> Evidence:
        """Append the net changes and hand out the evidence."""
        changes = [dict(change) for change in self.environment.changes()]
        self.events.append({"type": "final", "changes": changes})
        return Evidence(self.messages, self.events)


def call_event(
    index: int,
    turn: int,
    message: int,
    name: str,
    arguments: Mapping[str, Any],
    result: CallResult,
    outside: str,
) -> dict[str, Any]:
    """What a trajectory's events say of call number `index`, made in the message `turn` and
    answered in `message`. `outside`: who answered it if no program here did."""
    return {
        "type": "call",
        "message": message,
        "turn": turn,
        "call": index,
        "tool": name,
        "arguments": dict(arguments),
        "ok": result.ok,
        "error": result.error or "",
        "fault": result.fault or "",
        "changes": [dict(change) for change in result.changes],
        **({"outside": outside} if outside else {}),
    }


def result_value(content: str) -> Any:
    """The JSON value of a tool message."""
    return json.loads(content)
