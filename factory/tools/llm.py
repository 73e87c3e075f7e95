"""Models as authors of domains and tools. What they return is compiled and proven by the stage."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.llm.asker import Asker
from factory.llm.prompt import Asked, load_prompt
from factory.tools.authoring import Answer, Check, DomainBrief, ToolBrief


class LlmDomainAuthor:
    """Author of role `domain_author`."""

    asks = "write"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("domain_author")
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, brief: DomainBrief, check: Check) -> Asked:
        """What is sent for one domain."""
        words = {"naming": brief.naming, "params": brief.params}
        data = {
            "category": brief.category.replace("_", " "),
            "angle": brief.angle,
            "brief": brief.brief or "(nothing in particular)",
            "avoid": ", ".join(brief.avoid) or "(none yet)",
        }
        return Asked(self._prompt, self._prompt.render(words, data), sample=brief.sample)

    async def write(self, brief: DomainBrief, check: Check) -> Answer | None:
        """See `factory.tools.authoring.DomainAuthor`."""
        answer: Answer = await self._asker.ask(self.asked(brief, check), check)
        return answer


class LlmToolAuthor:
    """Author of role `tool_author`.

    The domain comes first and what was written for it last, so all asks of one domain share
    their beginning in a server's cache.
    """

    asks = "write"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("tool_author")
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, brief: ToolBrief, check: Check) -> Asked:
        """What is sent for one tool."""
        domain = brief.domain
        data = {
            "domain": described(domain),
            "tools": _listed(domain["operations"]),
            "written": _listed(brief.written) or "(none yet)",
        }
        messages = self._prompt.render({"wish": brief.wish}, data)
        return Asked(self._prompt, messages, sample=brief.sample)

    async def write(self, brief: ToolBrief, check: Check) -> Answer | None:
        """See `factory.tools.authoring.ToolAuthor`."""
        answer: Answer = await self._asker.ask(self.asked(brief, check), check)
        return answer


def described(domain: Mapping[str, Any]) -> str:
    """A domain's world as its tool author needs it: tables and fields by name and type."""
    world = domain["world"]
    lines = [
        f"{domain['title']}. {domain['setting']}",
        f"settings: {json.dumps(world['settings'], ensure_ascii=False)}",
    ]
    for policy in domain["policies"]:
        lines.append(f"policy: {policy['text']}")
    for table in world["tables"]:
        lines.append(f"\ntable {table['name']} ({table['noun']}, {table['plural']})")
        lines += [f"  {_field(field)}" for field in table["fields"]]
        lines += [f"  unique: {json.dumps(rule, ensure_ascii=False)}" for rule in table["unique"]]
        if table.get("life"):
            life = table["life"]
            moves = json.dumps(life["transitions"], ensure_ascii=False)
            lines.append(f"  life cycle in {life['field']}, begins {life['start']}: {moves}")
    return "\n".join(lines)


def _field(field: Mapping[str, Any]) -> str:
    kind = f"reference to {field['ref']}" if field.get("ref") else field["type"]
    parts = [f"{field['name']}: {kind}"]
    if "enum" in field:
        parts.append("one of " + ", ".join(map(str, field["enum"])))
    parts += [f"{key} {field[key]}" for key in ("minimum", "maximum") if key in field]
    if field.get("nullable"):
        parts.append("may be null")
    if field.get("description"):
        parts.append(str(field["description"]))
    return "; ".join(parts)


def _listed(operations: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"{operation['name']}: {operation['description']}" for operation in operations)
