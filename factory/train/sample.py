"""Text from a checkpoint: one token after another, from the model itself, without a cache.

For looking at a small model. Serving is for `transformers serve`, vLLM or SGLang, on an export.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from factory.train.data.chat import Message, render
from factory.train.data.tokenizer import EOS, ChatTokenizer
from factory.train.model.transformer import Transformer, build_model
from factory.train.weights import config_of, fill_model

CALL = "<|tool_call_begin|>"
ARGUMENT = "<|tool_call_argument_begin|>"
END_CALL = "<|tool_call_end|>"


def load_model(init: Path, device: str = "cpu") -> Transformer:
    """A run's, checkpoint's or `deepseek_v3` folder's model, ready to evaluate."""
    model = build_model(config_of(init), seed=0, device=device)
    fill_model(init, model)
    return model.eval()


@torch.no_grad()
def generate(
    model: Transformer,
    prompt: Sequence[int],
    *,
    stops: Sequence[int],
    max_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
    draft: Sequence[int] = (),
) -> list[int]:
    """New tokens after `prompt`, up to a stop token (included) or `max_tokens`.

    temperature 0 takes the likeliest token; above, tokens are drawn, the same ones for a seed.
    draft: a guess of the answer, verified many tokens at a time (arXiv 2211.17192, greedy case);
    it changes the number of forward passes and not the result.
    """
    device = next(model.parameters()).device
    drawn = torch.Generator().manual_seed(seed)
    new: list[int] = []
    while len(new) < max_tokens:
        guess = list(draft[len(new) : max_tokens - 1]) if temperature == 0 else []
        row_1T = torch.tensor([[*prompt, *new, *guess]], device=device)
        first = len(prompt) + len(new) - 1
        places = torch.arange(first, first + len(guess) + 1, device=device)
        logits_XW = model(row_1T, selected_X=places).logits.cpu()
        for place, logits_W in enumerate(logits_XW):
            if temperature > 0:
                shares_W = (logits_W / temperature).softmax(-1)
                chosen = int(torch.multinomial(shares_W, 1, generator=drawn))
            else:
                chosen = int(logits_W.argmax())
            new.append(chosen)
            if chosen in stops:
                return new
            if place < len(guess) and chosen != guess[place]:
                break
    return new


def continue_text(model: Transformer, tokenizer: ChatTokenizer, text: str, **how: Any) -> str:
    """The text a pretrained model writes after `text`."""
    prompt = tokenizer.encode_document(text)[:-1]
    return tokenizer.decode(generate(model, prompt, stops=[tokenizer.special(EOS)], **how))


def answer(
    model: Transformer,
    tokenizer: ChatTokenizer,
    messages: Sequence[Message],
    tools: Sequence[Any] | None,
    **how: Any,
) -> str:
    """The assistant's next message as the model writes it, special tokens spelled out."""
    prompt = prompt_tokens(tokenizer, messages, tools)
    return tokenizer.decode(generate(model, prompt, stops=[tokenizer.special("<|im_end|>")], **how))


def prompt_tokens(
    tokenizer: ChatTokenizer, messages: Sequence[Message], tools: Sequence[Any] | None
) -> list[int]:
    """A conversation up to where the assistant's next message begins."""
    opening = [tokenizer.special("<|im_assistant|>"), *tokenizer.encode("assistant")]
    rendered = render(messages, tools, tokenizer).tokens
    return [*rendered, *opening, tokenizer.special("<|im_middle|>")]


def parse_calls(text: str) -> list[tuple[str, Any]]:
    """(tool name, arguments) of each call in an answer; arguments None where they are no JSON."""
    calls = []
    for piece in text.split(CALL)[1:]:
        head, _, rest = piece.partition(ARGUMENT)
        try:
            arguments = json.loads(rest.partition(END_CALL)[0])
        except ValueError:
            arguments = None
        name = head.strip().removeprefix("functions.").rpartition(":")[0]
        calls.append((name, arguments))
    return calls
