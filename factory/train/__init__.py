"""The trainer: a DeepSeek-V3-style decoder (MLA, MoE) with MuonClip, fed from factory shards.

The entry points are in `factory.train.run`: `train_tokenizer`, `pretrain`, `sft`. This package
imports nothing of the factory but `factory.shards` and `factory.records`; it loads no torch.
"""

import os

# Read once, when torch loads its OpenMP. By default idle threads spin at each barrier; on two cores
# that something else uses too, a step of the toy then takes 5 s instead of 0.3 s (measured).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
