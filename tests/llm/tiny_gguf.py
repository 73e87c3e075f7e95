"""A llama of random weights, 470 kB, made at test time: a real server of another maker runs it."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

MERGES = ["t h", "h e", "i n", "e r", "a n", "o n", "r e", "e n"]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WIDTH, HIDDEN, LAYERS = 64, 128, 2


def byte_symbols() -> list[str]:
    """GPT-2's printable symbol of each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def write(path: Path) -> None:
    """Write the model."""
    rng = np.random.default_rng(0)
    tokens = [*byte_symbols(), *(merge.replace(" ", "") for merge in MERGES), *CONTROL]
    kinds = [gguf.TokenType.NORMAL] * 264 + [gguf.TokenType.CONTROL] * 3
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(65536)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(16)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(264)
    writer.add_pad_token_id(264)
    writer.add_eos_token_id(266)
    writer.add_chat_template(TEMPLATE)

    def drawn(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.05).astype(np.float32)

    writer.add_tensor("token_embd.weight", drawn(len(tokens), WIDTH))
    writer.add_tensor("output.weight", drawn(len(tokens), WIDTH))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(WIDTH, np.float32))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", drawn(WIDTH, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_gate.weight", drawn(HIDDEN, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", drawn(HIDDEN, WIDTH))
        writer.add_tensor(f"blk.{layer}.ffn_down.weight", drawn(WIDTH, HIDDEN))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
