"""The trainer: a DeepSeek-V3-style decoder (MLA, MoE) with MuonClip, fed from factory shards.

The entry points are in `factory.train.run`: `train_tokenizer`, `pretrain`, `sft`. This package
imports nothing of the factory but `factory.shards` and `factory.records`; it loads no torch.
"""
