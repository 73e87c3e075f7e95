"""Statistics of each record kind: pure functions over rows, each in one pass, no HTML.

Every function takes any iterable of records of its kind, keeps counts and no rows, and returns a
dataclass whose fields say what they hold. Shares are in [0, 1]; lengths in characters.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.records import Record
from factory.rephrase.text.tokens import count_tokens
from factory.report.distribution import Distribution

NONE = "(none)"
PROOFS = ("oracle_replays", "idle_fails", "unique_referents", "no_collateral")
"""What a task's proof says yes or no to; `shortened` and `goal_changes` are counts."""


@dataclass
class Share:
    """How many of how many."""

    hits: int = 0
    total: int = 0

    def add(self, hit: bool) -> None:
        """Count one case."""
        self.total += 1
        self.hits += hit

    @property
    def rate(self) -> float:
        """hits / total, NaN of nothing."""
        return self.hits / self.total if self.total else float("nan")


@dataclass
class ToolStatistics:
    """`access`: read, write or unstated (by readOnlyHint); `proven`: of the executable ones."""

    n: int = 0
    category: Counter[str] = field(default_factory=Counter)
    origin: Counter[str] = field(default_factory=Counter)
    verb: Counter[str] = field(default_factory=Counter)
    access: Counter[str] = field(default_factory=Counter)
    evolution: Counter[str] = field(default_factory=Counter)
    parameters: Distribution = field(default_factory=Distribution)
    description_length: Distribution = field(default_factory=Distribution)
    executable: int = 0
    proven: int = 0


def tool_statistics(rows: Iterable[Record]) -> ToolStatistics:
    """Counts over `tool` records. Proven: a sampled call succeeded and every output was valid."""
    s = ToolStatistics()
    for row in rows:
        s.n += 1
        s.category[row.get("category") or NONE] += 1
        s.origin[row["origin"]] += 1
        s.verb[row.get("verb") or NONE] += 1
        hint = (row.get("annotations") or {}).get("readOnlyHint")
        s.access[{True: "read", False: "write", None: "unstated"}[hint]] += 1
        s.evolution[(row.get("evolution") or {}).get("step") or NONE] += 1
        s.parameters.add(len(row["inputSchema"].get("properties") or ()))
        s.description_length.add(len(row.get("description") or ""))
        if row.get("program"):
            s.executable += 1
            proof = row.get("proof") or {}
            s.proven += bool(proof.get("successes") and proof.get("output_valid"))
    return s


@dataclass
class AgentStatistics:
    """Sizes of agents; `domains` is how many each agent serves."""

    n: int = 0
    tools: Distribution = field(default_factory=Distribution)
    distractors: Distribution = field(default_factory=Distribution)
    domains: Distribution = field(default_factory=Distribution)
    prompt_length: Distribution = field(default_factory=Distribution)


def agent_statistics(rows: Iterable[Record]) -> AgentStatistics:
    """Counts over `agent` records."""
    s = AgentStatistics()
    for row in rows:
        s.n += 1
        s.tools.add(len(row["tools"]))
        s.distractors.add(len(row["distractors"]))
        s.domains.add(len(row["domains"]))
        s.prompt_length.add(len(row["system_prompt"]))
    return s


@dataclass
class TaskStatistics:
    """Of tasks that were kept; `shortened` is how many shortened plans each proof tried,
    `failed_drafts` why drafts before the kept ones were dropped."""

    n: int = 0
    kind: Counter[str] = field(default_factory=Counter)
    difficulty: dict[str, Distribution] = field(default_factory=dict)
    rubric: dict[str, Distribution] = field(default_factory=dict)
    proof: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in PROOFS})
    shortened: Distribution = field(default_factory=Distribution)
    goal_changes: Distribution = field(default_factory=Distribution)
    failed_drafts: Counter[str] = field(default_factory=Counter)


