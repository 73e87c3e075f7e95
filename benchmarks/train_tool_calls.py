"""Does fine-tuning on the factory's trajectories teach a toy to call the right tool? On two cores.

    python -m benchmarks.train_tool_calls --out out/tool_calls

Makes the data (`pipelines/recipes/tool_calls.yaml`), trains a tokenizer and, from random weights,
the toy (`train_tool_calls.yaml`), then asks the first call of held-out tasks, greedily, of the toy
before and after. Each stage is kept and not done again. Prints one JSON line a figure. Held out are
tasks (`held_out_share` of them, by hash) whose opening words no training task has; the tools are
those seen in training.

Rivals that no training is needed for: a tool of the agent's list at random, and the tool that the
same agent's training tasks called first most often (the best that ignoring the request can do).

--data takes a finished run of the recipe. Without --out, --data, --tokenizer, --before and --after
score two models of any run instead.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from factory.cli import main as factory
from factory.records import Record
from factory.shards import find_datasets
from factory.train.checkpoint import TrainState, latest_checkpoint, model_tensors, save_checkpoint
from factory.train.data.stream import is_held_out
from factory.train.data.tokenizer import load_tokenizer, tokenizer_fingerprint
from factory.train.model.presets import preset
from factory.train.model.transformer import build_model
from factory.train.run import sft, train_tokenizer
from factory.train.sample import load_model
from factory.train.settings import SftSettings, TokenizerSettings
from factory.train.tool_calls import Question, questions, score_tool_calls
from factory.yaml_config import load_config

RECIPES = Path(__file__).parents[1] / "pipelines" / "recipes"
SIZES = {"n_routed_experts": 4}
VOCABULARY = 1024


def make_data(data: Path, recipe: Sequence[str] = ()) -> None:
    """The tasks and their trajectories; overrides as for `factory run --set`."""
    settings = [word for override in recipe for word in ("--set", override)]
    code = factory(["run", str(RECIPES / "tool_calls.yaml"), "--out", str(data), *settings])
    if code:
        raise SystemExit(code)


def learn(data: Path, out: Path, training: Sequence[str] = ()) -> None:
    """Tokenizer, random start and fine-tuned run below `out`; overrides as for `--set`."""
    if not (out / "tokenizer" / "tokenizer.json").is_file():
        train_tokenizer(TokenizerSettings(vocab_size=VOCABULARY), [data], out / "tokenizer")
    if latest_checkpoint(out / "start") is None:
        start_from_nothing(out / "start", out / "tokenizer")
    config = load_config(SftSettings, RECIPES / "train_tool_calls.yaml", overrides=list(training))
    sft(config, [data], out / "sft", tokenizer=out / "tokenizer", init=out / "start")


def start_from_nothing(out: Path, tokenizer: Path) -> None:
    """A checkpoint of random weights."""
    model = build_model(
        preset("toy", vocab_size=load_tokenizer(tokenizer).vocab_size, **SIZES), seed=0
    )
    identity = {"model": model.config.to_dict(), "tokenizer": tokenizer_fingerprint(tokenizer)}
    save_checkpoint(out, TrainState(0, identity, {}), model_tensors(model))


def split(data: Path, share: float) -> tuple[list[Record], list[Record]]:
    """`sft` rows trained on and held out, the latter without openings that training has too."""
    rows = [row for d in find_datasets(str(data)) if d.kind == "sft" for row in d.rows()]
    trained = [row for row in rows if not is_held_out(row, share)]
    known = {_opening(row) for row in trained}
    return trained, [r for r in rows if is_held_out(r, share) and _opening(r) not in known]


def first_calls(rows: Sequence[Record]) -> list[Question]:
    """The rows' calls that answer the opening itself."""
    return [question for question in questions(rows) if question.is_first]


def rivals(trained: Sequence[Record], asked: Sequence[Question]) -> dict[str, float]:
    """Share of right tools by chance, and by each toolset's most frequent first call."""
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for question in first_calls(trained):
        counts.setdefault(_toolset(question), Counter())[question.expected[0]] += 1
    chance = sum(1 / len(question.tools) for question in asked)
    frequent = sum(
        [q.expected[0]] == [name for name, _ in counts.get(_toolset(q), Counter()).most_common(1)]
        for q in asked
    )
    return {"by_chance": chance / len(asked), "most_frequent": frequent / len(asked)}


def score(model: Path, tokenizer: Path, asked: Sequence[Question]) -> dict[str, Any]:
    """Shares of a model's greedy answers, see `ToolCallScore`."""
    words = load_tokenizer(tokenizer)
    return asdict(score_tool_calls(load_model(model), words, asked, max_tokens=96))


def _opening(row: Record) -> str:
    return next(str(m["content"]) for m in row["messages"] if m["role"] == "user")


def _toolset(question: Question) -> tuple[str, ...]:
    return tuple(sorted(tool["function"]["name"] for tool in question.tools))


def main() -> None:
    """Learns (or takes two models), asks, prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of data, tokenizer and run")
    for name in ("data", "tokenizer", "before", "after"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--share", type=float, default=0.15, help="the run's held_out_share")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--set", action="append", default=[], help="of the recipe")
    parser.add_argument("--set-training", action="append", default=[])
    given = parser.parse_args()
    if given.out:
        if given.data is None:
            given.data = given.out / "data"
            make_data(given.data, given.set)
        learn(given.data, given.out, given.set_training)
        given.tokenizer = given.out / "tokenizer"
        given.before, given.after = given.out / "start", given.out / "sft"
    trained, held_out = split(given.data, given.share)
    asked = (first_calls(held_out) if given.out else list(questions(held_out)))[: given.questions]
    tools = {name for question in first_calls(trained) for name in question.expected[:1]}
    print(json.dumps({"training_tasks": len(trained), "asked": len(asked), "tools": len(tools)}))
    print(json.dumps({"rivals": rivals(trained, asked)}))
    # Random weights never come to an end: a few questions take as long as all of the trained one.
    for name, model, some in (
        ("before", given.before, asked[: len(asked) // 25] if given.out else asked),
        ("after", given.after, asked),
    ):
        found = score(model, given.tokenizer, some)
        line = {"model": name, **found, "cpu_s": round(time.process_time())}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
