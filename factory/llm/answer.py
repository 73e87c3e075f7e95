"""Reads what an endpoint answered: a chat completion, or the embeddings of some texts."""

from __future__ import annotations

import base64
import math
from array import array
from collections.abc import Mapping
from typing import Any

from factory.llm.errors import Malformed
from factory.llm.request import Answer


def read_answer(body: Mapping[str, Any]) -> Answer:
    """The first choice of a chat completion. Raises Malformed if it isn't one."""
    try:
        choice = body["choices"][0]
        message = choice["message"]
        usage = body.get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        kept = {"role": "assistant", "content": message.get("content")}
        for key in ("tool_calls", "reasoning_content", "refusal"):
            if message.get(key):
                kept[key] = message[key]
        if choice.get("logprobs"):
            kept["logprobs"] = choice["logprobs"]
        if kept["content"] is not None and not isinstance(kept["content"], str):
            raise Malformed("the answer's content is not text")
        return Answer(
            message=kept,
            finish_reason=str(choice.get("finish_reason") or ""),
            usage={
                "prompt_tokens": int(usage.get("prompt_tokens") or 0),
                "cached_tokens": int(details.get("cached_tokens") or 0),
                "completion_tokens": int(usage.get("completion_tokens") or 0),
            },
            model=str(body.get("model") or ""),
            id=str(body.get("id") or ""),
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"not a chat completion: {type(error).__name__} {error}") from None


def read_embeddings(body: Mapping[str, Any], count: int) -> Answer:
    """The vectors of `count` texts, in the order of the texts, as float32 in base64.

    Raises Malformed unless there is one vector of finite numbers a text, all of one length.
    """
    try:
        rows = sorted(body["data"], key=lambda row: row["index"])
        vectors = [array("f", row["embedding"]) for row in rows]
        if [row["index"] for row in rows] != list(range(count)):
            raise Malformed(f"{len(rows)} embeddings of {count} texts")
        width = len(vectors[0]) if vectors else 0
        if not width or any(len(vector) != width for vector in vectors):
            raise Malformed("embeddings of no or of different lengths")
        if not all(math.isfinite(number) for vector in vectors for number in vector):
            raise Malformed("an embedding with a number that isn't finite")
        usage = body.get("usage") or {}
        packed = base64.b64encode(b"".join(vector.tobytes() for vector in vectors)).decode()
        return Answer(
            message={"role": "embeddings", "width": width, "vectors": packed},
            finish_reason="stop",
            usage={
                "prompt_tokens": int(usage.get("prompt_tokens") or 0),
                "cached_tokens": 0,
                "completion_tokens": 0,
            },
            model=str(body.get("model") or ""),
            id=str(body.get("id") or ""),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Malformed(f"not embeddings: {type(error).__name__} {error}") from None


def unpack_vectors(answer: Answer) -> list[list[float]]:
    """The vectors of an answer that `read_embeddings` made."""
    numbers = array("f", base64.b64decode(answer.message["vectors"]))
    width = int(answer.message["width"])
    return [numbers[at : at + width].tolist() for at in range(0, len(numbers), width)]