def task_statistics(rows: Iterable[Record]) -> TaskStatistics:
    """Counts over `task` records."""
    s = TaskStatistics()
    for row in rows:
        s.n += 1
        s.kind[row["kind"]] += 1
        for name, value in row["difficulty"].items():
            s.difficulty.setdefault(name, Distribution()).add(value)
        for name, items in row["rubric"].items():
            s.rubric.setdefault(name, Distribution()).add(len(items))
        for name, share in s.proof.items():
            share.add(row["proof"][name])
        s.shortened.add(len(row["proof"]["shortened"]))
        s.goal_changes.add(row["proof"]["goal_changes"])
        s.failed_drafts.update(row["proof"].get("failed_drafts") or ())
    return s


@dataclass
class TrajectoryStatistics:
    """`outcome`: skill → outcome → rows. `keep`: skill → kept of judged. `masked`: assistant
    messages that the loss leaves out. `faults`: calls by the fault they met. `origins`: arguments
    of calls by where their value came from."""

    n: int = 0
    outcome: dict[str, Counter[str]] = field(default_factory=dict)
    keep: dict[str, Share] = field(default_factory=dict)
    kept_kind: dict[str, Share] = field(default_factory=dict)
    turns: Distribution = field(default_factory=Distribution)
    tool_calls: Distribution = field(default_factory=Distribution)
    messages: Distribution = field(default_factory=Distribution)
    characters: Distribution = field(default_factory=Distribution)
    faults: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    faulted: int = 0
    recovered: int = 0
    assistant_messages: int = 0
    masked: int = 0


def trajectory_statistics(
    rows: Iterable[Record], keep: Mapping[str, bool], kinds: Mapping[str, str]
) -> TrajectoryStatistics:
    """Counts over `trajectory` records.

    `keep` maps a trajectory's id to its verdict, `kinds` a task's id to its kind; what they lack
    is left out of the rates.
    """
    s = TrajectoryStatistics()
    for row in rows:
        s.n += 1
        skill = row["skill"]
        s.outcome.setdefault(skill, Counter())[row["outcome"]] += 1
        if row["id"] in keep:
            kept = keep[row["id"]]
            s.keep.setdefault(skill, Share()).add(kept)
            if row["task_id"] in kinds:
                s.kept_kind.setdefault(kinds[row["task_id"]], Share()).add(kept)
        s.turns.add(row["num_turns"])
        s.tool_calls.add(row["num_tool_calls"])
        s.messages.add(len(row["messages"]))
        s.characters.add(sum(_message_length(message) for message in row["messages"]))
        s.faulted += row["num_faults"] > 0
        s.recovered += row["num_faults"] > 0 and row["error_recovered"]
        s.faults.update(e["fault"] for e in row["events"] if e.get("fault"))
        s.origins.update(_origins(row["events"]))
        spoken = [m for m in row["messages"] if m["role"] == "assistant"]
        s.assistant_messages += len(spoken)
        s.masked += sum(not message["train"] for message in spoken)
    return s


