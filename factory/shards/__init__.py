"""Parquet datasets: `DIR/<kind>/part-*.parquet` with a `manifest.json` written last."""

from factory.shards.dataset import Dataset, ShardError, find_datasets, open_dataset

__all__ = ["Dataset", "ShardError", "find_datasets", "open_dataset"]
