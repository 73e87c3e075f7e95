"""A model as stand-in for servers whose tools have no program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from factory.llm.asker import Asker
from factory.llm.prompt import Asked, load_prompt
from factory.trajectories.simulator import Simulated, ToolView, problem_of

DECLARED = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")


class LlmToolSimulator:
    """Author of role `tool_simulator`."""

    asks = "simulate"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("tool_simulator")

    def asked(self, view: ToolView) -> Asked:
        """What is sent for one call."""
        declared = {key: view.tool[key] for key in DECLARED if view.tool.get(key) is not None}
        call = {"tool": view.tool["name"], "arguments": view.arguments}
        data = {
            "tool": _text(declared),
            "neighbours": "\n".join(
                f"{tool['name']}: {tool.get('description', '')[:200]}" for tool in view.neighbours
            )
            or "none",
            "state": _text(view.memory.state),
            "history": "\n".join(_text(entry, indent=None) for entry in view.memory.history)
            or "none",
            "call": _text(call),
        }
        return Asked(self._prompt, self._prompt.render({}, data), sample=view.sample)

    async def simulate(self, view: ToolView) -> Simulated:
        """See `factory.trajectories.simulator.ToolSimulator`. Raises AuthorFailed, RunStopped."""

        def check(value: Mapping[str, Any]) -> str | None:
            return problem_of(view, _simulated(value))

        return _simulated(await self._asker.ask(self.asked(view), check))


def _simulated(value: Mapping[str, Any]) -> Simulated:
    return Simulated(value["result"], value["is_error"], value["state"])


def _text(value: Any, indent: int | None = 1) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
