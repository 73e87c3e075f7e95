"""The top of the page: headline figures, the table of stages, why records were rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.report.charts import bars, number, percent
from factory.report.collect import Findings
from factory.report.markup import absent, card, escape, grid, section, table
from factory.report.statistics import ranked

MOST_REASONS = 10


def size(count: float) -> str:
    """Bytes for people: 12.3 kB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Seconds for people: 0.42 s, 12.3 s, 3 min 05 s."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def masthead(found: Findings) -> str:
    """Title and the identity of the run."""
    recipe = found.run.get("recipe") or {}
    manifests = [dataset.manifest for dataset in found.datasets]
    named = next((m.recipe for m in manifests if m.recipe), {})
    facts = {
        "recipe": named.get("name") or recipe.get("name"),
        "seed": recipe.get("seed", named.get("seed")),
        "recipe hash": found.run.get("recipe_hash") or named.get("hash"),
        "code version": found.run.get("code_version") or (manifests and manifests[0].code_version),
    }
    entries = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
        if value not in (None, "", [])
    )
    title = escape(facts["recipe"] or "Data factory")
    return (
        f'<header><p class="kicker">Data factory · run report</p><h1>{title}</h1>'
        f'<dl class="identity">{entries}</dl></header>'
    )


def _figure(value: float | None, name: str, note: str = "") -> str:
    if value is None:
        return ""
    extra = f"<small>{escape(note)}</small>" if note else ""
    return f"<div><b>{number(value)}</b><span>{escape(name)}</span>{extra}</div>"


def headline(found: Findings) -> str:
    """The figures one asks for first."""
    t, r, v = found.tasks, found.rewrites, found.verdicts
    tools = found.tools
    judged = f"{percent(v.kept / v.n)} of {v.n:,} judged" if v and v.n else ""
    passed = f"{percent(r.kept / r.n)} of {r.n:,} written" if r and r.n else ""
    runs = f"{tools.executable:,} executable" if tools else ""
    replays = t.proof["oracle_replays"] if t else None
    proven = f"{percent(replays.rate)} proven solvable" if replays and replays.total else ""
    sft, text = found.sft, found.pretrain
    cells = [
        _figure(found.count("domain"), "domains"),
        _figure(found.count("tool"), "tools", runs),
        _figure(found.count("agent"), "agents"),
        _figure(t.n if t else None, "tasks", proven),
        _figure(v.kept if v else None, "trajectories kept", judged),
        _figure(r.kept if r else None, "rewrites kept", passed),
        _figure(
            sft.tokens if sft else None, "fine-tuning tokens", f"{sft.n:,} rows" if sft else ""
        ),
        _figure(
            text.tokens if text else None, "pretraining tokens", f"{text.n:,} rows" if text else ""
        ),
    ]
    note = "Tokens here are words and punctuation marks; the trainer's tokenizer has its own count."
    if not any(cells):
        return ""
    foot = f'<p class="fine">{note}</p>' if sft or text else ""
    return f'<div class="headline">{"".join(cells)}</div>{foot}'


def stages(found: Findings) -> str:
    """Table of the stages, and the reasons of each stage's rejects."""
    if not found.stages:
        body = _datasets(found)
        lead = "This run has no figures.json yet: it has not ended. What lies on disk so far:"
    else:
        body = _stage_table(found.stages)
        lead = (
            "Everything a stage drops is kept as a reject row with a reason. Seconds are of the "
            "clock, from the stage's plan to its last shard; code is time inside the stage's own "
            "function, summed over records."
        )
    return section("stages", "Stages", lead, body + rejects(found))


def _stage_table(rows: list[dict[str, Any]]) -> str:
    head = (
        "stage",
        "in",
        "kept",
        "rejected",
        "share",
        "seconds",
        "code",
        "bytes",
        "kept/s",
        "shards",
    )
    return table(head, [_stage_row(row) for row in rows] + [_total_row(rows)])


def _stage_row(row: Mapping[str, Any]) -> list[str]:
    rejected = sum(row["rejected"].values())
    made = row["kept"] + rejected
    rate = row["kept"] / row["seconds"] if row["seconds"] else float("nan")
    return [
        escape(row["stage"]),
        number(row["inputs"]),
        number(row["kept"]),
        number(rejected),
        percent(rejected / made) if made else "–",
        duration(row["seconds"]),
        duration(row["code_seconds"]),
        size(row["bytes"]),
        number(round(rate, 1)),
        number(row["shards"]),
    ]


def _total_row(rows: list[dict[str, Any]]) -> list[str]:
    def total(key: str) -> float:
        return float(sum(row[key] for row in rows))

    rejected = sum(sum(row["rejected"].values()) for row in rows)
    return [
        "all",
        "",
        number(total("kept")),
        number(rejected),
        "",
        "",
        duration(total("code_seconds")),
        size(total("bytes")),
        "",
        number(total("shards")),
    ]


def _datasets(found: Findings) -> str:
    if not found.datasets:
        return absent("No finished dataset.", "Run the same `factory run` command to go on.")
    rows = [
        [
            escape(d.path.removeprefix(found.root).strip("/") or d.kind),
            escape(d.kind),
            number(d.num_rows),
            number(len(d.parts)),
            size(sum(part.bytes for part in d.parts)),
        ]
        for d in found.datasets
    ]
    return table(("dataset", "kind", "rows", "shards", "bytes"), rows)


def rejects(found: Findings) -> str:
    """One card of bars a stage that rejected anything, with shares of all it made or drafted."""
    kept = {row["stage"]: row["kept"] for row in found.stages}
    cards = []
    for stage, reasons in found.rejects.items():
        counts = {reason: count for reason, count in reasons.items() if count}
        if not counts:
            continue
        total = sum(counts.values())
        made = total + kept.get(stage, 0)
        note = f"{total:,} rejected"
        if stage in kept:
            note += f" of {made:,}: {percent(kept[stage] / made)} retained"

        def shown(value: float, made: int = made, known: bool = stage in kept) -> str:
            return f"{number(value)} · {percent(value / made)}" if known else number(value)

        chart = bars(
            ranked(counts, MOST_REASONS), name=f"Rejects of {stage}", css="bad", show=shown
        )
        cards.append(card(stage, chart, note))
    return f"<h3>Why records were rejected</h3>{grid(*cards)}" if cards else ""
