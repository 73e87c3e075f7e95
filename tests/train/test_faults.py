"""Kills at any moment, broken shards, data and configurations that cannot be: never silence."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from tokenizers import Tokenizer, models

from factory.shards import open_dataset
from factory.train.checkpoint import checkpoint_digest, latest_checkpoint, read_state
from factory.train.data.loader import RowError, conversation_encoder, encode_each
from factory.train.export import exported_config
from factory.train.model.presets import preset
from factory.train.run import TrainError, pretrain, sft
from factory.train.settings import ModelSettings, PretrainSettings, SftSettings

from .conftest import pretrain_bodies, sft_bodies, write_dataset

SIZES = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
CONFIG = PretrainSettings(
    model=ModelSettings(overrides=SIZES),
    steps=24,
    batch_size=2,
    sequence_length=32,
    warmup_steps=2,
    decay_steps=4,
    checkpoint_every=1,  # most of the time is spent within a save
)
SCRIPT = """
import sys
from pathlib import Path
from factory.train.run import pretrain
from factory.train.settings import PretrainSettings
config = PretrainSettings.model_validate_json(sys.argv[1])
pretrain(
    config,
    [Path(sys.argv[2])],
    Path(sys.argv[4]),
    tokenizer=Path(sys.argv[3]),
    progress=lambda *_: print("step", flush=True),
)
"""


@pytest.mark.slow
def test_twenty_kills_while_training_and_saving_lose_nothing(corpus, tokenizer_folder, tmp_path):
    config = CONFIG.model_copy(update={"steps": 64})
    straight = pretrain(config, [corpus], tmp_path / "a", tokenizer=tokenizer_folder)
    out = tmp_path / "b"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    given = [config.model_dump_json(), str(corpus), str(tokenizer_folder), str(out)]
    rng, done = random.Random(0), 0
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SCRIPT, *given],
            env=environment,
            stdout=subprocess.PIPE,
        )
        for _ in range(rng.randint(1, 3)):
            process.stdout.readline()
        time.sleep(rng.uniform(0, 0.02))  # into the save that follows, or the next step
        process.send_signal(signal.SIGKILL)
        process.wait()
        checkpoint = latest_checkpoint(out)
        if checkpoint is not None:
            step = read_state(checkpoint).step
            assert step >= done, "an older checkpoint came back"
            done = step
    resumed = pretrain(config, [corpus], out, tokenizer=tokenizer_folder)
    assert 0 < done < 64
    assert checkpoint_digest(resumed.checkpoint) == checkpoint_digest(straight.checkpoint)


def test_draft_left_by_a_kill_is_written_over(corpus, tokenizer_folder, tmp_path):
    draft = tmp_path / "checkpoints" / "step-000024.unfinished" / "tensors"
    draft.mkdir(parents=True)
    (draft / "shard-00009-model-00001-of-00001.safetensors").write_bytes(b"half a shard")
    result = pretrain(CONFIG, [corpus], tmp_path, tokenizer=tokenizer_folder)
    assert len(checkpoint_digest(result.checkpoint)) == 64


def test_corrupted_shard_is_named(tmp_path, tokenizer_folder):
    folder = write_dataset(tmp_path / "pretrain", "pretrain", pretrain_bodies(20), parts=1)
    part = next(folder.glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-40])
    with pytest.raises(Exception, match="part-00000"):
        pretrain(CONFIG, [tmp_path], tmp_path / "out", tokenizer=tokenizer_folder)


def changed(folder, change):
    """Rewrites a dataset's only part, and its manifest, so that all looks whole."""
    (part,) = folder.glob("*.parquet")
    pq.write_table(change(pq.read_table(part)), part)
    manifest = json.loads((folder / "manifest.json").read_text())
    data = part.read_bytes()
    manifest["parts"][0] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_shards_of_other_schemas_are_named_or_read_by_their_known_columns(
    tmp_path, tokenizer_folder
):
    for name, bodies in (("a", pretrain_bodies(20)), ("b", pretrain_bodies(20, seed=5))):
        write_dataset(tmp_path / name / "pretrain", "pretrain", bodies, parts=1)
    folder = tmp_path / "b" / "pretrain"
    config = CONFIG.model_copy(update={"steps": 8, "checkpoint_every": None})
    given = [tmp_path / "a", tmp_path / "b"]
    changed(folder, lambda table: table.append_column("more", pa.array([1] * table.num_rows)))
    pretrain(config, given, tmp_path / "out", tokenizer=tokenizer_folder)
    changed(folder, lambda table: table.drop_columns(["text"]))
    with pytest.raises(Exception, match=r"b/pretrain/part-00000.*lacks the columns \['text'\]"):
        pretrain(config, given, tmp_path / "other", tokenizer=tokenizer_folder)


def test_row_without_its_text_is_named(tmp_path, tokenizer_folder):
    folder = write_dataset(tmp_path / "pretrain", "pretrain", pretrain_bodies(1), parts=1)
    (row,) = open_dataset(str(folder)).rows()
    nothing = pa.array([None], pa.string())
    changed(folder, lambda t: t.set_column(t.schema.get_field_index("text"), "text", nothing))
    with pytest.raises(RowError, match=f"row {row['id']}: lacks 'text'; `factory validate`"):
        pretrain(CONFIG, [tmp_path], tmp_path / "out", tokenizer=tokenizer_folder)


