"""Held-out tool-call accuracy of a fine-tuned run, beside the model it started from.

    python -m benchmarks.train_tool_calls --data out/demo --tokenizer out/demo/train/tokenizer \\
        --before out/demo/train/pretrain --after out/demo/train/sft --share 0.15

`--share` is the run's own held_out_share: the tasks asked here are those it was not trained on.
Prints one JSON line for each model.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from factory.shards import find_datasets
from factory.train.data.stream import is_held_out
from factory.train.data.tokenizer import load_tokenizer
from factory.train.sample import load_model
from factory.train.tool_calls import questions, score_tool_calls


def main() -> None:
    """Scores both checkpoints on the same questions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("data", "tokenizer", "before", "after"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    parser.add_argument("--share", type=float, default=0.15)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--tokens", type=int, default=64, help="longest answer")
    given = parser.parse_args()
    tokenizer = load_tokenizer(given.tokenizer)
    rows = (
        row
        for dataset in find_datasets(str(given.data))
        if dataset.kind == "sft"
        for row in dataset.rows()
        if is_held_out(row, given.share)
    )
    asked = list(islice(questions(rows), given.questions))
    for which in ("before", "after"):
        model = load_model(getattr(given, which))
        score = score_tool_calls(model, tokenizer, asked, max_tokens=given.tokens)
        print(json.dumps({"model": which, **asdict(score)}), flush=True)


if __name__ == "__main__":
    main()
