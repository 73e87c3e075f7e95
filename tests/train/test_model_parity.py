"""The decoder against an independent implementation: transformers' DeepseekV3ForCausalLM."""

from __future__ import annotations

import json

import pytest
import torch

from factory.train.checkpoint import TrainState, model_tensors, save_checkpoint
from factory.train.data.tokenizer import tokenizer_fingerprint
from factory.train.export import export_checkpoint
from factory.train.model.config import gate_scaling_factor
from factory.train.model.presets import preset
from factory.train.model.transformer import build_model


@pytest.mark.parametrize("q_lora_rank", [24, None])
@pytest.mark.parametrize("dense_layers", [0, 1])
def test_exported_checkpoint_gives_the_same_logits_in_transformers(
    tiny, tmp_path, tokenizer, tokenizer_folder, q_lora_rank, dense_layers
):
    from transformers import AutoModelForCausalLM

    config = tiny(
        vocab_size=tokenizer.vocab_size, q_lora_rank=q_lora_rank, first_k_dense_replace=dense_layers
    )
    model = build_model(config, seed=1).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)  # gains away from 1, sharp softmax
        for router in model.routers:
            router.e_score_correction_bias.normal_(0, 0.5)
    identity = {"model": config.to_dict(), "tokenizer": tokenizer_fingerprint(tokenizer_folder)}
    checkpoint = save_checkpoint(tmp_path, TrainState(0, identity, {}), model_tensors(model))
    folder = export_checkpoint(checkpoint, tmp_path / "hf", tokenizer=tokenizer_folder)

    theirs, report = AutoModelForCausalLM.from_pretrained(
        folder, output_loading_info=True, dtype=torch.float32
    )
    assert type(theirs).__name__ == "DeepseekV3ForCausalLM"
    assert not any(report[key] for key in report), report
    tokens = torch.randint(0, tokenizer.vocab_size, (2, 40))
    with torch.no_grad():
        expected = theirs.eval()(tokens).logits
        logits = model(tokens).logits
    assert expected.std() > 0.5
    assert (logits - expected).abs().max() <= 1e-5


def test_gradients_equal_those_of_transformers(tiny):
    from transformers import DeepseekV3Config, DeepseekV3ForCausalLM

    from factory.train.export import exported_config

    config = tiny(n_routed_experts=4, num_hidden_layers=2)
    model = build_model(config, seed=3).train()
    theirs = DeepseekV3ForCausalLM(DeepseekV3Config(**exported_config(config))).train()
    # In memory transformers fuses gate and up of each expert; our stacks go in by hand.
    state = {}
    for name, tensor in model.state_dict().items():
        if name.endswith("experts.gate_proj"):
            up = model.state_dict()[name.replace("gate_proj", "up_proj")]
            name, tensor = name.replace("gate_proj", "gate_up_proj"), torch.cat((tensor, up), dim=1)
        elif name.endswith("experts.up_proj"):
            continue
        state[name if name == "lm_head.weight" else f"model.{name}"] = tensor
    theirs.load_state_dict(state, strict=True)
    tokens = torch.randint(0, config.vocab_size, (2, 24))
    weight = torch.randn(2, 24, config.vocab_size)
    (model(tokens).logits * weight).sum().backward()
    (theirs(tokens).logits * weight).sum().backward()
    ours = model.layers[1].mlp.experts.gate_proj.grad
    fused = theirs.model.layers[1].mlp.experts.gate_up_proj.grad[:, : config.moe_intermediate_size]
    torch.testing.assert_close(ours, fused, rtol=1e-4, atol=1e-5)
    router = theirs.model.layers[1].mlp.gate.weight.grad
    torch.testing.assert_close(model.layers[1].mlp.gate.weight.grad, router, rtol=1e-4, atol=1e-5)
    for name in ("q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj"):
        mine = getattr(model.layers[0].self_attn, name).weight.grad
        other = getattr(theirs.model.layers[0].self_attn, name).weight.grad
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)


def test_export_is_deepseek_v3_never_kimi_k2(tiny, tmp_path, tokenizer, tokenizer_folder):
    config = tiny(vocab_size=tokenizer.vocab_size)
    identity = {"model": config.to_dict(), "tokenizer": tokenizer_fingerprint(tokenizer_folder)}
    state = TrainState(0, identity, {})
    checkpoint = save_checkpoint(tmp_path, state, model_tensors(build_model(config, seed=0)))
    folder = export_checkpoint(checkpoint, tmp_path / "hf", tokenizer=tokenizer_folder)
    written = json.loads((folder / "config.json").read_text())
    assert written["model_type"] == "deepseek_v3"
    assert written["eos_token_id"] == tokenizer.special("[EOS]")


def test_gate_scaling_factor_reproduces_the_published_ones():
    assert gate_scaling_factor(384, 8) == pytest.approx(2.827, abs=0.01)
    assert gate_scaling_factor(64, 6) == pytest.approx(2.446, abs=0.01)


@pytest.mark.parametrize(
    ("overrides", "word"),
    [
        ({"num_experts_per_tok": 9}, "num_experts_per_tok"),
        ({"qk_rope_head_dim": 5}, "qk_rope_head_dim"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"kv_lora_rank": 1.5}, "kv_lora_rank"),
        ({"hiden_size": 4}, "hiden_size"),
        ({"first_k_dense_replace": 7}, "first_k_dense_replace"),
    ],
)
def test_impossible_sizes_are_refused_by_name(overrides, word):
    with pytest.raises(ValueError, match=word):
        preset("toy", **overrides)
