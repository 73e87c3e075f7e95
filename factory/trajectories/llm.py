"""Models as agent, user and judge of conversations.

The agent's messages stand in their own roles, as its server will see them in use; the user and
the judge read the conversation as delimited data. What a model calls, reveals or scores is taken
from what it wrote, never from what it says of itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.llm.asker import Asker
from factory.llm.delimit import escape
from factory.llm.prompt import Asked, load_prompt
from factory.tasks.proof.checks import Evidence, Score
from factory.tasks.values import mentions
from factory.trajectories.authors import AgentView, Reply, Turn, UserView
from factory.trajectories.judge import RubricJudge

CRITERION_WEIGHT = 1.0
RESULT_CHARS = 3000
"""How much of a tool result the judge is shown."""


class LlmAgent:
    """Author of role `agent`: native tool calls, or JSON where the endpoint has none."""

    asks = "act"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("agent")

    def asked(self, view: AgentView) -> Asked:
        """What is sent for one turn."""
        prompt = view.agent["system_prompt"]
        system = self._prompt.render({"system_prompt": escape(prompt)}, {})
        turns = [_chat_message(message) for message in view.messages[1:]]
        tools = [_escaped(tool) for tool in view.tools]
        return Asked(self._prompt, [*system, *turns], tools, _sample(view))

    async def act(self, view: AgentView) -> Turn:
        """See `factory.trajectories.authors.Agent`."""

        def check(value: Mapping[str, Any]) -> str | None:
            return None if value["text"].strip() or value["calls"] else "say something, or call"

        answer = await self._asker.ask(self.asked(view), check)
        calls = [(call["name"], call["arguments"]) for call in answer["calls"]]
        return Turn(answer["text"].strip(), calls)


class LlmUser:
    """Author of role `user`."""

    asks = "reply"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("user")

    def asked(self, view: UserView) -> Asked:
        """What is sent for one message."""
        data = {
            "agenda": json.dumps(_mind(view), ensure_ascii=False, indent=1),
            "conversation": "\n\n".join(
                f"{'you' if m['role'] == 'user' else 'assistant'}: {m['content']}"
                for m in view.messages
                if m["role"] in ("user", "assistant") and m.get("content")
            ),
        }
        return Asked(self._prompt, self._prompt.render({}, data), sample=_sample(view))

    async def reply(self, view: UserView) -> Reply:
        """See `factory.trajectories.authors.User`. The slots revealed are those whose value it
        said."""

        planned = _planned(view)

        def check(value: Mapping[str, Any]) -> str | None:
            if value.get("say_planned") and planned:
                return None
            empty = not value["text"].strip() and not value["leave"]
            return "text is empty, but you don't leave" if empty else None

        answer = await self._asker.ask(self.asked(view), check)
        if answer.get("say_planned") and planned:
            view.notes["next"] = view.notes.get("next", 0) + 1
            return Reply(planned[0]["text"], planned[0]["kind"], planned[0]["slots"])
        text = answer["text"].strip()
        if answer["leave"]:
            return Reply(None, "leave")
        told = [s["name"] for s in view.agenda["slots"] if _says(text, s)]
        return Reply(text, "answer", told)


class LlmJudge:
    """Author of role `judge`: a program scores the rubric, the model what no program can see."""

    asks = "review"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._rubric = RubricJudge()
        self._prompt = load_prompt("judge")
        self.name = f"{asker.label}+{self._prompt.name}"

    async def score(
        self, items: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Sequence[Score]:
        """See `factory.trajectories.authors.Judge`."""
        return await self._rubric.score(items, evidence, task)

    def asked(
        self, tools: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Asked:
        """What is sent for one conversation."""
        wishes = [goal["act"] or goal["ask"] for goal in task["agenda"]["goals"]]
        data = {
            "task": json.dumps({"opening": task["opening"], "wishes": wishes}, ensure_ascii=False),
            "tools": "\n".join(
                f"{t['function']['name']}: {t['function']['description']}" for t in tools
            ),
            "conversation": "\n".join(
                _numbered(index, message) for index, message in enumerate(evidence.messages)
            ),
        }
        return Asked(self._prompt, self._prompt.render({}, data))

    async def review(
        self, tools: Sequence[Mapping[str, Any]], evidence: Evidence, task: Mapping[str, Any]
    ) -> Sequence[tuple[Mapping[str, Any], Score]]:
        """See `factory.trajectories.authors.Judge`."""
        count = len(evidence.messages)

        def check(value: Mapping[str, Any]) -> str | None:
            beyond = [name for name, finding in value.items() if finding["message"] >= count]
            return f"{beyond[0]}/message: there are messages 0 to {count - 1}" if beyond else None

        answer = await self._asker.ask(self.asked(tools, evidence, task), check)
        return [
            (
                {"id": name, "type": "opinion", "weight": CRITERION_WEIGHT},
                Score(float(finding["score"]), finding["message"], finding["reason"]),
            )
            for name, finding in answer.items()
        ]


def _sample(view: AgentView | UserView) -> int:
    """One number a conversation: two roll-outs of a task that begin alike are two samples."""
    if "sample" not in view.notes:
        view.notes["sample"] = view.rng.getrandbits(31)
    return int(view.notes["sample"])


def _chat_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message of a transcript as the chat API has it."""
    made: dict[str, Any] = {"role": message["role"], "content": escape(message["content"] or "")}
    if message.get("tool_calls"):
        made["tool_calls"] = [
            {
                "id": call["id"],
                "type": "function",
                "function": {
                    "name": call["function"]["name"],
                    "arguments": json.dumps(call["function"]["arguments"], ensure_ascii=False),
                },
            }
            for call in message["tool_calls"]
        ]
    if message["role"] == "tool":
        made["tool_call_id"] = message["tool_call_id"]
    return made


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, Mapping):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    return value


def _planned(view: UserView) -> Sequence[Mapping[str, Any]]:
    """What the user still means to say of its own accord, in order."""
    later: Sequence[Mapping[str, Any]] = view.agenda.get("later", ())
    return later[view.notes.get("next", 0) :]


def _mind(view: UserView) -> dict[str, Any]:
    """What the simulated user knows and wants, without the plan behind it."""
    agenda = view.agenda
    return {
        "wishes": [
            goal["act"] or f"know {goal['ask']}"
            for goal in agenda["goals"]
            if not goal.get("dropped")
        ],
        "facts": [
            {
                "what": slot["label"],
                "said": slot["said"],
                "reveal": "ask" if slot["reveal"] == "ask" else "told, or in a planned message",
            }
            for slot in agenda["slots"]
        ],
        "planned": [{"after": item["on"], "message": item["text"]} for item in _planned(view)],
        "agrees": agenda["agrees"],
        "thanks": agenda["thanks"],
        "persona": {
            key: view.persona[key]
            for key in ("register", "background", "patience", "lower_case")
            if key in view.persona
        },
    }


def _says(text: str, slot: Mapping[str, Any]) -> bool:
    return str(slot["said"]).lower() in text.lower() or mentions(text, slot["value"])


def _numbered(index: int, message: Mapping[str, Any]) -> str:
    content = message["content"] or ""
    if message["role"] == "tool" and len(content) > RESULT_CHARS:
        content = f"{content[:RESULT_CHARS]} … ({len(content)} characters in all)"
    calls = [
        f"{call['function']['name']}({json.dumps(call['function']['arguments'])})"
        for call in message.get("tool_calls") or []
    ]
    parts = [part for part in (content, *calls) if part]
    return f"[{index}] {message['role']}: {' | '.join(parts)}"
