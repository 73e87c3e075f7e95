"""The decoder against an independent implementation: transformers' DeepseekV3ForCausalLM."""

from __future__ import annotations

import json
import random

import pytest
import torch
from safetensors.torch import load_file

from factory.train.checkpoint import TrainState, model_tensors, save_checkpoint
from factory.train.data.tokenizer import tokenizer_fingerprint
from factory.train.export import export_checkpoint, exported_config
from factory.train.model.config import gate_scaling_factor
from factory.train.model.presets import K2_YARN, preset
from factory.train.model.rope import frequencies
from factory.train.model.transformer import build_model
from factory.train.weights import TrainError, config_of, fill_model, imported_config

YARN = {"factor": 8.0, "original_max_position_embeddings": 32}


def drawn_config(tiny, seed: int, vocab_size: int):
    """A random configuration; the first seeds make sure that every feature is met both ways."""
    rng = random.Random(seed)
    groups = (1, 2, 4, 3)[seed % 4]
    experts = groups * rng.choice((2, 3))
    top_groups = rng.randint(1, groups)
    yarn = {
        **YARN,
        "beta_fast": rng.choice((1.0, 4.0, 32.0)),
        "mscale": rng.choice((1.0, 0.7)),
        "mscale_all_dim": rng.choice((1.0, 0.4)),
    }
    return tiny(
        vocab_size=vocab_size,
        num_hidden_layers=rng.randint(1, 3),
        first_k_dense_replace=rng.choice((0, 1)),
        num_attention_heads=rng.choice((1, 2, 3)),
        q_lora_rank=(None, 24)[seed % 2],
        qk_rope_head_dim=rng.choice((4, 8, 16)),
        qk_nope_head_dim=rng.choice((4, 8)),
        v_head_dim=rng.choice((4, 12)),
        n_routed_experts=max(2, experts),
        n_group=groups,
        topk_group=top_groups,
        num_experts_per_tok=rng.randint(1, top_groups * max(2, experts) // groups),
        n_shared_experts=rng.choice((1, 2)),
        rope_scaling=yarn if seed // 2 % 2 else None,
        rope_theta=rng.choice((10_000.0, 50_000.0)),
        rms_norm_eps=rng.choice((1e-5, 1e-6)),
    )


def disturbed(config, seed: int):
    """A model with gains away from 1, a sharp softmax and non-zero balancing biases."""
    model = build_model(config, seed=seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        for router in model.routers:
            router.e_score_correction_bias.normal_(0, 0.5)
    return model


def exported(model, folder, tokenizer_folder):
    fingerprint = tokenizer_fingerprint(tokenizer_folder)
    identity = {"model": model.config.to_dict(), "tokenizer": fingerprint}
    state = TrainState(0, identity, {})
    checkpoint = save_checkpoint(folder, state, model_tensors(model))
    return export_checkpoint(checkpoint, folder / "hf", tokenizer=tokenizer_folder)


def in_transformers(folder):
    from transformers import AutoModelForCausalLM

    theirs, report = AutoModelForCausalLM.from_pretrained(
        folder, output_loading_info=True, dtype=torch.float32
    )
    assert type(theirs).__name__ == "DeepseekV3ForCausalLM"
    assert not any(report[key] for key in report), report
    return theirs


def gradients_of_theirs(theirs, config):
    """Their gradients under our names; in memory gate and up of the experts are one."""
    found = {}
    for name, parameter in theirs.named_parameters():
        name = name.removeprefix("model.")
        if name.endswith("experts.gate_up_proj"):
            head = name.removesuffix("gate_up_proj")
            gate, up = parameter.grad.split(config.moe_intermediate_size, dim=1)
            found[head + "gate_proj"], found[head + "up_proj"] = gate, up
        else:
            found[name] = parameter.grad
    return found


@pytest.mark.parametrize("seed", range(16))
def test_any_configuration_has_the_logits_and_gradients_of_transformers(
    tiny, tmp_path, tokenizer, tokenizer_folder, seed
):
    config = drawn_config(tiny, seed, tokenizer.vocab_size)
    model = disturbed(config, seed)
    theirs = in_transformers(exported(model, tmp_path, tokenizer_folder))
    # Not [PAD], whose embedding transformers gives no gradient.
    tokens = torch.randint(tokenizer.special("[PAD]") + 1, tokenizer.vocab_size, (2, 40))
    labels = torch.randint(0, tokenizer.vocab_size, (2, 40))
    results = []
    for network in (model.train(), theirs.train()):
        logits = network(tokens).logits
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten()).backward()
        results.append(logits.detach())
    assert results[1].std() > 0.3
    assert (results[0] - results[1]).abs().max() <= 1e-5
    wanted = gradients_of_theirs(theirs, config)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert (parameter.grad - wanted[name]).abs().max() <= 1e-6, name


@pytest.mark.parametrize("seed", [0, 3])
def test_packed_documents_have_the_logits_transformers_gives_them_alone(
    tiny, tmp_path, tokenizer, tokenizer_folder, seed
):
    config = drawn_config(tiny, seed, tokenizer.vocab_size)
    model = disturbed(config, seed).eval()
    theirs = in_transformers(exported(model, tmp_path, tokenizer_folder)).eval()
    lengths = (7, 19, 1, 13)
    documents = [torch.randint(0, tokenizer.vocab_size, (1, n)) for n in lengths]
    ids = torch.cat([torch.full((1, n), i) for i, n in enumerate(lengths)], dim=1)
    positions = torch.cat([torch.arange(n)[None] for n in lengths], dim=1)
    with torch.no_grad():
        packed = model(torch.cat(documents, dim=1), positions, ids).logits
        alone = torch.cat([theirs(document).logits for document in documents], dim=1)
    assert (packed - alone).abs().max() <= 1e-5


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_export_and_import_give_the_same_bits(tiny, tmp_path, tokenizer, tokenizer_folder, seed):
    config = drawn_config(tiny, seed, tokenizer.vocab_size)
    model = disturbed(config, seed)
    folder = exported(model, tmp_path, tokenizer_folder)
    assert config_of(folder) == config
    back = build_model(config_of(folder), seed=99)
    fill_model(folder, back)
    for name, tensor in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor), name
    again = exported(back, tmp_path / "again", tokenizer_folder)
    first, second = (load_file(f / "model.safetensors") for f in (folder, again))
    assert list(first) == list(second)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert (folder / "config.json").read_bytes() == (again / "config.json").read_bytes()


