"""The rephrasing pipeline: documents → passages → rewrites → pretraining rows (K2 report, §2.2)."""

from __future__ import annotations

from typing import Any

from pipelines.agentic import Apply


def rephrase(start: Any, stage: Apply) -> Any:
    """Chain the rephrasing stages onto a token; `stage(name)` gives the transform of a stage."""
    return (
        start
        | "FingerprintDocuments" >> stage("fingerprints")
        | "SplitDocuments" >> stage("passages")
        | "RewritePassages" >> stage("rewrites")
        | "FormatPretrain" >> stage("pretrain")
    )
