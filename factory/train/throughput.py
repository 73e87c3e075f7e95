"""How much of an accelerator's peak a step used."""

from __future__ import annotations

from collections.abc import Mapping

import torch

PEAK_BF16: Mapping[str, float] = {
    "B200": 2.25e15,
    "H200": 989e12,
    "H100": 989e12,
    "A100": 312e12,
}
"""Dense bf16 FLOP/s by data sheet (SXM); a device is known by these words in its name."""


def peak_flops(device: str) -> float | None:
    """Peak of the device that training runs on, None where it is not known."""
    if device != "cuda":
        return None
    name = torch.cuda.get_device_name()
    return next((peak for word, peak in PEAK_BF16.items() if word in name), None)


def utilisation(flops_per_token: int, tokens_per_s: float, peak: float | None) -> float | None:
    """MFU: model FLOPs done a second over the peak of all devices together."""
    return None if peak is None else flops_per_token * tokens_per_s / peak