def _origins(events: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for event in events:
        for call in event.get("provenance") or ():
            yield from (origin["from"] for origin in call.values())


def _message_length(message: Mapping[str, Any]) -> int:
    return len(message["content"]) + sum(
        len(json.dumps(call["function"]["arguments"], ensure_ascii=False))
        for call in message.get("tool_calls") or ()
    )


@dataclass
class VerdictStatistics:
    """`items`: rubric item type → the scores given to items of that type."""

    n: int = 0
    kept: int = 0
    score: Distribution = field(default_factory=Distribution)
    reason: Counter[str] = field(default_factory=Counter)
    items: dict[str, Distribution] = field(default_factory=dict)


def verdict_statistics(rows: Iterable[Record]) -> VerdictStatistics:
    """Counts over `verdict` records. Scores are rounded to hundredths."""
    s = VerdictStatistics()
    for row in rows:
        s.n += 1
        s.kept += row["keep"]
        s.score.add(round(row["score"], 2))
        if not row["keep"]:
            s.reason[row.get("reason") or NONE] += 1
        for item in row["items"]:
            s.items.setdefault(item["type"], Distribution()).add(round(item["score"], 4))
    return s


SCORES = ("novelty", "coverage", "support", "length_ratio", "copy_rate")


@dataclass
class StyleStatistics:
    """Rewrites of one style. `scores` are of all of them, kept or not."""

    keep: Share = field(default_factory=Share)
    scores: dict[str, Distribution] = field(
        default_factory=lambda: {name: Distribution() for name in SCORES}
    )


@dataclass
class RewriteStatistics:
    """`ledger`: fact kind → status → facts, apart for kept rewrites and rejected ones."""

    n: int = 0
    kept: int = 0
    style: dict[str, StyleStatistics] = field(default_factory=dict)
    subject: Counter[str] = field(default_factory=Counter)
    language: Counter[str] = field(default_factory=Counter)
    ledger_kept: dict[str, Counter[str]] = field(default_factory=dict)
    ledger_rejected: dict[str, Counter[str]] = field(default_factory=dict)
    equations: Counter[str] = field(default_factory=Counter)
    new_equations: Counter[str] = field(default_factory=Counter)
    reason: Counter[str] = field(default_factory=Counter)
    tokens: int = 0


def rewrite_statistics(rows: Iterable[Record]) -> RewriteStatistics:
    """Counts over `rewrite` records. A ledger fact is `kind:value`; the kind is what is counted."""
    s = RewriteStatistics()
    for row in rows:
        s.n += 1
        s.kept += row["keep"]
        if not row["keep"]:
            s.reason[row.get("reason") or NONE] += 1
        style = s.style.setdefault(row["style"], StyleStatistics())
        style.keep.add(row["keep"])
        for name, distribution in style.scores.items():
            if row["scores"].get(name) is not None:
                distribution.add(round(float(row["scores"][name]), 3))
        s.subject[row["subject"]] += 1
        s.language[row["language"]] += 1
        ledger = s.ledger_kept if row["keep"] else s.ledger_rejected
        for fact in row["ledger"]:
            ledger.setdefault(fact_kind(fact), Counter())[fact["status"]] += 1
        for equation in row["equations"]:
            s.equations[equation["status"]] += 1
            s.new_equations[equation["status"]] += equation["new"]
        s.tokens += count_tokens(row["text"]) if row["keep"] else 0
    return s


def fact_kind(fact: Mapping[str, Any]) -> str:
    """The kind of a ledger fact: `number:42` → `number`."""
    kind: str = fact["fact"].partition(":")[0]
    return kind


@dataclass
class PassageStatistics:
    """`tokens` as the rephrasing stages count them (words and punctuation marks)."""

    n: int = 0
    tokens: int = 0
    chunks: Distribution = field(default_factory=Distribution)
    subject: Counter[str] = field(default_factory=Counter)
    language: Counter[str] = field(default_factory=Counter)
    licence: Counter[str] = field(default_factory=Counter)


def passage_statistics(rows: Iterable[Record]) -> PassageStatistics:
    """Counts over `passage` records."""
    s = PassageStatistics()
    for row in rows:
        s.n += 1
        s.tokens += row["tokens"]
        s.chunks.add(len(row["chunks"]))
        s.subject[row["subject"]] += 1
        s.language[row["language"]] += 1
        s.licence[row["licence"]] += 1
    return s


@dataclass
class TextStatistics:
    """Rows a trainer reads; `tokens` counts words and punctuation marks, not BPE pieces."""

    n: int = 0
    tokens: int = 0
    length: Distribution = field(default_factory=Distribution)


def text_statistics(rows: Iterable[Record]) -> TextStatistics:
    """Counts over `pretrain` records, or over `sft` records (content and calls' arguments)."""
    s = TextStatistics()
    for row in rows:
        texts = [row["text"]] if "text" in row else list(_texts(row["messages"]))
        s.n += 1
        s.tokens += sum(count_tokens(text) for text in texts)
        s.length.add(sum(len(text) for text in texts))
    return s


def _texts(messages: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for message in messages:
        yield message["content"]
        for call in message.get("tool_calls") or ():
            yield json.dumps(call["function"]["arguments"], ensure_ascii=False)


def ranked(counts: Mapping[str, int], most: int | None = None) -> list[tuple[str, int]]:
    """Largest first, ties by name; past `most` entries the rest is summed as `others`."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if most is None or len(order) <= most:
        return order
    rest = order[most - 1 :]
    return [*order[: most - 1], (f"{len(rest)} others", sum(count for _, count in rest))]
