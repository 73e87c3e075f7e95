"""Who words an agent: the protocol behind the role `agent_author` (DESIGN §4).

Toolset, rules and policies are the stage's; an author writes the role and the system prompt around
them, and `factory.agents.wording` checks that all of them are in it and nothing else is.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from factory.agents.brief import Brief
from factory.agents.prompts import write_prompt
from factory.tools.authoring import Check

SHAPES: dict[str, str] = {
    "bare": "one short paragraph, hardly more than who the assistant is and the rules, no markup",
    "paragraph": "two or three paragraphs of running text, no lists, no markup",
    "handbook": "an introduction, then numbered rules under a heading line, then a line on style",
    "markdown": "Markdown with four or five second-level headings and bullet points",
    "tagged": "blocks between tags such as <role>, <setting>, <policy>, <style>",
    "memo": "a note from whoever set the assistant up, in paragraphs, addressed to it by name",
    "checklist": "short lists of things to do before, while and after acting, one a line",
    "rules_only": "the house's name, then a flat list of rules, nothing else",
    "two_lines": "exactly two lines: who and where; then the rules and the manner",
    "duties": "a job description: who, what the work consists of in one sentence, the limits",
    "card": "keys and values, one a line: name, post, house, policies, manner",
    "first_person": "the assistant's own voice: who I am, and what I was told, quoted line by line",
    "letter": "a personal letter from the one who had the post before, with reasons, signed",
    "questions": "a handbook of questions the assistant would ask, each with its answer",
    "table": "who and where in two lines, then a Markdown table of subjects and rules",
    "manual": "a page of numbered sections with headings in capitals: purpose, tools, policy, form",
}
"""Layout (a key of `factory.agents.prompts.LAYOUTS`) → how its prompt looks, for an author."""


@dataclass(frozen=True)
class AgentBrief:
    """What an author words. `brief` holds the facts, `layout` the shape."""

    brief: Brief
    layout: str
    tools: Sequence[tuple[str, str]]
    """(visible name, description) of every tool that the agent has."""
    rng: random.Random
    sample: int


class AgentAuthor(Protocol):
    """The role `agent_author`. `label` goes into the record's lineage."""

    label: str

    async def write(self, brief: AgentBrief, check: Check) -> Mapping[str, str]:
        """{"role", "system_prompt"}; `check` says what is wrong with an answer."""


class OfflineAgentAuthor:
    """Composes the prompt from our own phrases."""

    label = "offline"

    async def write(self, brief: AgentBrief, check: Check) -> Mapping[str, str]:
        """See `AgentAuthor`."""
        prompt = write_prompt(brief.layout, brief.brief, brief.rng)
        return {"role": brief.brief.role, "system_prompt": prompt}
