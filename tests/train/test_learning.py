"""Shown on a CPU: MuonClip holds logits that Muon lets explode; trajectories teach to call tools.

The pilot of the K2 report's Fig. 2: the standard library's sources, a BPE of 2,048 tokens, 512
tokens a step, a hot constant rate, no weight decay. Muon's logits pass 1,000; MuonClip's stay below
2 tau, and its held-out loss is within half a percent.
"""

from __future__ import annotations

import json
import os
import random
import sysconfig
from pathlib import Path

import pytest

from benchmarks.train_tool_calls import first_calls, learn, make_data, rivals, score, split
from factory.train.data.loader import Loader, document_encoder
from factory.train.data.packing import DocumentPacker
from factory.train.data.tokenizer import PAD, train_bpe
from factory.train.distributed import World
from factory.train.evaluate import evaluate
from factory.train.model.presets import preset
from factory.train.model.transformer import build_model
from factory.train.settings import PretrainSettings
from factory.train.trainer import Trainer

TAU = 100.0  # K2's
STEPS = 480


class Sources:
    """The rows of some files, again and again: what the loader reads of a stream."""

    def __init__(self, rows):
        self.rows, self.place, self.epoch = rows, 0, 0

    def __next__(self):
        row = self.rows[self.place]
        self.place = (self.place + 1) % len(self.rows)
        self.epoch += self.place == 0
        return row

    def state_dict(self):
        return {"place": self.place, "epoch": self.epoch}


def stdlib_rows():
    """Pieces of the standard library's sources in a drawn order, so that all steps see the same."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    pieces = [text[i : i + 2000] for text in texts for i in range(0, len(text), 2000)]
    random.Random(0).shuffle(pieces)
    return [{"text": piece, "id": str(i)} for i, piece in enumerate(pieces[:1500])]


@pytest.mark.slow
def test_muon_explodes_and_muonclip_does_not_at_no_worse_loss(tmp_path):
    rows = stdlib_rows()
    tokenizer = train_bpe((row["text"] for row in rows), 2048)
    config = preset(
        "toy",
        vocab_size=tokenizer.vocab_size,
        n_routed_experts=4,
        q_lora_rank=None,
    )
    found = {}
    for tau in (1e9, TAU):
        settings = PretrainSettings(
            steps=STEPS,
            batch_size=2,
            sequence_length=256,
            learning_rate=3e-2,
            warmup_steps=20,
            decay_steps=0,
            weight_decay=0.0,
            qk_clip_tau=tau,
        )

        def loader(rows):
            packer = DocumentPacker(256, tokenizer.special(PAD))
            return Loader(Sources(rows), document_encoder(tokenizer), packer, 2)

        world = World(0, 1, "cpu")
        model = build_model(config, seed=0)
        trainer = Trainer(model, settings, loader(rows[100:]), {}, tmp_path, world)
        metrics = [trainer.train_step() for _ in range(STEPS)]
        held_out = loader(rows[:100]).take(40)
        loss = evaluate(model, held_out, world, rows_at_once=8, bf16=False).loss
        found[tau] = max(m["max_logit"] for m in metrics), loss
    if "REPORT" in os.environ:
        print(json.dumps({f"tau {tau:g}": values for tau, values in found.items()}))
    (free_peak, free_loss), (peak, loss) = found[1e9], found[TAU]
    assert free_peak > 1000
    assert peak < 2 * TAU
    assert loss < free_loss * 1.005  # within half a percent


@pytest.mark.slow
def test_fine_tuning_on_trajectories_teaches_which_tool_to_call_and_how(tmp_path):
    """Held-out tasks of seen tools, as `benchmarks.train_tool_calls` has it: two data sets gave
    0.72 and 0.61 right tools, 0.49 and 0.55 of the calls right and valid; untrained 0."""
    make_data(tmp_path / "data")
    learn(tmp_path / "data", tmp_path)
    trained, held_out = split(tmp_path / "data", 0.15)
    asked = first_calls(held_out)[:120]
    before = score(tmp_path / "start", tmp_path / "tokenizer", asked[:3])
    after = score(tmp_path / "sft", tmp_path / "tokenizer", asked)
    if "REPORT" in os.environ:
        print(json.dumps({"before": before, "after": after, "rivals": rivals(trained, asked)}))
    assert before["right_tool"] == 0
    assert after["called"] > 0.9
    assert after["right_tool"] > 0.45
    assert after["valid"] > 0.35