@pytest.mark.parametrize("seed", [1, 2])
def test_what_transformers_saves_is_read_back(tiny, tmp_path, tokenizer, tokenizer_folder, seed):
    config = drawn_config(tiny, seed, tokenizer.vocab_size)
    model = disturbed(config, seed)
    theirs = in_transformers(exported(model, tmp_path, tokenizer_folder))
    theirs.save_pretrained(tmp_path / "saved", max_shard_size="40KB")  # several files
    assert len(list((tmp_path / "saved").glob("*.safetensors"))) > 1
    back = build_model(config_of(tmp_path / "saved"), seed=99)
    fill_model(tmp_path / "saved", back)
    for name, tensor in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor), name


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model_type": "llama"}, "llama"),
        ({"scoring_func": "softmax"}, "scoring_func"),
        ({"tie_word_embeddings": True}, "tie_word_embeddings"),
        ({"num_key_value_heads": 1}, "MLA"),
        ({"rope_scaling": {"type": "linear", "factor": 2.0}}, "linear"),
    ],
)
def test_configurations_of_other_models_are_refused(tiny, change, word):
    body = exported_config(tiny())
    assert imported_config(body) == tiny()
    with pytest.raises(TrainError, match=word):
        imported_config({**body, **change})


def test_k2_yarn_keeps_twenty_pairs_and_slows_twelve():
    config = preset("kimi-k2", rope_scaling=K2_YARN)
    ratio = frequencies(64, 50_000.0, config.rope_scaling) / frequencies(64, 50_000.0)
    torch.testing.assert_close(ratio, torch.tensor([1.0] * 20 + [1 / 32] * 12))
    assert config.softmax_scale * 192**0.5 == pytest.approx(1.8133, abs=1e-4)
    assert config.rope_scaling.rotary_gain == 1.0


def test_export_is_deepseek_v3_never_kimi_k2(tiny, tmp_path, tokenizer, tokenizer_folder):
    config = tiny(vocab_size=tokenizer.vocab_size)
    folder = exported(build_model(config, seed=0), tmp_path, tokenizer_folder)
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
