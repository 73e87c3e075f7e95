"""Recipe section `decontamination`: texts that must not be in the data, how like is too like."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DecontaminationSettings(BaseModel):
    """A folder of benchmark texts and the thresholds from which a row is removed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str | None = Field(
        None, description="folder of .txt, .md, .jsonl, .json and .parquet; none when left out"
    )
    jaccard: float = Field(
        0.5, gt=0, le=1, description="Jaccard index of words and word pairs, found by MinHash"
    )
    overlap: float = Field(
        0.6, gt=0, le=1, description="share of the shorter text's runs of four words in the other"
    )
    min_words: int = Field(4, ge=2, description="shorter texts are not compared")
