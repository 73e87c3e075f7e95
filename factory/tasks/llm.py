"""A model as author of tasks: it words what the user says. What is said stays as it was proven."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.llm.asker import Asker
from factory.llm.prompt import Asked, load_prompt
from factory.tasks.authoring import TaskBrief
from factory.tools.authoring import Check

MOMENTS = {
    "report": "after the assistant has told what it did or found",
    "confirm": "when the assistant asks whether to go ahead",
    "decline": "when the assistant says that it can't",
}


class LlmTaskAuthor:
    """Author of role `task_author`."""

    asks = "write"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("task_author")
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, brief: TaskBrief, check: Check) -> Asked:
        """What is sent for one task."""
        messages = [_message(text, brief) for text in brief.messages]
        for message, item in zip(messages[1:], brief.later, strict=True):
            message["when"] = MOMENTS.get(item["on"], item["on"])
        data = {
            "setting": brief.setting,
            "persona": _written(_persona(brief.persona)),
            "withheld": ", ".join(brief.withheld) or "(nothing)",
            "messages": _written(messages),
        }
        words = {"later": str(len(brief.later))}
        return Asked(self._prompt, self._prompt.render(words, data), sample=brief.sample)

    async def write(self, brief: TaskBrief, check: Check) -> Mapping[str, Any]:
        """See `factory.tasks.authoring.TaskAuthor`."""
        answer: Mapping[str, Any] = await self._asker.ask(self.asked(brief, check), check)
        return answer


def _message(text: str, brief: TaskBrief) -> dict[str, Any]:
    return {"text": text, "says": [str(value) for _, value in brief.told(text)]}


def _persona(persona: Mapping[str, Any]) -> dict[str, Any]:
    habits = ["writes all in lower case"] if persona.get("lower_case") else []
    if persona.get("typo_rate"):
        habits.append("makes a slip of the finger now and then, never in a name or a value")
    kept = {key: persona[key] for key in ("register", "background") if key in persona}
    return {**kept, "habits": habits}


def _written(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
