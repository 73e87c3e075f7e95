"""One GPU: attention roads, grouped products, a step of 1b-a270m against transformers' own.

    python -m benchmarks.train_gpu

Needs CUDA, and transformers for the comparison; no data, no network. Prints one JSON line a figure.
The rival is DeepseekV3ForCausalLM with grouped_mm experts and SDPA, all in bf16, with fused AdamW.
Ours keeps fp32 master weights, returns the maximum logits, and steps MuonClip.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

from factory.train.model.attention_roads import attention, max_logits_per_head
from factory.train.model.config import ModelConfig
from factory.train.model.count import count
from factory.train.model.moe import count_experts, expert_matmul
from factory.train.model.presets import preset
from factory.train.model.transformer import Transformer
from factory.train.model.visibility import document_visibility
from factory.train.optim.assign import assign_parameters
from factory.train.optim.muon_clip import MuonClip
from factory.train.throughput import peak_flops, utilisation

ROWS, LENGTH = 8, 4096


def milliseconds(work: Callable[[], Any], repeats: int = 10) -> float:
    """Median time of a call, by device events, after warming up."""
    times = []
    for turn in range(repeats + 3):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        if turn >= 3:
            times.append(start.elapsed_time(end))
    return sorted(times)[len(times) // 2]


def documents(rows: int, per_row: int) -> torch.Tensor:
    """Document ids of rows cut into equal documents."""
    return (torch.arange(LENGTH) // (LENGTH // per_row)).expand(rows, LENGTH).contiguous()


def attention_roads() -> None:
    """Time and agreement of each road with the exact statistic, which is computed in fp32."""
    for per_row, roads in ((1, ("lse", "flex")), (8, ("flex",))):
        q, k = (torch.randn(4, 16, LENGTH, 192, device="cuda", dtype=torch.bfloat16) for _ in "qk")
        v, weight = (torch.randn(4, 16, LENGTH, 128, device="cuda", dtype=q.dtype) for _ in "vw")
        visibility = document_visibility(documents(4, per_row), "cuda")
        exact = max_logits_per_head(q.float(), k.float(), visibility, 0.2)
        plain = attention(q, k, v, visibility, 0.2, road="exact", statistic=False)[0]
        for tensor in (q, k, v):
            tensor.requires_grad_()
        for road in roads:
            attend = partial(attention, q, k, v, visibility, 0.2, road=road, statistic=True)
            out, largest = (tensor.detach() for tensor in attend())
            step = partial(backward_through, attend, weight)
            over = largest - exact
            report(
                "attention",
                road=road,
                documents_per_row=per_row,
                ms=milliseconds(step),
                statistic_over_exact=[float(over.min()), float(over.max())],
                exact_max=float(exact.max()),
                output_difference=float((out - plain).abs().max()),
            )


def backward_through(attend: Callable[[], Any], weight: torch.Tensor) -> None:
    """Attention forward and backward."""
    attend()[0].backward(weight)


def grouped_products() -> None:
    """Speed of the stacked experts' product, forward and backward, rows unevenly spread."""
    for experts, width, inner, rows in ((64, 1024, 512, 262_144), (32, 7168, 2048, 131_072)):
        x = torch.randn(rows, width, device="cuda", dtype=torch.bfloat16, requires_grad=True)
        w = torch.randn(experts, inner, width, device="cuda", dtype=x.dtype, requires_grad=True)
        gradient = torch.randn(rows, inner, device="cuda", dtype=x.dtype)
        drawn = torch.randint(0, experts, (rows,), device="cuda")
        counts = count_experts(drawn[:, None], experts)
        ms = milliseconds(lambda x=x, w=w, c=counts, g=gradient: expert_matmul(x, w, c).backward(g))
        work = 3 * 2 * rows * width * inner
        report("grouped_mm", experts=experts, rows=rows, ms=ms, tflop_per_s=work / ms / 1e9)


def our_step(config: ModelConfig, per_row: int, recompute: Any) -> None:
    """A whole step: forward, backward, clipping, AdamW, MuonClip with QK-Clip."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    with torch.device("meta"):
        model = Transformer(config)
    model.to_empty(device="cuda").initialise(torch.Generator("cuda").manual_seed(0))
    model.recompute = recompute
    model.train()
    owned = assign_parameters(model.named_parameters())
    layers = model.attention_layers
    muon = MuonClip(owned["muon"].values(), lr=1e-4, attention_layers=layers)
    adamw = torch.optim.AdamW(owned["adamw"].values(), lr=1e-4, fused=True)
    tokens = torch.randint(0, config.vocab_size, (ROWS, LENGTH + 1), device="cuda")
    ids = documents(ROWS, per_row)
    parts: dict[str, float] = {}

    def step() -> None:
        with torch.autocast("cuda", torch.bfloat16):
            output = model(tokens[:, :-1], None, ids)
        F.cross_entropy(output.logits.flatten(0, 1), tokens[:, 1:].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()
        parts["muon_ms"] = timed(lambda: muon.step(max_logits=output.max_logits_LH))
        model.zero_grad(set_to_none=True)

    ms = milliseconds(step, 5)
    rate = ROWS * LENGTH / ms * 1000
    flops = count(config, LENGTH // per_row).flops_per_token
    report(
        "step",
        what="ours, MuonClip, fp32 master",
        documents_per_row=per_row,
        road=layers[0].last_road,
        recompute=recompute,
        ms=ms,
        tokens_per_s=rate,
        mfu=utilisation(flops, rate, peak_flops("cuda")),
        peak_gib=torch.cuda.max_memory_allocated() / 2**30,
        **parts,
    )


def timed(work: Callable[[], Any]) -> float:
    """Wall time of device work in ms, waiting for it."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1000


def their_step(config: ModelConfig) -> None:
    """The same sizes in transformers."""
    from transformers import DeepseekV3Config, DeepseekV3ForCausalLM

    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    sizes = {k: v for k, v in config.to_dict().items() if k != "rope_scaling"}
    theirs = DeepseekV3Config(**sizes, num_key_value_heads=config.num_attention_heads)
    theirs._attn_implementation = "sdpa"
    theirs._experts_implementation = "grouped_mm"
    with torch.device("cuda"):
        model = DeepseekV3ForCausalLM(theirs).to(torch.bfloat16).train()
    adamw = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    tokens = torch.randint(0, config.vocab_size, (ROWS, LENGTH), device="cuda")

    def step() -> None:
        model(tokens, labels=tokens).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adamw.step()
        model.zero_grad(set_to_none=True)

    ms = milliseconds(step, 5)
    rate = ROWS * LENGTH / ms * 1000
    report(
        "step",
        what="transformers, AdamW, all bf16",
        documents_per_row=1,
        ms=ms,
        tokens_per_s=rate,
        peak_gib=torch.cuda.max_memory_allocated() / 2**30,
    )


def report(figure: str, **values: Any) -> None:
    """One line of the result."""
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()}
    print(json.dumps({"figure": figure, **rounded}), flush=True)


def main() -> None:
    """All figures."""
    report("machine", name=torch.cuda.get_device_name(), torch=torch.__version__)
    attention_roads()
    grouped_products()
    config = preset("1b-a270m", max_position_embeddings=LENGTH)
    their_step(config)
    for per_row, recompute in ((1, "none"), (8, "none"), (1, "selective"), (1, "full")):
        our_step(config, per_row, recompute)


if __name__ == "__main__":
    main()
