"""The same numbers on an accelerator, where other kernels run."""

from __future__ import annotations

import pytest
import torch

from factory.train.model.transformer import build_model
from factory.train.optim.assign import assign_parameters
from factory.train.optim.muon_clip import MuonClip

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator"),
]


def test_training_steps_on_cuda_follow_those_on_the_cpu(tiny):
    torch.backends.cuda.matmul.allow_tf32 = False
    config = tiny(initializer_range=0.1)
    tokens = torch.randint(0, 96, (2, 33))
    ids = torch.tensor([[0] * 12 + [1] * 20, [0] * 25 + [-1] * 7])
    runs = {}
    for device in ("cpu", "cuda"):
        model = build_model(config, seed=0, device=device).train()
        owned = assign_parameters(model.named_parameters())
        muon = MuonClip(
            owned["muon"].values(),
            lr=0.01,
            tau=1.0,
            attention_layers=model.attention_layers,
            ns_dtype=torch.float32,
        )
        for _ in range(3):
            places = torch.nonzero(ids.flatten() >= 0).flatten().to(device)
            output = model(tokens[:, :-1].to(device), None, ids, places)
            labels = tokens[:, 1:][ids >= 0].to(device)
            torch.nn.functional.cross_entropy(output.logits, labels).backward()
            muon.step(max_logits=output.max_logits_LH)
            model.zero_grad()
        runs[device] = [t.detach().cpu() for t in (*output, *model.state_dict().values())]
    for here, there in zip(runs["cpu"], runs["cuda"], strict=True):
        torch.testing.assert_close(there, here, rtol=2e-3, atol=2e-4)
