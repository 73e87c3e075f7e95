"""Recipe sections `models` and `llm`: which models there are, where, and how they may be used."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

RESERVED = frozenset(
    {"model", "messages", "tools", "tool_choice", "response_format", "stream", "n", "seed"}
)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndpointSettings(_Section):
    """One server of a model. Limits are per worker process."""

    url: str = Field(description="base URL with its version, e.g. http://127.0.0.1:8000/v1")
    key: str = Field(
        "OPENAI_API_KEY", description="environment variable that holds the key, never the key"
    )
    weight: float = Field(1, gt=0, description="share of the requests among the endpoints")
    in_flight: int = Field(64, ge=1, description="hard cap of requests in flight")
    requests_per_second: float | None = Field(None, gt=0)
    tokens_per_second: float | None = Field(None, gt=0, description="prompt and answer together")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://, e.g. http://127.0.0.1:8000/v1")
        if url.rstrip("/").endswith("/completions"):
            raise ValueError("give the base URL (ends in /v1), without /chat/completions")
        return url.rstrip("/")


class Prices(_Section):
    """What a million tokens costs, in one currency of your choice. Never guessed."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(None, ge=0, description="default: as `input`")


class BatchSettings(_Section):
    """Requests go through the endpoint's batch API (files, `/batches`): cheaper, hours later.

    What is in flight makes a batch, so raise the recipe's `in_flight` to the size you want.
    """

    max_requests: int = Field(20_000, ge=1, le=50_000, description="of one batch")
    linger_seconds: float = Field(
        10, gt=0, description="a batch goes when nothing more was asked for so long"
    )
    poll_seconds: float = Field(30, gt=0, description="between looks at a batch's state")
    window: str = Field("24h", description="`completion_window` of the API")
    patience_seconds: float = Field(
        172_800, gt=0, description="deadline of all a record asks, in place of `record_seconds`"
    )


class ModelSettings(_Section):
    """A model, where it is served, and how it is sampled."""

    name: str = Field(min_length=1, description="as the endpoints call it")
    revision: str = Field("", description="changes what the journal takes for the same request")
    endpoints: tuple[EndpointSettings, ...] = Field(min_length=1)
    serves: Literal["chat", "embeddings"] = "chat"
    temperature: float = Field(0.7, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int = Field(2048, ge=1, description="of one answer; doubled once when cut off")
    extra: dict[str, Any] = Field(
        default_factory=dict, description="further fields of the request, sent as they are"
    )
    answers_as: tuple[str, ...] = Field(
        (), description="names the answers may carry; empty: any, but another name is counted"
    )
    prices: Prices | None = None
    batch: BatchSettings | None = Field(None, description="ask by batch instead of one by one")

    @field_validator("extra")
    @classmethod
    def _free(cls, extra: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(RESERVED & extra.keys())
        if taken:
            raise ValueError(f"{', '.join(taken)}: set by the factory, not by `extra`")
        return extra


class LlmSettings(_Section):
    """How requests flow. None of it decides what a record says."""

    journal: str = Field("", description="folder of paid answers; default: RUN/journal")
    request_seconds: float = Field(120, gt=0, description="deadline of one request")
    record_seconds: float = Field(900, gt=0, description="deadline of all a record asks")
    attempts: int = Field(
        6, ge=1, description="sends of one request that meets 5xx, time-outs, broken answers"
    )
    repairs: int = Field(2, ge=0, description="times an answer that breaks its schema is sent back")
    max_answer_bytes: int = Field(4_000_000, ge=1000)
    max_cost: float | None = Field(None, gt=0, description="the run stops, resumable, at this sum")
    dry_run: bool = Field(
        False, description="render and count every prompt, send none; offline authors answer"
    )