@pytest.mark.parametrize(
    ("place", "change", "word"),
    [
        (1, {"role": "developer"}, "unknown chat role 'developer'"),
        (3, {"tool_call_id": None}, "tool_call_id"),
        (2, {"tool_calls": [{"id": "a", "type": "function"}]}, "function"),
    ],
)
def test_broken_conversation_is_named(tokenizer, place, change, word):
    row = {"id": "the-row", **sft_bodies(1)[0]}
    message = {**row["messages"][place], **change}
    row["messages"][place] = {k: v for k, v in message.items() if v is not None}
    with pytest.raises(RowError, match=f"row the-row: .*{word}"):
        encode_each([row], conversation_encoder(tokenizer, 512))


def test_tokenizer_that_is_none_or_does_not_fit_is_named(
    corpus, tokenizer_folder, tokenizer, tmp_path
):
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "tokenizer.json").write_text("{")
    with pytest.raises(ValueError, match=r"torn/tokenizer.json is no tokenizer"):
        pretrain(CONFIG, [corpus], tmp_path / "out", tokenizer=tmp_path / "torn")
    (tmp_path / "plain").mkdir()
    Tokenizer(models.BPE()).save(str(tmp_path / "plain" / "tokenizer.json"))
    with pytest.raises(ValueError, match=r"plain/.*lacks the special tokens .*factory train tok"):
        pretrain(CONFIG, [corpus], tmp_path / "out", tokenizer=tmp_path / "plain")
    small = preset("toy", vocab_size=tokenizer.vocab_size - 1, **SIZES)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "config.json").write_text(json.dumps(exported_config(small)))
    with pytest.raises(TrainError, match="tokens and the model's table"):
        pretrain(
            CONFIG,
            [corpus],
            tmp_path / "out",
            tokenizer=tokenizer_folder,
            init=tmp_path / "foreign",
        )


def test_settings_that_cannot_run_here_are_refused_with_the_remedy(
    corpus, tokenizer_folder, tmp_path
):
    for change, word in (
        ({"sequence_length": 8192}, "4096 positions; lower it, or set long_context"),
        ({"held_out_share": 0.999999}, "no rows outside held_out_share"),
    ):
        with pytest.raises(ValueError, match=word):
            config = CONFIG.model_copy(update=change)
            pretrain(config, [corpus], tmp_path / "out", tokenizer=tokenizer_folder)
    with pytest.raises(ValueError, match="attention flex needs device cuda"):
        PretrainSettings(attention="flex")
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="set device=cpu"):
            config = CONFIG.model_copy(update={"device": "cuda"})
            pretrain(config, [corpus], tmp_path / "out", tokenizer=tokenizer_folder)


@pytest.mark.parametrize("rows", [1, 2])
def test_one_row_is_enough_to_train_on(tmp_path, tokenizer_folder, rows):
    write_dataset(tmp_path / "pretrain", "pretrain", pretrain_bodies(rows), parts=1)
    config = CONFIG.model_copy(update={"steps": 8, "checkpoint_every": None})
    result = pretrain(config, [tmp_path], tmp_path / "out", tokenizer=tokenizer_folder)
    assert result.summary["last_loss"] < result.summary["first_loss"]


def test_empty_dataset_is_refused_and_an_empty_part_is_passed_over(tmp_path, tokenizer_folder):
    write_dataset(tmp_path / "none" / "pretrain", "pretrain", [], parts=1)
    with pytest.raises(TrainError, match="no pretrain dataset"):
        pretrain(CONFIG, [tmp_path / "none"], tmp_path / "out", tokenizer=tokenizer_folder)
    write_dataset(tmp_path / "some" / "pretrain", "pretrain", pretrain_bodies(1), parts=3)
    config = CONFIG.model_copy(update={"steps": 8, "checkpoint_every": None})
    pretrain(config, [tmp_path / "some"], tmp_path / "out", tokenizer=tokenizer_folder)


def test_missing_tokenizer_and_missing_start_say_what_to_do(corpus, tokenizer_folder, tmp_path):
    with pytest.raises(ValueError, match="no tokenizer.json; train one first"):
        pretrain(CONFIG, [corpus], tmp_path / "out", tokenizer=tmp_path)
    with pytest.raises(TrainError, match="no finished checkpoint"):
        sft(SftSettings(), [corpus], tmp_path / "out", tokenizer=tokenizer_folder, init=tmp_path)


def test_tensor_missing_from_a_checkpoint_is_an_error(corpus, tokenizer_folder, tmp_path):
    result = pretrain(CONFIG, [corpus], tmp_path / "a", tokenizer=tokenizer_folder)
    broken = tmp_path / "broken"
    shutil.copytree(result.checkpoint, broken)
    next((broken / "tensors").glob("*.safetensors")).unlink()
    with pytest.raises(ValueError, match="lacks .* tensors, model.embed_tokens.weight among"):
        sft(SftSettings(), [corpus], tmp_path / "out", tokenizer=tokenizer_folder, init=broken)
