"""A model as author of agents. What it writes is checked by the stage (factory.agents.wording)."""

from __future__ import annotations

from collections.abc import Mapping

from factory.agents.authoring import SHAPES, AgentBrief
from factory.agents.phrases import FORMATS, TONES
from factory.llm.asker import Asker
from factory.llm.prompt import Asked, load_prompt
from factory.tools.authoring import Check

TOLD_CHARS = 160
"""How much of a tool's description the author is shown."""


class LlmAgentAuthor:
    """Author of role `agent_author`."""

    asks = "write"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("agent_author")
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, brief: AgentBrief, check: Check) -> Asked:
        """What is sent for one agent."""
        facts = brief.brief
        style = [TONES[facts.tone][0], *(FORMATS[rule][0] for rule in facts.format_rules)]
        words = {"shape": SHAPES[brief.layout], "style": " ".join(style)}
        data = {
            "house": f"{facts.title}\n{facts.setting}",
            "assistant": f"{facts.name}, {facts.role}",
            "policies": "\n".join(f"- {p['text']}" for p in facts.policies) or "(none)",
            "tools": "\n".join(f"{name}: {about[:TOLD_CHARS]}" for name, about in brief.tools),
        }
        return Asked(self._prompt, self._prompt.render(words, data), sample=brief.sample)

    async def write(self, brief: AgentBrief, check: Check) -> Mapping[str, str]:
        """See `factory.agents.authoring.AgentAuthor`."""
        answer: Mapping[str, str] = await self._asker.ask(self.asked(brief, check), check)
        return answer
