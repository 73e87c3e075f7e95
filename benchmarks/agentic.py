"""What a run of the agentic line holds: speed, proof rates by kind, difficulty, skills, language.

    python -m benchmarks.agentic RUN [--json]

RUN is the folder of a finished `factory run`, for instance of pipelines/recipes/k2.yaml.
The language figures are also written to RUN/language.json, where a report can find them.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factory.report.language import halves_of_templates
from factory.report.proof import obligation_rates, proof_rates
from factory.shards import open_dataset
from factory.trajectories.diversity import language_figures, masked_words, separability

STAGES = ("agents", "tasks", "trajectories", "verdicts", "sft", "preferences")
SAMPLE = 4000
"""Texts of a sort that the language figures are taken over; all when there are fewer."""
LANGUAGE_FILE = "language.json"


def speed(run: Path) -> list[dict[str, Any]]:
    """Records and seconds of the stages' own code, per stage."""
    figures = json.loads((run / "figures.json").read_text())["stages"]
    return [
        {
            "stage": row["stage"],
            "kept": row["kept"],
            "rejected": sum(row["rejected"].values()),
            "per_second": round(row["inputs"] / max(row["code_seconds"], 1e-9), 1),
            "wall_per_second": round(row["inputs"] / max(row["seconds"], 1e-9), 1),
        }
        for row in figures
        if row["stage"] in STAGES
    ]


def difficulty(run: Path) -> dict[str, Any]:
    """Quantiles of what was measured on the tasks."""
    rows = [row["difficulty"] for row in _rows(run, "task", ["difficulty"])]
    out = {}
    for name in rows[0] if rows else ():
        values = sorted(row[name] for row in rows)
        out[name] = {"median": statistics.median(values), "most": values[-1]}
    calls = Counter(min(row["calls"], 20) for row in rows)
    return {**out, "tasks_by_calls": dict(sorted(calls.items()))}


def outcomes(run: Path) -> dict[str, dict[str, int]]:
    """By skill: runs, successes, kept by the judge."""
    kept = {row["trajectory_id"] for row in _rows(run, "verdict") if row["keep"]}
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _rows(run, "trajectory", ["id", "skill", "outcome"]):
        table[row["skill"]].update(["runs", row["outcome"]])
        table[row["skill"]]["kept"] += row["id"] in kept
    return {skill: dict(count) for skill, count in sorted(table.items())}


def texts_of(run: Path) -> dict[str, list[str]]:
    """Sorts of text → the texts, in dataset order."""
    out: dict[str, list[str]] = {
        "system prompts": [row["system_prompt"] for row in _rows(run, "agent", ["system_prompt"])],
        "openings": [row["opening"] for row in _rows(run, "task", ["opening"])],
        "user turns": [],
        "assistant turns": [],
        "last words": [],
    }
    for row in _rows(run, "trajectory", ["messages"]):
        said = [m for m in row["messages"] if m["content"]]
        later = [m["content"] for m in said[2:] if m["role"] == "user"]
        out["user turns"] += [text.partition("\n")[0] for text in later]  # no tool declarations
        mine = [m["content"] for m in said if m["role"] == "assistant"]
        out["assistant turns"] += mine[:-1]
        out["last words"] += mine[-1:]
    return out


def language(run: Path) -> dict[str, Any]:
    """The figures of each sort of text, and the two-sample tests."""
    rng = random.Random(0)
    out: dict[str, Any] = {}
    for sort, texts in texts_of(run).items():
        chosen = rng.sample(texts, min(SAMPLE, len(texts)))
        out[sort] = language_figures(chosen, rng)
    tasks = list(_rows(run, "task", ["opening", "domain_id", "agenda"]))
    domains = sorted({row["domain_id"] for row in tasks})
    first = set(domains[::2])
    openings = [(row["domain_id"] in first, masked_words(row["opening"])) for row in tasks]
    out["two_sample"] = {
        "halves_of_worlds": round(
            separability(
                [words for left, words in openings if left],
                [words for left, words in openings if not left],
                rng,
            ),
            3,
        ),
        "halves_of_templates": round(
            halves_of_templates(
                [g["act"] for row in tasks for g in row["agenda"]["goals"] if g["act"]][:SAMPLE],
                rng,
            ),
            3,
        ),
    }
    return out


def _rows(run: Path, kind: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    return open_dataset(str(run / kind)).rows(columns)


def measure(run: Path) -> dict[str, Any]:
    """Everything, as plain data."""
    rates = proof_rates(str(run))
    return {
        "speed": speed(run),
        "proof": rates,
        "obligations": obligation_rates(rates),
        "difficulty": difficulty(run),
        "skills": outcomes(run),
        "language": language(run),
    }


def show(found: dict[str, Any]) -> None:
    """Print the tables."""
    for row in found["speed"]:
        print("{stage:<14}{kept:>8} kept{rejected:>7} rejected{per_second:>9}/s".format(**row))
    print()
    for kind, row in found["proof"].items():
        why = ", ".join(f"{reason} {count}" for reason, count in row["rejected"].items())
        again = ", ".join(f"{reason} {count}" for reason, count in row["redrawn"].items())
        print(f"{kind:<22}{row['proven']:>7} proven{row['share']:>8.1%}  {why} [redrawn: {again}]")
    for name, share in found["obligations"].items():
        print(f"{name:<30}{share:>8.1%}")
    print()
    for name, row in found["difficulty"].items():
        print(f"{name:<22}{row}")
    print()
    for skill, count in found["skills"].items():
        print(f"{skill:<22}{count}")
    print()
    for sort, row in found["language"].items():
        print(f"{sort}: " + ", ".join(f"{name} {value}" for name, value in row.items()))


def main() -> None:
    """Measure a run, print it, leave the language figures in its folder."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run", type=Path)
    options.add_argument("--json", action="store_true")
    arguments = options.parse_args()
    found = measure(arguments.run)
    (arguments.run / LANGUAGE_FILE).write_text(json.dumps(found["language"], indent=1))
    if arguments.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
