"""A small run's folder written through the factory's own records and shards, contents our own."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from factory import records
from factory.shards import storage
from factory.shards.dataset import Manifest, Part, encode_part

SEED = 7
KINDS = ("write", "read", "multi_step", "missing_parameter", "policy_refusal", "fault_recovery")
SKILLS = ("expert", "expert", "cautious", "parallel", "recovering", "sloppy", "over_calling")
CATEGORIES = ("harbour services", "libraries", "mountain rescue", "theatre", "allotments")
VERBS = ("get", "list", "search", "create", "update", "cancel", "transfer")
STYLES = ("notes", "question_answer", "dialogue", "restated", "rules")
SOURCE = (
    "The berth ledger opens at 6 a.m. and closes at 9 p.m. each day. A vessel longer than 18 "
    "metres must not moor at the inner quay. The fee is 42 crowns a night, and half of it on the "
    "first of March. Masters pay at the harbour office, or send the purser. A vessel that stays "
    "longer than 14 nights needs a letter from the harbour board in Sundhaven. No letter is given "
    "on a Sunday."
)
REWRITE = (
    "- The berth ledger opens at 6 a.m.; it closes at 9 p.m. every day.\n"
    "- At the inner quay, a vessel longer than 18 metres must not moor.\n"
    "- The nightly fee is 42 crowns, halved on the first of March.\n"
    "- Payment is made by masters at the harbour office, or by the purser they send.\n"
    "- Staying longer than 14 nights needs a letter from the harbour board in Sundhaven.\n"
    "- On a Sunday no letter is given."
)
NOTE_SOURCE = "A tank holds 240 litres and fills at 8 litres a minute. How long until it is full?"
NOTE = (
    "Question. A tank holds 240 litres and fills at 8 litres a minute. How long until it is full?\n"
    "\nIdea. Time is volume over rate: each minute takes 8 litres off what is missing.\n"
    "\nSteps.\n1. 240 / 8 = 30\n2. Check by going back: 30 * 8 = 240\n"
    "\nTakeaway. A steady rate turns a volume into a time by one division: 30 minutes."
)


def record(kind: str, /, **body: Any) -> records.Record:
    """A valid record of a kind."""
    return records.make(kind, body, parents=[], stage=kind, author="offline", seed=SEED)


def write_dataset(
    folder: Path,
    kind: str,
    rows: Sequence[records.Record],
    *,
    stage: str = "",
    parts: int = 2,
    rejected: Mapping[str, int] | None = None,
) -> None:
    """Write rows as a finished dataset of several shards."""
    size = max(1, math.ceil(len(rows) / parts))
    written = []
    for index in range(0, max(1, len(rows)), size):
        name = f"part-{len(written):05d}.parquet"
        piece = rows[index : index + size]
        data = encode_part(kind, piece, {"stage": stage or kind})
        storage.publish(str(folder / name), data)
        written.append(Part(name, len(piece), len(data), hashlib.sha256(data).hexdigest()))
    manifest = Manifest(
        kind=kind,
        stage=stage or kind,
        num_rows=len(rows),
        parts=tuple(written),
        counts={"inputs": len(rows), "kept": len(rows), "rejected": dict(rejected or {})},
        recipe={"name": "quayside", "hash": "ab" * 16, "seed": SEED},
        code_version="0.1.0",
    )
    storage.publish(str(folder / "manifest.json"), manifest.as_json())


class MadeRun:
    """Every kind of record a run has, in lists, and the folder they are written to."""

    def __init__(self, tasks: int = 24, hostile: str = "") -> None:
        self.rng = random.Random(SEED)
        self.hostile = hostile
        self.rows: dict[str, list[records.Record]] = {"domain": [self._domain(i) for i in range(5)]}
        self.rows["tool"] = [self._tool(i) for i in range(60)]
        self.rows["agent"] = [self._agent(i) for i in range(8)]
        self.rows["task"] = [self._task(i) for i in range(tasks)]
        self.rows["trajectory"] = [
            self._trajectory(task, i) for task in self.rows["task"] for i in range(2)
        ]
        self.rows["verdict"] = [self._verdict(t) for t in self.rows["trajectory"]]
        self.rows["sft"] = [
            self._sft(t, v)
            for t, v in zip(self.rows["trajectory"], self.rows["verdict"], strict=True)
            if v["keep"]
        ]
        self.rows["passage"] = [self._passage(i) for i in range(12)]
        self.rows["rewrite"] = [
            rewrite for i, p in enumerate(self.rows["passage"]) for rewrite in self._rewrites(p, i)
        ]
        names = ("text", "source_id", "style", "subject", "language", "licence")
        self.rows["pretrain"] = [
            record("pretrain", **{name: row[name] for name in names})
            for row in self.rows["rewrite"]
            if row["keep"]
        ]

    def _domain(self, i: int) -> records.Record:
        return record(
            "domain",
            name=f"domain_{i}",
            title=CATEGORIES[i].title(),
            category=CATEGORIES[i],
            setting="A small town's office.",
            archetypes=["booking", "ledger"],
            naming="snake",
            world={"tables": {}},
            operations=[],
            policies=[],
        )

    def _tool(self, i: int) -> records.Record:
        real = i % 12 == 0
        verb = VERBS[i % len(VERBS)]
        body = {
            "name": f"{verb}_berth_{i}",
            "original_name": f"{verb}-berth-{i}",
            "description": self.hostile or f"Use this to {verb} a berth of the harbour by number.",
            "inputSchema": {
                "type": "object",
                "properties": {f"p{k}": {"type": "string"} for k in range(i % 5)},
            },
            "annotations": {} if real else {"readOnlyHint": verb in ("get", "list", "search")},
            "origin": "real" if real else "synthetic",
            "category": CATEGORIES[i % 5],
            "licence": "Apache-2.0",
            "verb": verb,
        }
        if not real:
            body["program"] = {"steps": [i]}
            body["proof"] = {
                "samples": 4,
                "successes": 4,
                "errors_declared": ["not_found"],
                "errors_reached": ["not_found"],
                "read_only_checked": True,
                "output_valid": True,
            }
        return record("tool", **body)

    def _agent(self, i: int) -> records.Record:
        tools = [tool["id"] for tool in self.rng.sample(self.rows["tool"], 5 + i)]
        return record(
            "agent",
            name=f"Harbour clerk {i}",
            role="clerk",
            system_prompt="You keep the berth ledger of Sundhaven. Confirm before you change it. "
            + "Be brief. " * i,
            behaviour={"tone": "plain"},
            domains=[self.rows["domain"][i % 5]["id"]],
            tools=tools,
            distractors=tools[: i % 3],
            policies=[{"code": "confirm", "text": "Confirm before a change."}],
        )

    def _task(self, i: int) -> records.Record:
        def item(name: str, kind: str, text: str) -> dict[str, Any]:
            return {"id": name, "type": kind, "text": text, "weight": 1.0, "check": {"n": i}}

        return record(
            "task",
            agent_id=self.rows["agent"][i % 8]["id"],
            domain_id=self.rows["domain"][i % 5]["id"],
            kind=KINDS[i % len(KINDS)],
            opening=self.hostile or f"Could you move the Marigold to berth {i}?",
            persona={"name": "Ola", "patience": 3},
            agenda={"slots": [{"name": "berth", "value": i}]},
            state_seed=f"s{i}",
            plan=[{"tool": "get_berth_0", "arguments": {}}],
            rubric={
                "success_criteria": [
                    item("goal", "state_goal", "The vessel lies at the berth asked for."),
                    item("quiet", "no_collateral", "Nothing else in the ledger changes."),
                ],
                "expected_tool_use": [item("look", "call", "The berth is looked up first.")],
                "checkpoints": [item("ask", "asked", "The clerk asks for a missing number.")],
            },
            difficulty={
                "calls": 1 + i % 6,
                "distinct_tools": 1 + i % 3,
                "dependency_depth": 1 + i % 2,
                "hidden_facts": i % 2,
                "faults": int(KINDS[i % len(KINDS)] == "fault_recovery"),
                "distractors": i % 4,
            },
            proof={
                "oracle_replays": True,
                "idle_fails": True,
                "shortened": ["0", "1"][: 1 + i % 2],
                "unique_referents": i % 11 != 10,
                "no_collateral": True,
                "goal_changes": 1 + i % 4,
            },
        )

    def _trajectory(self, task: records.Record, i: int) -> records.Record:
        rng = self.rng
        skill = rng.choice(SKILLS)
        calls = max(1, task["difficulty"]["calls"] + rng.randint(-1, 2))
        faulty = task["difficulty"]["faults"] > 0 or rng.random() < 0.15
        good = rng.random() < (0.45 if skill in ("sloppy", "over_calling") else 0.9)
        agent = next(a for a in self.rows["agent"] if a["id"] == task["agent_id"])
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": agent["system_prompt"], "train": False},
            {"role": "user", "content": task["opening"], "train": False},
        ]
        events: list[dict[str, Any]] = []
        for n in range(calls):
            name = "get_berth_0" if n < calls - 1 else "update_berth_4"
            fault = "timeout" if faulty and n == 0 else None
            messages.append(
                {
                    "role": "assistant",
                    "content": "Let me look at the ledger." if n == 0 else "",
                    "tool_calls": [
                        {
                            "id": f"functions.{name}:{n}",
                            "type": "function",
                            "function": {
                                "name": name,
                                "arguments": {"berth": 10 + n, "vessel": "Marigold", "n": i},
                            },
                        }
                    ],
                    "train": not (fault and skill == "sloppy"),
                }
            )
            result = {"error": {"code": "timeout"}} if fault else {"berth": 10 + n, "free": True}
            messages.append(
                {
                    "role": "tool",
                    "name": name,
                    "tool_call_id": f"functions.{name}:{n}",
                    "content": self.hostile or json.dumps(result),
                    "train": False,
                }
            )
            change = {
                "domain": task["domain_id"],
                "table": "berths",
                "row_id": f"b{10 + n}",
                "field": "vessel",
                "before": None,
                "after": "Marigold",
            }
            events.append(
                {
                    "type": "call",
                    "message": len(messages) - 1,
                    "turn": len(messages) - 2,
                    "call": n,
                    "tool": name,
                    "arguments": {},
                    "ok": fault is None,
                    "error": fault,
                    "fault": fault,
                    "changes": [change] if name.startswith("update") and good else [],
                }
            )
        last = "The Marigold lies at its new berth now." if good else "I believe it is done."
        messages.append({"role": "assistant", "content": last, "train": skill != "sloppy"})
        outcome = "success" if good else rng.choice(("partial", "failure"))
        return record(
            "trajectory",
            task_id=task["id"],
            agent_id=task["agent_id"],
            skill=skill,
            messages=messages,
            tools=[
                {
                    "type": "function",
                    "function": {
                        "name": "get_berth_0",
                        "description": self.hostile or "Looks a berth up.",
                        "parameters": {"type": "object", "properties": {}},
                    },
                }
            ],
            events=[*events, {"type": "final", "changes": []}],
            outcome=outcome,
            num_turns=2 + calls,
            num_tool_calls=calls,
            num_faults=int(faulty),
            error_recovered=faulty and good,
            final_state_hash="0f" * 16,
        )

    def _verdict(self, trajectory: records.Record) -> records.Record:
        good = trajectory["outcome"] == "success"
        names = (("goal", "state_goal"), ("quiet", "no_collateral"), ("look", "call"))
        scores = [1.0 if good else 0.0, 1.0, 1.0 if good else 0.5]
        last = len(trajectory["messages"]) - 1
        body = {
            "trajectory_id": trajectory["id"],
            "task_id": trajectory["task_id"],
            "judge": "rubric",
            "plan_shape": "5a" * 16,
            "world": "quayside write",
            "items": [
                {
                    "item": name,
                    "type": kind,
                    "score": score,
                    "weight": 1.0,
                    "evidence": last if score else -1,
                    "detail": "" if score == 1 else (self.hostile or "missing: the new berth"),
                }
                for (name, kind), score in zip(names, scores, strict=True)
            ],
            "score": sum(scores) / 3,
            "keep": good,
        }
        if not good:
            body["reason"] = "goal_not_reached" if trajectory["outcome"] == "failure" else "score"
        return record("verdict", **body)

    def _sft(self, trajectory: records.Record, verdict: records.Record) -> records.Record:
        names = ("messages", "tools", "task_id", "skill", "num_turns", "num_tool_calls")
        return record(
            "sft",
            trajectory_id=verdict["trajectory_id"],
            source_id=trajectory["task_id"],
            **{name: trajectory[name] for name in names},
        )

    def _passage(self, i: int) -> records.Record:
        math_ = i % 4 == 3
        text = NOTE_SOURCE if math_ else f"{SOURCE} Notice {i} of the year."
        if self.hostile:
            text = f"{text} {self.hostile}"
        return record(
            "passage",
            document_id=f"doc{i}",
            source=f"file:///doc{i}.md",
            title=self.hostile or f"Harbour notice {i}",
            subject="math" if math_ else "knowledge",
            position=0,
            text=text,
            chunks=[{"start": 0, "end": len(text), "tokens": 90}],
            tokens=90,
            language="fi" if i == 7 else "en",
            licence="CC0-1.0",
        )

    def _rewrites(self, passage: records.Record, i: int) -> list[records.Record]:
        if passage["subject"] == "math":
            return [self._rewrite(passage, NOTE, "learning_note", i, True)]
        kept = self._rewrite(passage, f"{REWRITE}\n- This is notice {i}.", STYLES[i % 5], i, True)
        wrong = REWRITE.replace("18 metres", "80 metres")
        return [kept, self._rewrite(passage, wrong, STYLES[(i + 2) % 5], i, i % 3 == 0)]

    def _rewrite(
        self, passage: records.Record, text: str, style: str, i: int, keep: bool
    ) -> records.Record:
        source = passage["text"]
        text = f"{text} {self.hostile}" if self.hostile else text
        body = {
            "source_id": passage["id"],
            "document_id": passage["document_id"],
            "subject": passage["subject"],
            "text": text,
            "style": style,
            "perspective": "newcomer",
            "variant": i % 2,
            "language": "en",
            "licence": passage["licence"],
            "chunks": [
                {"source_start": 0, "source_end": len(source), "start": 0, "end": len(text)}
            ],
            "ledger": _ledger(source, text),
            "equations": [
                {"text": equation, "status": "true", "new": "30 *" in equation}
                for equation in ("240 / 8 = 30", "30 * 8 = 240")
                if equation in text
            ],
            "scores": {
                "novelty": round(0.3 + 0.05 * (i % 7), 3),
                "coverage": round(0.9 + 0.01 * (i % 9), 3),
                "support": 0.97,
                "length_ratio": round(0.9 + 0.06 * (i % 6), 3),
                "copy_rate": 0.2,
            },
            "keep": keep,
        }
        if not keep:
            body["reason"] = "numbers_lost"
        return record("rewrite", **body)

    def write(self, root: Path, only: Sequence[str] | None = None) -> Path:
        """Write datasets (all, or `only` these kinds), run.json and figures.json."""
        for kind, rows in self.rows.items():
            if only is None or kind in only:
                write_dataset(root / kind, kind, rows)
        if only is not None:
            return root
        run = {
            "recipe": {"seed": SEED},
            "recipe_hash": "ab" * 16,
            "code_version": "0.1.0",
            "sources": {},
            "datasets": {kind: kind for kind in self.rows},
        }
        (root / "run.json").write_text(json.dumps(run))
        (root / "figures.json").write_text(json.dumps({"written": 0, "stages": self.figures()}))
        for stage, start in (("pretrain", 6.2), ("sft", 4.1)):
            write_metrics(root / "train" / stage, start)
        return root

    def figures(self) -> list[dict[str, Any]]:
        """The rows of figures.json, with rejects by reason of two stages."""
        lost = Counter(v.get("reason") for v in self.rows["verdict"] if not v["keep"])
        rejected = {"sft": dict(lost), "task": {"no_plan": 6, "not_unique": 3, "shortened": 2}}
        return [
            {
                "stage": "tasks" if kind == "task" else kind,
                "inputs": len(rows) + 3,
                "kept": len(rows),
                "rejected": rejected.get(kind, {}),
                "seconds": 0.4 + len(rows) / 50,
                "code_seconds": 0.3 + len(rows) / 60,
                "bytes": 2000 * len(rows),
                "shards": 2,
                "shards_made": 2,
            }
            for kind, rows in self.rows.items()
        ]


def _ledger(source: str, text: str) -> list[dict[str, Any]]:
    found = []
    for kind, value in (
        ("number", "6 a.m."),
        ("number", "9 p.m."),
        ("negation", "must not"),
        ("number", "42 crowns"),
        ("date", "first of March"),
        ("number", "14 nights"),
        ("name", "Sundhaven"),
        ("name", "Sunday"),
        ("number", "240 litres"),
    ):
        if value in source and value in text:
            a, b = source.index(value), text.index(value)
            found.append(_fact(kind, "kept", source, a, a + len(value), text, b, b + len(value)))
    if "80 metres" in text:
        a, b = source.index("18 metres"), text.index("80 metres")
        found.append(_fact("number", "changed", source, a, a + 9, text, b, b + 9))
    return found


def _fact(
    kind: str, status: str, source: str, a: int, a_end: int, text: str, b: int, b_end: int
) -> dict[str, Any]:
    return {
        "fact": f"{kind}:{source[a:a_end]}",
        "status": status,
        "source_text": source[a:a_end],
        "source_start": a,
        "source_end": a_end,
        "text": text[b:b_end],
        "start": b,
        "end": b_end,
    }


def write_metrics(folder: Path, start: float, steps: int = 60) -> None:
    """A metrics.jsonl as the trainer writes it."""
    rng = random.Random(SEED)
    lines: list[dict[str, Any]] = [
        {
            "type": "header",
            "stage": folder.name,
            "total_steps": steps,
            "qk_clip_tau": 100.0,
            "parameters": 1_234_567,
            "settings": {},
            "fields": {},
        }
    ]
    for step in range(1, steps + 1):
        logit = 12 + 1.4 * step + 9 * rng.random()
        lines.append(
            {
                "type": "step",
                "step": step,
                "loss": 1.1 + (start - 1.1) * math.exp(-step / 18) + 0.12 * rng.random(),
                "lr": 0.01,
                "gradient_norm": 1.6 * math.exp(-step / 30) + 0.3 * rng.random(),
                "max_logit": min(logit, 104.0),
                "heads_clipped": int(logit > 100),
                "expert_imbalance": 1.4,
                "tokens": step * 2048,
                "trained_tokens": 1900,
                "tokens_per_s": 9000.0,
                "seconds": 0.22,
            }
        )
    lines.append(
        {
            "type": "summary",
            "steps": steps,
            "first_loss": start,
            "last_loss": 1.2,
            "parameters": 1_234_567,
            "rows": {"read": 400, "kept": 380},
            "dropped": {"too_long": 15, "no_trained_token": 5},
            "dropped_share": 0.05,
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text)
