"""The Parquet rows as trainers take them, unchanged: datasets, TRL; the rules of axolotl.

Templates are those that TRL ships, over a tokenizer trained here; nothing is downloaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.exports.sft_rows import sft_rows, write_parquet

TEMPLATES = ("qwen3", "qwen2_5", "deepseekv3", "glm4moe", "gptoss", "nemotron_3_nano")
trl_utils = pytest.importorskip("trl.chat_template_utils")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from datasets import load_dataset

    folder = tmp_path_factory.mktemp("sft")
    rows = sorted(sft_rows(), key=lambda row: len(str(row)))
    chosen = [row for row in rows if row["num_tool_calls"]][:24]
    path = write_parquet(folder / "part-00000.parquet", chosen)
    return load_dataset("parquet", data_files=path, cache_dir=str(folder / "cache"))["train"]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    marks = ["<|end|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=alphabet, special_tokens=marks, show_progress=False
    )
    raw.train_from_iterator([json.dumps(row["messages"]) for row in sft_rows()[:50]], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|im_end|>", pad_token="<|end|>", bos_token="<|end|>"
    )


def test_datasets_gives_arguments_as_objects(dataset: Any) -> None:
    by_id = {row["id"]: row for row in sft_rows()}
    for row in dataset:
        source = by_id[row["id"]]
        for message, wanted in zip(row["messages"], source["messages"], strict=True):
            for call, asked in zip(
                message["tool_calls"] or (), wanted.get("tool_calls") or (), strict=True
            ):
                assert call["function"]["arguments"] == asked["function"]["arguments"]
        assert row["tools"] == source["tools"]


def template(name: str) -> str:
    import trl

    return (Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja").read_text()


@pytest.mark.parametrize("name", TEMPLATES)
def test_trl_masks_everything_but_the_assistant(dataset: Any, tokenizer: Any, name: str) -> None:
    """TRL's own choice of a training template, applied as its SFT trainer applies it."""
    tokenizer.chat_template = template(name)
    patched = trl_utils.get_training_chat_template(tokenizer)
    for row in dataset:
        made = tokenizer.apply_chat_template(
            row["messages"],
            tools=row["tools"],
            chat_template=patched,
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        ids, mask = made["input_ids"], made["assistant_masks"]
        assert 0 < sum(mask) < len(mask)
        learned = tokenizer.decode([i for i, m in zip(ids, mask, strict=True) if m])
        hidden = tokenizer.decode([i for i, m in zip(ids, mask, strict=True) if not m])
        final = row["messages"][-1]["content"].strip()
        assert final in learned and final not in hidden
        opening = row["messages"][1]["content"].strip()
        assert opening in hidden and opening not in learned
        for message in row["messages"]:
            for call in message["tool_calls"] or ():
                assert call["function"]["name"] in learned
                for key in call["function"]["arguments"]:
                    assert f'{{\\"{key}' not in learned, "arguments encoded twice"


def test_trl_trains_a_step_on_the_rows_as_they_are(
    dataset: Any, tokenizer: Any, tmp_path: Path
) -> None:
    from transformers import Qwen3Config, Qwen3ForCausalLM
    from trl import SFTConfig, SFTTrainer

    tokenizer.chat_template = template("qwen3")
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=8192,
    )
    settings = SFTConfig(
        output_dir=str(tmp_path),
        assistant_only_loss=True,
        max_steps=1,
        per_device_train_batch_size=2,
        max_length=4096,
        report_to=[],
        use_cpu=True,
        bf16=False,
        save_strategy="no",
        gradient_checkpointing=False,
    )
    trainer = SFTTrainer(
        model=Qwen3ForCausalLM(config),
        args=settings,
        train_dataset=dataset.select(range(4)),
        processing_class=tokenizer,
    )
    done = trainer.train()
    assert done.global_step == 1 and 0 < done.training_loss < 20


def test_axolotl_can_mask_by_the_train_flag_of_each_message() -> None:
    """Its `message_field_training`: a boolean a turn, on the turns that have one."""
    rows = sft_rows()
    flags = [[m["train"] for m in row["messages"]] for row in rows]
    assert all(isinstance(flag, bool) for row in flags for flag in row)
    roles = {m["role"] for row in rows for m in row["messages"] if m["train"]}
    assert roles == {"assistant"}
    masked = [m for row in rows for m in row["messages"] if m["role"] == "assistant"]
    assert any(not m["train"] for m in masked)
