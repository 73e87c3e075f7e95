"""Small datasets of our own, written as the factory writes them, and very small models."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from factory.records import content_id
from factory.shards.dataset import Manifest, Part, encode_part
from factory.train.data.tokenizer import ChatTokenizer, train_bpe
from factory.train.model.config import ModelConfig
from factory.train.model.presets import preset

NOUNS = ("kettle", "ferry", "archive", "orchard", "lantern", "ledger", "harbour", "loom")
VERBS = ("repairs", "counts", "lends", "paints", "weighs", "borrows", "inspects", "signs for")
PLACES = ("at the quay", "behind the mill", "on the third floor", "before dawn", "in the rain")

TOOL = {
    "type": "function",
    "function": {
        "name": "find_berth",
        "description": "Finds a free berth for a vessel of the given length, in metres.",
        "parameters": {
            "type": "object",
            "properties": {"length_m": {"type": "number"}, "quay": {"type": "string"}},
            "required": ["length_m"],
        },
    },
}


def sentence(rng: random.Random) -> str:
    return f"The {rng.choice(NOUNS)} keeper {rng.choice(VERBS)} a {rng.choice(NOUNS)} " + (
        f"{rng.choice(PLACES)}, for the {rng.randint(2, 99)}th time."
    )


def conversation(rng: random.Random, turns: int = 2) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [
        {
            "role": "system",
            "content": "You run the harbour office. " + sentence(rng),
            "train": False,
        }
    ]
    for turn in range(turns):
        length = rng.randint(6, 60)
        call_id = f"functions.find_berth:{turn}"
        call = {"name": "find_berth", "arguments": {"length_m": length, "quay": "Nørre Kaj"}}
        berth = f"{rng.choice('ABCD')}{rng.randint(1, 9)}"
        messages += [
            {"role": "user", "content": f"Is there room for my {length} m ketch?", "train": False},
            {
                "role": "assistant",
                "content": "Let me look." if turn % 2 else "",
                "tool_calls": [{"id": call_id, "type": "function", "function": call}],
                "train": True,
            },
            {
                "role": "tool",
                "name": "find_berth",
                "tool_call_id": call_id,
                "content": json.dumps({"berth": berth, "free": True}),
                "train": False,
            },
            {"role": "assistant", "content": f"Yes: berth {berth} is free. ⚓", "train": True},
        ]
    return messages


def write_dataset(
    folder: Path, kind: str, bodies: Sequence[dict[str, Any]], parts: int = 2
) -> Path:
    """A dataset as the factory's pipelines leave it: Parquet parts, manifest last."""
    folder.mkdir(parents=True)
    rows = [
        {
            "id": content_id(kind, body),
            "schema_version": 1,
            "lineage": {"parents": [], "stage": kind, "author": "test", "seed": 0},
            **body,
        }
        for body in bodies
    ]
    written = []
    for index in range(parts):
        mine = rows[index::parts]
        data = encode_part(kind, mine, {})
        name = f"part-{index:05d}.parquet"
        (folder / name).write_bytes(data)
        written.append(Part(name, len(mine), len(data), hashlib.sha256(data).hexdigest()))
    manifest = Manifest(kind=kind, stage=kind, num_rows=len(rows), parts=tuple(written))
    (folder / "manifest.json").write_bytes(manifest.as_json())
    return folder


def pretrain_bodies(count: int, *, rewrites: int = 2, seed: int = 0) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    return [
        {
            "text": " ".join(sentence(rng) for _ in range(rng.randint(3, 12))),
            "source_id": f"{index // rewrites:032x}",
            "style": "retelling",
            "subject": "knowledge",
            "language": "en",
            "licence": "CC0-1.0",
        }
        for index in range(count)
    ]


def sft_bodies(count: int, *, seed: int = 0) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    bodies = []
    for index in range(count):
        turns = rng.randint(1, 3)
        messages = conversation(rng, turns)
        bodies.append(
            {
                "messages": messages,
                "tools": [TOOL],
                "trajectory_id": f"{index:032x}",
                "task_id": f"{index:032x}",
                "skill": "expert",
                "num_turns": len(messages),
                "num_tool_calls": turns,
                "source_id": f"{index:032x}",
            }
        )
    return bodies


@pytest.fixture(scope="session")
def make_conversation() -> Callable[..., list[dict[str, Any]]]:
    return conversation


@pytest.fixture(scope="session")
def tool() -> dict[str, Any]:
    return TOOL


@pytest.fixture(scope="session")
def tokenizer() -> ChatTokenizer:
    rng = random.Random(7)
    texts = [sentence(rng) for _ in range(300)] + [json.dumps(TOOL)] * 3
    texts += [m["content"] for _ in range(50) for m in conversation(rng)]
    return train_bpe(texts, 512)


@pytest.fixture(scope="session")
def tokenizer_folder(tokenizer: ChatTokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(folder)
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `pretrain` and an `sft` dataset."""
    folder = tmp_path_factory.mktemp("corpus")
    write_dataset(folder / "pretrain", "pretrain", pretrain_bodies(120))
    write_dataset(folder / "sft", "sft", sft_bodies(40))
    return folder


@pytest.fixture
def tiny() -> Callable[..., ModelConfig]:
    """A model of a few thousand numbers that has every mechanism; keywords override sizes."""

    def build(**overrides: Any) -> ModelConfig:
        sizes = {
            "vocab_size": 96,
            "hidden_size": 32,
            "num_hidden_layers": 3,
            "intermediate_size": 48,
            "num_attention_heads": 3,
            "q_lora_rank": 24,
            "kv_lora_rank": 16,
            "qk_nope_head_dim": 8,
            "qk_rope_head_dim": 4,
            "v_head_dim": 8,
            "moe_intermediate_size": 16,
            "max_position_embeddings": 256,
        }
        return preset("toy", **{**sizes, **overrides})

    return build


@pytest.fixture(autouse=True)
def _fixed_draws() -> None:
    """Tests draw random tensors from the global generator: the same in each run."""
    torch.manual_seed(0)
