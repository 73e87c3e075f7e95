"""A model as judge of the doubtful band: rewrites that the symbolic checks can't decide.

It must name each fact that was changed, dropped or invented in words that do stand in the source or
the rewrite. An answer that doesn't is the judge's failure (`llm_invalid_answer`), never a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factory.llm.asker import Asker
from factory.llm.prompt import Asked, load_prompt

ROLE = "rewrite_judge"


@dataclass(frozen=True)
class Judgement:
    """What a judge found, each finding with its quotations, and who judged."""

    judge: str
    faithful: bool
    findings: tuple[Mapping[str, str], ...]

    def row(self) -> dict[str, Any]:
        """As the `rewrite` record holds it."""
        verdict = "faithful" if self.faithful else "unfaithful"
        return {"judge": self.judge, "verdict": verdict, "findings": list(self.findings)}


class LlmRewriteJudge:
    """Judges one rewrite against its source."""

    asks = "review"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt(ROLE)
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, source: str, text: str) -> Asked:
        """What is sent."""
        return Asked(self._prompt, self._prompt.render({}, {"source": source, "rewrite": text}))

    def count(self, source: str, text: str) -> None:
        """Count what a dry run would ask."""
        self._asker.count_unsent(self.asked(source, text), 0)

    async def review(self, source: str, text: str) -> Judgement:
        """Raises ModelFailed (`llm_invalid_answer` where a quotation stands nowhere) and
        RunStopped."""
        answer = await self._asker.ask(
            self.asked(source, text), lambda found: problem(found, source, text)
        )
        findings = tuple(dict(finding) for finding in answer["findings"])
        return Judgement(self.label, answer["verdict"] == "faithful", findings)


def problem(answer: Mapping[str, Any], source: str, text: str) -> str | None:
    """What is wrong with a judge's answer beyond its schema, or None."""
    findings = answer["findings"]
    if bool(findings) != (answer["verdict"] == "unfaithful"):
        return "the verdict is `unfaithful` if there is a finding, and `faithful` if there is none"
    needed = {
        "changed": ("source", "rewrite"),
        "dropped": ("source",),
        "invented": ("rewrite",),
    }
    texts = {"source": _plain(source), "rewrite": _plain(text)}
    for number, finding in enumerate(findings):
        for side in ("source", "rewrite"):
            quoted = _plain(finding[side])
            if not quoted and side in needed[finding["kind"]]:
                return f"findings[{number}]: {finding['kind']} needs the words of the {side}"
            if quoted and quoted not in texts[side]:
                return f"findings[{number}].{side}: these words don't stand in the {side}"
    return None


def _plain(text: str) -> str:
    return " ".join(text.replace("*", "").replace("`", "").split()).lower()
